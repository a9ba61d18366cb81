#!/usr/bin/env bash
# Ultralytics 8.4.190, the loaders of a classification.
#
# One would guess: validation images come in the dataset's order, as in torchvision's and timm's scripts, so that
# predictions of two passes can be compared position by position.
#
# Behaviour: the loader of the validation split is shuffled, for validator and trainer alike: `build_dataloader` shuffles
# unless it is told not to, and the classification's `get_dataloader` does not tell it. Accuracies do not depend on
# the order; whatever is kept by position is of other images at each pass.
#
# Output seen:
#   first pass in order: False
#   second pass as the first: False
#   the same images: True
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check uv
"$work/venv/bin/uv" pip install --quiet --python "$work/venv/bin/python" ultralytics==8.4.190
cd "$work"
cat >order.py <<'PYTHON'
from pathlib import Path

import torch
from PIL import Image
from ultralytics.models.yolo.classify import ClassificationValidator

for i in range(64):
    for split in "train", "val":
        path = Path("data", split, str(i % 2), f"{i:02}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (32, 32), i).save(path)
validator = ClassificationValidator(args={"data": "data", "imgsz": 32, "workers": 0, "batch": 64})
validator.device = torch.device("cpu")
loader = validator.get_dataloader("data/val", 64)
first, second = (
    [round(float(image.mean()) * 255) for batch in loader for image in batch["img"]] for _ in range(2)
)
in_order = [i for label in range(2) for i in range(label, 64, 2)]
print("first pass in order:", first == in_order)
print("second pass as the first:", second == first)
print("the same images:", sorted(second) == sorted(first) == list(range(64)))
PYTHON
seen=$(YOLO_CONFIG_DIR="$work" ./venv/bin/python order.py 2>"$work/errors" | grep -E '^(first|second|the same)') || { cat "$work/errors" >&2 && exit 1; }
echo "$seen"
expected="first pass in order: False
second pass as the first: False
the same images: True"
[ "$seen" = "$expected" ] || { echo "not what was seen before" >&2 && exit 1; }
