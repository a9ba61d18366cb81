"""Asks the plugin without a server in between."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from inspect import signature
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import safetensors
import safetensors.numpy
from numpy.typing import NDArray
from tensorboard.plugins import base_plugin
from werkzeug.test import Client, TestResponse

from tensorboard_plugin_deeptracker.features import kinds, routes
from tensorboard_plugin_deeptracker.http.route import Route
from tensorboard_plugin_deeptracker.index.discover import roots
from tensorboard_plugin_deeptracker.index.registry import Registry
from tensorboard_plugin_deeptracker.plugin import ANY, DeepTrackerPlugin


class Tab:
    """The routes of a plugin that looks at one log directory."""

    def __init__(self, plugin: DeepTrackerPlugin) -> None:
        self.plugin = plugin
        self.apps = plugin.get_plugin_apps()

    def app(self, route: str) -> Any:
        """What answers at a route."""
        return self.apps.get(f"/{route}", self.apps[ANY])

    def get(self, route: str, headers: dict[str, str] | None = None, **query: Any) -> TestResponse:
        """The response to a GET; `class_` stands for the parameter `class`."""
        client = Client(self.app(route))
        args = {name.rstrip("_"): value for name, value in query.items()}
        return client.get(f"/{route}", query_string=args, headers=headers)

    def json(self, route: str, status: int = 200, **query: Any) -> Any:
        """The JSON answer."""
        response = self.get(route, **query)
        assert response.status_code == status, response.get_data()
        assert response.content_type == "application/json"
        return json.loads(response.get_data(), parse_constant=_refuse)

    def arrays(self, route: str, **query: Any) -> tuple[Any, dict[str, NDArray[Any]]]:
        """The answer in safetensors: what is not an array, and the arrays."""
        response = self.get(route, {"Accept": "application/vnd.safetensors"}, **query)
        assert response.status_code == 200, response.get_data()
        assert response.content_type == "application/vnd.safetensors"
        data = response.get_data()
        length = int.from_bytes(data[:8], "little")
        header = json.loads(data[8 : 8 + length])
        return json.loads(header["__metadata__"]["answer"]), safetensors.numpy.load(data)


@contextmanager
def tab(
    logdir: Path | str,
    logdir_spec: str = "",
    questions: Sequence[Route] | None = None,
    **options: Any,
) -> Iterator[Tab]:
    """A tab on a log directory.

    Args:
        logdir: TensorBoard's option.
        logdir_spec: Likewise.
        questions: See the plugin.
        **options: Of the registry.
    """
    flags = SimpleNamespace(logdir_spec=logdir_spec)
    registry = None
    if options:
        registry = Registry(roots(str(logdir), logdir_spec), kinds(), **options)
    context = base_plugin.TBContext(logdir=str(logdir), flags=flags)
    plugin = DeepTrackerPlugin(context, registry, questions)
    try:
        yield Tab(plugin)
    finally:
        plugin.close()


def limited(**limits: Any) -> list[Route]:
    """All routes; those that take these limits, with others than are usual."""

    def own(route: Route) -> dict[str, Any]:
        taken = signature(route.answer).parameters
        return {name: limit for name, limit in limits.items() if name in taken}

    return [replace(route, answer=partial(route.answer, **own(route))) for route in routes()]


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")
