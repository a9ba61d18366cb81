"""A question about a run, or about several, and all there is to say about it, once.

The description of the routes, the types of the tab, the table of docs/http_api.md and the
requests of the tests are made from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from ..index.run import Snapshot
from .answers import JSON, SAFETENSORS, Answer, File
from .params import TEXT, Parameter, Params, several
from .schema import Schema, Tensor

RUN = Parameter("run", TEXT, "TensorBoard's name of the run", "run")
# What a question about several runs is about, in this order. Names may hold any character, so that
# no list of them in one parameter could be told apart.
PAIR = Parameter("runs", several(TEXT, 2, 2), "TensorBoard's names of two runs", ("run", "run"))
RUNS = Parameter("runs", several(TEXT, 2, 50), "TensorBoard's names of some runs", ("run", "run"))
ARRAYS = (JSON, SAFETENSORS)


@dataclass(frozen=True)
class Route:
    """A question about a run, or about several.

    Attributes:
        path: Below the plugin's own path, with a slash before it.
        answer: Answers it, given a snapshot of the run, or those of several; the first line of its
            docstring says what the question is.
        parameters: Beside that which names the runs.
        response: The JSON form of the answer.
        tensors: The arrays of the other form, by name.
        rest: What stands beside the arrays, by name.
        optional: Names of arrays and of what stands beside them that not all answers have.
        content: Types of what it answers.
        components: Schemas that these refer to by name.
        about: The parameter that names the run, or the runs.
    """

    path: str
    answer: Callable[[Any, Params], Answer | File]
    parameters: tuple[Parameter, ...] = ()
    response: Schema = field(default_factory=dict)
    tensors: Mapping[str, Tensor] = field(default_factory=dict)
    rest: Mapping[str, Schema] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    content: tuple[str, ...] = ARRAYS
    components: Mapping[str, Schema] = field(default_factory=dict)
    about: Parameter = RUN

    @property
    def purpose(self) -> str:
        """What the question is, in a line."""
        return (self.answer.__doc__ or "").partition("\n")[0]

    @property
    def example(self) -> dict[str, str | tuple[str, ...]]:
        """A query that has an answer, about the run of the examples; without what is optional."""
        return {
            parameter.name: parameter.example
            for parameter in (self.about, *self.parameters)
            if parameter.required
        }

    def names(self, params: Params) -> list[str]:
        """The runs that a request is about."""
        if self.about is RUN:
            return [params.text(RUN.name)]
        return params.texts(self.about.name)

    def subject(self, snapshots: tuple[Snapshot, ...]) -> Snapshot | tuple[Snapshot, ...]:
        """What `answer` is given."""
        return snapshots[0] if self.about is RUN else snapshots

    def params(self, args: MultiDict[str, str]) -> Params:
        """The parameters of a request for this route."""
        return Params(args, (self.about, *self.parameters))


@dataclass(frozen=True)
class RunPart:
    """What a feature says about a run in the answer of `run`.

    Attributes:
        answer: Its fields; `steps` of several features are put together.
        fields: Their schemas, likewise.
        components: Schemas that these refer to by name.
        parameters: What it is asked with; one of several features is the same.
    """

    answer: Callable[[Snapshot, Params], Mapping[str, Any]]
    fields: Mapping[str, Schema] = field(default_factory=dict)
    components: Mapping[str, Schema] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
