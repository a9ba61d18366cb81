"""`deeptracker import` of whatever a file may hold: a run that is whole, or a reason and no run."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import arro3.io  # noqa: F401  # Before a test has another one in its place.
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tensorboard_plugin_deeptracker import open_run

from .calling import call

COLUMNS = ["step", "id", "label", "prediction", "score_0", "score_1", "score:cat", "scores"]
CELLS = st.one_of(
    # Mostly what may be there.
    *[st.sampled_from("0123")] * 8,
    st.sampled_from(["", "-1", "7", "cat", "dog", "1.5", "nan", "inf", "-inf", "1e300", "None"]),
    st.integers(-(2**70), 2**70).map(str),
    st.text(max_size=5),
)
HEADERS = st.one_of(
    st.lists(st.sampled_from(COLUMNS), max_size=4).map(lambda own: ["step", "id", "label", *own]),
    st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=7),
)


def is_whole_or_refused(directory: Path, table: Path) -> None:
    said = call("import", table, "--logdir", directory / "run")
    if said.exit_code:
        assert said.exit_code in (2, 3), said.output
        assert said.stderr.startswith("Error: "), said.output
        assert not (directory / "run").exists()
        return
    run = open_run(directory / "run")
    assert run.error_rates().steps.size
    assert run.image_scores().ids


@settings(max_examples=60)
@given(
    HEADERS.flatmap(
        lambda names: st.lists(st.tuples(*[CELLS] * len(names)), max_size=6).map(
            lambda rows: [tuple(names), *rows]
        )
    )
)
@example([("step", "id", "label", "prediction"), ("inf", "a", "0", "0")])
@example([("step", "id", "label", "prediction"), ("-3", "a", "0", "0")])
@example([("step", "id", "label", "prediction"), (str(2**60), "a", "0", "0")])
@example([("step", "id", "label", "score_0", "score_0"), ("1", "a", "0", "0", "1")])
@example([("step", "id", "label", "prediction"), ("1", "a", "0", str(2**62))])
def test_any_table(rows: list[tuple[str, ...]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "table.csv")
        path.write_bytes(text.getvalue().encode("utf-8", "surrogatepass"))
        is_whole_or_refused(Path(name), path)


@settings(max_examples=30)
@given(st.binary(max_size=200))
@example(b"step,id,label,prediction\n1,\xff,0,0\n")
@example(b"step,id,label,prediction\n1,a\x00b,0,0\n")
def test_any_bytes(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "table.csv")
        path.write_bytes(data)
        is_whole_or_refused(Path(name), path)


def test_no_parquet_file(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    path.write_text("step,id,label,prediction\n1,a,0,0\n")
    is_whole_or_refused(tmp_path, path)


def test_what_ends_the_library_ends_no_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "modules" / "arro3"
    own.mkdir(parents=True)
    (own / "__init__.py").touch()
    (own / "io.py").write_text("import os\n\n\ndef read_parquet(path):\n    os.abort()\n")
    monkeypatch.syspath_prepend(str(own.parent))
    path = tmp_path / "table.parquet"
    path.write_bytes(b"PAR1")
    said = call("import", path, "--logdir", tmp_path / "run")
    assert (said.exit_code, said.stdout) == (2, "")
    assert said.stderr.startswith(f"Error: {path} cannot be read: it is damaged"), said.stderr
    assert "ended over it with signal 6" in said.stderr
    assert not (tmp_path / "run").exists()
