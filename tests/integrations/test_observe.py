"""What a training's own forward passes say of its images, and that it does not notice."""

from __future__ import annotations

import warnings
from pathlib import Path
from threading import Semaphore
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import (
    DataLoader,
    WeightedRandomSampler,
)

from tensorboard_plugin_deeptracker import SummaryWriter, Tracker, WithIds

from ..summary.reading import Logged, read_log
from .observed import COUNT, Labelled, assert_seen, images_of
from .problem import NAMES, Digits, network, random_state, seed


def loader_of(dataset: Any, **options: Any) -> DataLoader[Any]:
    return DataLoader(dataset, **{"batch_size": 16, "shuffle": True, **options})


class Watched:
    """A training that notes itself what it sees of each image."""

    def __init__(self, loader: DataLoader[Any], tracker: Tracker | None) -> None:
        self.loader, self.tracker, self.step = loader, tracker, 0
        self.model = network()
        self.optimizer = torch.optim.SGD(self.model.parameters(), 0.1, momentum=0.9)

    def epoch(self, batches: int | None = None, *, before: bool = True) -> dict[int, list[float]]:
        """Trains; returns the outputs of the last time that each image was seen."""
        seen: dict[int, list[float]] = {}
        for i, (x, y, ids) in enumerate(self.loader):
            if i == batches:
                break
            outputs = self.model(x)
            self.optimizer.zero_grad()
            nn.functional.cross_entropy(outputs, y).backward()
            self.optimizer.step()
            if self.tracker is not None:
                if not before:
                    self.tracker.step(self.step)
                self.tracker.observe(ids, outputs)
                if before:
                    self.tracker.step(self.step)
            seen |= dict(zip(ids.tolist(), outputs.tolist(), strict=True))
            with torch.no_grad():
                outputs.zero_()  # What was observed is a copy.
            self.step += 1
        return seen


@pytest.mark.parametrize("before", [True, False], ids=["observed first", "stepped first"])
def test_each_epoch_is_logged_as_it_was_seen(tmp_path: Path, before: bool) -> None:
    """At the iteration of its last batch, whichever is told first; the last one cut off."""
    seed()
    dataset = WithIds(Labelled())
    with SummaryWriter(tmp_path) as writer:
        training = Watched(loader_of(dataset), Tracker(writer, network(), None, every=100))
        seen = [training.epoch(before=before) for _ in range(2)]
        seen.append(training.epoch(2, before=before))
    logged = read_log(tmp_path, "train")
    assert sorted(logged.predicted) == [4, 9, 11]
    for step, expected in zip([4, 9, 11], seen, strict=True):
        assert_seen(logged, step, expected, dataset.dataset.labels)
    assert [len(each) for each in seen] == [COUNT, COUNT, 32]
    assert images_of(logged).class_names == tuple(NAMES)
    assert len(logged.images) == COUNT


def test_epochs_that_wait_are_logged_where_they_ended(tmp_path: Path) -> None:
    """The work on what was seen is so slow that iterations are told before it is done."""
    begun, allowed = Semaphore(0), Semaphore(0)

    class Slow(Tensor):
        def numpy(self, *, force: bool = False) -> NDArray[Any]:
            begun.release()
            allowed.acquire()
            return self.as_subclass(Tensor).numpy(force=force)

    with SummaryWriter(tmp_path) as writer:
        tracker = Tracker(writer, network(), None, every=100, observe_every=1)
        for step in range(4):
            tracker.observe(torch.arange(4), SCORES.as_subclass(Slow), TARGETS)
            if step == 3:
                # All but this one's is done when this one's begins.
                for _ in range(3):
                    allowed.release()
                for _ in range(4):
                    begun.acquire()
            tracker.step(step)
        allowed.release()
    assert sorted(read_log(tmp_path, "train").predicted) == [0, 1, 2, 3]


def test_epochs_of_a_loader_that_drops_images(tmp_path: Path) -> None:
    """They end where the loader begins again, though not all images were seen."""
    seed()
    dataset = WithIds(Labelled())
    with SummaryWriter(tmp_path) as writer:
        training = Watched(
            loader_of(dataset, drop_last=True), Tracker(writer, network(), None, every=100)
        )
        seen = [training.epoch() for _ in range(3)]
    logged = read_log(tmp_path, "train")
    assert sorted(logged.predicted) == [3, 7, 11]
    for step, expected in zip([3, 7, 11], seen, strict=True):
        assert len(expected) == 64
        assert_seen(logged, step, expected, dataset.dataset.labels)


def test_images_that_are_drawn_several_times(tmp_path: Path) -> None:
    """The last time counts, and an epoch is as many images as there are."""
    seed()
    dataset = WithIds(Labelled(64))
    sampler = WeightedRandomSampler([i % 3 + 0.1 for i in range(64)], 64)
    with SummaryWriter(tmp_path) as writer:
        loader = loader_of(dataset, shuffle=False, sampler=sampler)
        training = Watched(loader, Tracker(writer, network(), None, every=100))
        seen = [training.epoch() for _ in range(2)]
    logged = read_log(tmp_path, "train")
    assert sorted(logged.predicted) == [3, 7]
    for step, expected in zip([3, 7], seen, strict=True):
        assert len(expected) < 60
        assert_seen(logged, step, expected, dataset.dataset.labels)


