"""Links that Python writes, read as the tab reads them (`settings/address.ts`)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker.compute.address import write_address
from tensorboard_plugin_deeptracker.compute.errors import InvalidQuestionError, NotFoundError
from tensorboard_plugin_deeptracker.pages.address import address, names


def read(text: str) -> dict[str, list[str]]:
    version, *fields = text.split("!")
    assert version == "2"
    found = {}
    for field in fields:
        key, *words = field.split("*")
        found[key] = [
            re.sub(rb"~([0-9a-f]{2})", lambda it: bytes([int(it[1], 16)]), word.encode()).decode()
            for word in words
        ]
    return found


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_any_word_comes_back(words: list[str]) -> None:
    text = write_address([("a.b", words)])
    assert read(text) == {"a.b": words}
    assert re.fullmatch(r"[A-Za-z0-9_.~!*-]*", text)


def test_names_are_those_of_the_tab() -> None:
    assert {"validation", "layers", "cube"} <= names().views.keys()
    found = read(
        address(
            "layers",
            {"step": 400, "row_height": 8, "structure_hidden": True, "class_": "a b", "zoom": None},
            lambda part, name: {("class", "a b"): 7}[part, name],
        )
    )
    assert found == {
        "screen.view": ["layers"],
        "axis.step": ["400"],
        "layers.rowHeight": ["8"],
        "layers.structureHidden": ["1"],
        "screen.selected": ["class", "7"],
    }


def test_of_several_settings_with_one_name_it_is_the_views_own() -> None:
    assert read(address("images", {"sort": "flips"}))["histories.sort"] == ["flips"]
    assert read(address("confusion", {"sort": "recall"}))["confusion.sort"] == ["recall"]
    assert read(address("map", {"axis_zoom": (1, 5)}))["axis.zoom"] == ["1", "5"]
    with pytest.raises(InvalidQuestionError, match="may be one of compare_sort, confusion_sort,"):
        address("layers", {"sort": "up"})


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(NotFoundError, match="unknown view 'layer': there are findings, val"):
        address("layer", {})
    with pytest.raises(NotFoundError, match=r"unknown name 'statistik'.* 'statistic'"):
        address("layers", {"statistik": "x"})
    with pytest.raises(InvalidQuestionError, match="filter=3: must be layer, filter"):
        address("layers", {"filter": 3})
