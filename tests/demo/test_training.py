from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits, load_sample_images
from torch import Tensor, nn

from demo import datasets, models, training
from demo.__main__ import main
from demo.models import Network
from tensorboard_plugin_deeptracker.features.images.compute import count_thumbnails
from tensorboard_plugin_deeptracker.features.images.records import (
    IMAGE_SETS,
    VALIDATION,
)
from tensorboard_plugin_deeptracker.features.layers.records import DUMPS, MODEL
from tensorboard_plugin_deeptracker.features.map.records import REPRESENTATIONS
from tensorboard_plugin_deeptracker.features.validation.compute import predictions
from tensorboard_plugin_deeptracker.features.validation.records import VALIDATIONS
from tests.http.client import tab

from . import logs


@pytest.fixture(scope="module", autouse=True)
def _signals() -> Iterator[None]:
    """The demo takes SIGTERM over, as a program may and a test may not."""
    import signal

    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Class folders of digits as PNGs: 12 images of each of three classes."""
    digits = load_digits()
    directory = tmp_path / "pictures"
    for name in range(3):
        folder = directory / f"digit {name}"
        folder.mkdir(parents=True)
        for i, image in enumerate(digits.images[digits.target == name][:12]):
            grey = Image.fromarray((image * 15.9).astype(np.uint8))
            grey.resize((40, 32 + i)).convert("RGB").save(folder / f"{i}.png")
    return directory


def test_logs_what_the_model_predicted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Class error rates in the log against the model, asked one image at a time."""
    seen: list[Tensor] = []
    plain = training.evaluate

    def spy(network: Network, images: Tensor) -> tuple[Tensor, Tensor | None]:
        network.module.eval()
        with torch.no_grad():
            inputs = network.prepare(images).double()
            reference = network.module.double()(inputs)
            network.module.float()
        network.module.train()
        # Where two classes are equal to rounding, either answer is right.
        top = reference.topk(2).values
        sure = top[:, 0] - top[:, 1] > 1e-3
        scores, features = plain(network, images)
        assert (scores.argmax(1) == reference.argmax(1))[sure].all()
        assert sure.any()
        # What the last layer makes the scores from.
        assert features is not None
        last = network.module.fc
        assert isinstance(last, nn.Linear)
        torch.testing.assert_close(nn.functional.linear(features, last.weight, last.bias), scores)
        seen.append(scores.argmax(1))
        return scores, features

    monkeypatch.setattr(training, "evaluate", spy)
    arguments = ["--no-serve", "--epochs", "1", "--dumps", "8", "--logdir", str(tmp_path)]
    assert main(arguments) is None

    log = logs.snapshot(logs.only_run(tmp_path))
    truth = datasets.load("mnist-m").validation.labels
    expected = [
        [(predicted[truth == c] != c).double().mean() for c in range(10)] for predicted in seen
    ]
    # It is asked once more where the map has a frame.
    asked = np.isin(log.steps(VALIDATIONS), log.steps(REPRESENTATIONS))
    np.testing.assert_allclose(logs.class_error_rates(log)[asked], expected)
    assert len(seen) >= 3
    np.testing.assert_array_equal(log.steps(DUMPS), log.steps(VALIDATIONS))
    dumps = log.steps(DUMPS)
    framed = np.unique([*dumps[:-1:4], dumps[-1]])
    np.testing.assert_array_equal(framed, log.steps(REPRESENTATIONS))
    assert count_thumbnails(log, VALIDATION) == 500
    (epoch,) = log.of(VALIDATIONS, "train")
    assert epoch.step == log.steps(DUMPS)[-1]
    seen_in_training = predictions([epoch], 4_500)[0] >= 0
    assert seen_in_training.sum() == 4_500 // training.BATCH * training.BATCH
    assert count_thumbnails(log, "train") == 4_500


def test_learns_from_class_folders_with_a_torchvision_model(pictures: Path, tmp_path: Path) -> None:
    arguments = ["--dataset", str(pictures), "--model", "squeezenet1_1", "--epochs", "3"]
    assert main([*arguments, "--no-serve", "--logdir", str(tmp_path / "logs")]) is None

    run = logs.only_run(tmp_path / "logs")
    assert run.name.startswith("pictures-squeezenet1_1-")
    log = logs.snapshot(run)
    model, images = log.of(MODEL), log.of(IMAGE_SETS)
    assert model is not None
    assert images is not None
    assert images.class_names == ("digit 0", "digit 1", "digit 2")
    assert sorted(np.bincount(images.labels)) == [2, 2, 3]
    assert model.layers[0].name == "features.0"
    assert len(log.of(DUMPS)) == 3


