"""Finds a model's weights in what a checkpoint holds, whoever wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor, nn

from .errors import MisfitError
from .inert import Inert, plain

Shape = tuple[int, ...]

_DEPTH = 4
_SHOWN = 5
# What wrappers put into names, wherever they stand.
_INFIXES = re.compile(
    r"(?:^|(?<=\.))(?:_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\."
)
# Of several that fit, those before others: the more usual a place, the earlier.
_PLACES = "state_dict", "model_state_dict", "model", "module", "net", "network", "weights", ""
_PREFIXES = "", "module.", "model.", "net.", "network.", "backbone.", "model.module."
_EMA = re.compile(r"(?:^|[._])(?:ema|swa|shadow|averag\w*)(?:[._\d]|$)|_ema$|^ema", re.IGNORECASE)
# May be missing, from checkpoints of long ago; may be there, of averaged models.
_OPTIONAL = re.compile(r"(?:^|\.)(?:num_batches_tracked|n_averaged)$")


@dataclass(frozen=True)
class Fit:
    """How weights in a checkpoint are those of a model.

    Attributes:
        place: Where they are, names with dots between them; empty: at the top.
        prefix: Of their names.
        names: What each of the model's is called in the checkpoint.
        missing: The model's that are not there.
        unexpected: Those under the prefix that are not the model's.
        shapes: Those of other shapes: in the checkpoint, and in the model.
        by_hand: Whether somebody has asked for the prefix.
    """

    place: str
    prefix: str
    names: Mapping[str, str] = field(repr=False)
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    shapes: Mapping[str, tuple[Shape, Shape]]

    @property
    def differences(self) -> int:
        """How many names differ; 0 if it fits."""
        return len(self.missing) + len(self.unexpected) + len(self.shapes)

    @property
    def is_ema(self) -> bool:
        """Whether these are averaged weights."""
        return bool(_EMA.search(self.place) or _EMA.search(self.prefix))

    @property
    def where(self) -> str:
        """Where they are, in words."""
        place = f"in {self.place!r}" if self.place else "at the top"
        return f"{place}, without the prefix {self.prefix!r}" if self.prefix else place

    def __str__(self) -> str:
        parts = []
        if self.missing:
            parts.append(f"not in the checkpoint: {_some(self.missing)}")
        if self.unexpected:
            parts.append(f"not in the model: {_some(self.unexpected)}")
        if self.shapes:
            told = (
                f"{name} is {list(own)}, in the model {list(wanted)}"
                for name, (own, wanted) in self.shapes.items()
            )
            parts.append(f"of another shape: {_some(told, len(self.shapes))}")
        return "; ".join(parts)


def shapes_of(model: nn.Module) -> dict[str, Shape]:
    """The names of what a model's state has, and their shapes."""
    return {name: tuple(value.shape) for name, value in _tensors(model.state_dict()).items()}


def find_state(
    content: Any,
    wanted: Mapping[str, Shape],
    ema: bool = False,
    prefix: str | None = None,
    saved: Mapping[str, str] | None = None,
) -> Fit:
    """Finds the weights of a model.

    Args:
        content: Of a checkpoint.
        wanted: What the model has; see `shapes_of`.
        ema: Whether to take averaged weights.
        prefix: What their names begin with; found if None.
        saved: Under which names they may have been saved, too; see `saved_names`.

    Raises:
        MisfitError: There are none, or of others than of the model, or several that fit alike.
    """
    found = [
        fit for place, state in _states(content) for fit in _fits(place, state, wanted, prefix)
    ]
    if saved:
        found += _fits_saved(content, wanted, prefix, saved)
    if not found:
        raise MisfitError(
            "no weights with a name of the model's are in it: its layers are"
            f" {_some(wanted)}, and the checkpoint has {_some(_names(content)) or 'no tensors'}"
        )
    fitting = [fit for fit in found if not fit.differences]
    if not fitting:
        nearest = min(found, key=lambda fit: (fit.differences, fit.is_ema != ema))
        raise MisfitError(f"the weights {nearest.where} are not those of the model: {nearest}")
    own = [fit for fit in fitting if fit.is_ema == ema]
    if ema and not own:
        places = ", ".join(fit.where for fit in fitting)
        raise MisfitError(f"there are no averaged weights (EMA) in it, only those {places}")
    # Some keep only the averaged ones.
    ranked = sorted(own or fitting, key=_rank)
    same = [fit for fit in ranked if _rank(fit) == _rank(ranked[0])]
    if len(same) > 1:
        raise MisfitError(
            f"the weights {' and those '.join(fit.where for fit in same)} all fit the model:"
            " say which with prefix="
        )
    return ranked[0]


