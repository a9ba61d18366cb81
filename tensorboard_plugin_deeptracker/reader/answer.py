"""What a question about a run is answered with: arrays, and what stands beside them."""

from __future__ import annotations

import dataclasses
import keyword
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from ..http.answers import to_json
from .table import Columns, Table

if TYPE_CHECKING:
    from ..http.route import Route

_LONG = 40


@dataclass(frozen=True)
class Source:
    """Where an answer comes from.

    Attributes:
        route: The question.
        json: Makes the form that HTTP sends.
        class_names: Of the image set that it is about, by position.
        layer_names: Of the run's model, by position.
        ids: Makes the identifiers of all of that set's images.
    """

    route: Route
    json: Callable[[], Mapping[str, Any]]
    class_names: tuple[str, ...] = ()
    layer_names: tuple[str, ...] = ()
    ids: Callable[[], Sequence[int | str]] = tuple


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Answer:
    """An answer: its arrays, names and numbers are attributes.

    A name that Python keeps for itself ends in an underscore: `class_`.
    """

    source: Source = field(metadata={"hidden": True})

    @property
    def arrays(self) -> dict[str, np.ndarray[Any, Any]]:
        """The arrays by name, those that this answer has."""
        named = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        return {name: value for name, value in named.items() if isinstance(value, np.ndarray)}

    def to_json(self) -> Any:
        """What HTTP answers in JSON: names instead of positions, None for what is missing."""
        return orjson.loads(to_json(self.source.json()))

    def table(self, rows: str | None = None) -> Table:
        """The arrays as columns of a table.

        Args:
            rows: What a row stands for, a name of an axis as in "images"; what most arrays
                have first, if it is not given.

        Raises:
            InvalidQuestionError: No array has such an axis.
        """
        arrays, axes = {}, {}
        for name, tensor in self.source.route.tensors.items():
            own = attribute(name)
            array = getattr(self, own, None)
            if array is not None:
                arrays[own], axes[own] = array, tensor.axes
        source = self.source
        names = source.class_names, source.layer_names, source.ids
        return Columns(arrays, axes, vars(self), *names).by(rows)

    def __repr__(self) -> str:
        shown = (
            f"{each.name}={_short(value)}"
            for each in dataclasses.fields(self)
            if not each.metadata.get("hidden") and (value := getattr(self, each.name)) is not None
        )
        return f"{type(self).__name__}({', '.join(shown)})"


def attribute(name: str) -> str:
    """What a field or a parameter is called in Python."""
    return f"{name}_" if keyword.iskeyword(name) else name


def _short(value: object) -> str:
    """An array's type and shape; anything else, if it is not long."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype}[{', '.join(map(str, value.shape))}]"
    text = repr(value)
    if len(text) <= _LONG:
        return text
    return f"{type(value).__name__} of {len(value)}" if hasattr(value, "__len__") else "..."
