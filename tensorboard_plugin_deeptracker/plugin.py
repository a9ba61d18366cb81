"""The TensorBoard plugin: the features' routes, as docs/http_api.md says what they answer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from threading import Lock, Thread
from typing import Any, TypeAlias

from tensorboard.plugins import base_plugin
from werkzeug.wrappers import Request, Response

from . import features
from .compute.errors import unknown
from .compute.worker import WORKER
from .events.schema import PLUGIN_NAME
from .http import openapi, runs, static
from .http.answering import Answering
from .http.answers import (
    File,
    Representation,
    represent,
    representation_key,
    respond,
    respond_error,
)
from .http.errors import HttpError, http_error
from .http.route import Route
from .index.discover import roots
from .index.registry import Registry, UnknownRunError
from .index.run import Snapshots

App: TypeAlias = Callable[..., Any]
Handle: TypeAlias = Callable[[Request], Representation]

_log = logging.getLogger(__name__)
# Where TensorBoard asks what has no path of its own.
ANY = "/*"


def description() -> File:
    """All routes in the words of OpenAPI, as JSON."""
    return openapi.describe(features.routes(), features.kinds())


class DeepTrackerPlugin(base_plugin.TBPlugin):
    """Answers the tab's questions about the runs under TensorBoard's log directory.

    Args:
        context: TensorBoard's.
        registry: Other runs than those under the log directory.
        questions: Other routes than those of all features.
    """

    plugin_name = PLUGIN_NAME

    def __init__(
        self,
        context: base_plugin.TBContext,
        registry: Registry | None = None,
        questions: Sequence[Route] | None = None,
    ) -> None:
        spec = getattr(context.flags, "logdir_spec", None)
        self._registry = registry or Registry(roots(context.logdir, spec), features.kinds())
        self._questions = questions
        self._handles: Mapping[str, Handle] = {}
        self._lock = Lock()
        self._answering = Answering()

    def get_plugin_apps(self) -> dict[str, App]:
        """What answers, by its path below `data/plugin/deeptracker`.

        TensorBoard's start does not wait for the features to be imported: that is done while a
        browser gets the tab.
        """
        apps = {path: self._app(partial(_serve, file)) for path, file in static.files().items()}
        return {
            **apps,
            static.ENTRY: self._app(self._open),
            "/runs": self._app(
                lambda request: represent(request, runs.runs(self._registry.counts()))
            ),
            ANY: self._app(self._ask_any),
        }

    def is_active(self) -> bool:
        """Whether any run has our data; but for the first time, what is known without waiting."""
        return self._registry.active()

    def data_plugin_names(self) -> tuple[str, ...]:
        """Whose data make the tab active: nobody's, `is_active` says it.

        TensorBoard's two loaders disagree about which summaries are a plugin's data, and only a
        log of ours has anything to show.
        """
        return ()

    def frontend_metadata(self) -> base_plugin.FrontendMetadata:
        """Where the tab's module is."""
        return base_plugin.FrontendMetadata(es_module_path=static.ENTRY, tab_name="DeepTracker")

    def close(self) -> None:
        """Stops following the runs."""
        self._registry.close()

    def _open(self, request: Request) -> Representation:
        # Whoever asks for the tab will ask for what takes long to import and to compute.
        Thread(target=self._prepare, name="deeptracker-features", daemon=True).start()
        return _serve(static.DIRECTORY / static.ENTRY[1:], request)

    def _prepare(self) -> None:
        WORKER.start(*(module.__name__ for module in features.role("compute")))
        self._known()

    def _known(self) -> Mapping[str, Handle]:
        """What answers about runs, by path."""
        with self._lock:
            if not self._handles:
                questions = features.routes() if self._questions is None else self._questions
                described = openapi.describe(questions, features.kinds())
                self._handles = {
                    **{route.path: partial(self._ask, route) for route in questions},
                    "/openapi.json": lambda request: represent(request, described),
                }
            return self._handles

    def _ask_any(self, request: Request) -> Representation:
        handle = self._known().get(f"/{request.path.rpartition('/')[2]}")
        if handle is None:
            raise HttpError(
                404, f"there is no {request.path} here: openapi.json describes what there is"
            )
        return handle(request)

    def _ask(self, route: Route, request: Request) -> Representation:
        params = route.params(request.args)

        def ask(snapshots: Snapshots) -> Representation:
            return self._answering.answer(
                (snapshots, representation_key(request)),
                lambda: represent(request, route.answer(route.subject(snapshots), params)),
            )

        try:
            return self._registry.ask_all(route.names(params), ask)
        except UnknownRunError as error:
            names = [counts.run for counts in self._registry.counts()]
            raise unknown("run", str(error), names, "runs in the log directory") from None

    def _app(self, handle: Handle) -> App:
        @Request.application
        def app(request: Request) -> Response:
            if request.method not in ("GET", "HEAD"):
                wrong = HttpError(405, f"{request.method} is not possible here: use GET")
                return respond_error(request, wrong, [("Allow", "GET, HEAD")])
            try:
                return respond(request, handle(request))
            except Exception as error:  # A mistake of ours must not take other tabs down.
                answer = http_error(error)
                if answer.code >= 500:
                    ours = answer.code == 500
                    _log.error(
                        "DeepTracker could not answer %s: %s", request.url, error, exc_info=ours
                    )
                return respond_error(request, answer)

        return app


def _serve(path: Path, request: Request) -> Representation:
    return represent(request, static.serve(path))
