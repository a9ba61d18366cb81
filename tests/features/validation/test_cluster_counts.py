"""How many clusters are suggested, against the clusters that are answered."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.features.validation.test_separation import silhouette
from tests.http.client import tab
from tests.logs import SessionLog, small_validation_set

CLASSES, IMAGES = 9, 20


def test_the_number_that_is_best_separated(tmp_path: Path) -> None:
    # Three classes of each of three levels of difficulty.
    rng = np.random.default_rng(0)
    images = small_validation_set(*[IMAGES] * CLASSES)
    level = np.repeat([0.1, 0.5, 0.9], 3)[images.labels]
    with SessionLog(tmp_path / "run") as log:
        log.validation_set(images)
        for step in range(30):
            wrong = rng.random(len(level)) < level
            predicted = np.where(wrong, (images.labels + 1) % CLASSES, images.labels)
            log.validation(step, predicted.tolist(), CLASSES)
    with tab(str(tmp_path)) as opened:
        answer = opened.json("cluster_counts", run="run", most=20)
        assert answer["suggested"] == 3
        assert answer["k"] == list(range(2, CLASSES))
        rates = opened.json("error_rates", run="run")["classes"]
        for k, score in zip(answer["k"], answer["separation"], strict=True):
            found = opened.json("clusters", run="run", k=k)["clusters"]
            assigned = [
                next(i for i, one in enumerate(found) if f"class {c}" in one["classes"])
                for c in range(CLASSES)
            ]
            np.testing.assert_allclose(score, silhouette(np.array(rates), assigned), rtol=1e-4)
        rest, arrays = opened.arrays("cluster_counts", run="run", most=4)
        assert rest == {"suggested": 3}
        assert arrays["k"].tolist() == [2, 3, 4]
        nothing = opened.json("cluster_counts", run="run", most=1)
        assert nothing == {"suggested": None, "k": [], "separation": []}
