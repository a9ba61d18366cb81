"""The TensorBoard plugin: a table of routes; docs/http_api.md says what they answer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from tensorboard.plugins import base_plugin
from werkzeug.wrappers import Request, Response

from .events.schema import PLUGIN_NAME
from .http import findings, images, kernels, minisets, patterns, pixels, routes, static
from .http.answers import Answer, File, respond, respond_error
from .http.errors import HttpError, not_found
from .http.params import Params
from .index.discover import roots
from .index.registry import Registry, UnknownRunError
from .index.run import Snapshot

_log = logging.getLogger(__name__)

_ROUTES: Mapping[str, Callable[[Snapshot, Params], Answer | File]] = {
    "/run": routes.run,
    "/error_rates": routes.error_rates,
    "/layer_stat": routes.layer_stat,
    "/layer_stats": routes.layer_stats,
    "/layer_filter": pixels.layer_filter,
    "/kernels": kernels.kernels,
    "/iteration_filter": routes.iteration_filter,
    "/class_stat": routes.class_stat,
    "/class_image": pixels.class_image,
    "/results": images.results,
    "/iteration_image": images.iteration_image,
    "/clusters": patterns.clusters,
    "/cluster_counts": patterns.cluster_counts,
    "/anomalies": patterns.anomalies,
    "/correlation": patterns.correlation,
    "/mini_set_surprise": minisets.surprise,
    "/mini_set_filters": minisets.filters,
    "/findings": findings.findings,
    "/image": routes.image,
}


class DeepTrackerPlugin(base_plugin.TBPlugin):
    """Answers the tab's questions about the runs under TensorBoard's log directory."""

    plugin_name = PLUGIN_NAME

    def __init__(self, context: base_plugin.TBContext) -> None:
        spec = getattr(context.flags, "logdir_spec", None)
        self._registry = Registry(roots(context.logdir, spec))

    def get_plugin_apps(self) -> dict[str, Callable[..., Any]]:
        """The routes, by their path below `data/plugin/deeptracker`."""
        apps = {"/runs": self._app(lambda _: routes.runs(self._registry.counts()))}
        for path, route in _ROUTES.items():
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

    def _ask(
        self, route: Callable[[Snapshot, Params], Answer | File], request: Request
    ) -> Answer | File:
        params = Params(request.args)
        name = params.text("run")
        try:
            return self._registry.ask(name, lambda snapshot: route(snapshot, params))
        except UnknownRunError:
            names = [counts.run for counts in self._registry.counts()]
            raise not_found("run", name, names, "runs in the log directory") from None

    def _app(self, handle: Callable[[Request], Answer | File]) -> Callable[..., Any]:
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


def _serve(path: Path, request: Request) -> File:
    del request
    return static.serve(path)
