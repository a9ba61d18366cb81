"""The methods of `Run`, made from the routes; docs/routes.py writes them."""

from __future__ import annotations

import contextlib
import keyword
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import field, make_dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tensorboard_plugin_deeptracker import features
from tensorboard_plugin_deeptracker.compute.errors import NotFoundError
from tensorboard_plugin_deeptracker.http import part
from tensorboard_plugin_deeptracker.http.params import Parameter
from tensorboard_plugin_deeptracker.http.route import RUN, Route
from tensorboard_plugin_deeptracker.http.schema import Schema, Tensor
from tensorboard_plugin_deeptracker.reader.answer import Answer
from tensorboard_plugin_deeptracker.reader.asking import Asking
from tensorboard_plugin_deeptracker.reader.usual import has_usual

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "tensorboard_plugin_deeptracker" / "reader" / "questions"
_DTYPES = "uint8", "int32", "int64", "float32"
# A method called like the class of its `self` would say nothing.
_CALLED = {"run": "describe"}


def files() -> dict[Path, str]:
    """The modules, by where they belong."""
    sys.path.insert(0, str(ROOT))
    from tests.logs import open_run, write_small_run

    named = {f"/{name}": "about" for name in ("run",)}
    for feature in features.FEATURES:
        for module in features.role("routes"):
            if module.__name__.split(".")[2] == feature:
                named.update({route.path: feature for route in module.ROUTES})
    modules: dict[str, list[Route]] = {}
    for route in features.routes():
        modules.setdefault(named[route.path], []).append(route)
    with TemporaryDirectory() as folder:
        write_small_run(Path(folder) / "run", kernels=True)
        asking = Asking(open_run(Path(folder) / "run"))
        made = {FOLDER / f"{name}.py": _module(name, own, asking) for name, own in modules.items()}
    made[FOLDER / "__init__.py"] = _package(sorted(modules))
    return {path: _formatted(text) for path, text in made.items()}


def _package(modules: Sequence[str]) -> str:
    lines = [
        '"""All questions about a run; made by docs/routes.py."""\n',
        "from __future__ import annotations\n",
        *(f"from .{name} import {_camel(name)}Questions" for name in modules),
        f"\nclass Questions({', '.join(f'{_camel(name)}Questions' for name in modules)}):",
        '    """What can be asked about a run."""\n',
    ]
    return "\n".join(lines)


def _module(name: str, routes: Sequence[Route], asking: Asking) -> str:
    classes = "\n\n".join(_class(route) for route in routes if route.response)
    methods = "\n\n".join(textwrap.indent(_method(route, asking), "    ") for route in routes)
    body = f"{classes}\n\n\nclass {_camel(name)}Questions(Asking):\n"
    body += f'    """Questions of the feature `{name}`."""\n\n{methods}\n'
    lines = [f'"""Questions of the feature {name}; made by docs/routes.py."""\n']
    lines.append("from __future__ import annotations\n")
    if "Sequence[" in body:
        lines.append("from collections.abc import Sequence")
    if "@dataclass" in body:
        lines.append("from dataclasses import dataclass")
    typing = [
        each
        for each in ("Any", "Literal")
        if f"{each}[" in body or f"{each}\n" in body or f", {each}]" in body or f"{each}]" in body
    ]
    if typing:
        lines.append(f"from typing import {', '.join(typing)}")
    if "np." in body:
        lines.append("\nimport numpy as np\nfrom numpy.typing import NDArray")
    lines.append("")
    if any(route.response for route in routes):
        lines.append("from ..answer import Answer")
    others = ", Others" if any(route.about is not RUN for route in routes) else ""
    lines.append(f"from ..asking import Asking{others}\n\n")
    return "\n".join(lines) + body


def _class(route: Route) -> str:
    title = _camel(_called(route))
    whole = part.OPTIONAL if _in_parts(route) else frozenset()
    told, typed, optional = [], [], []
    for name, described in {**route.rest, **route.tensors}.items():
        if name in whole:
            continue
        if isinstance(described, Tensor):
            kind = f"NDArray[np.{described.dtype}]"
            told.append(f"{_python(name)}: {_tensor(described)}")
        else:
            kind = _type(described)
            if described.get("description"):
                told.append(f"{_python(name)}: {_sentence(described['description'])}")
        if name in route.optional and not whole:
            none = "" if kind == "Any" or kind.endswith("| None") else " | None"
            optional.append(f"{_python(name)}: {kind}{none} = None")
        else:
            typed.append(f"{_python(name)}: {kind}")
    doc = f'"""{_plain(route.purpose)}'
    if told:
        doc += "\n\nAttributes:\n" + "\n".join(map(_wrapped, told)) + "\n"
    doc += '"""'
    body = "\n".join(textwrap.indent(line, "    ") for line in (doc, "", *typed, *optional))
    return (
        "@dataclass(frozen=True, kw_only=True, eq=False, repr=False)\n"
        f"class {title}(Answer):\n{body}\n"
    )


