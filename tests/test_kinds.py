"""Kinds of records are told apart by their tags, whatever else the tags name."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker.events import limits, schema
from tensorboard_plugin_deeptracker.events.decode import DecodeError, Tensor
from tensorboard_plugin_deeptracker.events.kinds import Kinds, Series, Structure, check_tensor
from tensorboard_plugin_deeptracker.features import kinds, role

NUMBERS = Tensor(np.dtype("<f4"), (2, 3), 0, 24)
STRINGS = Tensor(None, (2,), 0, 10)
PAPER = Structure("a paper", schema.tag("paper"), lambda *_: None, lambda *_: True, usual_key="own")
NOTES = Series("a note", schema.tag("note"), PAPER, lambda *_: None, begins=schema.tag("margin"))
KINDS = Kinds([PAPER, NOTES])
keys = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=limits.KEY)


def tags(*names: str, key: str = "") -> Mapping[str, Tensor]:
    return {schema.tag(name, key): NUMBERS for name in names}


@given(keys)
def test_a_key_is_what_is_behind_the_name(key: str) -> None:
    found = KINDS.find(tags("margin", "note", key=key))
    assert found is not None
    kind, own, tensors = found
    assert (kind, own) == (NOTES, key)
    assert set(tensors) == {"deeptracker/margin", "deeptracker/note"}


def test_without_one_it_is_the_usual() -> None:
    tensors = tags("note", "margin")
    assert KINDS.find(tensors) == (NOTES, "own", tensors)
    assert KINDS.find(tags("paper")) == (PAPER, "own", tags("paper"))


@pytest.mark.parametrize("tag", ["deeptracker/other", "paper", "other/paper", "deeptracker", ""])
def test_what_is_of_no_kind(tag: str) -> None:
    assert KINDS.find({tag: NUMBERS}) is None


def test_tensors_of_one_record_are_about_the_same() -> None:
    with pytest.raises(DecodeError, match="about 'mine' has a tensor 'deeptracker/margin/yours'"):
        KINDS.find({**tags("note", key="mine"), **tags("margin", key="yours")})


def test_a_key_has_a_bound() -> None:
    assert KINDS.find(tags("note", key="k" * limits.KEY)) is not None
    with pytest.raises(DecodeError, match=f"a key of {limits.KEY + 1} characters"):
        KINDS.find(tags("note", key="k" * (limits.KEY + 1)))


@pytest.mark.parametrize("key", ["", "train"])
def test_only_what_begins_with_much_is_passed_by(key: str) -> None:
    assert KINDS.passed_by(b"\x0a" + schema.tag("margin", key).encode())
    assert not KINDS.passed_by(b"\x0a" + schema.tag("note", key).encode())


def test_a_tensor_is_what_its_kind_says() -> None:
    tensors = {"numbers": NUMBERS, "strings": STRINGS}
    check_tensor(tensors, "numbers", "f", (2, 3))
    for tag, kind, shape in (
        ("numbers", "i", (2, 3)),
        ("numbers", "f", (3, 2)),
        ("strings", "f", (2,)),
        ("none", "f", (2, 3)),
    ):
        with pytest.raises(DecodeError, match=f"'{tag}' is"):
            check_tensor(tensors, tag, kind, shape)


def test_every_kind_of_a_feature_has_a_tag_of_its_own() -> None:
    found = [kind for records in role("records") for kind in records.KINDS]
    assert len({kind.tag for kind in found}) == len(found) == len(list(kinds())) - 1