@pytest.mark.parametrize("every", [None, 3])
def test_epochs_by_their_batches(tmp_path: Path, every: int | None) -> None:
    seed()
    loader = loader_of(WithIds(Labelled()), drop_last=True)
    with SummaryWriter(tmp_path) as writer:
        tracker = Tracker(
            writer, network(), None, every=100, training_loader=loader, observe_every=every
        )
        training = Watched(loader, tracker)
        training.epoch()
        training.epoch()
    assert sorted(read_log(tmp_path, "train").predicted) == ([3, 7] if every is None else [2, 5, 7])


def train(writer: SummaryWriter | None, workers: int) -> dict[str, Any]:
    """Trains; returns all that a training may have changed."""
    seed()
    generator = torch.Generator().manual_seed(1)
    dataset = WithIds(Labelled(noise=0.1))
    options: dict[str, Any] = {"num_workers": workers, "generator": generator}
    tracker = None if writer is None else Tracker(writer, network(), None, every=100)
    seed()
    training = Watched(loader_of(dataset, **options), tracker)
    training.epoch()
    training.epoch()
    return {
        "state": training.model.state_dict(),
        "optimizer": training.optimizer.state_dict()["state"],
        "generators": random_state(),
        "generator": generator.get_state(),
    }


@pytest.mark.parametrize("workers", [0, 1])
def test_the_training_is_the_same(tmp_path: Path, workers: int) -> None:
    without = train(None, workers)
    with SummaryWriter(tmp_path) as writer:
        observed = train(writer, workers)
    torch.testing.assert_close(observed, without, rtol=0, atol=0)
    assert sorted(read_log(tmp_path, "train").predicted) == [4, 9]


SCORES = torch.eye(3)[torch.tensor([0, 1, 1, 2])] * 4
TARGETS = torch.tensor([0, 1, 2, 2])


def observed(directory: Path, batches: list[tuple[Any, ...]], **options: Any) -> Logged:
    """What is logged of these calls, as one epoch of four images."""
    with SummaryWriter(directory) as writer:
        tracker = Tracker(writer, network(), None, observe_every=len(batches), **options)
        for batch in batches:
            tracker.observe(*batch)
        tracker.step(len(batches))
    return read_log(directory, "train")


FORMS: dict[str, Any] = {
    "class numbers": TARGETS,
    "list": TARGETS.tolist(),
    "array": TARGETS.numpy(),
    "column": TARGETS[:, None],
    "floats": TARGETS.double(),
    "one-hot": nn.functional.one_hot(TARGETS, 3),
    "smoothed": nn.functional.one_hot(TARGETS, 3) * 0.9 + 0.1 / 3,
}


@pytest.mark.parametrize("form", FORMS)
def test_labels_of_the_batch(tmp_path: Path, form: str) -> None:
    logged = observed(tmp_path, [([7, 5, 3, 4], SCORES, FORMS[form])])
    images = images_of(logged)
    assert images.labels.tolist() == [0, 1, 2, 2]
    assert np.asarray(images.ids).tolist() == [7, 5, 3, 4]
    assert logged.choices[1].margin.tolist() == [4, 4, -4, 4]


@pytest.mark.parametrize(
    "outputs",
    [SCORES.half(), SCORES.bfloat16(), SCORES.double(), (SCORES, "more"), {"logits": SCORES}],
    ids=["half", "bfloat16", "double", "tuple", "dictionary"],
)
def test_outputs_of_all_kinds(tmp_path: Path, outputs: Any) -> None:
    logged = observed(tmp_path, [(torch.arange(4), outputs, TARGETS)])
    assert logged.choices[1].margin.tolist() == [4, 4, -4, 4]


def test_one_logit_is_of_two_classes(tmp_path: Path) -> None:
    logits, labels = torch.tensor([2.0, -1.0, 3.0]), torch.tensor([1.0, 1.0, 0.0])
    logged = observed(tmp_path, [(torch.arange(3), logits[:, None], labels[:, None])])
    ids = np.asarray(images_of(logged).ids)
    assert logged.choices[1].margin[np.argsort(ids)].tolist() == [2, -1, -3]


def test_images_that_do_not_count(tmp_path: Path) -> None:
    labels = torch.tensor([0, -100, 2, 2])
    logged = observed(tmp_path, [(torch.arange(4), SCORES, labels)])
    assert np.asarray(images_of(logged).ids).tolist() == [0, 2, 3]


