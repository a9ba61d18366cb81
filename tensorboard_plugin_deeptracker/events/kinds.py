"""Kinds of records: what a reader has to know of each to follow, check and join them.

A kind is declared where its data lives; whoever reads logs is given the kinds and knows none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from . import limits
from .decode import DecodeError, Read, Skim, Tensor

T = TypeVar("T")
Tensors: TypeAlias = Mapping[str, Tensor]
# How the sessions of a run make one sequence: by step, where a later session replaces what
# earlier ones logged, from its first step on if it is of a training; or all that there is.
Join = Literal["step", "all"]


# The kinds that were declared, by tag: so they are the same ones in another process.
_DECLARED: dict[str, Structure[Any] | Series[Any]] = {}


def _declared(tag: str) -> Structure[Any] | Series[Any]:
    return _DECLARED[tag]


def _no_counts(content: Any) -> Mapping[str, int]:
    del content
    return {}


@dataclass(frozen=True, eq=False)
class Structure(Generic[T]):
    """A kind of record that says what others are about; read whole, once a session.

    Attributes:
        name: What messages call it.
        tag: The tensor that tells its records from all others.
        read: Reads a record; raises DecodeError if it is none.
        same: Whether what is about the one can be joined with what is about the other.
        counts: How much there is in it, for `runs`; of None if none was logged.
        opens: Whether it is the record that opens a file, of which there is one: a file whose
            first record cannot be read is of another format.
        usual_key: What the key is called that tags do not name.
    """

    name: str
    tag: str
    read: Callable[[Read, Skim], T]
    same: Callable[[T, T], bool]
    counts: Callable[[T | None], Mapping[str, int]] = _no_counts
    opens: bool = False
    usual_key: str = ""

    def __post_init__(self) -> None:
        _DECLARED[self.tag] = self

    def __reduce__(self) -> tuple[Any, ...]:
        return _declared, (self.tag,)

    @property
    def keyed(self) -> bool:
        """Whether a run may have several, each under a name."""
        return bool(self.usual_key)


@dataclass(frozen=True, eq=False)
class Series(Generic[T]):
    """A kind of record of which a session has many; their tensors are read when asked for.

    Attributes:
        name: What messages call one of them.
        tag: The tensor that tells its records from all others.
        about: What has to be logged before them.
        check: Raises DecodeError if the tensors of a record are not what they must be.
        joins: How the records of several sessions are joined.
        count: What their number is called; None: they are not counted.
        in_runs: Whether `runs` tells it, of the usual key.
        begins: The tag of the first tensor, if the records are many and large and of no use where
            only counts are wanted: then they are passed by.
        trains: Whether only a training logs it. A session without any evaluates what a training
            has left, in whatever order, and replaces nothing but the same steps.
    """

    name: str
    tag: str
    about: Structure[T]
    check: Callable[[Tensors, T], None]
    joins: Join = "step"
    count: str | None = None
    in_runs: bool = True
    begins: str | None = None
    trains: bool = False

    def __post_init__(self) -> None:
        _DECLARED[self.tag] = self

    def __reduce__(self) -> tuple[Any, ...]:
        return _declared, (self.tag,)

    @property
    def usual_key(self) -> str:
        """That of what the records are about."""
        return self.about.usual_key


Kind: TypeAlias = Structure[Any] | Series[Any]


class Kinds:
    """The kinds that a reader knows.

    Args:
        kinds: All of them; each has a tag of its own.
    """

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self._kinds = {kind.tag: kind for kind in kinds}
        self._passed_by = tuple(
            kind.begins.encode()
            for kind in self._kinds.values()
            if isinstance(kind, Series) and kind.begins
        )

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._kinds.values())

    def find(self, tensors: Tensors) -> tuple[Kind, str, Tensors] | None:
        """The kind of a record, its key, and its tensors by tags without the key.

        Raises:
            DecodeError: Its tensors have different keys.
        """
        found = None
        for tag in tensors:
            base, key = _split(tag)
            kind = self._kinds.get(base)
            if kind is not None:
                found = kind, key
                break
        if found is None:
            return None
        kind, key = found
        if not key:
            return kind, kind.usual_key, tensors
        bare = {}
        for tag, tensor in tensors.items():
            base, other = _split(tag)
            if other != key:
                raise DecodeError(f"a record about {key[:80]!r} has a tensor {tag[:80]!r}")
            bare[base] = tensor
        return kind, key, bare

    def passed_by(self, head: bytes) -> bool:
        """Whether a record that begins like this is of no use where only counts are wanted."""
        return any(tag in head for tag in self._passed_by)


def check_tensor(tensors: Tensors, tag: str, kind: str, shape: tuple[int, ...]) -> None:
    """Makes sure that a record has a tensor of numbers.

    Args:
        tensors: The record's.
        tag: Names it.
        kind: Of its numbers, as `numpy.dtype.kind` has it.
        shape: Sizes of its axes.

    Raises:
        DecodeError: It has none, or of another type or shape.
    """
    tensor = tensors.get(tag)
    if tensor is None or tensor.dtype is None or tensor.dtype.kind != kind or tensor.shape != shape:
        raise DecodeError(f"{tag!r} is {tensor and (tensor.dtype, tensor.shape)}, not {shape}")


def _split(tag: str) -> tuple[str, str]:
    """A tag without its key, and the key."""
    plugin, slash, rest = tag.partition("/")
    name, _, key = rest.partition("/")
    if len(key) > limits.KEY:
        raise DecodeError(f"a tag with a key of {len(key)} characters")
    return f"{plugin}{slash}{name}", key
