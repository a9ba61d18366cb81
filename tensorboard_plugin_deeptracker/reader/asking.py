"""Asks a run what the HTTP routes ask, by the same code and with the same parameters."""

from __future__ import annotations

import contextlib
import inspect
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any, TypeAlias

from werkzeug.datastructures import MultiDict

from .. import features
from ..compute.errors import InvalidQuestionError, NotReadyError, unknown
from ..features.images.compute import identifiers
from ..features.images.records import IMAGE_SETS
from ..features.layers.records import MODEL
from ..http.answers import Answer as Answered
from ..http.answers import File
from ..http.params import Params
from ..http.route import RUN, Route
from ..index.run import Run as LoggedRun
from ..index.run import Snapshot, Snapshots, ask
from .answer import Source, attribute
from .usual import usual

# What HTTP would not send in one answer, memory may hold.
_NO_LIMIT = 1 << 62
_PAUSE = 0.05


@cache
def routes() -> Mapping[str, Route]:
    """The questions by their names."""
    return {route.path[1:]: route for route in features.routes()}


Others: TypeAlias = "Asking | Sequence[Asking]"


class Asking:
    """What can be asked about a run.

    Args:
        log: The run.
    """

    def __init__(self, log: LoggedRun) -> None:
        self._log = log

    def ask(self, question: str, *, others: Others = (), **parameters: Any) -> Answered | File:
        """Asks any question by its name, as in `run.ask("error_rates", image_set="train")`.

        Args:
            question: Name of a route of the HTTP API.
            others: Further runs, if the question is about several; this one is the first.
            **parameters: Its parameters; None: as if it were not given. What is not given and must
                be is what the tab starts with, where there is such a thing.

        Returns:
            The answer's `fields`, or a file's `data`.

        Raises:
            QuestionError: There is no such question, or it has no answer.
            LogError: The log is no longer there.
        """
        return self._answered(question, parameters, others)[0]

    def _answered(
        self, question: str, parameters: Mapping[str, Any], others: Others = ()
    ) -> tuple[Answered | File, Source]:
        route = routes().get(question)
        if route is None:
            raise unknown("question", question, routes(), "questions")
        lists = {own.name for own in route.parameters if own.schema.get("type") == "array"}
        given: dict[str, Any] = {}
        for name, value in parameters.items():
            own = name.rstrip("_")
            if value is not None:
                given[own] = [*map(_text, value)] if own in lists else _text(value)

        runs = [self._log, *(other._log for other in _listed(others))]
        if route.about is RUN and len(runs) > 1:
            raise InvalidQuestionError(f"{question} is about one run, not about {len(runs)}")
        if route.about is not RUN:
            # Those that were given are the runs, whatever their names: these need not differ.
            bounds = route.about.schema
            if not bounds["minItems"] <= len(runs) <= bounds["maxItems"]:
                least, most = bounds["minItems"], bounds["maxItems"]
                number = str(least) if least == most else f"{least} to {most}"
                raise InvalidQuestionError(
                    f"{question} is about {number} runs, not {len(runs)}: give others="
                )

        def answer(snapshots: Snapshots) -> tuple[Answered | File, Source]:
            snapshot = snapshots[0]
            args: MultiDict[str, str] = MultiDict(given)
            args.update(usual(route, snapshot, args))
            params = route.params(args)
            answered = _unlimited(route)(route.subject(snapshots), params)
            return answered, _source(route, snapshot, params, answered)

        while True:
            # What is being made is waited for.
            with contextlib.suppress(NotReadyError):
                answered, source = ask(runs, answer)
                if not _is_being_made(answered):
                    return answered, source
            time.sleep(_PAUSE)

    def _fields(
        self, question: str, parameters: Mapping[str, Any], others: Others = ()
    ) -> dict[str, Any]:
        """The answer as arguments of its class."""
        answered, source = self._answered(question, parameters, others)
        assert isinstance(answered, Answered)
        fields = {attribute(name): value for name, value in answered.fields.items()}
        return {**fields, "source": source}

    def _file(self, question: str, parameters: Mapping[str, Any]) -> bytes:
        answered, _ = self._answered(question, parameters)
        assert isinstance(answered, File)
        return answered.data


def _listed(others: Any) -> list[Asking]:
    several = isinstance(others, Iterable) and not isinstance(others, str)
    listed = [*others] if several else [others]
    for each in listed:
        if not isinstance(each, Asking):
            raise InvalidQuestionError(
                f"others must be runs, as open_run gives them, not {type(each).__name__}"
            )
    return listed


def _text(value: Any) -> str:
    """A parameter as it stands in a query."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ":".join(map(str, value))
    return str(value)


def _is_being_made(answered: Answered | File) -> bool:
    """Whether an answer tells of fewer iterations than it says are logged, as one of a map does."""
    if isinstance(answered, File) or "logged" not in answered.fields or answered.fields["failure"]:
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
        partial(identifiers, images) if images else tuple,
    )
