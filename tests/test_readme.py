from __future__ import annotations

import re
from pathlib import Path

import pytest

from tensorboard_plugin_deeptracker.features.images.records import IMAGE_SETS, THUMBNAILS
from tensorboard_plugin_deeptracker.features.layers.records import DUMPS, MODEL
from tensorboard_plugin_deeptracker.features.map.records import REPRESENTATIONS
from tensorboard_plugin_deeptracker.features.validation.records import VALIDATIONS
from tests.forks import server
from tests.logs import open_run

ROOT = Path(__file__).parent.parent


def test_the_training_loop_runs_and_is_in_the_log(tmp_path: Path) -> None:
    (loop,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    server("demo").run(["-c", loop], cwd=tmp_path).check_returncode()

    run = open_run(tmp_path / "runs" / "digits", "digits")
    run.refresh()
    log = run.snapshot
    assert log.problems == ()
    model, images = log.of(MODEL), log.of(IMAGE_SETS)
    assert model is not None
    assert [layer.filters for layer in model.layers] == [16, 32, 10]
    assert model.edges == ((0, 1), (1, 2))
    assert images is not None
    assert images.class_names == tuple("0123456789")
    assert len(log.of(DUMPS)) == len(log.of(VALIDATIONS)) == len(log.of(REPRESENTATIONS)) == 105
    assert len(log.of(THUMBNAILS)) > 0


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(document: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / document).read_text())
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
