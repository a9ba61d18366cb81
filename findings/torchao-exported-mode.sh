#!/usr/bin/env bash
# torchao 0.18.0 (torch 2.15.0): after `allow_exported_model_train_eval`, `.eval()` and `.train()` of an exported program
# do what they say, but `training` is True before and after both, and each switch draws from torch's global random number
# generator: a model that is evaluated in between is trained with other dropout masks than one that is not. Whoever
# remembers `training` to restore it leaves the program in eval mode. A good guess would be that `model.eval()` sets
# `model.training = False`, and that it is free of randomness.
# Seen: training True in eval mode, whose answers are alike; random numbers drawn by eval and by train: True True
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check uv
"$folder/venv/bin/uv" pip install --quiet --python "$folder/venv/bin/python" numpy torch==2.15.0 torchao==0.18.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import torch
from torch import nn
from torchao.quantization.pt2e import allow_exported_model_train_eval

data = torch.ones(2, 8)
program = torch.export.export(nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.5)), (data,)).module()
allow_exported_model_train_eval(program)
drawn = []
for switch in (program.eval, program.train):
    before = torch.get_rng_state()
    switch()
    drawn.append(not torch.equal(before, torch.get_rng_state()))
    alike = torch.equal(program(data), program(data))
    print(switch.__name__.strip("_"), "training:", program.training, "answers alike:", alike)
    assert program.training
    assert alike == ("eval" in switch.__name__)
print("random numbers drawn by eval and by train:", *drawn)
assert drawn == [True, True]
PYTHON
