"""`images_at_most`: some of the validation images, the same every time, and it is said."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from tensorboard_plugin_deeptracker import SummaryWriter, Tracker
from tensorboard_plugin_deeptracker.summary.drawing import stratified

from ..http.client import tab
from ..summary.reading import read_log
from .problem import NAMES, network, predictions, random_state, seed
from .tracked import VALIDATION, validation_loader


@given(st.lists(st.integers(0, 6), min_size=2, max_size=300), st.data())
def test_each_class_has_its_share_to_one(labels: list[int], data: st.DataObject) -> None:
    count = data.draw(st.integers(1, len(labels) - 1))
    truth = np.array(labels)
    chosen = stratified(truth, count)
    assert len(chosen) == count == len(set(chosen.tolist()))
    assert (np.diff(chosen) > 0).all()
    found, sizes = Counter(truth[chosen].tolist()), Counter(labels)
    shares = {each: size * count / len(labels) for each, size in sizes.items()}
    if min(shares.values()) >= 1:
        assert all(abs(found[each] - share) < 1 for each, share in shares.items())
    assert all(found[each] <= size for each, size in sizes.items())
    if count >= len(sizes):
        assert set(found) == set(sizes)


def test_every_class_is_in_a_sample_with_room_for_it() -> None:
    labels = np.repeat(np.arange(5), [1, 1, 1, 1, 996]).astype(np.int32)
    chosen = stratified(labels, 20)
    assert len(np.unique(chosen)) == 20
    assert np.array_equal(np.unique(labels[chosen]), np.arange(5))


def test_some_images_are_evaluated_and_the_log_says_of_how_many(tmp_path: Path) -> None:
    model = network()
    seed()
    untouched = str(random_state())
    with SummaryWriter(tmp_path) as writer:
        tracker = Tracker(writer, model, validation_loader(), class_names=NAMES, images_at_most=25)
        seed()
        tracker.log(0)
        assert str(random_state()) == untouched
        tracker.log(1)
    logged = read_log(tmp_path)
    (images,) = logged.validation_sets
    assert images.drawn_from == len(VALIDATION)
    ids, truth = np.asarray(images.ids), np.array(VALIDATION.labels)
    assert sorted(ids) == [int(i) for i in stratified(truth, 25)]
    assert truth[ids].tolist() == images.labels.tolist()
    expected = np.array(predictions(model, VALIDATION))[ids]
    for step in (0, 1):
        assert logged.predicted[step].tolist() == expected.tolist()
    with tab(tmp_path) as run:
        assert run.json("run", run=".")["drawn_from"] == len(VALIDATION)


def test_those_that_are_few_enough_are_all(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        Tracker(writer, network(), validation_loader(), images_at_most=len(VALIDATION)).log(0)
    (images,) = read_log(tmp_path).validation_sets
    assert (images.drawn_from, len(images.labels)) == (None, len(VALIDATION))


def test_what_cannot_be_drawn_from_is_refused(tmp_path: Path) -> None:
    with (
        SummaryWriter(tmp_path) as writer,
        pytest.raises(ValueError, match="images_at_most must be a whole number"),
    ):
        Tracker(writer, network(), validation_loader(), images_at_most=0)
    batches = list(DataLoader(VALIDATION, 10))
    with SummaryWriter(tmp_path / "other") as writer:
        with pytest.raises(ValueError, match="images_at_most= needs a DataLoader"):
            Tracker(writer, network(), batches, images_at_most=5).log(0)
        with pytest.raises(ValueError, match="cannot be drawn_from=2"):
            writer.add_validation_set([0, 1, 1], ["a", "b"], drawn_from=2)
