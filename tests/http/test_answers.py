"""The forms of an answer, and what is no answer in itself: images and the tab's files."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from werkzeug.test import Client

from tensorboard_plugin_deeptracker.features.images.records import ImageSet
from tensorboard_plugin_deeptracker.features.layers.records import Layer, Model, Node
from tensorboard_plugin_deeptracker.http import static
from tensorboard_plugin_deeptracker.http.answers import File
from tensorboard_plugin_deeptracker.http.errors import HttpError
from tests.features.images.test_served import encoded
from tests.http.client import tab
from tests.logs import (
    SessionLog,
    png,
    random_dump,
    small_model,
    small_validation_set,
    write_small_run,
)

SAFETENSORS = "application/vnd.safetensors"
STAT: dict[str, Any] = {"run": ".", "layer": "stem", "stat": "weight_mean"}


def write_statistics(run: Path, model: Model, values: list[float]) -> None:
    with SessionLog(run) as log:
        log.model(model)
        for step, value in enumerate(values):
            filters, statistics = random_dump(model, step)
            statistics[:] = value
            log.dump(step, filters, statistics)


def test_json_has_the_digits_of_float32_and_null_for_what_is_missing(tmp_path: Path) -> None:
    values = [0.1, 1 / 3, np.nan, np.inf, -np.inf, 1e-30, 16777216]
    write_statistics(tmp_path, small_model(1, 1), values)
    with tab(tmp_path) as opened:
        text = opened.get("layer_stat", **STAT).get_data(as_text=True)
    assert '"values":[0.1,0.33333334,null,null,null,1e-30,16777216.0]' in text


def test_arrays_keep_every_bit(tmp_path: Path) -> None:
    values = [0.1, 1 / 3, np.nan, np.inf]
    write_statistics(tmp_path, small_model(1, 1), values)
    with tab(tmp_path) as opened:
        rest, arrays = opened.arrays("layer_stat", **STAT)
    assert rest == {"layer": "stem", "stat": "weight_mean"}
    assert arrays["values"].dtype == np.float32
    np.testing.assert_array_equal(arrays["values"], np.array(values, np.float32))
    assert arrays["steps"].dtype == np.int64


@pytest.mark.parametrize(
    ("accept", "form", "expected"),
    [
        ("", None, "application/json"),
        ("*/*", None, "application/json"),
        ("text/html,*/*;q=0.8", None, "application/json"),
        ("application/json", None, "application/json"),
        (SAFETENSORS, None, SAFETENSORS),
        (f"{SAFETENSORS}, application/json;q=0.5", None, SAFETENSORS),
        (f"application/json, {SAFETENSORS};q=0.5", None, "application/json"),
        (SAFETENSORS, "json", "application/json"),
        ("application/json", "safetensors", SAFETENSORS),
    ],
)
def test_forms(tmp_path: Path, accept: str, form: str | None, expected: str) -> None:
    write_small_run(tmp_path)
    query = {**STAT, **({"format": form} if form else {})}
    with tab(tmp_path) as opened:
        response = opened.get("layer_stat", {"Accept": accept}, **query)
    assert response.content_type == expected


def test_an_unchanged_answer_is_not_sent_again(tmp_path: Path) -> None:
    write_small_run(tmp_path)
    with tab(tmp_path) as opened:
        first = opened.get("layer_stat", **STAT)
        again = opened.get("layer_stat", {"If-None-Match": first.headers["ETag"]}, **STAT)
        other = opened.get(
            "layer_stat", {"If-None-Match": first.headers["ETag"], "Accept": SAFETENSORS}, **STAT
        )
    assert (again.status_code, again.get_data()) == (304, b"")
    assert again.content_type == first.content_type
    assert other.status_code == 200
    assert "must-revalidate" in first.headers["Cache-Control"]


def test_what_compresses_is_compressed(tmp_path: Path) -> None:
    write_statistics(tmp_path, small_model(1, 1), [0.5] * 400)
    write_statistics(tmp_path / "small", small_model(1, 1), [0.5] * 4)
    with tab(tmp_path) as opened:
        plain = opened.get("layer_stat", {"Accept": SAFETENSORS}, **STAT)
        packed = opened.get(
            "layer_stat", {"Accept": SAFETENSORS, "Accept-Encoding": "gzip"}, **STAT
        )
        small = opened.get(
            "layer_stat",
            {"Accept": SAFETENSORS, "Accept-Encoding": "gzip"},
            **{**STAT, "run": "small"},
        )
        noise = opened.get(
            "layer_filter",
            {"Accept": SAFETENSORS, "Accept-Encoding": "gzip"},
            run=".",
            layer="stem",
            measure="change",
            normalize="none",
        )
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.get_data()) == plain.get_data()
    assert small.status_code == noise.status_code == 200
    assert "Content-Encoding" not in small.headers


def test_head_is_a_get_without_its_body(tmp_path: Path) -> None:
    write_small_run(tmp_path)
    with tab(tmp_path) as opened:
        response = Client(opened.apps["/runs"]).head("/runs")
    assert (response.status_code, response.get_data()) == (200, b"")


IMAGES = {f"image/{form}": encoded(form) for form in ("png", "jpeg", "gif", "webp")}


@pytest.mark.parametrize("names", [None, ("a", "b/../c", "é", "7", "<script>")])
def test_images_come_as_they_were_logged(tmp_path: Path, names: tuple[str, ...] | None) -> None:
    images = small_validation_set(2, 3)
    if names:
        images = ImageSet(images.class_names, images.labels, names)
    with SessionLog(tmp_path) as log:
        log.validation_set(images)
        log.images([4, 0], [b"an older one", IMAGES["image/png"]])
        log.images([3, 1, 2], [IMAGES["image/webp"], IMAGES["image/jpeg"], IMAGES["image/gif"]])
    with SessionLog(tmp_path, "second", 2.0) as log:
        log.validation_set(images)
        log.images([4], [b"<svg onload=alert(1)>"])
    with tab(tmp_path) as opened:
        for row, kind in enumerate(("image/png", "image/jpeg", "image/gif", "image/webp")):
            response = opened.get("image", run=".", id=str(images.ids[row]))
            assert (response.status_code, response.content_type) == (200, kind)
            assert response.get_data() == IMAGES[kind]
            assert response.headers["X-Content-Type-Options"] == "nosniff"
        message = opened.json("image", 404, run=".", id=str(images.ids[4]))["error"]
        assert "no PNG, JPEG, GIF or WebP" in message
        assert opened.json("run", run=".")["thumbnails"] == 5


def test_an_image_that_was_not_logged(tmp_path: Path) -> None:
    with SessionLog(tmp_path) as log:
        log.validation_set(small_validation_set(2))
        log.images([1], [png(0)])
    with tab(tmp_path) as opened:
        message = opened.json("image", 404, run=".", id="100")["error"]
        assert "images=..." in message
        message = opened.json("image", 404, run=".", id="7")["error"]
        assert "of the 2 images of the validation set, try '100'" in message


def test_an_image_that_is_not_among_the_names(tmp_path: Path) -> None:
    names = ("cats/one.png", "cats/two.png")
    with SessionLog(tmp_path) as log:
        log.validation_set(ImageSet(("cat",), np.zeros(2, np.int32), names))
    with tab(tmp_path) as opened:
        message = opened.json("image", 404, run=".", id="cats/too.png")["error"]
        assert "try 'cats/two.png'" in message


def test_where_there_is_nothing_yet(tmp_path: Path) -> None:
    with tab(tmp_path) as opened:
        message = opened.json("run", 404, run="one")["error"]
    assert message == "unknown run 'one': there are no runs in the log directory yet"


def test_large_identifiers_are_exact_in_javascript(tmp_path: Path) -> None:
    ids = np.array([2**53, 2**53 + 1, -(2**62)], np.int64)
    with SessionLog(tmp_path) as log:
        log.validation_set(ImageSet(("a",), np.zeros(3, np.int32), ids))
        log.images([0, 1, 2], [png(i) for i in range(3)])
    with tab(tmp_path) as opened:
        images = opened.json("class_image", run=".", class_="a")["images"]
        assert [image["id"] for image in images] == [2**53, str(2**53 + 1), str(-(2**62))]
        for i, image in enumerate(images):
            response = opened.get("image", run=".", id=str(image["id"]))
            assert response.get_data() == png(i)


def test_text_that_is_not_unicode_is_answered(tmp_path: Path) -> None:
    layer = Layer("half \ud83c", "Linear", 1, (1, 1))
    with SessionLog(tmp_path) as log:
        log.model(Model((layer,), Node("half \ud83c", "Linear", layer=0)))
    with tab(tmp_path) as opened:
        assert opened.json("run", run=".")["layers"][0]["name"] == "half ?"


def test_built_files_are_served_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "chunks").mkdir()
    (tmp_path / "index.js").write_text("export {}")
    (tmp_path / "chunks" / "a.css").write_text("a {}")
    (tmp_path / "secret.txt").write_text("no")
    found = static.files(tmp_path)
    assert found == {
        "/index.js": tmp_path / "index.js",
        "/chunks/a.css": tmp_path / "chunks" / "a.css",
    }
    assert static.serve(found["/index.js"]) == File(b"export {}", "text/javascript")
    assert static.serve(found["/chunks/a.css"]).content_type == "text/css"
    (tmp_path / "chunks" / "a.css").unlink()
    with pytest.raises(HttpError, match="reload the page"):
        static.serve(found["/chunks/a.css"])


def test_a_tab_that_was_not_built_says_so(tmp_path: Path) -> None:
    found = static.files(tmp_path / "nowhere")
    script = static.serve(found["/index.js"])
    assert script.content_type == "text/javascript"
    assert b"export function render()" in script.data
    assert b"scripts/install" in script.data
