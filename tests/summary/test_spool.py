"""Logging to addresses: what is there is what a local directory would hold."""

from __future__ import annotations

import tempfile
import threading
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest
import torch
from fsspec.implementations.memory import MemoryFileSystem
from torch import nn
from torch.utils import tensorboard

from tensorboard_plugin_deeptracker import SummaryWriter
from tensorboard_plugin_deeptracker.features import kinds
from tensorboard_plugin_deeptracker.features.layers.records import DUMPS
from tensorboard_plugin_deeptracker.features.validation.records import VALIDATIONS
from tensorboard_plugin_deeptracker.index.discover import find_runs
from tensorboard_plugin_deeptracker.index.run import Run, Snapshot
from tensorboard_plugin_deeptracker.summary.spool import Spool
from tests.s3 import s3_here

from .processes import run_training
from .reading import read_log


class Flaky(MemoryFileSystem):
    """A store that fails, or hangs, while it is told to."""

    protocol = "flaky"
    store: dict[str, Any] = {}  # noqa: RUF012
    pseudo_dirs = [""]  # noqa: RUF012
    failing = False
    hanging = threading.Event()
    hanging.set()

    def _open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        if "w" in mode:
            assert Flaky.hanging.wait(60)
            if Flaky.failing:
                raise RuntimeError("the store says no")
        return super()._open(path, mode, **options)


fsspec.register_implementation("flaky", Flaky, clobber=True)


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    MemoryFileSystem.store.clear()
    Flaky.store.clear()
    yield
    Flaky.failing = False
    Flaky.hanging.set()


def log(writer: SummaryWriter, steps: range) -> None:
    torch.manual_seed(0)
    model = nn.Linear(2, 2)
    writer.add_model(model)
    writer.add_validation_set([0, 1], ["a", "b"], images=np.zeros((2, 3, 3), np.uint8))
    for step in steps:
        writer.add_weights(model, step)
        writer.add_predictions([0, step % 2], step)
        writer.add_scalar("loss", 0.5, step)


def read(root: str, name: str) -> Snapshot:
    return Run(name, find_runs({root: None})[name], kinds()).snapshot


def test_a_log_in_memory_is_that_of_a_directory(tmp_path: Path) -> None:
    with SummaryWriter("memory://logs/run") as writer:
        assert writer.log_dir == writer.get_logdir() == "memory://logs/run"
        log(writer, range(3))
    snapshot = read("memory://logs", "run")
    assert snapshot.problems == ()
    assert snapshot.steps(DUMPS).tolist() == snapshot.steps(VALIDATIONS).tolist() == [0, 1, 2]
    # The event file is there too, with torch's scalars.
    store = fsspec.filesystem("memory")
    store.get("/logs/run", str(tmp_path / "copy"), recursive=True)
    (events,) = (tmp_path / "copy").glob("events.out.tfevents.*")
    assert b"loss" in events.read_bytes()
    assert read_log(tmp_path / "copy").model.layers


def test_logging_goes_on_after_a_close() -> None:
    writer = SummaryWriter("memory://logs/run")
    log(writer, range(2))
    writer.close()
    assert read("memory://logs", "run").steps(DUMPS).tolist() == [0, 1]
    log(writer, range(2, 4))
    writer.close()
    assert read("memory://logs", "run").steps(DUMPS).tolist() == [0, 1, 2, 3]


def test_it_is_uploaded_while_the_training_goes_on() -> None:
    with SummaryWriter("memory://logs/run", flush_secs=0) as writer:
        log(writer, range(2))
        writer.flush()
        store = fsspec.filesystem("memory")
        while not (find_runs({"memory://logs": None}) and read("memory://logs", "run").of(DUMPS)):
            pass
        assert store.find("/logs/run")


def test_a_resumed_run_is_joined() -> None:
    for first, last, purge_step in ((0, 4, None), (2, 6, 2)):
        with SummaryWriter("memory://logs/run", purge_step=purge_step) as writer:
            log(writer, range(first, last))
    assert read("memory://logs", "run").steps(DUMPS).tolist() == list(range(6))


def test_an_address_of_this_machine_is_its_directory(tmp_path: Path) -> None:
    with SummaryWriter(f"file://{tmp_path}/run") as writer:
        assert writer.log_dir == f"{tmp_path}/run"
        log(writer, range(2))
    assert list(read_log(tmp_path / "run").filters) == [0, 1]