def _fits_saved(
    content: Any, wanted: Mapping[str, Shape], prefix: str | None, saved: Mapping[str, str]
) -> Iterator[Fit]:
    """Where the names are those of the library's files; called as in the model."""
    called = {each: name for name, each in saved.items()}
    shapes = {saved[name]: shape for name, shape in wanted.items()}
    for place, state in _states(content):
        for fit in _fits(place, state, shapes, prefix):
            yield replace(fit, names={called[name]: full for name, full in fit.names.items()})


def state_at(content: Any, place: str) -> Mapping[str, Any]:
    """The weights that `find_state` has found."""
    return next(state for own, state in _states(content) if own == place)


def _rank(fit: Fit) -> tuple[int, int]:
    last = fit.place.rpartition(".")[2]
    place = _PLACES.index(last) if last in _PLACES else len(_PLACES)
    known = fit.prefix in _PREFIXES
    return place, _PREFIXES.index(fit.prefix) if known else len(_PREFIXES)


def _states(content: Any, place: str = "", depth: int = 0) -> Iterator[tuple[str, dict[str, Any]]]:
    """All mappings of names to tensors, and where they are."""
    content = plain(content)
    if not isinstance(content, Mapping) or depth > _DEPTH:
        return
    tensors = _tensors(content)
    if tensors:
        yield place, tensors
    for name, value in content.items():
        if isinstance(name, str) and isinstance(value, Mapping | Inert):
            below = f"{place}.{name}" if place else name
            # Lightning's averaging puts the averaged weights where the others are usually.
            if below == "state_dict" and "current_model_state" in content:
                below = "averaged.state_dict"
            yield from _states(value, below, depth + 1)


def _tensors(state: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in state.items()
        if isinstance(name, str) and isinstance(value, Tensor)
    }


def _fits(
    place: str, state: Mapping[str, Any], wanted: Mapping[str, Shape], prefix: str | None
) -> Iterator[Fit]:
    clean = {_INFIXES.sub("", name): name for name in state}
    own = {_INFIXES.sub("", name): name for name in wanted}
    # A model that is wrapped itself.
    wrapped = "module." if all(name.startswith("module.") for name in own) else ""
    own = {name.removeprefix(wrapped): full for name, full in own.items()}
    prefixes = {prefix} if prefix is not None else _prefixes(clean, own)
    whole = [each for each in prefixes if all(each + name in clean for name in own)]
    for each in sorted(prefixes):
        # Beside it, under prefixes of their own, may be others that fit.
        beside = tuple(other for other in whole if other != each and other.startswith(each))
        names = {
            name.removeprefix(each): full
            for name, full in clean.items()
            if name.startswith(each) and not (beside and name.startswith(beside))
        }
        missing = [name for name in own if name not in names and not _OPTIONAL.search(name)]
        unexpected = [name for name in names if name not in own and not _OPTIONAL.search(name)]
        shapes = {
            own[name]: (tuple(state[full].shape), wanted[own[name]])
            for name, full in names.items()
            if name in own and tuple(state[full].shape) != wanted[own[name]]
        }
        called = {own[name]: full for name, full in names.items() if name in own}
        yield Fit(place, each, called, tuple(own[m] for m in missing), tuple(unexpected), shapes)


def _prefixes(names: Iterable[str], wanted: Mapping[str, str]) -> set[str]:
    """What stands before the names of a model's first and last weights."""
    asked = [name for name in wanted if not _OPTIONAL.search(name)]
    ends = {*asked[:2], *asked[-2:]}
    return {
        name[: len(name) - len(end)]
        for name in names
        for end in ends
        if name == end or name.endswith(f".{end}")
    }


def _names(content: Any) -> list[str]:
    return [name for _, state in _states(content) for name in state]


def _some(names: Iterable[str], count: int | None = None) -> str:
    known = list(names)
    more = (len(known) if count is None else count) - _SHOWN
    return ", ".join(known[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
