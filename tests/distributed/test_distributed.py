"""What is trained in several processes is logged as if it were in one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ..features.map.test_log import read
from ..integrations.observed import assert_seen
from ..summary.reading import read_log
from . import observing, sharding, tracking
from .processes import launch


@pytest.fixture(scope="module")
def launched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of all trainings, in a folder for each number of processes."""
    directory = tmp_path_factory.mktemp("distributed")
    for count in 2, 4:
        launch(directory / str(count), count)
    return directory


@pytest.fixture(scope="module", params=[2, 4], ids=["on_two", "on_four"])
def trained(request: pytest.FixtureRequest, launched: Path) -> Path:
    """Runs of all trainings in so many processes."""
    return launched / str(request.param)


@pytest.mark.parametrize("kind", sharding.KINDS)
def test_models_that_are_spread_over_processes(trained: Path, kind: str) -> None:
    directory = trained / kind
    if not directory.exists():
        pytest.skip("needs four processes")
    sharded, whole = read_log(directory / "sharded"), read_log(directory / "whole")
    assert sharded.model == whole.model
    assert len(sharded.model.edges) > 8
    assert sorted(sharded.filters) == [0, 1, 2, 3]
    for step in range(4):
        for name in whole.model.measures:
            np.testing.assert_allclose(
                sharded.measure(name, step), whole.measure(name, step), 1e-6, err_msg=name
            )
        np.testing.assert_allclose(sharded.statistics[step], whole.statistics[step], 1e-6)
        np.testing.assert_array_equal(sharded.kernels[step], whole.kernels[step])
    for step, largest in (1, 1e-3), (2, 1e-14):
        moved = whole.measure("change", step)
        assert ((moved > 0) & (moved < largest)).sum() > 40
    assert not whole.measure("change", 3).any()
    assert len(list(directory.glob("*/*tfevents*"))) == 2


@pytest.mark.parametrize("kind", tracking.KINDS)
def test_predictions_are_gathered_by_image(trained: Path, kind: str) -> None:
    """Each process evaluates its share, and rank 0 logs."""
    together, alone = (read_log(trained / kind / name) for name in ("together", "alone"))
    for logged in together, alone:
        (validation_set,) = logged.validation_sets
        assert sorted(np.asarray(validation_set.ids)) == list(range(45))
        assert len(logged.images) == 45
    assert len(together.predicted) >= 2
    assert sorted(together.filters) == sorted(together.predicted) == sorted(alone.predicted)
    for step, predicted in alone.predicted.items():
        assert together.predicted[step].tolist() == predicted.tolist()
        np.testing.assert_array_equal(together.filters[step], alone.filters[step])
    # What its inputs are like is of the first batch, which is of a share.
    assert replace(together.model, inputs=None) == replace(alone.model, inputs=None)
    assert together.model.edges == ((0, 1),)
    assert [layer.name for layer in together.model.layers] == ["0", "7"]


@pytest.mark.parametrize("kind", tracking.KINDS)
def test_representations_are_gathered_by_image(trained: Path, kind: str) -> None:
    """The input of the last layer, of images that each process has its share of."""
    together, alone = (read(trained / kind / name) for name in ("together", "alone"))
    assert len(together) == len(alone) >= 2
    for one, other in zip(together, alone, strict=True):
        assert (one.finite, one.not_finite) == (45, 0)
        # Batches of another size have other errors of rounding.
        same = one.neighbours == other.neighbours
        assert same.mean() > 0.95
        assert one.scores is not None
        assert other.scores is not None
        np.testing.assert_allclose(one.scores.values, other.scores.values, atol=2e-3)


def test_what_all_processes_have_seen_of_the_training(trained: Path) -> None:
    """Of an image that several have seen, as the sampler's padding, the first one's counts."""
    directory = trained / "observing"
    seen = [torch.load(path) for path in sorted(directory.glob("*.pt"))]
    assert len(seen) == int(trained.name)
    assert any(set(seen[0][0]) & set(each[0]) for each in seen[1:])
    logged = read_log(directory / "observed", "train")
    (images,) = logged.validation_sets
    ids = np.asarray(images.ids).tolist()
    assert sorted(ids) == list(range(observing.IMAGES))
    batches = -(-len(seen[0][0]) // observing.BATCH)
    assert sorted(logged.predicted) == [batches - 1, 2 * batches - 1, 2 * batches]
    for epoch, step in enumerate(sorted(logged.predicted)):
        together: dict[int, list[float]] = {}
        for of_process in reversed(seen):
            together |= of_process[epoch]
        assert (len(together) < observing.IMAGES) == (epoch == observing.EPOCHS - 1)
        assert_seen(logged, step, together, dict(zip(ids, images.labels.tolist(), strict=True)))


def test_what_fails_in_one_process_fails_in_all(trained: Path) -> None:
    said = [json.loads(path.read_text()) for path in sorted((trained / "failing").glob("* of *"))]
    processes = len(said)
    assert f"{processes - 1} of {processes} processes have not called alone" in said[0]["alone"]
    assert "every process" in said[0]["alone"]
    for rank, each in enumerate(said):
        assert "labels" in each["broken"]
        assert each["broken"].startswith("process 1 failed: ") == (rank != 1)
        for name in "causes", "put_back":
            assert "spread over processes, as '0.weight' is (FSDP2)" in each[name]
            assert "`deeptracker causes`" in each[name]


def test_only_one_process_writes(trained: Path) -> None:
    for run in [*trained.glob("*/together"), *trained.glob("*/alone"), *trained.glob("*/whole")]:
        assert len(list(run.rglob("*tfevents*"))) == 1
        assert len(list(run.rglob("*.deeptracker"))) == 1
