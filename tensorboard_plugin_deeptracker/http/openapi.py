"""The description of the routes in the words of OpenAPI 3.1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from .. import __version__
from ..events.kinds import Kinds
from .answers import FORMATS, JSON, SAFETENSORS, File
from .params import Parameter, choice
from .route import ARRAYS, Route
from .runs import runs_schema
from .schema import INTEGER, STRING, Schema, component, obj

_FORMAT = Parameter("format", choice(*FORMATS), "the form of the answer", "json", required=False)
# The progress stands there if what is asked for is being computed.
_ERROR = obj({"error": STRING}, {"progress": obj({"ready": INTEGER, "total": INTEGER})})
_ERRORS = {
    "400": "A parameter is missing, repeated or wrong, or the answer would be too large.",
    "404": "There is no such run, or no such thing in it, or it is being computed.",
    "405": "Only GET and HEAD are possible.",
    "503": "What computes it hung or has ended; it can be asked for again.",
}


def describe(routes: Sequence[Route], kinds: Kinds) -> File:
    """An OpenAPI description of `runs` and of the routes about runs.

    Args:
        routes: Those about a run.
        kinds: The kinds of records, which say what is counted.
    """
    runs = runs_schema(kinds)
    paths = {"/runs": _path("All runs, with counts.", (), _contents(runs, runs))}
    components: dict[str, Schema] = {"Error": _ERROR}
    for route in routes:
        parameters = (route.about, *route.parameters)
        contents: Mapping[str, Schema] = {content: {} for content in route.content}
        if route.content == ARRAYS:
            contents = _contents(route.response, _arrays(route))
        paths[route.path] = _path(route.purpose, parameters, contents)
        components.update(route.components)
    description = {
        "openapi": "3.1.0",
        "info": {"title": "DeepTracker for TensorBoard", "version": __version__},
        "servers": [{"url": "."}],
        "paths": paths,
        "components": {"schemas": components},
    }
    return File(orjson.dumps(description), JSON)


def _contents(json: Schema, arrays: Schema) -> Mapping[str, Schema]:
    return {JSON: {"schema": json}, SAFETENSORS: {"schema": arrays}}


def _arrays(route: Route) -> Schema:
    """The form with arrays, as an object: each array by its name, and the rest by its names."""
    fields = {**route.rest, **{name: tensor.schema for name, tensor in route.tensors.items()}}
    return obj(
        {name: each for name, each in fields.items() if name not in route.optional},
        {name: each for name, each in fields.items() if name in route.optional},
    )


def _path(
    purpose: str, parameters: tuple[Parameter, ...], contents: Mapping[str, Schema]
) -> dict[str, Any]:
    if tuple(contents) == ARRAYS:
        parameters = *parameters, _FORMAT
    wrong = {JSON: {"schema": component("Error")}}
    responses: dict[str, Any] = {
        "200": {"description": purpose, "content": contents},
        **{code: {"description": why, "content": wrong} for code, why in _ERRORS.items()},
    }
    described = [
        {
            "name": parameter.name,
            "in": "query",
            "required": parameter.required,
            "description": parameter.description,
            "schema": parameter.schema,
            "example": parameter.example,
        }
        for parameter in parameters
    ]
    return {"get": {"summary": purpose, "parameters": described, "responses": responses}}
