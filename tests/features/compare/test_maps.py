"""Neighbours that two maps share, against sets of ids."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tensorboard_plugin_deeptracker.features.images.records import ImageSet
from tests.http.client import tab
from tests.logs import SessionLog, small_representations, small_validation_set


def test_against_sets_of_ids(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    # The second run's images are others in part, in another order, and its map is a sample.
    first = small_validation_set(20, 21)
    kept = np.sort(rng.permutation(41)[:35])
    ids = np.concatenate([np.asarray(first.ids)[kept], np.arange(900, 907)])
    labels = np.concatenate([first.labels[kept], np.ones(7, np.int32)])
    order = np.lexsort((rng.random(42), labels))
    second = ImageSet(first.class_names, labels[order], ids[order])
    rows = np.sort(rng.permutation(42)[:38]).astype(np.int32)
    maps: list[dict[int, set[int]]] = []
    for name, images, own in (("a", first, None), ("b", second, rows)):
        on_map = np.arange(len(images.labels)) if own is None else own
        near = rng.permuted(np.tile(np.arange(len(on_map)), (len(on_map), 1)), axis=1)[:, :15]
        near[3, 10:] = -1
        named = np.asarray(images.ids)[on_map]
        maps.append(
            {int(named[i]): {int(named[j]) for j in near[i] if j >= 0} for i in range(len(on_map))}
        )
        of = replace(small_representations(len(on_map), 2), neighbours=near, rows=own)
        with SessionLog(tmp_path / name) as log:
            log.validation_set(images)
            log.representations(3, small_representations(len(images.labels), 2))
            log.representations(7, of)
    both = maps[0].keys() & maps[1].keys()
    expected = {}
    for each in both:
        a, b = (own[each] & both for own in maps)
        expected[each] = len(a & b), min(len(a), len(b))
    asked: Any = {"runs": ["a", "b"]}
    with tab(tmp_path) as opened:
        found = opened.json("compare_maps", **asked)
        assert {own["id"]: (own["shared"], own["of"]) for own in found["images"]} == expected
        assert found["steps"] == [7, 7]
        total = [sum(each) for each in zip(*expected.values(), strict=True)]
        assert found["share"] == pytest.approx(total[0] / total[1])
        assert found["by_chance"] == pytest.approx(15 / (len(both) - 1))
        for own in found["images"]:
            one, other = own["rows"]
            assert np.asarray(first.ids)[one] == np.asarray(second.ids)[other] == own["id"]
        for c, name in enumerate(first.class_names):
            some = [expected[own["id"]] for own in found["images"] if own["label"] == c]
            share = sum(s for s, _ in some) / sum(of for _, of in some)
            assert found["classes"][c] == {"class": name, "share": pytest.approx(share)}
        same = opened.json("compare_maps", runs=["a", "a"], steps=[7, 7])
        assert same["share"] == 1
        early = opened.json("compare_maps", runs=["a", "b"], steps=[3, 7])
        assert early["steps"] == [3, 7]
        message = opened.json("compare_maps", 404, runs=["a", "b"], steps=[3, 4])["error"]
        assert "there is no record of representations at step 4" in message


def test_a_run_without_representations(tmp_path: Path) -> None:
    with SessionLog(tmp_path / "a") as log:
        log.validation_set(small_validation_set(2, 1))
    with tab(tmp_path) as opened:
        message = opened.json("compare_maps", 404, runs=["a", "a"])["error"]
        assert "writer.add_representations(features, step)" in message
