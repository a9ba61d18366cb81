"""The built frontend."""

from __future__ import annotations

import json
from pathlib import Path

from .answers import File
from .errors import HttpError

DIRECTORY = Path(__file__).parent.parent / "static"
ENTRY = "/index.js"

_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_MISSING = (
    "The DeepTracker tab was not built: tensorboard_plugin_deeptracker/static/index.js is"
    " missing. In a checkout, run scripts/install; otherwise install the package again."
)


def files(directory: Path = DIRECTORY) -> dict[str, Path]:
    """The built files by the route they are served under.

    A listing made once: nothing of a request ever becomes a path.
    """
    found = {
        f"/{path.relative_to(directory).as_posix()}": path
        for path in sorted(directory.rglob("*"))
        if path.suffix in _TYPES and path.is_file()
    }
    return {ENTRY: directory / ENTRY[1:], **found}


def serve(path: Path) -> File:
    """One of the files.

    Raises:
        HttpError: It is gone.
    """
    try:
        return File(path.read_bytes(), _TYPES[path.suffix])
    except OSError as error:
        if path.name == ENTRY[1:]:
            # TensorBoard shows an empty tab if the module cannot be loaded; so one that says why.
            message = json.dumps(_MISSING)
            script = f"export function render() {{ document.body.textContent = {message}; }}\n"
            return File(script.encode(), "text/javascript")
        raise HttpError(404, f"{path.name} is missing: reload the page") from error
