"""TensorBoard as it is without this plugin: `python -m benchmarks.without_plugin`."""

from __future__ import annotations

from tensorboard import default, main

from tensorboard_plugin_deeptracker.loader import DeepTrackerLoader

if __name__ == "__main__":
    found = default.get_dynamic_plugins
    default.get_dynamic_plugins = lambda: [each for each in found() if each != DeepTrackerLoader]
    main.run_main()
