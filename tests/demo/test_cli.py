from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest

from tensorboard_plugin_deeptracker.features.layers.records import DUMPS, MODEL
from tensorboard_plugin_deeptracker.features.validation.records import VALIDATIONS

from ..forks import Forked, server
from . import logs

ROOT = Path(__file__).parent.parent.parent
SHORT = ["--dataset", "digits", "--epochs", "1", "--dumps", "2"]


@contextmanager
def demo(*arguments: str, logdir: Path) -> Iterator[tuple[Forked, TextIO]]:
    """A demo that runs, and what it says."""
    reading, writing = os.pipe()
    command = ["-m", "demo", *SHORT, *arguments, "--logdir", str(logdir)]
    with open(os.devnull) as nothing, open(reading) as said:  # noqa: PTH123
        files = nothing.fileno(), writing, writing
        process = server("demo").start(command, *files, cwd=ROOT, start_new_session=True)
        os.close(writing)
        try:
            yield process, said
        finally:
            # With its TensorBoard, if the demo did not stop that.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def read_address(lines: Iterable[str]) -> str:
    for line in lines:
        if line.startswith("DeepTracker: "):
            address, _, tab = line.removeprefix("DeepTracker: ").strip().partition("#")
            assert tab == "deeptracker"
            return address
    raise AssertionError("no address on the output")


def plugins(address: str) -> dict[str, dict[str, object]]:
    with urllib.request.urlopen(f"{address}data/plugins_listing") as response:
        listing: dict[str, dict[str, object]] = json.load(response)
        return listing


@pytest.mark.parametrize(
    ("arguments", "stop"), [([], signal.SIGINT), (["--serve-first"], signal.SIGTERM)]
)
def test_serves_the_tab_until_it_is_stopped(
    tmp_path: Path, arguments: list[str], stop: signal.Signals
) -> None:
    with demo(*arguments, logdir=tmp_path) as (process, lines):
        said: list[str] = []
        for line in lines:
            said.append(line)
            if "Ctrl-C" in line:
                break
        address = read_address(said)
        assert "deeptracker" in plugins(address)
        # TensorBoard's own lines are beside, where the demo says.
        assert "CTRL+C" not in "".join(said)
        (beside,) = re.findall(r"^What TensorBoard .* is in (.*)\.$", "".join(said), re.MULTILINE)
        assert "TensorBoard" in Path(beside).read_text()
        process.send_signal(stop)
        assert process.wait(60) == 0
    with pytest.raises(OSError, match="refused"):
        plugins(address)
    assert len(logs.snapshot(logs.only_run(tmp_path)).of(DUMPS)) >= 2


def test_a_training_that_is_stopped_leaves_a_readable_log(tmp_path: Path) -> None:
    endless = ["--no-serve", "--epochs", "200", "--dumps", "100000"]
    with demo(*endless, logdir=tmp_path) as (process, lines):
        assert "Training" in next(line for line in lines if line.strip())
        while not list(tmp_path.rglob("*.deeptracker")):
            assert process.poll() is None
        while not logs.snapshot(logs.only_run(tmp_path)).of(DUMPS):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    log = logs.snapshot(logs.only_run(tmp_path))
    assert log.of(MODEL) is not None
    assert len(log.of(DUMPS)) > 0
    assert log.steps(DUMPS).tolist() == list(range(len(log.of(DUMPS))))
    assert log.steps(VALIDATIONS).tolist() == list(range(len(log.of(VALIDATIONS))))


def test_says_that_the_port_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("localhost", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = ["-m", "demo", "--serve-first", "--port", port, "--logdir", str(tmp_path)]
        result = server("demo").run(command, cwd=ROOT)
    assert result.returncode == 1
    assert f"port {port} is taken" in result.stderr


@pytest.mark.parametrize("arguments", [["--epochs", "0"], ["--learning-rate", "nan"], ["--x"]])
def test_rejects_wrong_options(arguments: list[str]) -> None:
    result = server("demo").run(["-m", "demo", *arguments], cwd=ROOT)
    assert result.returncode == 2
    assert "usage: scripts/demo" in result.stderr


@pytest.mark.parametrize("script", ["install", "demo", "test", "check", "bench"])
def test_every_script_explains_itself_from_anywhere(tmp_path: Path, script: str) -> None:
    result = subprocess.run(
        [ROOT / "scripts" / script, "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "CI": "true"},
    )
    assert result.returncode == 0
    assert f"usage: scripts/{script}" in result.stdout
