"""What the sessions of a run have in common, and what of one the later ones leave."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker.features.images.records import IMAGE_SETS, THUMBNAILS
from tensorboard_plugin_deeptracker.features.layers.records import DUMPS, FILTERS_TAG, MODEL
from tensorboard_plugin_deeptracker.index.memo import Memo
from tensorboard_plugin_deeptracker.index.reading import columns
from tests.logs import SessionLog, open_run, png, random_dump, small_model, small_validation_set

MODELS = [small_model(3, 2), small_model(2, 3)]
IMAGES = [small_validation_set(2, 2), small_validation_set(1, 3)]


@dataclass(frozen=True)
class Planned:
    """A session as it is to be logged."""

    name: str
    kind: int
    purge_step: int | None
    steps: list[int]
    damaged: list[bool]


sessions = st.lists(
    st.builds(
        Planned,
        name=st.uuids().map(str),
        # Mostly the same model and validation set.
        kind=st.sampled_from([0, 0, 0, 1]),
        purge_step=st.none() | st.integers(0, 9),
        steps=st.lists(st.integers(0, 9), max_size=4),
        damaged=st.lists(st.sampled_from([False, False, False, True]), min_size=4, max_size=4),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda planned: planned.name,
)


def write(run: Path, planned: list[Planned]) -> None:
    """Logs the sessions; the first value of a dump says where it is from."""
    for i, session in enumerate(planned):
        model = MODELS[session.kind]
        with SessionLog(run, session.name, 10.0 + i, session.purge_step) as log:
            log.model(model)
            log.validation_set(IMAGES[session.kind])
            log.images([0], [png(i)])
            for position, step in enumerate(session.steps):
                filters, statistics = random_dump(model, 0)
                filters[0, 0] = 10 * i + position
                log.dump(step, filters, statistics)
            log.validation(i, [0, 1, 1, 0], 2)
        data = bytearray(log.path.read_bytes())
        for end, hurt in zip(log.offsets[5:], session.damaged, strict=False):
            # Among the statistics.
            data[end - 10] ^= hurt
        log.path.write_bytes(data)


def what_remains(planned: list[Planned]) -> list[tuple[int, int]]:
    """Step and origin of every dump that is to be shown, by plain loops."""
    found = []
    for i, session in enumerate(planned):
        intact = {
            step: position
            for position, step in enumerate(session.steps)
            if not session.damaged[position]
        }
        for step, position in intact.items():
            replaced = False
            for later in planned[i + 1 :]:
                logged = [
                    s for s, hurt in zip(later.steps, later.damaged, strict=False) if not hurt
                ]
                replaced |= any(step >= other for other in logged)
                replaced |= later.purge_step is not None and step >= later.purge_step
            if session.kind == planned[-1].kind and not replaced:
                found.append((step, 10 * i + position))
    return sorted(found)


@settings(max_examples=200)
@given(sessions)
def test_later_sessions_replace_what_follows_their_beginning(planned: list[Planned]) -> None:
    with TemporaryDirectory() as directory:
        write(Path(directory), planned)
        run = open_run(Path(directory), "the run")
        run.refresh(float("inf"))
        snapshot = run.snapshot
        shown = columns(snapshot.of(DUMPS), FILTERS_TAG, 0, 1)[:, 0].tolist()
        kept = [record.file.path.name for record in snapshot.of(THUMBNAILS)]
    assert list(zip(snapshot.steps(DUMPS).tolist(), shown, strict=True)) == what_remains(planned)
    last = planned[-1].kind
    assert (snapshot.of(MODEL), snapshot.name) == (MODELS[last], "the run")
    images = snapshot.of(IMAGE_SETS)
    assert images is not None
    np.testing.assert_array_equal(images.labels, IMAGES[last].labels)
    same = [session for session in planned if session.kind == last]
    assert kept == [f"{session.name}.deeptracker" for session in same]
    assert run.counts == snapshot.counts


def test_payloads_are_compared_up_to_a_limit(tmp_path: Path) -> None:
    with SessionLog(tmp_path) as log:
        log.model(MODELS[0])
        # Steps from 1 on take as many bytes as each other.
        for step in range(1, 6):
            log.dump(step, *random_dump(MODELS[0], step))
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
    with SessionLog(tmp_path) as log:
        log.model(MODELS[0])
        for step in range(3):
            log.dump(step, *random_dump(MODELS[0], step))
    data = bytearray(log.path.read_bytes())
    data[log.offsets[-1] - 10] ^= 1
    log.path.write_bytes(data)
    run = open_run(tmp_path)
    run.refresh()
    compared, changed = run.refresh(float("inf"))
    assert compared > 0
    assert changed
    assert run.snapshot.steps(DUMPS).tolist() == [0, 2]
    assert run.refresh(float("inf")) == (0, False)


def test_what_was_computed_is_kept_while_a_run_grows(tmp_path: Path) -> None:
    with SessionLog(tmp_path) as log:
        log.model(MODELS[0])
        run = open_run(tmp_path)
        memo = run.snapshot.memo
        assert isinstance(memo, Memo)
        log.dump(0, *random_dump(MODELS[0], 0))
        run.refresh()
    assert len(run.snapshot.of(DUMPS)) == 1
    assert run.snapshot.memo is memo
