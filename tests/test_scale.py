"""A million images of ImageNet-21k's classes: what is read, kept and sent has bounds in bytes."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tensorboard_plugin_deeptracker.events.schema import LOG_DIRECTORY
from tensorboard_plugin_deeptracker.features.validation.compute import clusterings, defaults, many
from tensorboard_plugin_deeptracker.index.memo import Store
from tensorboard_plugin_deeptracker.index.opening import LocalReader
from tensorboard_plugin_deeptracker.index.source import AnyPath, Reader
from tests.http.client import Tab, tab
from tests.scale import write_many_classes
from tests.shared import made_once

IMAGES, CLASSES, VALIDATIONS = 20_000, 420, 100
# What a screen asks about predictions of many classes.
SCREEN: list[tuple[str, dict[str, Any]]] = [
    ("class_stat", {"class_": "synset 00003", "window": 2}),
    ("suggested", {}),
    ("anomalies", {"window": 2, "min_score": 0.2}),
    ("anomalies", {"window": 7, "min_score": 0.1}),
    ("anomaly_chance", {"window": 3, "min_score": 0.2}),
    ("clusters", {"k": 4}),
    ("cluster_counts", {"most": 4}),
]


class CountingReader(LocalReader):
    read_bytes = 0

    def read(self, offset: int, size: int) -> bytes:
        data = super().read(offset, size)
        CountingReader.read_bytes += len(data)
        return data

    def read_into(self, offset: int, buffer: memoryview) -> int:
        CountingReader.read_bytes += len(buffer)
        return super().read_into(offset, buffer)


def counted(path: AnyPath) -> Reader:
    assert isinstance(path, Path)
    return CountingReader(path)


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(
        tmp_path_factory,
        "many_classes",
        lambda to: write_many_classes(to / "run", IMAGES, CLASSES, VALIDATIONS),
    )


@pytest.fixture
def opened(logdir: Path) -> Iterator[tuple[Tab, Store]]:
    store = Store()
    with tab(logdir, store=store, opener=counted) as one:
        yield one, store


def answers(opened: Tab) -> list[Any]:
    return [opened.json(route, run="run", **query) for route, query in SCREEN]


def test_a_screen_reads_a_log_of_many_classes_once(logdir: Path, opened: tuple[Tab, Store]) -> None:
    size = sum(file.stat().st_size for file in (logdir / "run" / LOG_DIRECTORY).iterdir())
    before = CountingReader.read_bytes
    answers(opened[0])
    # Its first megabytes for checksums when it is counted and when it is opened; once all of it.
    assert CountingReader.read_bytes - before < 3.2 * size


def test_a_screen_keeps_a_bit_of_a_result(opened: tuple[Tab, Store]) -> None:
    answers(opened[0])
    # A bit an image, in whole bytes a class, and a count a class.
    history = VALIDATIONS * (IMAGES // 8 + CLASSES + CLASSES)
    rest = 4 * CLASSES * many.BLOCKS + 120 * CLASSES
    assert opened[1].size < 1.2 * (history + rest)


def test_of_many_classes_little_is_sent_to_the_worker(
    opened: tuple[Tab, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = answers(opened[0])
    sent = []

    def in_worker(function: Callable[..., Any], *args: Any, heavy: bool) -> Any:
        if heavy:
            sent.append(len(pickle.dumps(args, protocol=5)))
        return function(*args)

    most = 1 << 17
    monkeypatch.setattr(defaults, "_SENT", most)
    monkeypatch.setattr(many, "MAX_COMPARED", CLASSES - 1)
    for module in (defaults, clusterings):
        monkeypatch.setattr(module, "in_worker", in_worker)
    opened[1].drop(lambda _: True)
    found = answers(opened[0])
    for (route, _), one, other in zip(SCREEN, expected, found, strict=True):
        # So many classes are clustered in another way.
        assert one == other or route.startswith("cluster"), route
    assert sent
    assert max(sent) < most


@pytest.mark.full
@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells what memory a process had")
def test_imagenet_21k(tmp_path: Path) -> None:
    """A million images of 21,000 classes at a thousand validations: everything is answered."""
    write_many_classes(tmp_path / "run", 1_000_000, 21_000, 1000)
    asked = subprocess.run(
        [sys.executable, "-m", "tests.scale", str(tmp_path)], check=True, stdout=subprocess.PIPE
    )
    found = json.loads(asked.stdout)
    assert sum(found["memory"]) < 500e6
    refused = {about: said for about, (status, said) in found["answers"].items() if status != 200}
    for about, said in refused.items():
        # What was not logged, and what is too much for one answer.
        assert "writer." in said or "ask for" in said, (about, said)
    assert not any(about.startswith(("run", "class", "anomal", "sugg")) for about in refused)
