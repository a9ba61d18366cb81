from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits
from torch import Tensor

from demo import datasets, models, training
from demo.__main__ import main
from demo.models import Network

from . import logs


@pytest.fixture(autouse=True)
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


def test_logs_what_the_model_predicted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Class error rates in the log against the model, asked one image at a time."""
    seen: list[NDArray[np.int64]] = []
    plain = training.predict

    def spy(network: Network, images: Tensor) -> NDArray[np.int64]:
        network.module.eval()
        with torch.no_grad():
            inputs = network.prepare(images).double()
            reference = network.module.double()(inputs)
            network.module.float()
        network.module.train()
        # Where two classes are equal to rounding, either answer is right.
        top = reference.topk(2).values
        sure = (top[:, 0] - top[:, 1] > 1e-3).numpy()
        answer = plain(network, images)
        assert (answer == reference.argmax(1).numpy())[sure].all()
        assert sure.mean() > 0.5
        seen.append(answer)
        return answer

    monkeypatch.setattr(training, "predict", spy)
    arguments = ["--no-serve", "--epochs", "2", "--dumps", "8", "--logdir", str(tmp_path)]
    assert main(arguments) is None

    log = logs.snapshot(logs.only_run(tmp_path))
    truth = datasets.load("digits").validation.labels.numpy()
    expected = [
        [np.mean(predicted[truth == c] != c) for c in range(10)] for predicted in seen
    ]
    np.testing.assert_allclose(logs.class_error_rates(log), expected)
    assert len(seen) >= 8
    np.testing.assert_array_equal(log.dump_steps, log.validation_steps)
    assert sum(record.tensors["deeptracker/image_rows"].shape[0] for record in log.images) == 500
