"""Logs of 0.1.0 open for ever: the answers about one are those that 0.1.0 gave."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.compatibility.record_answers import ANSWERS, LOGS, ask
from tests.http.client import Tab, tab

# What is another by intention: findings in other words, and shares that are counted now and were
# drawn at random.
CHANGED: dict[str, dict[str, type]] = {
    "findings": {"says": str},
    "mini_set_surprise": {"times_p": float, "times_any_p": float},
}
RECORDED = json.loads(gzip.decompress(ANSWERS.read_bytes()))


@pytest.fixture(scope="module")
def opened() -> Iterator[Tab]:
    with tab(LOGS) as opened:
        yield opened


@pytest.mark.parametrize("route", sorted({route for route, *_ in RECORDED}))
def test_answers_are_the_same(opened: Tab, route: str) -> None:
    for asked, query, status, before in RECORDED:
        if asked == route:
            code, answer = ask(opened, route, query)
            now = without_new_fields(answer, before)
            for name, kind in CHANGED.get(route, {}).items():
                now, before = (with_kinds(each, name, kind) for each in (now, before))
            assert (code, spelled(now)) == (status, spelled(before)), query


def with_kinds(answer: Any, name: str, kind: type) -> Any:
    """An answer in which fields of a name say only that they are of a kind."""
    if isinstance(answer, dict):
        return {
            key: kind.__name__
            if key == name and isinstance(each, kind)
            else with_kinds(each, name, kind)
            for key, each in answer.items()
        }
    return [with_kinds(each, name, kind) for each in answer] if isinstance(answer, list) else answer


def spelled(answer: Any) -> str:
    """An answer as text, because to Python 1, 1.0 and True are equal."""
    return json.dumps(answer, sort_keys=True)


def without_new_fields(now: Any, before: Any) -> Any:
    """An answer as it is now, without the fields of objects that there were none of before."""
    if isinstance(now, dict) and isinstance(before, dict):
        return {
            name: without_new_fields(each, before[name])
            for name, each in now.items()
            if name in before
        }
    if isinstance(now, list) and isinstance(before, list) and len(now) == len(before):
        return [without_new_fields(*pair) for pair in zip(now, before, strict=True)]
    return now