def test_mixed_images_are_refused_or_left_out(tmp_path: Path) -> None:
    pure = nn.functional.one_hot(TARGETS, 3).float()
    mixed = 0.7 * pure + 0.3 * pure.roll(1, 0)
    mixed[3] = pure[3]  # With another one of its own class.
    with pytest.raises(ValueError, match=r"are mixed .*Observe only batches that are not mixed"):
        observed(tmp_path / "refused", [(torch.arange(4), SCORES, mixed)])
    ids = torch.arange(4)
    batches = [(ids, SCORES, pure), (ids + 4, SCORES, mixed)]
    with pytest.warns(RuntimeWarning, match="3 images that a batch mixed .* are left out"):
        logged = observed(tmp_path / "left out", batches)
    assert sorted(np.asarray(images_of(logged).ids).tolist()) == [0, 1, 2, 3, 7]


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    ids = torch.arange(4)
    for batch, message in (
        ((ids[:3], SCORES, TARGETS), "3 ids for 4 outputs"),
        ((ids, SCORES, TARGETS[:3]), "3 labels for 4 outputs"),
        ((ids.double(), SCORES, TARGETS), "ids must be a whole number for each image"),
        ((["a"] * 4, SCORES, TARGETS), "ids must be a whole number"),
        ((ids, SCORES.long(), TARGETS), "outputs must be floats of shape"),
        ((ids, SCORES[None], TARGETS), "must return scores of shape"),
        ((ids, SCORES, ["a"] * 4), "labels must be a class number"),
        ((ids, SCORES), r"pass them, as tracker.observe\(ids, outputs, labels\)"),
    ):
        with SummaryWriter(tmp_path) as writer, pytest.raises(ValueError, match=message):
            Tracker(writer, network(), None, observe_every=1).observe(*batch)
    with SummaryWriter(tmp_path) as writer:
        tracker = Tracker(writer, network(), None)
        with pytest.raises(ValueError, match="not known how many images an epoch has"):
            tracker.observe(ids, SCORES, TARGETS)
        both = WithIds(Labelled()), WithIds(Labelled())
        with pytest.raises(ValueError, match=f"there are {len(both)} datasets WithIds"):
            tracker.observe(ids, SCORES)
    with SummaryWriter(tmp_path) as writer, pytest.raises(ValueError, match="observe_every must"):
        Tracker(writer, network(), None, observe_every=0)


def test_labels_that_are_not_kept_are_asked_for(tmp_path: Path) -> None:
    class Changed(Labelled):
        def __getitem__(self, index: int) -> tuple[Tensor, int]:
            image, label = super().__getitem__(index)
            return image, 9 - label

    class Hidden(Digits):
        def __init__(self) -> None:
            super().__init__(0, 8)
            self.labels: Any = dict(enumerate(self.labels))

    for dataset in (Hidden(), Changed(8)):
        loader = DataLoader(WithIds(dataset), batch_size=8)
        with SummaryWriter(tmp_path) as writer:
            tracker = Tracker(writer, network(), None, training_loader=loader)
            with pytest.raises(ValueError, match=f"labels of the {type(dataset).__name__} cannot"):
                tracker.observe(torch.arange(8), torch.zeros(8, 10))


def test_nothing_ends_the_training_later(tmp_path: Path) -> None:
    batch = torch.arange(4), SCORES, TARGETS
    with SummaryWriter(tmp_path) as writer:
        tracker = Tracker(writer, network(), None, observe_every=2)
        tracker.observe(*batch)
        with pytest.warns(RuntimeWarning, match="could not log .* 3 ids for 4 outputs"):
            tracker.observe(batch[0][:3], *batch[1:])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tracker.observe(batch[0][:3], *batch[1:])
            tracker.observe(*batch)
            tracker.step(5)
    assert sorted(read_log(tmp_path, "train").predicted) == [5]


def test_scores_that_are_not_finite(tmp_path: Path) -> None:
    scores = SCORES.clone()
    scores[1, 0] = torch.nan
    with pytest.warns(RuntimeWarning, match="1 of 4 images have scores that are not finite"):
        logged = observed(tmp_path, [(torch.arange(4), scores, TARGETS)])
    assert logged.predicted[1].tolist() == [0, -1, 1, 2]
    assert logged.not_finite == {1: 1}


def test_the_users_own_set_is_taken(tmp_path: Path) -> None:
    """Who has logged it, with names, pictures or some of the images, has said what it is."""
    pictures: NDArray[np.uint8] = np.zeros((3, 4, 4), np.uint8)
    with SummaryWriter(tmp_path) as writer:
        writer.add_image_set("train", [0, 1, 2], ["a", "b", "c"], pictures, ids=[3, 1, 2])
        tracker = Tracker(writer, network(), None, observe_every=1)
        tracker.observe(torch.arange(4), SCORES, TARGETS)
        with pytest.warns(RuntimeWarning, match="1 of 4 images .* are not among the 3 of the im"):
            writer.close()
    logged = read_log(tmp_path, "train")
    assert images_of(logged).class_names == ("a", "b", "c")
    assert logged.choices[0].margin.tolist() == [4, 4, -4]
