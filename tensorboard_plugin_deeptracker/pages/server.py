"""A server for the browser of whoever runs this process: on loopback, and behind a token.

It only reads. Whoever asks must know the token, which no page of another origin can read; a name
that somebody makes lead here (DNS rebinding) is refused, and so are other pages' requests.
"""

from __future__ import annotations

import hmac
import logging
import os
import secrets
import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from ..events.schema import PLUGIN_NAME
from ..index.source import AnyPath
from ..plugin import App
from .apps import Apps

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_LOOPBACK = "127.0.0.1"
_log = logging.getLogger(__name__)

# The same as TensorBoard's, without what only its own page needs.
_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'none'"
)
_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>DeepTracker</title>
<link rel="icon" href="data:,">
<script type="module" src="start.js"></script>
</html>
"""
# Told to whoever shows the page in a frame: there is nobody to tell it when the server has ended.
READY = "deeptracker is there"
_START = f"""\
import {{ render }} from './index.js';
render();
if (parent !== window) parent.postMessage('{READY}', '*');
"""


class Server:
    """Serves the views of runs at addresses that only this process tells."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._token = secrets.token_urlsafe(32)
        self._apps: list[tuple[Mapping[str, AnyPath], Apps]] = []
        self._server = make_server(
            _LOOPBACK, 0, self._answer, threaded=True, request_handler=_Quiet
        )
        self._hosts = {f"{name}:{self._server.server_port}" for name in (_LOOPBACK, "localhost")}
        self.pid = os.getpid()
        threading.Thread(
            target=self._server.serve_forever, name="deeptracker-pages", daemon=True
        ).start()

    def page(self, runs: Mapping[str, AnyPath]) -> str:
        """The address of the tab about some runs, the same for the same ones."""
        with self._lock:
            known = [each for each, _ in self._apps]
            if runs not in known:
                self._apps.append((runs, Apps(runs)))
                known.append(runs)
            at = known.index(runs)
        port = self._server.server_port
        return f"http://{_LOOPBACK}:{port}/{self._token}/{at}/{PLUGIN_NAME}/"

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answered = self._app(Request(environ))

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            # The address is a secret, and answers are of a run that may go on.
            own = [("Referrer-Policy", "no-referrer"), ("Cache-Control", "no-store")]
            kept = [each for each in headers if each[0].lower() != "cache-control"]
            return start_response(status, [*kept, *own], *more)

        result: Iterable[bytes] = answered(environ, start)
        return result

    def _app(self, request: Request) -> App:
        if request.environ.get("HTTP_HOST") not in self._hosts:
            return Forbidden("This server is only for the browser on the machine it runs on.")
        token, _, rest = request.path.removeprefix("/").partition("/")
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            return Forbidden("The address is not whole: run the cell of the notebook again.")
        which, _, path = rest.partition("/")
        # A number of thousands of digits is none to Python.
        apps = {str(i): each for i, (_, each) in enumerate(self._apps)}
        if which not in apps:
            return NotFound()
        own = _own().get(path)
        if own is None and self._is_foreign(request):
            return Forbidden("Only the page of this server may ask.")
        return own or apps[which].app(f"/{path}")

    def _is_foreign(self, request: Request) -> bool:
        origin = request.headers.get("Origin")
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        hosts = {f"http://{host}" for host in self._hosts}
        return (origin is not None and origin not in hosts) or site not in ("same-origin", "none")


def _own() -> Mapping[str, App]:
    """What is not the plugin's: the page, which others may show in a frame, and its start."""
    page = Response(_PAGE, content_type="text/html; charset=utf-8")
    page.headers["Content-Security-Policy"] = _POLICY
    page.headers["X-Content-Type-Options"] = "nosniff"
    start = Response(_START, content_type="text/javascript; charset=utf-8")
    return {f"{PLUGIN_NAME}/": page, f"{PLUGIN_NAME}/start.js": start}


class _Quiet(WSGIRequestHandler):
    """Writes nothing about requests between the lines of a notebook."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        _log.debug("%s: %s", type, message % args if args else message)


_server: Server | None = None
_starting = threading.Lock()


def server() -> Server:
    """The process's own server, started when it is first asked for."""
    global _server
    with _starting:
        # A forked process has the socket of the other one, but no thread that serves it.
        if _server is None or _server.pid != os.getpid():
            _server = Server()
        return _server
