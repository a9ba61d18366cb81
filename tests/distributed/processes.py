"""What runs in each of several processes.

`python -m tests.distributed.processes DIRECTORY`: in each, with the environment that `torchrun`
gives it.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import torch.distributed as dist
from torch._C._distributed_c10d import TCPStore

from ..forks import ROOT, Forked, server
from . import failing, observing, sharding, tracking


def main(directory: Path) -> None:
    dist.init_process_group("gloo")
    for kind in sharding.KINDS:
        if dist.get_world_size() == 4 or kind in sharding.ON_ANY:
            sharding.train(kind, directory / kind)
    for kind in tracking.KINDS:
        tracking.train(kind, directory / kind)
    observing.train(directory / "observing")
    failing.fail(directory / "failing")
    dist.destroy_process_group()


def launch(directory: Path, count: int) -> None:
    """Runs so many processes as `torchrun` does: it has the store where they meet.

    They are forked, as to import all that shards takes longer than the trainings.
    """
    store = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    together = {
        "ACCELERATE_USE_CPU": "true",
        "LOCAL_WORLD_SIZE": str(count),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(store.port),
        "TORCHELASTIC_USE_AGENT_STORE": "True",
        "WORLD_SIZE": str(count),
    }
    directory.mkdir()
    said = directory / "said"
    processes: list[Forked] = []
    with Path(os.devnull).open() as nothing, said.open("w") as output:
        files = nothing.fileno(), output.fileno(), output.fileno()
        for rank in range(count):
            env = {**os.environ, **together, "RANK": str(rank), "LOCAL_RANK": str(rank)}
            command = ["-m", __name__, str(directory)]
            processes.append(server("tests").start(command, *files, cwd=ROOT, env=env))
    try:
        # The others wait for one that has failed.
        while {None} <= (ends := {each.poll() for each in processes}) <= {None, 0}:
            time.sleep(0.05)
    finally:
        for each in processes:
            each.kill()
    assert ends == {0}, said.read_text()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
