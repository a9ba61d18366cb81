#!/usr/bin/env bash
# torchao 0.18.0 (torch 2.15.0): a weight that quantize_ has made int8 says that its dtype is float32, that it is floating
# point and that it takes four bytes a number; `.float()` and `.to(torch.float64)` give it back still quantised; and the
# simplest reductions of it (sum, abs, max), like comparing it, raise NotImplementedError. Only `.dequantize()` gives
# ordinary numbers. A good guess would be that whatever says float32 can be summed, or at least after `.float()`.
# Seen: float32 True 4 Int8Tensor Int8Tensor; sum, abs, max, eq: NotImplementedError; dequantize: Tensor
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check uv
"$folder/venv/bin/uv" pip install --quiet --python "$folder/venv/bin/python" numpy torch==2.15.0 torchao==0.18.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import torch
from torch import nn
from torchao.quantization import Int8WeightOnlyConfig, quantize_

model = nn.Sequential(nn.Linear(64, 64))
quantize_(model, Int8WeightOnlyConfig())
weight = model[0].weight.detach()
kinds = [type(each).__name__ for each in (weight.float(), weight.to(torch.float64))]
print(weight.dtype, weight.is_floating_point(), weight.element_size(), *kinds)
assert weight.dtype == torch.float32 and weight.is_floating_point() and weight.element_size() == 4
assert kinds == ["Int8Tensor"] * 2
for operation in (torch.sum, torch.abs, torch.max, lambda each: torch.eq(each, each)):
    try:
        operation(weight)
    except NotImplementedError:
        continue
    raise SystemExit("a reduction works now")
assert type(weight.dequantize()) is torch.Tensor
PYTHON
