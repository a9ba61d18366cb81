"""JSON Schemas of answers, shortly written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Schema: TypeAlias = Mapping[str, Any]

INTEGER: Schema = {"type": "integer"}
# What is missing, or not finite, is null.
NUMBER: Schema = {"type": ["number", "null"]}
STRING: Schema = {"type": "string"}
STEP: Schema = {"type": "integer", "description": "a training iteration"}
STEPS: Schema = {"type": "array", "items": INTEGER, "description": "training iterations, ascending"}


def array(items: Schema, description: str = "") -> Schema:
    """A list of things that are alike."""
    return {"type": "array", "items": items, **_described(description)}


def obj(fields: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """An object with these fields and no others.

    Args:
        fields: Those that it always has.
        optional: Those that it may have.
    """
    return {
        "type": "object",
        "properties": {**fields, **(optional or {})},
        "required": list(fields),
        "additionalProperties": False,
    }


def nullable(schema: Schema) -> Schema:
    """The same, or null where there is none."""
    if isinstance(schema.get("type"), str):
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def component(name: str) -> Schema:
    """A schema that has a name, because it holds itself, say."""
    return {"$ref": f"#/components/schemas/{name}"}


@dataclass(frozen=True)
class Tensor:
    """An array of an answer.

    Attributes:
        dtype: Type of its elements.
        axes: What each axis counts.
        description: What the elements mean.
    """

    dtype: Literal["uint8", "int32", "int64", "float32"]
    axes: tuple[str, ...]
    description: str = ""

    @property
    def schema(self) -> Schema:
        """Its schema: to JSON it is bytes; what they are stands in extensions."""
        return {
            "type": "string",
            "format": "binary",
            "x-dtype": self.dtype,
            "x-axes": list(self.axes),
            **_described(self.description),
        }


def _described(description: str) -> Schema:
    return {"description": description} if description else {}
