"""Asks a run what the HTTP routes ask, by the same code and with the same parameters."""

from __future__ import annotations

import contextlib
import inspect
import time
from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from werkzeug.datastructures import MultiDict

from .. import features
from ..compute.errors import NotReadyError, unknown
from ..features.images.records import IMAGE_SETS
from ..features.layers.records import MODEL
from ..http.answers import Answer as Answered
from ..http.answers import File
from ..http.params import Params
from ..http.route import Route
from ..index.run import Run as LoggedRun
from ..index.run import Snapshot
from .answer import Source, attribute
from .usual import usual

# What HTTP would not send in one answer, memory may hold.
_NO_LIMIT = 1 << 62
_PAUSE = 0.05


@cache
def routes() -> Mapping[str, Route]:
    """The questions by their names."""
    return {route.path[1:]: route for route in features.routes()}


class Asking:
    """What can be asked about a run.

    Args:
        log: The run.
    """

    def __init__(self, log: LoggedRun) -> None:
        self._log = log

    def ask(self, question: str, **parameters: Any) -> Answered | File:
        """Asks any question by its name, as in `run.ask("error_rates", image_set="train")`.

        Args:
            question: Name of a route of the HTTP API.
            **parameters: Its parameters; None: as if it were not given. What is not given and must
                be is what the tab starts with, where there is such a thing.

        Returns:
            The answer's `fields`, or a file's `data`.

        Raises:
            QuestionError: There is no such question, or it has no answer.
            LogError: The log is no longer there.
        """
        return self._answered(question, parameters)[0]

    def _answered(
        self, question: str, parameters: Mapping[str, Any]
    ) -> tuple[Answered | File, Source]:
        route = routes().get(question)
        if route is None:
            raise unknown("question", question, routes(), "questions")
        given = {name.rstrip("_"): _text(value) for name, value in parameters.items()}

        def answer(snapshot: Snapshot) -> tuple[Answered | File, Source]:
            args = MultiDict({name: text for name, text in given.items() if text is not None})
            args.update(usual(route, snapshot, args))
            params = route.params(args)
            answered = _unlimited(route)(snapshot, params)
            return answered, _source(route, snapshot, params, answered)

        while True:
            # What is being made is waited for.
            with contextlib.suppress(NotReadyError):
                answered, source = self._log.ask(answer)
                if not _is_being_made(answered):
                    return answered, source
            time.sleep(_PAUSE)

    def _fields(self, question: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The answer as arguments of its class."""
        answered, source = self._answered(question, parameters)
        assert isinstance(answered, Answered)
        fields = {attribute(name): value for name, value in answered.fields.items()}
        return {**fields, "source": source}

    def _file(self, question: str, parameters: Mapping[str, Any]) -> bytes:
        answered, _ = self._answered(question, parameters)
        assert isinstance(answered, File)
        return answered.data


def _text(value: Any) -> str | None:
    """A parameter as it stands in a query."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ":".join(map(str, value))
    return str(value)


def _is_being_made(answered: Answered | File) -> bool:
    """Whether an answer tells of fewer iterations than it says are logged, as one of a map does."""
    if isinstance(answered, File) or "logged" not in answered.fields:
        return False
    return len(answered.fields["steps"]) < len(answered.fields["logged"])


def _unlimited(route: Route) -> Any:
    """The question without the limits of what is sent."""
    limits = inspect.signature(route.answer).parameters.keys() & {"max_bytes"}
    return partial(route.answer, **dict.fromkeys(limits, _NO_LIMIT)) if limits else route.answer


def _source(route: Route, snapshot: Snapshot, params: Params, answered: Answered | File) -> Source:
    if isinstance(answered, File):
        return Source(route, dict)
    about = any(parameter.name == "image_set" for parameter in route.parameters)
    images = snapshot.of(IMAGE_SETS, params.text("image_set")) if about else None
    model = snapshot.of(MODEL)
    return Source(
        route,
        answered.json or (lambda: answered.fields),
        tuple(images.class_names) if images else (),
        tuple(layer.name for layer in model.layers) if model else (),
    )
