"""The documentation as people meet it: the site, the notebook, the commands' own help."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tensorboard_plugin_deeptracker.features.layers.records import DUMPS
from tensorboard_plugin_deeptracker.features.validation.records import VALIDATIONS
from tests.logs import open_run

ROOT = Path(__file__).parent.parent
SCRIPTS = [path for path in sorted((ROOT / "scripts").iterdir()) if path.name != "npm"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built strictly: a link or a name that leads nowhere is an error."""
    directory = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir"]
    subprocess.run([*command, directory], cwd=ROOT, check=True)
    return directory


def test_the_site_has_the_readme_the_reference_and_the_contract(site: Path) -> None:
    assert "scripts/demo" in (site / "index.html").read_text()
    assert "add_validation_set" in (site / "writer.html").read_text()
    assert "layer_filter" in (site / "http_api.html").read_text()


def test_the_site_asks_nobody_else_for_anything(site: Path) -> None:
    class Sources(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            wanted = {"script": "src", "img": "src", "link": "href", "iframe": "src"}.get(tag)
            found.extend(value for name, value in attrs if name == wanted and value)

    found: list[str] = []
    for page in site.rglob("*.html"):
        Sources().feed(page.read_text())
    assert found
    assert [source for source in found if re.match(r"(https?:)?//", source)] == []


def test_every_promise_has_its_test() -> None:
    promises = re.findall(r"`(tests/\S+)::(\w+)`", (ROOT / "docs" / "reliability.md").read_text())
    assert promises
    missing = [
        f"{path}::{name}"
        for path, name in promises
        if f"def {name}(" not in (ROOT / path).read_text()
    ]
    assert missing == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_command_explains_itself(script: Path) -> None:
    said = subprocess.run([script, "--help"], capture_output=True, text=True, check=True).stdout
    assert f"scripts/{script.name}" in said


def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # TensorBoard notes in the temporary directory which processes it has started.
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    # As in an environment that is active.
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    # Beside other tests, its threads would wait for each other.
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    notebook: Any = nbformat.read(ROOT / "demo" / "notebook.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    client = NotebookClient(notebook, resources={"metadata": {"path": str(tmp_path)}})
    try:
        client.execute()
    finally:
        for note in tmp_path.glob(".tensorboard-info/pid-*.info"):
            os.kill(int(re.findall(r"\d+", note.name)[0]), signal.SIGTERM)
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("iframe" in output.get("data", {}).get("text/html", "") for output in shown)
    run = open_run(tmp_path / "runs" / "notebook", "notebook")
    run.refresh()
    assert len(run.snapshot.of(DUMPS)) == len(run.snapshot.of(VALIDATIONS)) == 105
