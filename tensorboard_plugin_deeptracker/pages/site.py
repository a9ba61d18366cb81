"""A run as a page that opens without a server: the tab, and recorded answers beside it."""

from __future__ import annotations

import contextlib
import re
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from pathlib import Path
from typing import TypeAlias

import orjson

from ..http import static
from ..index.pace import Pace
from ..index.source import AnyPath
from .apps import Apps
from .questions import About, Limits, Question, scalars, several
from .recording import Recording
from .whole import whole_directory

Progress: TypeAlias = Callable[[int, int, int], None]

# What says that a directory is a page of ours, and may be written anew.
_ANSWERS = "page.js"
_INDEX = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>DeepTracker</title>
<link rel="icon" href="data:,">
<body>
<script src="page.js"></script>
<script src="tab.js"></script>
</body>
</html>
"""
_EXPORTS = re.compile(r"export\s*\{([^{}]*)\};?\s*$")
# Parameters that say which part of an answer is wanted, where the page has one for all of them.
_PARTS = {
    "layer_filter": ["rows", "columns", "max_rows", "max_columns"],
    "kernels": ["columns", "max_columns"],
}


class SiteError(Exception):
    """A page cannot be written; the message says why and what would be right."""


@dataclass(frozen=True)
class Written:
    """What became of it.

    Attributes:
        size: Bytes of all files.
        answers: How many answers there are, and how many were left out because of the size.
        images: How many pictures there are.
        unfinished: What was still being computed, and did not get on: a sentence each.
    """

    size: int
    answers: int
    left_out: int
    images: int
    unfinished: Sequence[str]


def write_site(
    runs: Mapping[str, AnyPath],
    directory: Path,
    limits: Limits,
    max_bytes: int,
    progress: Progress,
) -> Written:
    """Writes a page of some runs.

    Args:
        runs: Their directories or addresses, by the names that they are to have.
        directory: Where the page is to be; is written whole, or not at all.
        limits: How much is kept of each run.
        max_bytes: Of all of it, about; what every view begins with is there in any case.
        progress: Told how many questions are asked, of how many, and the bytes so far.

    Raises:
        SiteError: There is something else in the directory, or the tab was not built.
        OSError: It cannot be written.
    """
    tab = _tab()
    if directory.exists() and not _is_ours(directory):
        raise SiteError(f"{directory}: is not empty, and no page of DeepTracker's: name another")
    directory.parent.mkdir(parents=True, exist_ok=True)
    apps = Apps(runs, Pace(first_scan=None))
    with contextlib.closing(apps), whole_directory(directory) as own:
        recording = Recording(apps, own)
        left_out = _record(recording, [*runs], limits, max_bytes, progress)
        recording.flush()
        (own / "index.html").write_text(_INDEX)
        (own / "tab.js").write_text(tab)
        (own / _ANSWERS).write_bytes(_answers(recording, limits))
    size = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
    return Written(
        size,
        len(recording.answers),
        left_out,
        len(recording.images),
        [*recording.unfinished.values()],
    )


def _record(
    recording: Recording,
    runs: Sequence[str],
    limits: Limits,
    max_bytes: int,
    progress: Progress,
) -> int:
    """Asks everything; returns how many questions were left out."""
    abouts = [
        About(recording, run, each["name"], limits)
        for run in runs
        for each in (recording.ask("image_sets", {"run": run}) or {}).get("image_sets", ())
        or [{"name": "validation"}]
    ]
    first: list[Question] = [("runs", {}, False, None), *several(runs)]
    for run in runs:
        first += scalars(recording, run)
    for about in abouts:
        first += about.always()
    groups = [[*group] for about in abouts for group in about.groups()]
    total = len(first) + sum(map(len, groups))
    for done, question in enumerate(first, 1):
        recording.record(*question)
        progress(done, total, recording.size)
    return _record_in_turn(
        recording, groups, max_bytes, lambda done, size: progress(done, total, size), len(first)
    )


def _record_in_turn(
    recording: Recording,
    groups: Sequence[Sequence[Question]],
    max_bytes: int,
    told: Callable[[int, int], None],
    done: int,
) -> int:
    """Asks the questions of all groups, as far as there is room for the answers.

    Each group gets as much room as the others, as long as it has questions.
    """
    waiting = [(0, i, deque(group)) for i, group in enumerate(groups) if group]
    while waiting and recording.size < max_bytes:
        used, i, group = heappop(waiting)
        before = recording.size
        recording.record(*group.popleft())
        done += 1
        told(done, recording.size)
        if group:
            heappush(waiting, (used + recording.size - before, i, group))
    return sum(len(group) for _, _, group in waiting)


def _tab() -> str:
    """The tab as a script: a page that is a file may load no modules."""
    try:
        bundle = (static.DIRECTORY / static.ENTRY[1:]).read_text()
    except OSError:
        raise SiteError(
            "the DeepTracker tab was not built: in a checkout, run scripts/install; otherwise"
            " install the package again"
        ) from None
    exports = _EXPORTS.search(bundle)
    pairs = [each.split(" as ") for each in exports[1].split(",")] if exports else []
    names = {each[-1].strip(): each[0].strip() for each in pairs}
    if exports is None or "render" not in names:
        raise SiteError("the DeepTracker tab has no render(): install the package again")
    body = bundle[: exports.start()]
    return f'(() => {{\n"use strict";\n{body}\n{names["render"]}();\n}})();\n'


def _answers(recording: Recording, limits: Limits) -> bytes:
    """What the page has, as a script; names in it are text, whatever they hold."""
    page = {
        "made": time.strftime("%Y-%m-%d"),
        "rows": max(1, limits.images),
        "parts": _PARTS,
        "answers": recording.answers,
        "images": recording.images,
    }
    return b"globalThis.deeptrackerPage = " + orjson.dumps(page) + b";\n"


def _is_ours(directory: Path) -> bool:
    """Whether there is nothing in a directory, or an earlier page."""
    if not directory.is_dir():
        return False
    return (directory / _ANSWERS).is_file() or not any(directory.iterdir())
