#!/usr/bin/env bash
# accelerate 1.15.0 (torch 2.15.0), a loop inside the training's: three of five batches of a validation loader are read
# inside `accumulate`, then the loop is left, as for a quick look.
#
# One would guess: that concerns the validation loader alone; the training steps at every second batch, as it did.
#
# Behaviour: a prepared loader is on a stack that all share from when it is begun until it is read to its end, and
# closing its iterator does not take it off. The training's loader is then no more the active one, so that the end of its
# epoch is not noticed: an epoch with an odd number of batches ends without a step, and its last gradients run into the next
# epoch's. Where the loop ends by counting after the last batch, the loader says "at the end" for good, and
# every batch is a step: nothing is accumulated any more.
#
# Output seen:
#   alone: [False, True, False, True, True]
#   three batches read: [False, True, False, True, False]
#   all five, by counting: [False, True, True, True, True]
#   as many as there are, to the end: [False, True, False, True, True]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check uv
"$work/venv/bin/uv" pip install --quiet --python "$work/venv/bin/python" numpy torch==2.15.0 accelerate==1.15.0
cat >"$work/steps.py" <<'PYTHON'
from itertools import islice

import torch
from accelerate import Accelerator
from torch.utils.data import DataLoader, TensorDataset


def steps(read):
    accelerator = Accelerator(cpu=True, gradient_accumulation_steps=2)
    data = TensorDataset(torch.zeros(5, 1))
    model, training, validation = accelerator.prepare(torch.nn.Linear(1, 1), DataLoader(data), DataLoader(data))
    found = []
    for batch, _ in enumerate(training):
        with accelerator.accumulate(model):
            found.append(bool(accelerator.sync_gradients))
            if batch == 1:
                read(validation)
    accelerator.free_memory()
    accelerator.gradient_state._reset_state()
    return found


print("alone:", steps(lambda loader: None))
print("three batches read:", steps(lambda loader: list(islice(loader, 3))))
print("all five, by counting:", steps(lambda loader: list(islice(loader, 5))))
print("as many as there are, to the end:", steps(list))
PYTHON
seen=$("$work/venv/bin/python" -W ignore "$work/steps.py" 2>"$work/errors") || { cat "$work/errors" >&2 && exit 1; }
echo "$seen"
expected="alone: [False, True, False, True, True]
three batches read: [False, True, False, True, False]
all five, by counting: [False, True, True, True, True]
as many as there are, to the end: [False, True, False, True, True]"
[ "$seen" = "$expected" ] || { echo "not what was seen before" >&2 && exit 1; }
