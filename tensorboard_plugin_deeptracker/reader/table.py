"""Arrays that share an axis, as columns of a table that other libraries take over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..compute.errors import InvalidQuestionError

Column: TypeAlias = "NDArray[Any] | list[Any]"

# A column is called as what one of its rows has.
_ONE_OF = {"ids": "id", "labels": "label", "nodes": "node", "rows": "row", "steps": "step"}
# What an answer has as lists, one for each image or node.
_LISTS = "ids", "nodes"
# Columns of positions, which are worth their names in a table.
_CLASSES = frozenset({"class_", "label", "labels", "predicted", "before", "second", "best"})
_LAYERS = frozenset({"layer"})
_ARROW = 'this needs arro3: pip install "tensorboard-plugin-deeptracker[arrow]"'


class Table(Mapping[str, Column]):
    """Columns of equal length: a mapping of their names to arrays, or to lists of texts.

    `pandas.DataFrame(dict(table))` and `polars.DataFrame(table)` take it over, as does whatever
    reads Arrow's C stream (which takes the extra `arrow`).

    Attributes:
        rows: What a row stands for.
    """

    def __init__(self, rows: str, columns: Mapping[str, Column]) -> None:
        self.rows = rows
        self._columns = dict(columns)

    def __getitem__(self, name: str) -> Column:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __repr__(self) -> str:
        return f"Table({self.height} {self.rows}: {', '.join(self)})"

    @property
    def height(self) -> int:
        """Number of rows."""
        return len(next(iter(self._columns.values()), ()))

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def to_arrow(self) -> Any:
        """The same as a table of arro3's.

        Raises:
            ImportError: arro3 is not installed.
        """
        try:
            import arro3.core
        except ModuleNotFoundError as error:
            raise ImportError(_ARROW) from error
        columns = {name: _arrow(column) for name, column in self._columns.items()}
        return arro3.core.Table.from_pydict(columns)


@dataclass(frozen=True)
class Columns:
    """What a table can be made of.

    Attributes:
        arrays: By their names.
        axes: What each axis of each counts.
        lists: Of which those are columns that have an item for each row.
        class_names: By their positions.
        layer_names: Likewise.
        ids: Makes the identifiers of all images.
    """

    arrays: Mapping[str, NDArray[Any]]
    axes: Mapping[str, Sequence[str]]
    lists: Mapping[str, Any]
    class_names: Sequence[str]
    layer_names: Sequence[str]
    ids: Callable[[], Sequence[int | str]]

    def by(self, rows: str | None = None) -> Table:
        """The arrays that have an axis as a table.

        Args:
            rows: The axis; the first one of most arrays if None.

        Raises:
            InvalidQuestionError: There is none.
        """
        known = {axis for name in self.arrays for axis in self.axes[name]}
        if not known:
            raise InvalidQuestionError("there are no arrays to be made a table of: use to_json()")
        if rows is None:
            # Iterations are what others are over.
            counted = [name for name in self.arrays if name != "steps"] or list(self.arrays)
            rows = Counter(self.axes[name][0] for name in counted).most_common(1)[0][0]
        if rows not in known:
            raise InvalidQuestionError(
                f"no array has {rows!r}: a row may stand for one of {', '.join(sorted(known))}"
            )
        columns: dict[str, Column] = {}
        height = 0
        for name, array in self.arrays.items():
            if rows in self.axes[name]:
                column = np.moveaxis(array, list(self.axes[name]).index(rows), 0)
                height = len(column)
                columns[_ONE_OF.get(name, name.rstrip("_"))] = self._named(name, column)
        lists: dict[str, Column] = {
            _ONE_OF[name]: value
            for name in _LISTS
            if isinstance(value := self.lists.get(name), list) and len(value) == height
        }
        # Rows that are all there are tell which each is by nothing but their place.
        if rows == "classes" and not {"class", "best"} & {*columns}:
            lists |= self._all("class", self.class_names, height)
        elif rows == "images" and "id" not in {*lists, *columns} and "row" not in columns:
            told = self.lists.get("images")
            ids = [own["id"] for own in told] if isinstance(told, list) else self.ids()
            lists |= self._all("id", ids, height)
        return Table(rows, {**lists, **columns})

    @staticmethod
    def _all(name: str, names: Sequence[Any], height: int) -> dict[str, Column]:
        return {name: list(names)} if len(names) == height else {}

    def _named(self, name: str, column: NDArray[Any]) -> Column:
        """The names of what a column has the positions of."""
        names: Sequence[str] = ()
        if column.ndim == 1 and column.dtype == np.int32:
            if name in _CLASSES:
                names = self.class_names
            elif name in _LAYERS:
                names = self.layer_names
        if not names:
            return column
        # Networks may predict classes that have no name.
        return [
            None if at < 0 else names[at] if at < len(names) else f"class {at}"
            for at in column.tolist()
        ]


def _arrow(column: Column) -> Any:
    from arro3.core import Array, DataType, fixed_size_list_array

    if isinstance(column, list):
        if all(isinstance(value, int) for value in column):
            return Array.from_numpy(np.array(column, np.int64))
        return Array([None if value is None else str(value) for value in column], DataType.utf8())
    flat = Array.from_numpy(np.ascontiguousarray(column).reshape(-1))
    for size in reversed(column.shape[1:]):
        flat = fixed_size_list_array(flat, size)
    return flat
