"""Wrong labels that are planted, a class that is only hard, and the estimate by dense matrices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from tensorboard_plugin_deeptracker.features.histories.compute import image_scores
from tensorboard_plugin_deeptracker.features.images.records import ImageSet
from tests.features.histories.logs import Validation, of_scores, write
from tests.logs import open_run

EPOCHS = 12


def history(
    truth: NDArray[np.int64],
    labels: NDArray[np.int64],
    seed: int,
    likeness: NDArray[np.float64] | None = None,
) -> list[Validation]:
    """What a network says of images that it learns by their true class.

    Args:
        truth: int64[images].
        labels: int64[images], ascending.
        seed: Of what it has not learned of each image, for good and for now.
        likeness: float64[classes, classes]: what it sees of each class in the images of another.
    """
    rng = np.random.default_rng(seed)
    k = int(truth.max()) + 1
    seen = np.eye(k) if likeness is None else likeness
    own = rng.normal(0, 1, (len(truth), k))
    return [
        of_scores(i, 6 * (i + 1) / EPOCHS * seen[truth] + own + rng.normal(0, 1, own.shape), labels)
        for i in range(EPOCHS)
    ]


def suspicion(
    folder: Path, labels: NDArray[np.int64], validations: list[Validation]
) -> NDArray[np.float32]:
    names = tuple(f"class {i}" for i in range(int(labels.max()) + 1))
    images = ImageSet(names, labels.astype(np.int32), np.arange(len(labels), dtype=np.int64))
    write(folder, images, validations)
    return image_scores(open_run(folder).snapshot, "validation", images).suspicion


@pytest.mark.parametrize("noise", ["symmetric", "pairs"])
def test_planted_wrong_labels_come_first(tmp_path: Path, noise: str) -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 6, 1500)
    labels = truth.copy()
    wrong = rng.choice(1500, 150, replace=False)
    labels[wrong] = (
        (truth[wrong] + rng.integers(1, 6, 150)) % 6 if noise == "symmetric" else truth[wrong] ^ 1
    )
    order = np.argsort(labels, kind="stable")
    truth, labels = truth[order], labels[order]
    # Classes that look alike, two by two, as those do that are mixed up.
    likeness = np.eye(6)
    likeness[np.arange(6), np.arange(6) ^ 1] = 0.5
    validations = history(truth, labels, 2, likeness)
    found = suspicion(tmp_path / "scores", labels, validations)
    is_wrong = truth != labels
    assert average_precision_score(is_wrong, found) > 0.7
    # What is called wrong mostly is.
    assert (found >= 0.5).sum() > 20
    assert is_wrong[found >= 0.5].mean() > 0.8
    # Predictions alone rank images, and call none wrong.
    only = [Validation(v.step, v.predicted) for v in validations]
    ranked = suspicion(tmp_path / "predictions", labels, only)
    assert average_precision_score(is_wrong, ranked) > 0.5
    assert ranked.max() < 0.5


def test_a_hard_class_is_not_called_mislabelled(tmp_path: Path) -> None:
    """The last class lies among the others; labels are right, and the network knows the odds."""
    rng = np.random.default_rng(3)
    labels = np.repeat(np.arange(5), 400)
    apart = 2.2
    seen = rng.normal(0, 1, (2000, 4)) + apart * np.eye(5)[labels, :4]
    odds = np.concatenate([apart * seen - apart**2 / 2, np.zeros((2000, 1))], axis=1)
    validations = [
        of_scores(i, odds * (i + 1) / EPOCHS + rng.normal(0, 0.3, odds.shape), labels)
        for i in range(EPOCHS)
    ]
    errors = validations[-1].predicted != labels
    assert errors[labels == 4].mean() > 0.4
    found = suspicion(tmp_path, labels, validations)
    assert (found >= 0.5).mean() <= 0.01
    assert (found[labels == 4] >= 0.5).mean() <= 0.01


def test_against_dense_matrices(tmp_path: Path) -> None:
    """The same rounds over all classes, of each image and one after the other."""
    rng = np.random.default_rng(4)
    labels = np.sort(rng.integers(0, 4, 60))
    validations = history(rng.permutation(labels), labels, 5)
    found = suspicion(tmp_path, labels, validations)
    q = taken_for(labels, validations)
    frequency = np.full((4, 4), 0.1 / 3)
    np.fill_diagonal(frequency, 0.9)
    for _ in range(15):
        counts = np.zeros((4, 4))
        for image, label in enumerate(labels):
            counts[:, label] += of_classes(q[image], frequency, label)
        share = 1 - np.trace(counts) / counts.sum()
        usual = np.full((4, 4), share / 3)
        np.fill_diagonal(usual, 1 - share)
        sizes = counts.sum(axis=1, keepdims=True)
        frequency = (counts / sizes + 0.1 * usual) / 1.1
    expected = [
        1 - of_classes(q[image], frequency, label)[label] for image, label in enumerate(labels)
    ]
    # A label is trusted four times as much as its odds.
    expected = [wrong / (wrong + 4 * (1 - wrong)) for wrong in expected]
    np.testing.assert_allclose(found, expected, rtol=2e-3, atol=1e-5)


def of_classes(
    q: NDArray[np.float64], frequency: NDArray[np.float64], label: int
) -> NDArray[np.float64]:
    """How probable each true class of an image is; what is left is shared by the other classes.

    Args:
        q: float64[classes + 1]: what it was predicted as, and the sum of what no class has.
        frequency: float64[classes, classes]: how often images of each are labelled as each.
        label: Of the image.
    """
    known = q[:-1] * frequency[:, label]
    others = np.arange(len(known)) != label
    rest = q[-1] * frequency[others, label].mean()
    known[others] += rest / others.sum()
    answer: NDArray[np.float64] = known / known.sum()
    return answer


def taken_for(labels: NDArray[np.int64], validations: list[Validation]) -> NDArray[np.float64]:
    """What each image was predicted as: float64[images, classes + 1]."""
    q = np.zeros((len(labels), 5))
    for image, label in enumerate(labels):
        logs, total = np.zeros(3), 0.0
        rival, lead = -1, 0.0
        for i, v in enumerate(validations):
            assert v.margin is not None
            assert v.probability is not None
            assert v.second is not None
            wrong = float((v.predicted != labels).mean())
            weight = ((i + 1) * (wrong + 1 / len(labels))) ** 4
            own = max(float(v.probability[image]), 1e-6)
            theirs = max(min(own * np.exp(-float(v.margin[image])), 1), 1e-6)
            rest = max(1 - own - theirs, 1e-4)
            logs += weight * np.log([own, theirs, rest])
            total += weight
            other = int(v.predicted[image] if v.predicted[image] != label else v.second[image])
            lead += weight * theirs * (1 if other == rival else -1)
            if lead < 0:
                rival, lead = other, -lead
        means = np.exp(logs / total)
        own, theirs, rest = means / means.sum()
        q[image, label], q[image, rival] = own**1.5, theirs**1.5
        q[image, -1] = 2 * (rest / 2) ** 1.5
    return q
