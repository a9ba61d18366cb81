"""Names from right to left in sentences from left to right."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker.compute.names import a_layer, isolated
from tensorboard_plugin_deeptracker.features.story.compute.sentence import classes


@pytest.mark.parametrize("name", ["owl", "class 3", "\u72ac \u00fc", "\u043a\u043e\u0442", ""])
def test_other_names_stay_what_they_are(name: str) -> None:
    assert isolated(name) == name


@given(st.text())
def test_what_is_turned_ends_with_the_name(name: str) -> None:
    """By the rules X1 to X8 of Annex 9: all that a name opens is closed at its end."""
    told = isolated(name)
    assert "".join(c for c in told if c not in "\u2066\u2067\u2068\u2069") == "".join(
        c for c in name if c not in "\u2066\u2067\u2068\u2069"
    )
    turning = {"R", "AL", "RLE", "RLO", "LRE", "LRO", "RLI", "LRI", "FSI"}
    if any(unicodedata.bidirectional(c) in turning for c in name):
        assert told[0] + told[-1] == "\u2068\u2069"
        assert not set(told[1:-1]) & set("\u2066\u2067\u2068\u2069")


def test_in_sentences() -> None:
    hebrew = "\u05d7\u05ea\u05d5\u05dc"
    apart = f"\u2068{hebrew}\u2069"
    assert classes([hebrew]) == f"class {apart}"
    assert classes(["owl", hebrew]) == f"classes owl and {apart}"


def test_layers_that_are_numbers_are_no_classes() -> None:
    assert a_layer("layer3.0.conv1") == "layer3.0.conv1"
    assert a_layer("6") == "layer 6"
    assert a_layer("0.1") == "layer 0.1"
