"""TensorBoard without the plugins that others installed: `python -m benchmarks.without_plugins`."""

from __future__ import annotations

from tensorboard import default, main

if __name__ == "__main__":
    default.get_dynamic_plugins = list
    main.run_main()
