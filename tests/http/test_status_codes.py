"""What goes wrong with a question has one status code, and computing knows none."""

from __future__ import annotations

import pickle
from collections.abc import Iterator

import pytest

from tensorboard_plugin_deeptracker.compute.errors import (
    ComputingError,
    InvalidQuestionError,
    NotFoundError,
    QuestionError,
)
from tensorboard_plugin_deeptracker.features import routes
from tensorboard_plugin_deeptracker.http.errors import HttpError, http_error


def kinds_of(error: type[QuestionError]) -> Iterator[type[QuestionError]]:
    for kind in error.__subclasses__():
        yield kind
        yield from kinds_of(kind)


@pytest.mark.parametrize(
    ("kind", "code"), [(InvalidQuestionError, 400), (NotFoundError, 404), (ComputingError, 503)]
)
def test_the_message_is_answered_with_the_code(kind: type[QuestionError], code: int) -> None:
    answer = http_error(kind("what would be right"))
    assert (answer.code, answer.message) == (code, "what would be right")


def test_every_error_about_a_question_has_a_code() -> None:
    assert routes()  # All features are imported.
    for kind in kinds_of(QuestionError):
        assert http_error(kind("oh")).code in (400, 404, 503)


def test_what_has_a_code_keeps_it() -> None:
    error = HttpError(405, "use GET")
    assert http_error(error) is error


@pytest.mark.parametrize("error", [ValueError("secret"), KeyError("x"), OSError("disk")])
def test_our_own_mistakes_are_not_told(error: Exception) -> None:
    answer = http_error(error)
    assert answer.code == 500
    assert "see the log" in answer.message
    assert "secret" not in answer.message


@pytest.mark.parametrize("kind", [InvalidQuestionError, NotFoundError, ComputingError])
def test_they_come_back_from_another_process(kind: type[QuestionError]) -> None:
    error = pickle.loads(pickle.dumps(kind("what would be right")))
    assert (type(error), str(error)) == (kind, "what would be right")
