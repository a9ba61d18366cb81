"""The entry point that TensorBoard imports at every start, with or without our data.

TensorBoard does not start at all if this import fails, and waits for it if it is
slow; so everything else is imported in `load`, where a failure is only ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tensorboard.plugins import base_plugin

if TYPE_CHECKING:
    from .plugin import DeepTrackerPlugin


class DeepTrackerLoader(base_plugin.TBLoader):
    """Makes the plugin when TensorBoard asks for it."""

    def load(self, context: base_plugin.TBContext) -> DeepTrackerPlugin | None:
        """Returns the plugin."""
        from .plugin import DeepTrackerPlugin

        return DeepTrackerPlugin(context)
