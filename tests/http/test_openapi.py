"""The description of the routes: that it is one, and says what the document says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from tensorboard_plugin_deeptracker.http import window
from tests.http.client import tab

DOCUMENT = Path(__file__).parents[2] / "docs" / "http_api.md"
ROW = re.compile(r"^\| `(\w+)(?:\?([\w&]+))?`( and a window)? \|", re.MULTILINE)


@pytest.fixture(scope="module")
def description(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with tab(tmp_path_factory.mktemp("logs")) as opened:
        return opened.json("openapi.json")


def test_it_is_valid(description: Any) -> None:
    validate(description)


def test_it_agrees_with_the_document(description: Any) -> None:
    table = DOCUMENT.read_text().partition("| route and query |")[2].partition("\n\n")[0]
    documented = {
        f"/{route}": set(filter(None, query.split("&"))) | set(window.PARAMETERS if part else ())
        for route, query, part in ROW.findall(table)
    }
    described = {
        path: {parameter["name"] for parameter in methods["get"]["parameters"]} - {"format"}
        for path, methods in description["paths"].items()
    }
    assert documented == described


def test_every_route_is_described(tmp_path: Path, description: Any) -> None:
    with tab(tmp_path) as opened:
        served = {path for path in opened.apps if not Path(path).suffix}
    assert served == description["paths"].keys()
