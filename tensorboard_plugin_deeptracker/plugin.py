"""The TensorBoard plugin: a table of routes; docs/http_api.md says what they answer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, get_args

from tensorboard.plugins import base_plugin
from werkzeug.wrappers import Request, Response

from .events.schema import PLUGIN_NAME
from .http import (
    correlated,
    findings,
    images,
    kernels,
    minisets,
    openapi,
    patterns,
    pictures,
    pixels,
    routes,
    static,
    window,
)
from .http.answering import Answering
from .http.answers import Representation, represent, representation_key, respond, respond_error
from .http.errors import HttpError, not_found
from .http.openapi import Route
from .http.params import COUNT, FRACTION, SPAN, STEP, TEXT, choice, whole
from .index.discover import roots
from .index.queries import Normalize
from .index.registry import Registry, UnknownRunError
from .index.run import Snapshot

_log = logging.getLogger(__name__)

_LAYER_FILTER = {"layer": TEXT, "measure": TEXT, "normalize": choice(*get_args(Normalize))}
_KERNELS = {"rows": SPAN, "columns": SPAN, "max_columns": COUNT}
_SURPRISE = {**correlated.PARAMETERS, "shuffles": whole(1, minisets.MOST_SHUFFLES)}

ROUTES: Mapping[str, Route] = {
    "/run": Route(routes.run),
    "/error_rates": Route(routes.error_rates),
    "/layer_stat": Route(routes.layer_stat, {"layer": TEXT, "stat": TEXT}),
    "/layer_stats": Route(routes.layer_stats, {"stat": TEXT}),
    "/layer_filter": Route(pixels.layer_filter, _LAYER_FILTER, window.PARAMETERS),
    "/kernels": Route(kernels.kernels, {}, _KERNELS),
    "/iteration_filter": Route(
        routes.iteration_filter, {"step": STEP, "measure": TEXT, "top_k": COUNT}
    ),
    "/class_stat": Route(routes.class_stat, {"class": TEXT, "window": COUNT}),
    "/class_image": Route(pixels.class_image, {"class": TEXT}, window.PARAMETERS),
    "/results": Route(images.results),
    "/iteration_image": Route(images.iteration_image, {"step": STEP}),
    "/clusters": Route(patterns.clusters, {"k": COUNT}),
    "/cluster_counts": Route(patterns.cluster_counts, {"most": COUNT}),
    "/anomalies": Route(patterns.anomalies, {"window": COUNT, "min_score": FRACTION}),
    "/correlation": Route(patterns.correlation, correlated.PARAMETERS),
    "/mini_set_surprise": Route(minisets.surprise, _SURPRISE),
    "/mini_set_filters": Route(minisets.filters, {**correlated.PARAMETERS, "columns": COUNT}),
    "/findings": Route(findings.findings),
    "/image": Route(pictures.image, {"id": TEXT}, content=pictures.TYPES),
}


class DeepTrackerPlugin(base_plugin.TBPlugin):
    """Answers the tab's questions about the runs under TensorBoard's log directory."""

    plugin_name = PLUGIN_NAME

    def __init__(self, context: base_plugin.TBContext) -> None:
        spec = getattr(context.flags, "logdir_spec", None)
        self._registry = Registry(roots(context.logdir, spec))
        self._answering = Answering()

    def get_plugin_apps(self) -> dict[str, Callable[..., Any]]:
        """The routes, by their path below `data/plugin/deeptracker`."""
        description = openapi.describe(ROUTES)
        apps = {
            "/runs": self._app(
                lambda request: represent(request, routes.runs(self._registry.counts()))
            ),
            "/openapi.json": self._app(lambda request: represent(request, description)),
        }
        for path, route in ROUTES.items():
            apps[path] = self._app(partial(self._ask, route))
        for path, file in static.files().items():
            apps[path] = self._app(partial(_serve, file))
        return apps

    def is_active(self) -> bool:
        """Whether any run has our data; but for the first time, what is known without waiting."""
        return self._registry.active()

    def data_plugin_names(self) -> tuple[str, ...]:
        """Whose data make the tab active."""
        return (PLUGIN_NAME,)

    def frontend_metadata(self) -> base_plugin.FrontendMetadata:
        """Where the tab's module is."""
        return base_plugin.FrontendMetadata(es_module_path=static.ENTRY, tab_name="DeepTracker")

    def close(self) -> None:
        """Stops following the runs."""
        self._registry.close()

    def _ask(self, route: Route, request: Request) -> Representation:
        params = route.params(request.args)
        name = params.text("run")

        def ask(snapshot: Snapshot) -> Representation:
            return self._answering.answer(
                (snapshot, representation_key(request)),
                lambda: represent(request, route.answer(snapshot, params)),
            )

        try:
            return self._registry.ask(name, ask)
        except UnknownRunError:
            names = [counts.run for counts in self._registry.counts()]
            raise not_found("run", name, names, "runs in the log directory") from None

    def _app(self, handle: Callable[[Request], Representation]) -> Callable[..., Any]:
        @Request.application
        def app(request: Request) -> Response:
            if request.method not in ("GET", "HEAD"):
                wrong = HttpError(405, f"{request.method} is not possible here: use GET")
                return respond_error(request, wrong, [("Allow", "GET, HEAD")])
            try:
                return respond(request, handle(request))
            except HttpError as error:
                return respond_error(request, error)
            except Exception:  # A mistake of ours must not take other tabs down.
                _log.exception("DeepTracker could not answer %s", request.url)
                message = "the plugin could not answer: see the log of TensorBoard for the reason"
                return respond_error(request, HttpError(500, message))

        return app


def _serve(path: Path, request: Request) -> Representation:
    return represent(request, static.serve(path))
