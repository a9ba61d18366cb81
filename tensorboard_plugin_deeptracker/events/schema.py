"""What every log has in common, whatever it holds; docs/log_format.md is the description."""

from __future__ import annotations

PLUGIN_NAME = "deeptracker"
FORMAT_VERSION = 1

# Relative to the run directory. TensorBoard sets `plugins/<name>` aside for a
# plugin's own files; the suffix keeps them clear of its `tfevents` loaders.
LOG_DIRECTORY = f"plugins/{PLUGIN_NAME}"
LOG_SUFFIX = ".deeptracker"


def tag(name: str, key: str = "") -> str:
    """The tag of a tensor, which tells what it is, and of what.

    Args:
        name: What it is; without slashes.
        key: Which of several alike it is about, e.g. an image set; empty for the usual one.
    """
    return f"{PLUGIN_NAME}/{name}/{key}" if key else f"{PLUGIN_NAME}/{name}"
