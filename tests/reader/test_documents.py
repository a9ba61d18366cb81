"""What the documents say about reading is what one sees."""

from __future__ import annotations

import doctest
import inspect
from pathlib import Path

import pytest

from tensorboard_plugin_deeptracker import open_run
from tensorboard_plugin_deeptracker.reader.questions import Questions
from tests.logs import write_small_run

ROOT = Path(__file__).parents[2]


def check(text: str, name: str, names: dict[str, object]) -> None:
    example = doctest.DocTestParser().get_doctest(text, names, name, None, None)
    flags = doctest.NORMALIZE_WHITESPACE | doctest.REPORT_NDIFF
    said: list[str] = []
    doctest.DocTestRunner(optionflags=flags, verbose=False).run(example, out=said.append)
    assert not said, "".join(said)


def test_the_document(example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "runs").symlink_to(example / "runs")
    monkeypatch.chdir(tmp_path)
    check((ROOT / "docs" / "python.md").read_text(), "python.md", {})


def test_every_question_has_an_example_that_is_true(tmp_path: Path) -> None:
    write_small_run(tmp_path / "run", kernels=True)
    run = open_run(tmp_path / "run")
    methods = inspect.getmembers(Questions, inspect.isfunction)
    questions = [each for name, each in methods if "reader.questions" in each.__module__]
    assert len(questions) > 20
    for question in questions:
        text = inspect.getdoc(question) or ""
        # Of a question that a run of these few records has no answer to, there is none.
        if "Example:" in text:
            check(text, question.__qualname__, {"run": run})
    without = [each.__name__ for each in questions if "Example:" not in (each.__doc__ or "")]
    assert len(without) < len(questions) / 4, without
