"""What the tab asks for, answered for some runs without a TensorBoard: by the plugins' own apps."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tensorboard.plugins.base_plugin import TBContext
from werkzeug.exceptions import NotFound

from .. import features
from ..events.schema import PLUGIN_NAME
from ..index.pace import Pace
from ..index.registry import Registry
from ..index.source import AnyPath
from ..plugin import ANY, App, DeepTrackerPlugin

# Beside the tab's own path, as in TensorBoard: the user's scalars.
_SCALARS = "scalars"


class Apps:
    """The apps about some runs, by path: `/deeptracker/...` and, beside it, `/scalars/...`.

    Args:
        runs: Their directories or addresses, by the names that they are to have.
        pace: See `Registry`.
    """

    def __init__(self, runs: Mapping[str, AnyPath], pace: Pace | None = None) -> None:
        self._registry = Registry({}, features.kinds(), pace, find=lambda: runs)
        plugin = DeepTrackerPlugin(TBContext(), self._registry)
        self._scalars = _Scalars(runs)
        self._apps = plugin.get_plugin_apps()

    def app(self, path: str) -> App:
        """What answers at a path."""
        of, _, own = path.removeprefix("/").partition("/")
        if of == _SCALARS:
            return self._scalars.app(f"/{own}")
        if of != PLUGIN_NAME:
            return NotFound()
        return self._apps.get(f"/{own}", self._apps[ANY])

    def close(self) -> None:
        """Stops following the runs."""
        self._registry.close()


class _Scalars:
    """TensorBoard's own plugin for scalars, started when it is asked for the first time."""

    def __init__(self, runs: Mapping[str, AnyPath]) -> None:
        self._runs = runs
        self._lock = threading.Lock()
        self._multiplexer: Any = None
        self._apps: Mapping[str, App] = {}

    def app(self, path: str) -> App:
        with self._lock:
            if self._multiplexer is None:
                self._start()
            if path == "/tags":
                self._multiplexer.Reload()
        return self._apps.get(path, NotFound())

    def _start(self) -> None:
        from tensorboard.backend.event_processing import (
            data_provider,
            plugin_event_multiplexer,
        )
        from tensorboard.plugins.scalar.scalars_plugin import ScalarsPlugin

        self._multiplexer = plugin_event_multiplexer.EventMultiplexer()
        for name, path in self._runs.items():
            # TensorBoard has its own ways to addresses, which need more than fsspec.
            if isinstance(path, Path):
                self._multiplexer.AddRun(str(path), name)
        provider = data_provider.MultiplexerDataProvider(self._multiplexer, "")
        self._apps = ScalarsPlugin(TBContext(data_provider=provider)).get_plugin_apps()
