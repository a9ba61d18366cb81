"""What is compared with its checksum when, and what is kept while a run grows."""

from __future__ import annotations

from pathlib import Path

from tensorboard_plugin_deeptracker.features.layers.records import DUMPS
from tensorboard_plugin_deeptracker.index.memo import Memo
from tests.logs import SessionLog, open_run, random_dump, small_model, write_damaged_run

MODEL = small_model(3, 2)


def test_payloads_are_compared_up_to_a_limit(tmp_path: Path) -> None:
    with SessionLog(tmp_path) as log:
        log.model(MODEL)
        # Steps from 1 on take as many bytes as each other.
        for step in range(1, 6):
            log.dump(step, *random_dump(MODEL, step))
    size = log.offsets[-1] - log.offsets[-2] - 16
    run = open_run(tmp_path)
    assert run.refresh() == (0, True)
    # The last record may exceed the limit.
    assert run.refresh(size) == (size, False)
    assert run.refresh(size + 1) == (2 * size, False)
    assert run.unverified
    assert run.refresh(float("inf")) == (2 * size, False)
    assert not run.unverified


def test_damage_that_is_found_later_is_new(tmp_path: Path) -> None:
    write_damaged_run(tmp_path, MODEL)
    run = open_run(tmp_path)
    run.refresh()
    compared, changed = run.refresh(float("inf"))
    assert compared > 0
    assert changed
    assert run.snapshot.steps(DUMPS).tolist() == [0, 1, 3]
    assert run.refresh(float("inf")) == (0, False)


def test_what_was_computed_is_kept_while_a_run_grows(tmp_path: Path) -> None:
    with SessionLog(tmp_path) as log:
        log.model(MODEL)
        run = open_run(tmp_path)
        memo = run.snapshot.memo
        assert isinstance(memo, Memo)
        log.dump(0, *random_dump(MODEL, 0))
        run.refresh()
    assert len(run.snapshot.of(DUMPS)) == 1
    assert run.snapshot.memo is memo
