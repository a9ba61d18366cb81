"""What is still being computed is waited for, until it is there or cannot be."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
import pytest

from tensorboard_plugin_deeptracker.pages.questions import About, Limits
from tensorboard_plugin_deeptracker.pages.recording import Recording


class Answering:
    """Answers one thing after the other, the last one for ever."""

    def __init__(self, *answers: tuple[str, dict[str, Any]]) -> None:
        self._answers = list(answers)
        self.asked = 0

    def app(self, path: str) -> Any:
        def answer(environ: Any, start_response: Any) -> Iterable[bytes]:
            del environ
            if not path.endswith("map_quality"):
                start_response("404 NOT FOUND", [("Content-Type", "application/json")])
                return [b"{}"]
            self.asked += 1
            status, own = self._answers[min(self.asked, len(self._answers)) - 1]
            start_response(status, [("Content-Type", "application/json")])
            return [orjson.dumps(own)]

        return answer


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Recording, "wait", staticmethod(lambda: None))


def making(done: int) -> tuple[str, dict[str, Any]]:
    return "404 NOT FOUND", {"error": "being made", "progress": {"done": done, "total": 9}}


def test_an_answer_that_is_being_computed_is_waited_for(tmp_path: Path) -> None:
    apps: Any = Answering(making(1), making(1), making(2), ("200 OK", {"x": 1}))
    recording = Recording(apps, tmp_path)
    assert recording.ask("map_quality", {"run": "a"}) == {"x": 1}
    assert recording.unfinished == {}


def test_a_map_that_never_gets_ready(tmp_path: Path) -> None:
    logged = {"logged": [0, 1, 2]}
    last = {"steps": [0, 1], "failure": "no memory", **logged}
    apps: Any = Answering(("200 OK", {"steps": [0], **logged}), ("200 OK", last))
    recording = Recording(apps, tmp_path)
    about = About(recording, "a", "validation", Limits())
    assert about._frames == [0, 1]
    (said,) = recording.unfinished.values()
    assert said == "the map of validation in a ends after 2 of 3 frames: no memory"
