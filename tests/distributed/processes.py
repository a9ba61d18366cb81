"""What runs in each of several processes: `torchrun -m tests.distributed.processes DIRECTORY`."""

from __future__ import annotations

import sys
from pathlib import Path

import torch.distributed as dist

from . import sharding, tracking


def main() -> None:
    dist.init_process_group("gloo")
    directory = Path(sys.argv[1])
    for kind in sharding.KINDS:
        if dist.get_world_size() == 4 or kind in sharding.ON_ANY:
            sharding.train(kind, directory / kind)
    for kind in tracking.KINDS:
        tracking.train(kind, directory / kind)
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
