"""What runs in each of several processes.

`python -m tests.distributed.processes DIRECTORY NUMBER ...`: in a folder of the directory for each
number of processes, which are started as `torchrun` starts them, but forked from a server that has
imported torch and all that shards, which takes longer than the trainings.
"""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path

import torch.distributed as dist
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

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


def launch(directory: Path, processes: int) -> None:
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=processes,
        rdzv_backend="c10d",
        rdzv_endpoint="127.0.0.1:0",
        local_addr="127.0.0.1",
        max_restarts=0,
        start_method="forkserver",
    )
    elastic_launch(config, main)(directory / str(processes))


if __name__ == "__main__":
    # To fork this process itself would be to fork the threads that start the others.
    multiprocessing.set_forkserver_preload([__spec__.name if __spec__ else __name__])
    for number in sys.argv[2:]:
        launch(Path(sys.argv[1]), int(number))
