"""Answers of the plugin's apps, kept in files that a page reads without a server."""

from __future__ import annotations

import base64
import gzip
import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlencode

import orjson
from werkzeug.test import EnvironBuilder, run_wsgi_app

from ..events.schema import PLUGIN_NAME
from ..http.answers import JSON, SAFETENSORS
from .apps import Apps

Parameters: TypeAlias = Mapping[str, str | int | float | Sequence[str | int]]

# Characters of a file, after which another one begins: what is looked at together stands together.
_FULL = 400_000
_PAUSE = 0.1
_SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}


class Recording:
    """Asks, and keeps the answers: a file of JavaScript for some of them, one for each image.

    Args:
        apps: Who answers.
        directory: Where the files are to be.

    Attributes:
        size: Bytes of all files so far.
        answers: Where each answer is: file, position in it, status; by its question.
        images: The file of each image, by its question.
        unfinished: What could not be computed.
    """

    def __init__(self, apps: Apps, directory: Path) -> None:
        self._apps = apps
        self.unfinished: dict[str, str] = {}
        self._directory = directory
        self._file: list[str] = []
        self._files = 0
        self.size = 0
        self.answers: dict[str, tuple[int, int, int]] = {}
        self.images: dict[str, str] = {}

    def ask(self, route: str, parameters: Parameters) -> Any:
        """The JSON answer; None if there is none. Nothing is kept."""
        status, body, _ = self._get(route, parameters, JSON)
        return orjson.loads(body) if status == 200 else None

    def record(
        self,
        route: str,
        parameters: Parameters,
        arrays: bool = False,
        stands_for: Parameters | None = None,
    ) -> None:
        """Asks, and keeps the answer.

        Args:
            route: As the tab asks for it.
            parameters: Likewise.
            arrays: Whether the tab takes the form with arrays.
            stands_for: What the tab asks that this is the answer to, if it asks for more.
        """
        if route == "image":
            self._record_image(parameters)
            return
        key = question(route, parameters if stands_for is None else stands_for)
        if key in self.answers:
            return
        status, body, _ = self._get(route, parameters, SAFETENSORS if arrays else JSON)
        # What is not there in the log is said as TensorBoard's tab says it.
        text = base64.b64encode(gzip.compress(body, 6, mtime=0)).decode()
        self.answers[key] = self._files, len(self._file), status
        self._file.append(text)
        self.size += len(text)
        if sum(map(len, self._file)) > _FULL:
            self.flush()

    def _record_image(self, parameters: Parameters) -> None:
        """Keeps an image's file; one that browsers do not show is left out."""
        key = question("image", parameters)
        status, body, content_type = self._get("image", parameters, "*/*")
        suffix = _SUFFIXES.get(content_type)
        if status != 200 or suffix is None or key in self.images:
            return
        name = f"images/{len(self.images)}.{suffix}"
        path = self._directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(body)
        self.images[key] = name
        self.size += len(body)

    @staticmethod
    def wait() -> None:
        """A moment, for what is being computed."""
        time.sleep(_PAUSE)

    def flush(self) -> None:
        """Writes what is still in memory."""
        if self._file:
            content = orjson.dumps(self._file).decode()
            path = self._directory / "data" / f"{self._files}.js"
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"deeptrackerPage.take({self._files}, {content});\n")
            self._files += 1
            self._file = []

    def _get(self, route: str, parameters: Parameters, accept: str) -> tuple[int, bytes, str]:
        """Status, body and type of an answer; one that is being computed is waited for."""
        path = route.removeprefix("../") if route.startswith("../") else f"{PLUGIN_NAME}/{route}"
        pairs = _pairs(parameters)
        builder = EnvironBuilder(f"/{path}", query_string=urlencode(pairs))
        builder.headers["Accept"] = accept
        builder.headers["Accept-Encoding"] = "gzip"
        while True:
            environ = builder.get_environ()
            body, status, headers = run_wsgi_app(self._apps.app(f"/{path}"), environ, buffered=True)
            code, content = int(status[:3]), b"".join(body)
            if headers.get("Content-Encoding") == "gzip":
                content = gzip.decompress(content)
            if code == 404 and b'"progress"' in content:
                self.wait()
                continue
            return code, content, headers.get("Content-Type", "").partition(";")[0]


def question(route: str, parameters: Parameters) -> str:
    """A question as text, the same however its parameters are ordered (`wire/recorded.ts`)."""
    pairs = sorted(_pairs(parameters), key=lambda pair: pair[0])
    return orjson.dumps([route, *pairs]).decode()


def _pairs(parameters: Parameters) -> list[tuple[str, str]]:
    """A parameter with several values is there once for each."""
    found: list[tuple[str, str]] = []
    for name, value in parameters.items():
        if isinstance(value, (str, int, float)):
            found.append((name, _text(value)))
        else:
            found.extend((name, _text(each)) for each in value)
    return found


def _text(value: str | float) -> str:
    """A value as the tab writes it: one half is 0.5, but one is 1."""
    if isinstance(value, float):
        return format(Decimal(repr(value)).normalize(), "f")
    return str(value)
