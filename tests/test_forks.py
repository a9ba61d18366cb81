"""Forked processes are what processes of their own would be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from .forks import ROOT, server

TOLD = """
import __main__, os, sys
print(__name__, sys.argv[1:], os.getcwd(), os.environ.get("TOLD"), sys.stdin.read(), __main__.TOLD)
print("aside", file=sys.stderr)
sys.exit(3)
"""
ENDS = {
    "returns": ("pass", 0),
    "fails": ("raise KeyError('end')", 1),
    "exits": ("raise SystemExit('said')", 1),
    "is killed": ("import os; os.kill(os.getpid(), 9)", -9),
    "is interrupted": ("import os; os.kill(os.getpid(), 2); input()", -2),
}


@pytest.mark.parametrize("kind", ["-m", "-c", "script"])
def test_as_python_would(tmp_path: Path, kind: str) -> None:
    code = f"TOLD = {kind!r}{TOLD}"
    (tmp_path / "told.py").write_text(code)
    start = {"-m": ["-m", "told"], "-c": ["-c", code], "script": ["told.py"]}[kind]
    env = {**os.environ, "TOLD": "yes"}
    arguments = [*start, "an argument", "-m"]
    forked = server("tensorboard").run(arguments, cwd=tmp_path, env=env)
    other = subprocess.run(
        [sys.executable, *arguments],
        cwd=tmp_path,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert forked.returncode == other.returncode == 3
    assert forked.stdout == other.stdout
    assert forked.stderr == other.stderr == "aside\n"


@pytest.mark.parametrize("end", ENDS)
def test_ends(end: str) -> None:
    code, status = ENDS[end]
    assert server("tensorboard").run(["-c", code]).returncode == status


def test_stopped_and_asked_about_beside_others() -> None:
    here = os.open(os.devnull, os.O_RDWR)
    reading, writing = os.pipe()
    first, second = (
        server("tensorboard").start(["-c", "input()"], reading, here, here) for _ in range(2)
    )
    assert first.poll() is second.poll() is None
    second.send_signal(signal.SIGTERM)
    assert second.wait() == second.poll() == -signal.SIGTERM
    assert first.poll() is None
    os.write(writing, b"\n")
    assert first.wait(60) == 0
    for each in here, reading, writing:
        os.close(each)


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads as Linux shows them")
@pytest.mark.parametrize("name", ["tensorboard", "torch", "demo", "tests", "collected"])
def test_no_thread_is_lost(name: str) -> None:
    code = "import os; print(len(os.listdir(f'/proc/{os.getppid()}/task')))"
    assert server(name).run(["-c", code]).stdout == "1\n"


@pytest.mark.skipif(sys.platform != "linux", reason="the system ends them only on Linux")
def test_nothing_outlives_a_run_that_is_killed() -> None:
    code = """
import os, sys
from tests import forks
forks._MODULES = {"first": ("json",), "second": ("json",)}
files = 0, os.open(os.devnull, os.O_WRONLY), 2
started = [forks.server(name).start(["-c", "input()"], *files) for name in forks._MODULES]
parents = [int(open(f"/proc/{each.pid}/stat").read().split()[3]) for each in started]
print(*parents, *(each.pid for each in started), flush=True)
for each in started:
    each.wait()
"""
    reading, writing = os.pipe()
    with TemporaryDirectory(prefix="forks") as directory:
        # Servers of its own, which know nothing of this run's.
        env = {**os.environ, "DEEPTRACKER_TEST_FORKS": directory}
        command = [sys.executable, "-c", code]
        run = subprocess.Popen(command, stdin=reading, stdout=subprocess.PIPE, cwd=ROOT, env=env)
        assert run.stdout
        started = list(map(int, run.stdout.readline().split()))
        assert len(started) == 4
        assert all(map(runs, started))
        run.kill()
        run.communicate()
        while any(map(runs, started)):
            time.sleep(0.05)
    for each in reading, writing:
        os.close(each)


def runs(pid: int) -> bool:
    """Whether a process has not ended, be it that nobody has asked how."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
