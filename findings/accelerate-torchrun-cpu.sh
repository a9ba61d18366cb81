#!/usr/bin/env bash
# accelerate 1.15.0 with torch 2.15.0, started by torchrun with two processes where there is no accelerator.
#
# One would guess: torchrun has set RANK and WORLD_SIZE, so `Accelerator()` joins the two processes, and a prepared
# loader gives each its half.
#
# Behaviour: without `ACCELERATE_USE_CPU=true` (or `Accelerator(cpu=True)`) each process takes itself for the only
# one, without a word: num_processes is 1, and each trains on all of the data, its weights its own. That holds even
# when torch.distributed is initialised before. With the variable both are as expected.
#
# Output seen (ACCELERATE_USE_CPU, rank, processes by torch, processes by accelerate, images read):
#   unset 0 2 1 8
#   unset 1 2 1 8
#   true 0 2 2 4
#   true 1 2 2 4
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check uv
"$work/venv/bin/uv" pip install --quiet --python "$work/venv/bin/python" accelerate==1.15.0 torch==2.15.0
cat >"$work/train.py" <<'PYTHON'
import os

import torch.distributed as dist

dist.init_process_group("gloo")
from accelerate import Accelerator
from torch.utils.data import DataLoader

accelerator = Accelerator()
loader = accelerator.prepare(DataLoader(range(8), batch_size=2))
images = sum(len(batch) for batch in loader)
variable = os.environ.get("ACCELERATE_USE_CPU", "unset")
with open(f"{os.environ['OUT']}/{variable}-{dist.get_rank()}", "w") as file:
    print(variable, dist.get_rank(), dist.get_world_size(), accelerator.num_processes, images, file=file)
dist.destroy_process_group()
PYTHON
export OUT="$work" CUDA_VISIBLE_DEVICES="" OMP_NUM_THREADS=1
unset ACCELERATE_USE_CPU
start() {
  "$work/venv/bin/python" -m torch.distributed.run --standalone --local-addr 127.0.0.1 \
    --nproc-per-node 2 "$work/train.py" >"$work/log" 2>&1 || { cat "$work/log" >&2 && exit 1; }
}
start
ACCELERATE_USE_CPU=true start
seen=$(cat "$work"/unset-* "$work"/true-*)
echo "$seen"
expected="unset 0 2 1 8
unset 1 2 1 8
true 0 2 2 4
true 1 2 2 4"
[ "$seen" = "$expected" ] || { echo "not what was seen before" >&2 && exit 1; }
