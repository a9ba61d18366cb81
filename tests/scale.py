"""A log as ImageNet-21k makes one, of any size; asked for everything, it tells what that takes.

    python -m tests.scale DIR

asks all routes about the run in DIR, in a process of their own, and writes JSON: what each answers,
and the most memory that this process and its worker had, in bytes.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from tensorboard_plugin_deeptracker.compute.worker import WORKER
from tensorboard_plugin_deeptracker.features.images.records import ImageSet
from tensorboard_plugin_deeptracker.features.validation.records import encode_validation
from tests.http.client import tab
from tests.http.test_errors import RIGHT
from tests.logs import SessionLog


def write_many_classes(run: Path, images: int, classes: int, validations: int) -> None:
    """Images that are learned one after the other, and some of them forgotten again."""
    rng = np.random.default_rng(0)
    labels = np.sort(rng.integers(0, classes, images)).astype(np.int32)
    difficulty, taken_for = rng.random(images, np.float32), rng.integers(0, classes, images)
    names = tuple(f"synset {label:05d}" for label in range(classes))
    with SessionLog(run) as log:
        log.validation_set(ImageSet(names, labels, np.arange(images)))
        for at in range(validations):
            learned = 0.9 * (1 - np.exp(-3 * at / validations))
            noise = 0.03 * rng.standard_normal(images, np.float32)
            predicted = np.where(difficulty + noise < learned, labels, taken_for)
            log.append(encode_validation(1600 * (at + 1), predicted, classes, wall_time=60.0 * at))


def ask_everything(logdir: Path) -> dict[str, Any]:
    """What each route answers, in both forms, and what memory that took."""
    WORKER.start("tensorboard_plugin_deeptracker.features")
    WORKER.ready(None)
    answers = {}
    with tab(logdir) as opened:
        run = opened.json("runs")["runs"][0]["run"]
        about = opened.json("run", run=run)
        steps = about["steps"]["validations"]
        own = {"class": about["classes"][0]["name"], "step": steps[len(steps) // 2]}
        for route, query in RIGHT.items():
            query = {name: own.get(name, value) for name, value in query.items()}
            for form in ("safetensors", "json"):
                response = opened.get(
                    route, {"Accept-Encoding": "gzip"}, run=run, format=form, **query
                )
                body, said = response.get_data(), ""
                if response.status_code != 200:
                    is_packed = response.content_encoding == "gzip"
                    said = (gzip.decompress(body) if is_packed else body).decode()
                answers[f"{route} as {form}"] = response.status_code, said
    assert WORKER.pid is not None
    return {"answers": answers, "memory": [most_memory("self"), most_memory(WORKER.pid)]}


def most_memory(process: int | str) -> int:
    """The most that a process had in memory at once, in bytes."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return 1024 * int(line.split()[1])
    raise AssertionError("Linux tells it")


if __name__ == "__main__":
    json.dump(ask_everything(Path(sys.argv[1])), sys.stdout)