def test_beside_a_writer_that_a_framework_has_made(tmp_path: Path) -> None:
    theirs = tensorboard.SummaryWriter(str(tmp_path))
    theirs.log_dir = "memory://logs/run"  # Where it says that it logs.
    with SummaryWriter(event_writer=theirs) as writer:
        log(writer, range(2))
    theirs.close()
    assert read("memory://logs", "run").steps(DUMPS).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("nowhere://bucket/run", "cannot log to nowhere://bucket/run: .*Log to a local directory"),
        (Path("s3://bucket/run"), "an address that was made a Path: pass it as text"),
    ],
)
def test_addresses_that_nothing_can_open_are_refused(address: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SummaryWriter(address)


def test_a_store_that_refuses_at_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    Flaky.failing = True
    with pytest.raises(ValueError, match="cannot log to flaky://run: RuntimeError: the store says"):
        SummaryWriter("flaky://run")
    assert not list(tmp_path.iterdir())


def test_a_store_that_fails_later_costs_a_warning() -> None:
    """What could not be uploaded is not lost, and comes when the store is back."""
    writer = SummaryWriter("flaky://logs/run")
    Flaky.failing = True
    log(writer, range(2))
    with pytest.warns(RuntimeWarning, match="the store says no.*The training goes on") as caught:
        writer.close()
    (message,) = (str(warning.message) for warning in caught)
    directory = Path(message.partition("everything is in ")[2].partition(" until")[0])
    assert list(read_log(directory).filters) == [0, 1]
    Flaky.failing = False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        log(writer, range(2, 3))
        writer.close()
    assert read("flaky://logs", "run").steps(DUMPS).tolist() == [0, 1, 2]


def test_a_store_that_hangs_holds_nothing_up() -> None:
    writer = SummaryWriter("flaky://logs/run")
    Flaky.hanging.clear()
    log(writer, range(5))
    writer.flush()  # Does not wait.
    Flaky.hanging.set()
    writer.close()
    assert read("flaky://logs", "run").steps(DUMPS).tolist() == list(range(5))


@pytest.fixture(scope="module")
def s3() -> Iterator[Mapping[str, str]]:
    with s3_here() as variables:
        fsspec.filesystem("s3").mkdir("spool")
        yield variables


TRAINING = """
    import os, signal, tempfile
    tempfile.tempdir = directory
    os.environ.update({variables})
    writer = SummaryWriter("s3://spool/{run}")
    writer.add_scalar("loss", 0.5, 1)
    for step in range(5):
        writer.add_weights(model, step)
    {end}
"""


ENDS = [
    "writer.close()",
    "del writer",
    "import atexit; atexit.register(writer.close)",
    "import gc; writer.itself = writer; del writer; gc.collect()",
    "raise KeyError('end')",
]


@pytest.mark.parametrize("end", ENDS)
def test_a_training_that_logs_to_s3(tmp_path: Path, s3: Mapping[str, str], end: str) -> None:
    """However it ends: everything is there, and nothing is left on the machine."""
    code = TRAINING.format(variables=dict(s3), run=tmp_path.name, end=end)
    ended = run_training(code, tmp_path)
    assert (ended.status != 0) == ("raise" in end)
    assert "Warning" not in ended.stderr
    assert read("s3://spool", tmp_path.name).steps(DUMPS).tolist() == list(range(5))
    assert fsspec.filesystem("s3").glob(f"spool/{tmp_path.name}/events.out.tfevents.*")
    assert not list(tmp_path.glob("deeptracker-*"))


def test_a_training_that_is_killed(tmp_path: Path, s3: Mapping[str, str]) -> None:
    """What was not uploaded is on the machine, as whole as in a local log directory."""
    end = "writer.flush(); os.kill(os.getpid(), signal.SIGKILL)"
    code = TRAINING.format(variables=dict(s3), run=tmp_path.name, end=end)
    assert run_training(code, tmp_path).status == -9
    (directory,) = tmp_path.glob("deeptracker-*")
    assert list(read_log(directory).filters) == list(range(5))
    fsspec.filesystem("s3").put(f"{directory}/", f"spool/{tmp_path.name}", recursive=True)
    assert read("s3://spool", tmp_path.name).steps(DUMPS).tolist() == list(range(5))


@pytest.mark.usefixtures("s3")
def test_a_bucket_that_is_not_there() -> None:
    with pytest.raises(ValueError, match=r"cannot log to s3://nowhere/run: .*does not exist"):
        SummaryWriter("s3://nowhere/run")
    assert not fsspec.filesystem("s3").exists("nowhere")


def test_waiting_in_the_end_has_a_bound() -> None:
    spool = Spool("flaky://logs/run", 100, stall_seconds=0.05)
    (spool.directory / "file").write_bytes(b"content")
    Flaky.hanging.clear()
    with pytest.warns(RuntimeWarning, match="no answer for 0 seconds"):
        assert not spool.finish()
    spool.remove()
    assert spool.directory.exists()
    Flaky.hanging.set()
    spool.remove()
    assert not spool.directory.exists()
    assert spool.finish()  # There is nothing to wait for any more.


def test_the_local_copy_is_removed_when_all_is_uploaded() -> None:
    spool = Spool("memory://logs/run", 100)
    (spool.directory / "a" / "b").mkdir(parents=True)
    (spool.directory / "a" / "b" / "file").write_bytes(b"content")
    spool.remove()
    assert not spool.directory.exists()
    assert fsspec.filesystem("memory").cat("/logs/run/a/b/file") == b"content"


def test_only_what_has_changed_is_uploaded_again() -> None:
    spool = Spool("memory://logs/run", 100)
    for name in ("same", "grows"):
        (spool.directory / name).write_bytes(b"1")
    assert spool.finish()
    store = fsspec.filesystem("memory")
    store.pipe("/logs/run/same", b"changed there")
    (spool.directory / "grows").write_bytes(b"12")
    assert spool.finish()
    assert store.cat("/logs/run/same") == b"changed there"
    assert store.cat("/logs/run/grows") == b"12"
    spool.remove()
