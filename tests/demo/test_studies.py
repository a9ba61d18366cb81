"""Each study shows what it is made for: in the story of its run, or in what its rules find."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo import studies
from demo.options import STUDIES
from tensorboard_plugin_deeptracker.features.findings.compute import findings
from tensorboard_plugin_deeptracker.features.layers.records import DUMPS, MODEL
from tensorboard_plugin_deeptracker.features.map.records import REPRESENTATIONS
from tensorboard_plugin_deeptracker.features.signs.compute import signs
from tensorboard_plugin_deeptracker.features.story.compute import sentences
from tensorboard_plugin_deeptracker.features.validation.records import VALIDATIONS
from tensorboard_plugin_deeptracker.index.run import Snapshot
from tensorboard_plugin_deeptracker.index.scalars import scalars
from tests.demo.logs import snapshot
from tests.features.story.plainly import Logged, expected

# What is seen in the first run of each, by name.
MADE_FOR = {
    "healthy": {"learned_first", "learned_last", "error", "rate_fell"},
    "forgetting": {"lost", "forgotten_at_once", "mass_forgetting"},
    "transfer": {"lost", "rate_fell"},
    "active": {"learned_last", "gap"},
    "noise": {"suspected"},
    "rate": {"lost", "dead_filters"},
    "imbalance": {"gap", "confused", "class_imbalance"},
    "dead": {"dead_filters"},
    "overfit": {"gap", "confused"},
}
# And what would be wrong to say of it.
IS_NOT = {
    "healthy": {"lost", "never_learned", "suspected", "gap", "sign"},
    "forgetting": {"suspected"},
}


def made(name: str, directory: Path, size: float) -> list[Snapshot]:
    studies.run(name, directory, size=size)
    return [snapshot(run) for run in sorted(directory.iterdir())]


def seen(log: Snapshot) -> set[str]:
    """Kinds of all sentences and signs, and rules that hold."""
    model = log.of(MODEL)
    assert model is not None
    found = {finding.rule.name for _, finding in findings(log, model)}
    found |= {one.kind.name for each in signs(log) for one in (each, *each.evidence)}
    return found | {each.kind for each in sentences(log)}


@pytest.mark.parametrize("name", STUDIES)
def test_logs_what_its_question_needs(tmp_path: Path, name: str) -> None:
    for log in made(name, tmp_path, 0.01):
        assert len(log.of(DUMPS)) == len(log.of(VALIDATIONS)) >= 2
        assert len(log.of(VALIDATIONS, "train")) == len(log.of(VALIDATIONS))
        assert len(log.of(REPRESENTATIONS)) >= 1
        assert {"loss/train", "error/validation", "learning_rate"} <= set(scalars(log))


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("forgetting", 0.3),
        ("dead", 0.15),
        *(pytest.param(name, 1, marks=pytest.mark.full) for name in STUDIES),
    ],
)
def test_shows_what_it_is_made_for(tmp_path: Path, name: str, size: float) -> None:
    logs = made(name, tmp_path, size)
    found = seen(logs[0])
    assert found >= MADE_FOR[name]
    assert not found & IS_NOT.get(name, set())
    # Every number in a story is what plain loops count.
    for log in logs:
        told: dict[str, list[str]] = {}
        for each in sentences(log):
            told.setdefault(each.kind, []).append(each.text)
        for kind, texts in expected(Logged.of(log)).items():
            assert told[kind] == texts
        says = [each.says for each in signs(log) if each.severity >= 0.5]
        assert all(any(text.endswith(end) for end in says) for text in told.get("sign", []))
