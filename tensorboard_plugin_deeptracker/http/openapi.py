"""The routes about a run, and their description in the words of OpenAPI 3.1."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from werkzeug.datastructures import MultiDict

from .. import __version__
from ..index.run import Snapshot
from .answers import FORMATS, JSON, SAFETENSORS, Answer, File
from .params import TEXT, Params, Schema, choice

_ARRAYS = (JSON, SAFETENSORS)
_ERROR = {
    "type": "object",
    "properties": {"error": {"type": "string"}},
    "required": ["error"],
    "additionalProperties": False,
}
_ERRORS = {
    "400": "A parameter is missing, repeated or wrong, or the answer would be too large.",
    "404": "There is no such run, or no such thing in it.",
    "405": "Only GET and HEAD are possible.",
}


@dataclass(frozen=True)
class Route:
    """A question about a run.

    Attributes:
        answer: Answers it.
        required: Its parameters beside `run`, by name.
        optional: Those that need not be given.
        content: Types of what it answers.
    """

    answer: Callable[[Snapshot, Params], Answer | File]
    required: Mapping[str, Schema] = field(default_factory=dict)
    optional: Mapping[str, Schema] = field(default_factory=dict)
    content: tuple[str, ...] = _ARRAYS

    def params(self, args: MultiDict[str, str]) -> Params:
        """The parameters of a request for this route."""
        return Params(args, {"run": TEXT, **self.required, **self.optional})


def describe(routes: Mapping[str, Route]) -> File:
    """An OpenAPI description of `runs` and of the routes about a run.

    Args:
        routes: By path.
    """
    paths = {"/runs": _path("All runs, with counts.", {}, {}, _ARRAYS)}
    for path, route in routes.items():
        purpose = (route.answer.__doc__ or "").partition("\n")[0]
        required = {"run": TEXT, **route.required}
        paths[path] = _path(purpose, required, route.optional, route.content)
    description = {
        "openapi": "3.1.0",
        "info": {"title": "DeepTracker for TensorBoard", "version": __version__},
        "servers": [{"url": "."}],
        "paths": paths,
    }
    return File(orjson.dumps(description), JSON)


def _path(
    purpose: str,
    required: Mapping[str, Schema],
    optional: Mapping[str, Schema],
    content: tuple[str, ...],
) -> dict[str, Any]:
    if content == _ARRAYS:
        optional = {**optional, "format": choice(*FORMATS)}
    parameters = [
        {"name": name, "in": "query", "required": needed, "schema": schema}
        for needed, schemas in ((True, required), (False, optional))
        for name, schema in schemas.items()
    ]
    wrong = {JSON: {"schema": _ERROR}}
    responses: dict[str, Any] = {
        "200": {"description": purpose, "content": {kind: {} for kind in content}},
        **{code: {"description": why, "content": wrong} for code, why in _ERRORS.items()},
    }
    return {"get": {"summary": purpose, "parameters": parameters, "responses": responses}}