def _method(route: Route, asking: Asking) -> str:
    # Whoever has a whole array takes parts of it himself.
    own = [each for each in route.parameters if not (_in_parts(route) and each in part.PARAMETERS)]
    first = [each for each in own if each.required and not has_usual(each)]
    rest = [each for each in own if each not in first]
    several = route.about is not RUN
    signature = ", ".join(
        [
            "self",
            *(["others: Others"] if several else []),
            *(f"{_python(each.name)}: {_given(each)}" for each in first),
            *(["*"] if rest else []),
            *(f"{_python(each.name)}: {_optional(each)}" for each in rest),
        ]
    )
    answer = _camel(_called(route)) if route.response else "bytes"
    lines = [f'"""{_plain(route.purpose)}']
    if own or several:
        lines.append("\nArgs:")
        if several:
            lines.append(_wrapped("others: The run, or the runs, that this one is beside."))
        for each in (*first, *rest):
            usual = "; what the tab starts with" if each in rest and each.required else ""
            lines.append(_wrapped(f"{_python(each.name)}: {_sentence(each.description + usual)}"))
    # The run of the examples has not what every question is about.
    with contextlib.suppress(NotFoundError):
        call, shown = _example(route, asking)
        lines += ["\nExample:", f"    >>> {call}", textwrap.indent(shown, "    ")]
    lines.append('"""')
    arguments = ", ".join(f'"{each.name}": {_python(each.name)}' for each in own)
    others = ", others" if several else ""
    question = f'"{route.path[1:]}", {{{arguments}}}{others}'
    if route.response:
        lines.append(f"return {answer}(**self._fields({question}))")
    else:
        lines.append(f"return self._file({question})")
    body = "\n".join(textwrap.indent(line, "    ") for line in lines)
    return f"def {_called(route)}({signature}) -> {answer}:\n{body}"


def _example(route: Route, asking: Asking) -> tuple[str, str]:
    given = [each for each in route.parameters if each.required and not has_usual(each)]
    several = route.about is not RUN
    shown = [*(["run"] if several else []), *map(_argument, given)]
    call = f"run.{_called(route)}({', '.join(shown)})"
    parameters = {each.name: each.example for each in given}
    if not route.response:
        return f"{call}[1:4]", repr(asking._file(route.path[1:], parameters)[1:4])
    fields = asking._fields(route.path[1:], parameters, asking if several else ())
    names = [_python(name) for name in (*route.rest, *route.tensors)]
    typed = [(name, Any, field(default=None)) for name in names]
    options = {"bases": (Answer,), "kw_only": True, "eq": False, "repr": False, "frozen": True}
    answer = make_dataclass(_camel(_called(route)), typed, **options)
    return call, textwrap.fill(repr(answer(**fields)), 80, break_on_hyphens=False)


def _argument(each: Parameter) -> str:
    return each.example if each.schema.get("type") == "integer" else repr(each.example)


def _given(each: Parameter) -> str:
    kind = each.schema.get("type")
    options = each.schema.get("enum")
    if options:
        return f"Literal[{', '.join(repr(str(option)) for option in options)}]"
    if kind == "array":
        items = {"integer": "int", "number": "float"}.get(str(each.schema["items"].get("type")))
        return f"Sequence[{'int | str' if each.name == 'id' else items or 'str'}]"
    if each.schema.get("pattern"):
        number = "float" if "." in each.schema["pattern"] else "int"
        return f"tuple[{number}, {number}]"
    if each.name == "id" or each.name == "find":
        return "int | str"
    return {"integer": "int", "number": "float"}.get(str(kind), "str")


def _optional(each: Parameter) -> str:
    if each.default is not None:
        kind = _given(each)
        text = each.default if kind in ("int", "float") else repr(each.default)
        return f"{kind} = {text}"
    return f"{_given(each)} | None = None"


def _type(schema: Schema) -> str:
    own = schema.get("type")
    if isinstance(own, list) and "null" in own and len(own) == 2:
        rest = next(each for each in own if each != "null")
        inner = _type({**schema, "type": rest})
        return inner if inner == "Any" else f"{inner} | None"
    simple = {"integer": "int", "number": "float", "string": "str", "boolean": "bool"}
    if isinstance(own, str) and own in simple:
        return simple[own]
    if own == "array":
        return f"list[{_type(schema['items'])}]"
    if own == "object":
        return "dict[str, Any]"
    if isinstance(own, list) and all(each in simple for each in own):
        return " | ".join(simple[each] for each in own)
    return "Any"


def _tensor(tensor: Tensor) -> str:
    told = f": {tensor.description}" if tensor.description else ""
    return _sentence(f"{tensor.dtype}[{', '.join(tensor.axes)}]{told}")


def _wrapped(line: str) -> str:
    return textwrap.fill(
        line,
        86,
        initial_indent="    ",
        subsequent_indent="        ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _plain(text: str) -> str:
    return text if text.endswith((".", "?")) else f"{text}."


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:] if not text.startswith(_DTYPES) else text
    return _plain(text.replace("\\", "\\\\"))


def _in_parts(route: Route) -> bool:
    return part.MAX_ROWS in route.parameters


def _called(route: Route) -> str:
    return _CALLED.get(route.path[1:], route.path[1:])


def _python(name: str) -> str:
    return f"{name}_" if keyword.iskeyword(name) else name


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _formatted(text: str) -> str:
    ruff = [sys.executable, "-m", "ruff"]
    for arguments in (["check", "--fix-only", "--quiet", "-"], ["format", "-"]):
        command = [*ruff, *arguments, "--stdin-filename", str(FOLDER / "made.py")]
        text = subprocess.run(  # noqa: S603
            command, input=text, capture_output=True, text=True, check=True
        ).stdout
    return text
