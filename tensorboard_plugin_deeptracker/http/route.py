"""A question about a run, as the table of routes has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from ..index.run import Snapshot
from .answers import JSON, SAFETENSORS, Answer, File
from .params import TEXT, Parameter, Params

RUN = Parameter("run", TEXT, "TensorBoard's name of the run", "run")
ARRAYS = (JSON, SAFETENSORS)


@dataclass(frozen=True)
class Route:
    """A question about a run.

    Attributes:
        path: Below the plugin's own path, with a slash before it.
        answer: Answers it.
        parameters: Beside `run`.
        content: Types of what it answers.
    """

    path: str
    answer: Callable[[Snapshot, Params], Answer | File]
    parameters: tuple[Parameter, ...] = ()
    content: tuple[str, ...] = ARRAYS

    def params(self, args: MultiDict[str, str]) -> Params:
        """The parameters of a request for this route."""
        return Params(args, (RUN, *self.parameters))


@dataclass(frozen=True)
class RunPart:
    """What a feature says about a run in the answer of `run`.

    Attributes:
        answer: Its fields; `steps` of several features are put together.
    """

    answer: Callable[[Snapshot], Mapping[str, Any]]
