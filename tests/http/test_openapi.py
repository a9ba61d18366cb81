"""The description of the routes: that it is one, and says what the document says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from tensorboard_plugin_deeptracker.features import routes
from tensorboard_plugin_deeptracker.plugin import ANY
from tests.forks import ROOT, server
from tests.http.client import tab


@pytest.fixture(scope="module")
def description(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with tab(tmp_path_factory.mktemp("logs")) as opened:
        return opened.json("openapi.json")


def test_it_is_valid(description: Any) -> None:
    validate(description)


def test_the_table_of_the_document_is_current() -> None:
    server("tensorboard").run(["docs/routes.py", "--check"], cwd=ROOT).check_returncode()


def test_every_route_is_described(tmp_path: Path, description: Any) -> None:
    with tab(tmp_path) as opened:
        own = {path for path in opened.apps if not Path(path).suffix}
        served = own - {ANY} | {route.path for route in routes()}
        for path in served:  # Asked for without what it needs, it says what that is.
            assert "openapi.json describes" not in opened.get(path[1:]).get_data(as_text=True)
    assert served == description["paths"].keys()