def short(logdir: Path, *more: str) -> Path:
    """A short training; the log directory."""
    arguments = ["--no-serve", "--dataset", "digits", "--epochs", "1", "--dumps", "5", *more]
    assert main([*arguments, "--logdir", str(logdir)]) is None
    return logdir


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log directory of a short training."""
    return short(tmp_path_factory.mktemp("first"))


def test_same_seed_same_run(first: Path, tmp_path: Path) -> None:
    one, other = (logs.snapshot(logs.only_run(each)) for each in (first, short(tmp_path)))
    np.testing.assert_array_equal(logs.class_error_rates(one), logs.class_error_rates(other))


def test_further_runs_stand_beside_the_first_and_can_be_compared(
    first: Path, tmp_path: Path
) -> None:
    logdir = short(shutil.copytree(first, tmp_path / "runs"), "--seed", "1", "--copies")
    names = sorted(path.name for path in logdir.iterdir())
    assert [name.rpartition("-")[2] for name in names[2:]] == ["pruned", "quantised"]
    with tab(logdir) as opened:
        for other in names[1:]:
            aligned = opened.json("compare", runs=[names[0], other])["aligned"]
            assert (aligned["images"], aligned["reshaped"]) == (500, [])
            assert (aligned["pictures"], aligned["differing_pictures"]) == (6, 0)
        found = opened.json("compare_runs", runs=names[:2])
        assert [each["name"] for each in found["parameters"]] == ["seed"]
        assert [each["runs"] for each in found["yardstick"]] == [[0, 1]]
        copies = opened.json("compare_runs", runs=names[1:])
        # Of the trained network, hardly of another one.
        assert copies["differing"][0][2] < copies["differing"][0][1] < 0.95


def test_a_validation_folder_is_used_as_it_is(pictures: Path) -> None:
    for part in ("train", "val"):
        (pictures / part).mkdir()
    for folder in pictures.glob("digit*"):
        (pictures / "val" / folder.name).mkdir()
        (folder / "0.png").rename(pictures / "val" / folder.name / "0.png")
        folder.rename(pictures / "train" / folder.name)
    dataset = datasets.load(str(pictures))
    assert dataset.train.images.shape == (33, 3, 33, 33)
    assert dataset.validation.labels.tolist() == [0, 1, 2]


def test_digits_lie_before_pieces_of_photographs() -> None:
    dataset = datasets.load("mnist-m")
    assert [len(split.labels) for split in (dataset.train, dataset.validation)] == [4500, 500]
    assert dataset.validation.labels.bincount().tolist() == [50] * 10
    photographs = [np.asarray(photograph) for photograph in load_sample_images().images]
    for image in dataset.validation.images[:5].permute(0, 2, 3, 1).numpy():
        assert image.shape == (28, 28, 3)
        # The digit leaves the corners alone.
        corners = [image[:3, :3], image[:3, -3:], image[-3:, :3], image[-3:, -3:]]
        assert any(
            all(
                (photograph[top + dy : top + dy + 3, left + dx : left + dx + 3] == corner).all()
                for corner, (dy, dx) in zip(
                    corners, [(0, 0), (0, 25), (25, 0), (25, 25)], strict=True
                )
            )
            for photograph in photographs
            for top, left in np.argwhere((photograph == image[0, 0]).all(2))
            if top + 28 <= len(photograph) and left + 28 <= len(photograph[0])
        )
    again = datasets.load("mnist-m", 0)
    assert torch.equal(again.train.images, dataset.train.images)
    assert not torch.equal(datasets.load("mnist-m", 1).train.images, dataset.train.images)


def test_images_are_shifted_by_no_more_than_an_eighth() -> None:
    image = torch.zeros(1, 1, 16, 16, dtype=torch.uint8)
    image[0, 0, 8, 8] = 1
    torch.manual_seed(0)
    shifted = training._shift(image.expand(500, 1, 16, 16))
    _, _, rows, columns = shifted.nonzero(as_tuple=True)
    assert shifted.shape == (500, 1, 16, 16)
    assert len(rows) == 500
    assert set(rows.tolist()) == set(columns.tolist()) == {6, 7, 8, 9, 10}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "resnet19"], "resnet18"),
        (["--dataset", "digit"], "mnist-m, digits, cifar10, fashion-mnist or a directory"),
        (["--dataset", "{tmp}/empty"], "a folder of images for each class"),
        (["--dataset", "{tmp}/one"], "at least two are needed"),
        (["--dataset", "{tmp}/few"], "at least two of every class"),
    ],
)
def test_says_what_would_be_right(tmp_path: Path, arguments: list[str], message: str) -> None:
    (tmp_path / "empty").mkdir()
    picture = Image.new("RGB", (8, 8))
    for folder in ("one/a", "few/a", "few/b"):
        (tmp_path / folder).mkdir(parents=True)
        picture.save(tmp_path / folder / "1.png")
    arguments = [argument.format(tmp=tmp_path) for argument in arguments]
    error = main([*arguments, "--no-serve", "--logdir", str(tmp_path / "logs")])
    assert error is not None
    assert message in error
    assert not (tmp_path / "logs").exists()


@pytest.mark.parametrize("name", ["alexnet", "inception_v3", "vit_b_16"])
def test_images_are_enlarged_for_models_that_need_it(name: str) -> None:
    images = torch.zeros(2, 1, 8, 8, dtype=torch.uint8)
    network = models.build(name, images, 4)
    assert network.module.training
    assert network.module(network.prepare(images)).shape == (2, 4)
