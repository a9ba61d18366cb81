"""The tracker in several processes: each evaluates its share, and rank 0 logs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ..summary.reading import read_log
from .tracking import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_predictions_are_gathered_by_image(trained: Path, kind: str) -> None:
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
    assert together.model == alone.model
    assert together.model.edges == ((0, 1),)
    assert [layer.name for layer in together.model.layers] == ["0", "7"]


def test_only_one_process_writes(trained: Path) -> None:
    for run in trained.glob("*/*"):
        assert len(list(run.rglob("*tfevents*"))) == 1
        assert len(list(run.rglob("*.deeptracker"))) == 1
