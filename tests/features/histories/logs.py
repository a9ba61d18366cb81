"""Logs of predictions with scores, and what they say of images, by plain loops in float64."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.events import encode
from tensorboard_plugin_deeptracker.features.images.records import (
    VALIDATION,
    ImageSet,
    image_set_tag,
)
from tensorboard_plugin_deeptracker.features.validation.records import (
    MARGIN_TAG,
    PREDICTED_TAG,
    PROBABILITY_TAG,
    SECOND_TAG,
)
from tests.logs import SessionLog


@dataclass(frozen=True)
class Validation:
    """What is logged of one: predicted and second int[images]; the others float16, or None."""

    step: int
    predicted: NDArray[np.int8]
    margin: NDArray[np.float16] | None = None
    probability: NDArray[np.float16] | None = None
    second: NDArray[np.int8] | None = None

    def write(self, log: SessionLog, image_set: str = VALIDATION) -> None:
        arrays: dict[str, Any] = {PREDICTED_TAG: self.predicted}
        if self.margin is not None:
            arrays |= {
                MARGIN_TAG: self.margin,
                PROBABILITY_TAG: self.probability,
                SECOND_TAG: self.second,
            }
        tensors = {
            image_set_tag(tag, image_set): encode.array(each) for tag, each in arrays.items()
        }
        log.append(encode.event(tensors, self.step, None))


def of_scores(step: int, scores: NDArray[np.float64], labels: NDArray[np.integer]) -> Validation:
    """A validation with logits float[images, classes]; NaN: the image was not evaluated."""
    missing = np.asarray(np.isnan(scores).any(axis=1))
    scores = np.where(np.expand_dims(missing, 1), 0, scores)
    rows = np.arange(len(scores))
    order = np.argsort(-scores, axis=1, kind="stable")
    others = scores.copy()
    others[rows, labels] = -np.inf
    margin = scores[rows, labels] - others.max(axis=1)
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    probability = shares[rows, labels] / shares.sum(axis=1)
    nan = np.where(missing, np.nan, 0)
    return Validation(
        step,
        np.where(missing, -1, order[:, 0]).astype(np.int8),
        (margin + nan).astype(np.float16),
        (probability + nan).astype(np.float16),
        np.where(missing, -1, order[:, 1]).astype(np.int8),
    )


def write(
    run: Path, images: ImageSet, validations: list[Validation], name: str = VALIDATION
) -> None:
    with SessionLog(run) as log:
        log.validation_set(images, name)
        for each in validations:
            each.write(log, name)


def expected(images: ImageSet, validations: list[Validation], row: int) -> dict[str, Any]:
    """What `image_scores` says of an image, but its suspicion; numbers as float64."""
    label = int(images.labels[row])
    results = [(i, int(v.predicted[row])) for i, v in enumerate(validations)]
    seen = [(i, each == label) for i, each in results if each >= 0]
    flips = sum(
        before >= 0 and now >= 0 and (before == label) != (now == label)
        for (_, before), (_, now) in pairwise(results)
    )
    forgotten = sum(before and not now for (_, before), (_, now) in pairwise(seen))
    settled = None
    for i, right in reversed(seen):
        if not right:
            break
        settled = validations[i].step
    pairs = [
        (float(v.margin[row]), float(v.probability[row]))
        for v in validations
        if v.margin is not None and v.probability is not None and v.predicted[row] >= 0
    ]
    pairs = [(m, p) for m, p in pairs if math.isfinite(m) and math.isfinite(p)]
    mean = sum(p for _, p in pairs) / len(pairs) if pairs else None
    seconds = Counter(
        int(v.second[row]) for v in validations if v.second is not None and v.second[row] >= 0
    )
    return {
        "id": images.ids[row] if isinstance(images.ids, tuple) else int(images.ids[row]),
        "label": label,
        "learned_at": next((validations[i].step for i, right in seen if right), None),
        "settled_at": settled,
        "flips": flips,
        "forgotten": forgotten,
        "never_learned": not any(right for _, right in seen) if seen else None,
        "margin": sum(m for m, _ in pairs) / len(pairs) if pairs else None,
        "confidence": mean,
        "variability": math.sqrt(sum((p - mean) ** 2 for _, p in pairs) / len(pairs))
        if mean is not None
        else None,
        "second": min(seconds, key=lambda c: (-seconds[c], c)) if seconds else None,
        "observed": len(seen),
        "right": sum(right for _, right in seen),
        "row": row,
    }
