"""Any request at all: no failure, nothing written, nothing read outside the log directory."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import numpy as np
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi import checks
from tensorboard.backend.application import TensorBoardWSGI
from werkzeug.test import Client, TestResponse

from tensorboard_plugin_deeptracker.compute.worker import WORKER
from tensorboard_plugin_deeptracker.features import routes
from tensorboard_plugin_deeptracker.features.map.compute import store as maps
from tensorboard_plugin_deeptracker.http import static
from tensorboard_plugin_deeptracker.http.route import RUN
from tests.http.client import tab
from tests.http.test_errors import RIGHT
from tests.http.watch import Watch, serving, watching
from tests.logs import SessionLog, random_dump, small_model, write_small_run

ROUTES = {route.path: route for route in routes()}
BELOW = "/data/plugin/deeptracker"
SECRET = b"nobody's business"
# What is right of a parameter that may be any text; the rest is in the description.
KNOWN = {
    "run": ["run", "run", "kernels"],
    "layer": ["", "stem", "block.conv1"],
    "stat": ["weight_mean", "update_ratio"],
    "measure": ["change", "gradient_norm"],
    "class": ["class 0", "class 1"],
    "id": ["97", "100"],
}
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.missing_required_header,
    checks.unsupported_method,
]
LONG = "a" * 50_000
RUDE = [
    *("../outside", "..", "/", "/etc/passwd", "run/../../outside", "run/../run", "./run", "run/"),
    *("..\\outside", "C:\\Windows\\win.ini", "\\\\host\\share", "~", "~root"),
    *("file:///etc/passwd", "s3://bucket/run", "%2e%2e%2foutside", "%252e%252e/outside"),
    *("\0", "run\0", "run\0.png", "", " ", "run ", "NaN", "-0", "-1", "0", "1e309", "0x10", "true"),
    *("null", "[]", "{}", "1,2", "9" * 19, "-" + "9" * 19, "9" * 5000, "0:" + "9" * 5000, "1:0"),
    *(":", "0:1:2", "-1:1", "\u0661", "\U0001f600", "\u202e", "\r\nX-Injected: 1", LONG),
]
RAW = [
    *(
        "run=%2e%2e%2foutside",
        "run=%252e%252e%252foutside",
        "run=..%5coutside",
        "run=..%c0%afoutside",
    ),
    *("run=%ff%fe", "run=%", "run=%zz", "run=%u0041", "run=run%00", "run=%ed%a0%80", "%ff=%ff"),
    *("run=run&run=run", "run[]=run", "run=run;format=json", "format=json&format=safetensors"),
    *(
        "&&&",
        "=",
        "run",
        "run=run#fragment",
        "&".join(f"p{i}=" for i in range(2000)),
        f"run={LONG}",
    ),
]


class Served(NamedTuple):
    """A TensorBoard with our plugin, and all that it does."""

    app: Any
    description: Any
    watch: Watch

    def open(self, path: str, query: str = "", method: str = "GET", **headers: str) -> TestResponse:
        """The response to any request."""
        url = f"{BELOW}{path}"
        return Client(self.app).open(url, query_string=query, method=method, headers=headers)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    around = tmp_path_factory.mktemp("served")
    logdir = around / "logs"
    write_small_run(logdir / "run")
    write_small_run(around / "outside")
    (around / "secret.png").write_bytes(b"\x89PNG\r\n\x1a\n" + SECRET)
    model = replace(small_model(3, 2), kernels=0)
    with SessionLog(logdir / "kernels") as log:
        log.model(model)
        log.dump(1, *random_dump(model, 0), np.zeros(model.layers[0].weight_shape, np.float32))
    before = content(around)
    WORKER.start()  # It is started once, by whoever opens the tab first, and opens no file.
    with tab(logdir) as opened, watching() as watch:
        board = TensorBoardWSGI([opened.plugin])

        def app(environ: Any, start_response: Any) -> Any:
            with serving():
                return [b"".join(board(environ, start_response))]

        yield Served(app, opened.json("openapi.json"), watch)
    assert watch.other == []
    assert watch.outside(logdir, static.DIRECTORY, Path(sys.prefix), maps.directory()) == set()
    assert any(path.suffix == ".deeptracker" for path in watch.read)
    assert content(around) == before


def content(directory: Path) -> dict[Path, tuple[int, bytes]]:
    """All files below, with their times and bytes."""
    files = (path for path in directory.rglob("*") if path.is_file())
    return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


@pytest.fixture(scope="module")
def api(served: Served) -> Any:
    """The description, told where it is served and which names there are."""
    description = json.loads(json.dumps(served.description))
    description["servers"] = [{"url": BELOW}]
    for methods in description["paths"].values():
        for parameter in methods["get"]["parameters"]:
            known = KNOWN.get(parameter["name"])
            if known:
                parameter["schema"] = {"anyOf": [{"enum": known}, {"type": "string"}]}
            if parameter["name"] == "runs":
                parameter["schema"]["items"] = {
                    "anyOf": [{"enum": KNOWN["run"]}, {"type": "string"}]
                }
    api = schemathesis.openapi.from_dict(description)
    api.app = served.app
    return api


def hold(api: Any, path: str, examples: int) -> None:
    """Answers are as they are described, and what is not as described is refused."""
    modes = map(api[path]["GET"].as_strategy, schemathesis.GenerationMode)

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=st.one_of(*modes))
    def ask(case: Any) -> None:
        response = case.call_and_validate(checks=CHECKS, headers={"Accept-Encoding": "identity"})
        assert response.status_code in {200, 400, 404}

    ask()


@pytest.mark.parametrize("path", ["/runs", *ROUTES])
def test_the_description_holds(api: Any, path: str) -> None:
    hold(api, path, 20)


@pytest.mark.full
@pytest.mark.parametrize("path", ["/runs", *ROUTES])
def test_the_description_holds_for_long(api: Any, path: str) -> None:
    hold(api, path, 1000)


def right_of(path: str) -> dict[str, Any]:
    """A right request."""
    if ROUTES.get(path, ROUTES["/run"]).about is not RUN:
        return dict(ROUTES[path].example)
    return {"run": "kernels" if path == "/kernels" else "run", **RIGHT.get(path[1:], {})}


def check(response: TestResponse, head: bool = False) -> None:
    """An answer, or a short error that says why."""
    assert response.status_code in {200, 400, 404, 405}
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "X-Injected" not in response.headers
    body = response.get_data()
    assert SECRET not in body
    if response.status_code != 200 and not head:
        assert response.content_type == "application/json"
        assert json.loads(body).keys() - {"progress"} == {"error"}
        assert len(body) < 2000


@pytest.mark.parametrize("path", ROUTES)
def test_rude_values(served: Served, path: str) -> None:
    route = ROUTES[path]
    right = right_of(path)
    assert served.open(path, urlencode(right, True)).status_code == 200
    for name in (route.about.name, *(own.name for own in route.parameters), "format"):
        often = len(right["runs"]) if name in ("runs", "steps") else 1
        for value in RUDE:
            check(served.open(path, urlencode({**right, name: [value] * often}, True)))


@pytest.mark.parametrize("path", ["/runs", "/openapi.json", *ROUTES])
def test_rude_queries(served: Served, path: str) -> None:
    right = urlencode(RIGHT.get(path[1:], {}))
    for query in RAW:
        check(served.open(path, f"{query}&{right}"))


@given(query=st.binary(max_size=80).map(quote) | st.text("run=&%.;+#/0f", max_size=80))
@settings(suppress_health_check=list(HealthCheck), deadline=None)
def test_any_query(served: Served, query: str) -> None:
    check(served.open("/run", query))
    check(served.open("/run", f"run=run&{query}"))


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "ANY"])
def test_other_methods(served: Served, method: str) -> None:
    for path in ("/runs", "/index.js", "/openapi.json", *ROUTES):
        response = served.open(path, urlencode(right_of(path), True), method)
        check(response, method == "HEAD")
        assert response.status_code == (200 if method == "HEAD" else 405)
        assert method != "HEAD" or response.get_data() == b""


@pytest.mark.parametrize(
    "path", ["/../../../etc/passwd", "/%2e%2e/secret.png", "/index.js/../plugin.py", "//etc/passwd"]
)
def test_paths_are_names_of_routes_only(served: Served, path: str) -> None:
    response = served.open(path)
    assert response.status_code == 404
    assert SECRET not in response.get_data()


@pytest.mark.parametrize("value", ["\xff", "q=;;", "a" * 20_000, "*/*;q=nan", "text/html"])
def test_rude_headers(served: Served, value: str) -> None:
    for name in ("Accept", "Accept-Encoding", "If-None-Match", "Range", "X-Forwarded-Prefix"):
        check(served.open("/run", "run=run", **{name: value}))
