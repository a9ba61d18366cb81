"""The user's scalars against what TensorBoard itself reads of the same files."""

from __future__ import annotations

from pathlib import Path

import fsspec
import numpy as np
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tensorboard_plugin_deeptracker import SummaryWriter
from tensorboard_plugin_deeptracker.features import kinds
from tensorboard_plugin_deeptracker.index.discover import find_runs
from tensorboard_plugin_deeptracker.index.run import Run
from tensorboard_plugin_deeptracker.index.scalars import scalars
from tests.logs import open_run


def event_files(run: Path) -> list[Path]:
    return sorted(run.glob("*tfevents*"))


def test_are_those_of_tensorboard(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        for step in range(300):
            writer.add_scalar("loss", np.sin(step), step)
            writer.add_scalar("rate", 0.1 * 0.5 ** (step // 100), step, new_style=True)
            if step % 50 == 0:
                writer.add_histogram("weights", torch.randn(50), step)
                writer.add_image("noise", torch.rand(3, 40, 40), step)
                writer.add_text("word", "text", step)
        writer.add_scalar("odd", float("inf"), 7)
    run = open_run(tmp_path)
    found = scalars(run.snapshot)
    reference = EventAccumulator(str(tmp_path), size_guidance={"scalars": 0, "tensors": 0}).Reload()
    assert set(found) == {"loss", "rate", "odd"}
    for tag in ("loss", "odd"):
        expected = reference.Scalars(tag)
        assert found[tag].steps.tolist() == [each.step for each in expected]
        assert found[tag].values.tolist() == [each.value for each in expected]
        assert found[tag].times.tolist() == [each.wall_time for each in expected]
    rates = np.float32(0.1) * np.float32(0.5) ** np.repeat(np.arange(3), 100)
    np.testing.assert_allclose(found["rate"].values, rates, rtol=1e-6)


def test_of_a_run_at_an_address_are_the_same(tmp_path: Path) -> None:
    files = fsspec.filesystem("memory")
    with SummaryWriter(tmp_path) as writer:
        writer.add_validation_set([0, 1], ["a", "b"])
        for step in range(20):
            writer.add_scalar("loss", 1 / (1 + step), step)
    files.put(str(tmp_path), "/scalars/run", recursive=True)
    try:
        remote = scalars(Run("run", find_runs({"memory://scalars": None})["run"], kinds()).snapshot)
    finally:
        files.rm("/scalars", recursive=True)
    local = scalars(open_run(tmp_path).snapshot)
    assert remote["loss"].steps.tolist() == local["loss"].steps.tolist() == list(range(20))
    assert remote["loss"].values.tolist() == local["loss"].values.tolist()


def test_a_later_file_replaces_what_it_begins_in(tmp_path: Path) -> None:
    for start, factor in ((0, 1), (6, 10)):
        with SummaryWriter(tmp_path / "one") as writer:
            for step in range(start, start + 10):
                writer.add_scalar("loss", factor * step, step)
            if start == 0:
                writer.add_scalar("only before", 1, 9)
        (path,) = event_files(tmp_path / "one")
        # Of two writers of one second and one process, the 10th would come before the 9th.
        Path(path).rename(tmp_path / f"events.out.tfevents.{1_700_000_000 + start}.host.1.0")
    found = scalars(open_run(tmp_path).snapshot)
    assert found["loss"].steps.tolist() == list(range(16))
    assert found["loss"].values.tolist() == [*range(6), *range(60, 160, 10)]
    assert found["only before"].steps.tolist() == [9]


def test_grow_with_the_file_and_leave_out_what_cannot_be_read(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        for step in range(20):
            writer.add_scalar("loss", step, step)
    (path,) = event_files(tmp_path)
    whole = path.read_bytes()
    snapshot = open_run(tmp_path).snapshot
    lengths = []
    for end in (0, len(whole) // 3, len(whole) - 1, len(whole)):
        path.write_bytes(whole[:end])
        lengths.append(len(found.steps) if (found := scalars(snapshot).get("loss")) else 0)
    assert lengths[0] == 0
    assert lengths == sorted(set(lengths))
    assert lengths[2:] == [19, 20]
    damaged = bytearray(whole)
    damaged[len(whole) - 10] ^= 1
    # Another file in its place: of one that grows, what was read is not read again.
    (tmp_path / "other").write_bytes(damaged + b"and more")
    (tmp_path / "other").replace(path)
    assert scalars(snapshot)["loss"].steps.tolist() == list(range(19))
    path.unlink()
    assert scalars(snapshot) == {}
