"""Logs of 0.1.0 open for ever: the answers about one are those that 0.1.0 gave."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.compatibility.record_answers import ANSWERS, LOGS, ask
from tests.http.client import Tab, tab

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
            now = spelled(without_new_fields(answer, before))
            assert (code, now) == (status, spelled(before)), query


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
