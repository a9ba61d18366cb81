"""Joins the sessions of a run into one sequence; docs/log_format.md states the rule.

Whatever is logged and not shown for it is counted: each intact record is either in the answer
or in one of its problems, unless the user has said with `purge_step` that it is void.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ..events.kinds import Series, Structure
from ..events.session import SESSION, Session
from .logfile import LogFile
from .record import Problem, Record

# Positions of the records of each content that goes by one name.
_Kept: TypeAlias = dict[int, list[Record]]


@dataclass(frozen=True)
class Joined:
    """What the sessions of a run say together.

    Attributes:
        structures: What was read whole, by kind and key.
        series: Records, by kind and key: by ascending step; or in the order in which they were
            logged, where the kind says that all are kept.
        hidden: What is not shown, or not where it was logged.
    """

    structures: Mapping[tuple[Structure[Any], str], Any]
    series: Mapping[tuple[Series[Any], str], tuple[Record, ...]]
    hidden: tuple[Problem, ...]


def join(files: Iterable[LogFile]) -> Joined:
    """Joins the sessions in some files."""
    hidden = _Hidden()
    in_order, copies = sessions(files)
    for copy, fullest in copies:
        _hide_more(copy, fullest, hidden)
    structures: dict[tuple[Structure[Any], str], Any] = {}
    series: dict[tuple[Series[Any], str], tuple[Record, ...]] = {}
    logged = dict.fromkeys(each for file in in_order for each in file.structures)
    names = set(logged)
    for about, key in logged:
        if about.opens:  # Of which each file has one of its own.
            structures[about, key] = in_order[-1].structures.get((about, key))
            continue
        contents = _Contents(about, key, in_order)
        kinds = dict.fromkeys(kind for file in in_order for kind, own in file.series if own == key)
        kept = {
            kind: _kept(kind, key, in_order, contents, hidden)
            for kind in kinds
            if kind.about is about
        }
        for number, name in _names(about, key, contents, kept, names, hidden).items():
            structures[about, name] = contents.different[number]
            series.update({(kind, name): tuple(each[number]) for kind, each in kept.items()})
    return Joined(structures, series, hidden.problems())


def session_of(file: LogFile) -> Session:
    """A file's session; one made up if its record is damaged, for the rest is still of use."""
    logged = file.structures.get((SESSION, ""))
    return logged or Session(file.path.name, file.began or 0.0, "unknown")


