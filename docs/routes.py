"""What is made from the routes: the table in docs/http_api.md, and the questions of `open_run`.

python docs/routes.py [--check]: writes them, or says whether they are current.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import questions

from tensorboard_plugin_deeptracker import features
from tensorboard_plugin_deeptracker.http import part
from tensorboard_plugin_deeptracker.http.route import Route
from tensorboard_plugin_deeptracker.http.runs import runs_schema
from tensorboard_plugin_deeptracker.http.schema import Schema, Tensor

DOCUMENT = Path(__file__).parent / "http_api.md"
_BEGIN = "<!-- The table is made by docs/routes.py -->\n"
_END = "<!-- End of the table -->"
_SHORT = {"uint8": "u8", "int32": "i32", "int64": "i64", "float32": "f32"}


def table() -> str:
    """The table as Markdown."""
    rows = [
        "| route and query | JSON answer | arrays |",
        "|---|---|---|",
        f"| `runs` | `{_shape(runs_schema(features.kinds()))}` | |",
        *map(_row, features.routes()),
    ]
    return "\n".join(rows)


def _row(route: Route) -> str:
    has_parts = part.MAX_ROWS in route.parameters
    own = [
        parameter
        for parameter in (route.about, *route.parameters)
        if not (has_parts and parameter in part.PARAMETERS)
    ]
    query = "&".join(
        parameter.name if parameter.required else f"[{parameter.name}]" for parameter in own
    )
    question = f"`{route.path[1:]}?{query}`" + (" and a part" if has_parts else "")
    purpose = route.purpose.rstrip(".")
    if not route.response:
        return f"| {question}<br>{purpose} | the bytes, with a type of their own | |"
    hidden = part.OPTIONAL if has_parts else frozenset()
    tensors = ", ".join(
        f"`{name}` {_tensor(tensor)}"
        for name, tensor in route.tensors.items()
        if name not in hidden
    )
    return f"| {question}<br>{purpose} | `{_shape(route.response, hidden)}` | {tensors} |"


def _tensor(tensor: Tensor) -> str:
    told = f" ({tensor.description})" if tensor.description else ""
    return f"{_SHORT[tensor.dtype]}[{', '.join(tensor.axes)}]{told}"


def _shape(schema: Schema, hidden: frozenset[str] = frozenset()) -> str:
    """An answer's form in the short way of the document."""
    options = schema.get("anyOf")
    if options:
        return _shape(options[0])
    if "$ref" in schema:
        return "tree"
    if _is(schema, "object"):
        fields: Mapping[str, Any] = schema["properties"]
        return (
            "{"
            + ",".join(_field(name, fields[name]) for name in fields if name not in hidden)
            + "}"
        )
    if _is(schema, "array"):
        return f"[{_shape(schema['items'])}]"
    return ""


def _field(name: str, schema: Schema) -> str:
    shape = _shape(schema)
    return f'"{name}":{shape}' if shape else f'"{name}"'


def _is(schema: Schema, kind: str) -> bool:
    own = schema.get("type")
    return own == kind or (isinstance(own, list) and kind in own)


def main() -> None:
    """Writes the table, or checks it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if it is not current"
    )
    check = parser.parse_args().check
    text = DOCUMENT.read_text()
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    current = f"{before}{begin}{table()}\n{end}{after}"
    made = {DOCUMENT: current, **questions.files()}
    stale = [path for path, own in made.items() if not path.exists() or path.read_text() != own]
    if check and stale:
        sys.exit(f"{stale[0]} is not current: run .venv/bin/python docs/routes.py")
    for path in stale:
        path.write_text(made[path])


if __name__ == "__main__":
    main()
