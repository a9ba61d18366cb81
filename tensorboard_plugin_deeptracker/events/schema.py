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


# Viewers of 0.1.0 skip tags that they do not know, but no types: to them, float16 is int16.
_FLOAT16 = f"{PLUGIN_NAME}/float16/"


def float16_tag(tag: str) -> str:
    """The tag under which the bits of float16 are written, as int16."""
    return _FLOAT16 + tag.removeprefix(f"{PLUGIN_NAME}/")


def tag_of_float16(tag: str) -> str | None:
    """The tag of the numbers of which these are the bits; None if they are what they seem."""
    return f"{PLUGIN_NAME}/{tag.removeprefix(_FLOAT16)}" if tag.startswith(_FLOAT16) else None