@dataclass
class _Hidden:
    """Collects records that are not shown, by the reason."""

    _found: dict[tuple[LogFile, Series[Any], str, str], list[Record]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def add(self, kind: Series[Any], key: str, record: Record, reason: str) -> None:
        assert isinstance(record.file, LogFile)
        self._found[record.file, kind, key, reason].append(record)

    def extend(self, kind: Series[Any], key: str, records: Iterable[Record], reason: str) -> None:
        for record in records:
            self.add(kind, key, record, reason)

    def problems(self) -> tuple[Problem, ...]:
        return tuple(
            Problem(
                file.path.name,
                min(record.offset for record in records),
                f"{_many(kind, key, records)}: {reason}",
                len(records),
            )
            for (file, kind, key, reason), records in self._found.items()
        )


def _many(kind: Series[Any], key: str, records: Sequence[Record]) -> str:
    count = len(records)
    plural = kind.count or f"records of {kind.name.partition(' ')[2]}"
    what = kind.name if count == 1 else f"{count} {plural}"
    of = "" if key == kind.usual_key else f" of {key!r}"
    steps = sorted({record.step for record in records})
    at = f"at iteration {steps[0]}"
    if len(steps) > 1:
        at = f"at iterations {steps[0]} to {steps[-1]}"
    return f"{what}{of} {at}"


def sessions(files: Iterable[LogFile]) -> tuple[list[LogFile], list[tuple[LogFile, LogFile]]]:
    """The file of each session, in the order in which they began, the fullest of several copies.

    Returns:
        These, and each other copy with the fullest.
    """
    copies: dict[str, list[LogFile]] = defaultdict(list)
    for file in files:
        if file.began is not None:
            copies[session_of(file).id].append(file)
    chosen, others = [], []
    for of_one in copies.values():
        fullest, *rest = of_one if len(of_one) == 1 else sorted(of_one, key=_fullness)
        chosen.append(fullest)
        others += [(copy, fullest) for copy in rest]
    return sorted(chosen, key=lambda file: (session_of(file).started, file.path.name)), others


def _hide_more(copy: LogFile, fullest: LogFile, hidden: _Hidden) -> None:
    """Tells what only another copy of a session has."""
    reason = f"only in this copy of a session, of which {fullest.path.name} holds more"
    for (kind, key), records in copy.series.items():
        if kind.joins == "step":
            known = {record.step for record in _intact(fullest, kind, key)}
            for record in records:
                if record.intact is not False and record.step not in known:
                    hidden.add(kind, key, record, reason)


def _fullness(file: LogFile) -> tuple[int, int, str]:
    """Sorts copies of a file: that with most intact records first, of equals the longest."""
    return -sum(r.intact is not False for r in file.records()), -file.end, file.path.name


def _intact(file: LogFile, kind: Series[Any], key: str) -> Iterator[Record]:
    return (r for r in file.series.get((kind, key), ()) if r.intact is not False)


class _Contents:
    """The different contents that the sessions give to one name.

    Attributes:
        different: All of them, in the order in which they came.
        latest: Their positions, that of the last session last.
    """

    def __init__(self, about: Structure[Any], key: str, sessions: Sequence[LogFile]) -> None:
        self.different: list[Any] = []
        self.latest: list[int] = []
        self._of: dict[LogFile, int] = {}
        for file in sessions:
            content = file.structures.get((about, key))
            if content is not None:
                equal = (i for i, known in enumerate(self.different) if about.same(content, known))
                number = self._of[file] = next(equal, len(self.different))
                # Of equal ones the latest.
                self.different[number : number + 1] = [content]
                self.latest = [other for other in self.latest if other != number] + [number]

    def of(self, file: LogFile) -> int:
        """Which of them a session's records are about."""
        return self._of[file]


def _kept(
    kind: Series[Any],
    key: str,
    sessions: Sequence[LogFile],
    contents: _Contents,
    hidden: _Hidden,
) -> _Kept:
    """The records of a kind that later sessions leave, by what they are about."""
    kept: _Kept = {number: [] for number in range(len(contents.different))}
    having = [file for file in sessions if (kind, key) in file.series]
    if len(sessions) == 1 and having and _is_in_order(logged := having[0].series[kind, key]):
        # As nearly always: of many long logs, what follows takes a good part of opening them.
        kept[contents.of(having[0])] = list(logged)
        return kept
    if kind.joins == "all":
        for file in having:
            kept[contents.of(file)].extend(_intact(file, kind, key))
        return kept
    void = limit = float("inf")
    began = ""  # Which session begins at `limit`.
    latest: dict[tuple[int, int], str] = {}
    for file in reversed(sessions):
        session = session_of(file)
        own: dict[int, Record] = {}
        for record in _intact(file, kind, key):
            if record.step in own:
                hidden.add(kind, key, own[record.step], "logged again by the same session")
            own[record.step] = record
        number = contents.of(file) if own else 0
        name = file.path.name
        for step, record in own.items():
            if step >= void:
                continue
            if step >= limit:
                reason = (
                    f"replaced by the training that began later, at iteration {limit}, in"
                    f" {began}; log each training to a directory of its own to see both"
                )
                hidden.add(kind, key, record, reason)
            elif (number, step) in latest:
                hidden.add(kind, key, record, f"logged again later, in {latest[number, step]}")
            else:
                kept[number].append(record)
                latest[number, step] = name
        if session.purge_step is not None:
            void = min(void, session.purge_step)
        if (session.purge_step is not None or _trains(file)) and own and min(own) < limit:
            limit, began = min(own), name
    for records in kept.values():
        records.sort(key=lambda record: record.step)
    return kept


def _is_in_order(records: Sequence[Record]) -> bool:
    """Whether all records are intact, as far as is known, each at a later step than the last."""
    last = -math.inf
    for record in records:
        if record.intact is False or record.step <= last:
            return False
        last = record.step
    return True


def _trains(file: LogFile) -> bool:
    """Whether a session is of a training; others evaluate what a training has left."""
    return any(
        record.intact is not False
        for (kind, _), records in file.series.items()
        if kind.trains
        for record in records
    )


def _names(
    about: Structure[Any],
    key: str,
    contents: _Contents,
    kept: Mapping[Series[Any], _Kept],
    used: set[tuple[Structure[Any], str]],
    hidden: _Hidden,
) -> dict[int, str]:
    """What those of the contents are called that are shown."""
    by_step = {kind: each for kind, each in kept.items() if kind.joins == "step"}
    counts = [
        sum(len(each[number]) for each in by_step.values())
        for number in range(len(contents.different))
    ]
    # Where others get names of their own, the one that most is about has the name itself: a test
    # set that is evaluated once does not take the place of a validation set. Else it is the latest
    # that anything is about; of equals the later.
    ranks = counts if about.keyed else [min(count, 1) for count in counts]
    usual = max(reversed(contents.latest), key=lambda number: ranks[number])
    names = {usual: key}
    for number, count in enumerate(counts):
        if number == usual or not count:
            continue
        reason = f"of another {about.name} than later sessions have"
        if about.keyed:
            names[number] = _unused(about, key, number + 1, used)
            reason = f"of another {about.name} under the same name; they are in {names[number]!r}"
        for kind, each in by_step.items():
            hidden.extend(kind, key, each[number], reason)
    return names


def _unused(
    about: Structure[Any], key: str, number: int, used: set[tuple[Structure[Any], str]]
) -> str:
    """The name of a content that cannot have the one it was logged under."""
    while (about, f"{key} ({number})") in used:
        number += 1
    used.add((about, f"{key} ({number})"))
    return f"{key} ({number})"
