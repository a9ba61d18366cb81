"""TensorBoard beside the training, stopped together with it."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

_HOST = "localhost"
_PORT = 6006


class ServeError(RuntimeError):
    """TensorBoard did not start."""


@contextlib.contextmanager
def tensorboard(logdir: Path, port: int | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Runs TensorBoard until the context ends, and prints the address of its DeepTracker tab.

    What TensorBoard itself says goes to a file beside, so that the address stands alone.

    Args:
        logdir: Where its runs are.
        port: Where it listens; None for 6006 or, if that is taken, any other.

    Raises:
        ServeError: The port is taken, or TensorBoard stopped; its own message is on the terminal.
    """
    port = _free_port(port)
    address = f"http://{_HOST}:{port}/"
    command = ["--logdir", str(logdir), "--host", _HOST, "--port", str(port)]
    with tempfile.NamedTemporaryFile("r", prefix="tensorboard-", suffix=".log") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "tensorboard.main", *command],
            stdout=said.fileno(),
            stderr=subprocess.STDOUT,
        )
        try:
            while not _answers(address):
                if process.poll() is not None:
                    said.seek(0)
                    shutil.copyfileobj(said, sys.stderr)
                    raise ServeError(f"TensorBoard stopped with status {process.returncode}")
                time.sleep(0.2)
            print(f"\nDeepTracker: {address}#deeptracker", flush=True)
            print(f"What TensorBoard itself says is in {said.name}.", flush=True)
            yield process
        finally:
            process.terminate()
            process.wait()


def _free_port(port: int | None) -> int:
    for candidate in (_PORT, 0) if port is None else (port,):
        with socket.socket() as probe:
            # As TensorBoard's own server does, or a port just left would look taken.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((_HOST, candidate))
            except (OSError, OverflowError):
                continue
            return int(probe.getsockname()[1])
    raise ServeError(f"port {port} is taken: choose another with --port, or leave it out")


def _answers(address: str) -> bool:
    # Nothing on the way to this machine itself may be a proxy.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False
