"""The description of the routes in the words of OpenAPI 3.1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from .. import __version__
from .answers import FORMATS, JSON, File
from .params import Parameter, choice
from .route import ARRAYS, RUN, Route

_FORMAT = Parameter("format", choice(*FORMATS), "the form of the answer", "json", required=False)
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


def describe(routes: Sequence[Route]) -> File:
    """An OpenAPI description of `runs` and of the routes about a run."""
    paths = {"/runs": _path("All runs, with counts.", (), ARRAYS)}
    for route in routes:
        purpose = (route.answer.__doc__ or "").partition("\n")[0]
        paths[route.path] = _path(purpose, (RUN, *route.parameters), route.content)
    description = {
        "openapi": "3.1.0",
        "info": {"title": "DeepTracker for TensorBoard", "version": __version__},
        "servers": [{"url": "."}],
        "paths": paths,
    }
    return File(orjson.dumps(description), JSON)


def _path(
    purpose: str, parameters: tuple[Parameter, ...], content: tuple[str, ...]
) -> dict[str, Any]:
    if content == ARRAYS:
        parameters = *parameters, _FORMAT
    wrong = {JSON: {"schema": _ERROR}}
    responses: dict[str, Any] = {
        "200": {"description": purpose, "content": {kind: {} for kind in content}},
        **{code: {"description": why, "content": wrong} for code, why in _ERRORS.items()},
    }
    described = [
        {
            "name": parameter.name,
            "in": "query",
            "required": parameter.required,
            "description": parameter.description,
            "schema": parameter.schema,
        }
        for parameter in parameters
    ]
    return {"get": {"summary": purpose, "parameters": described, "responses": responses}}
