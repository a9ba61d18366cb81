"""Images of all kinds become small files that look the same."""

from __future__ import annotations

import io
import random
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from tensorboard_plugin_deeptracker import SummaryWriter
from tensorboard_plugin_deeptracker.events import tfrecord
from tests.summary.reading import Logged, log_files, read_file, read_log


def logged_images(directory: Path, images: Any, count: int, **options: Any) -> list[Image.Image]:
    """Logs images of one class and reads them back, in order."""
    with SummaryWriter(directory, **options) as writer:
        writer.add_validation_set([0] * count, ["thing"], images=images)
    found = read_log(directory).images
    assert sorted(found) == list(range(count))
    return [Image.open(io.BytesIO(found[row])) for row in range(count)]


def ramp(height: int, width: int) -> NDArray[np.uint8]:
    """[height, width, 3]: red grows downwards, green to the right."""
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 0] = np.linspace(0, 250, height)[:, None]
    image[..., 1] = np.linspace(0, 250, width)[None]
    return image


def kinds() -> dict[str, Any]:
    rgb = np.stack([ramp(12, 16)] * 2)
    grey = rgb[..., 0]
    chw = np.moveaxis(rgb, 3, 1)
    return {
        "uint8 hwc": (rgb, rgb),
        "uint8 chw": (np.ascontiguousarray(chw), rgb),
        "grey": (grey, grey),
        "one channel first": (grey[:, None], grey),
        "one channel last": (grey[..., None], grey),
        "floats": (rgb / np.float32(255), rgb),
        "tensor": (torch.from_numpy(chw.copy()) / 255, rgb),
        "half tensor": (torch.from_numpy(grey.copy()).to(torch.bfloat16), None),
        "int64": (torch.from_numpy(grey.astype(np.int64)), grey),
        "normalised": ((grey / 255 - 0.5) * 4, np.rint(grey / 250 * 255).astype(np.uint8)),
        "pil": ([Image.fromarray(image) for image in rgb], rgb),
        "dataset": ([(torch.from_numpy(image.copy()) / 255, 0) for image in chw], rgb),
        "palette": ([Image.fromarray(image).convert("P") for image in rgb], None),
        "transparent": ([Image.fromarray(image).convert("RGBA") for image in rgb], rgb),
        "sixteen bits": (
            [Image.fromarray(image.astype(np.uint16) * 256) for image in grey],
            np.rint(grey / 250 * 255).astype(np.uint8),
        ),
        "booleans": (grey > 100, ((grey > 100) * 255).astype(np.uint8)),
    }


@pytest.mark.parametrize("kind", kinds())
def test_small_images_are_kept_to_the_pixel(tmp_path: Path, kind: str) -> None:
    images, expected = kinds()[kind]
    for i, image in enumerate(logged_images(tmp_path, images, 2)):
        assert image.format == "PNG"
        assert image.size == (16, 12)
        if expected is not None:
            np.testing.assert_array_equal(np.asarray(image), expected[i])


@pytest.mark.parametrize("suffix", ["png", "jpg"])
@pytest.mark.parametrize("kind", [str, Path])
def test_files(tmp_path: Path, suffix: str, kind: type[Any]) -> None:
    path = tmp_path / f"image.{suffix}"
    Image.fromarray(ramp(300, 600)).save(path)
    (image,) = logged_images(tmp_path / "run", [kind(path)], 1)
    assert (image.format, image.size, image.mode) == ("JPEG", (64, 32), "RGB")
    expected = np.asarray(Image.fromarray(ramp(300, 600)).resize((64, 32))).astype(float)
    assert np.abs(np.asarray(image) - expected).mean() < 4


def test_the_size_can_be_chosen(tmp_path: Path) -> None:
    (image,) = logged_images(tmp_path, [ramp(100, 50)], 1, thumbnail_size=20)
    assert image.size == (10, 20)


def test_what_is_not_a_number_is_black(tmp_path: Path) -> None:
    array = np.full((1, 4, 4), np.nan)
    array[0, 0, 0] = 1
    (image,) = logged_images(tmp_path, array, 1)
    assert np.asarray(image).ravel().tolist() == [255, *[0] * 15]
    (image,) = logged_images(tmp_path / "constant", np.full((1, 4, 4), -3.0), 1)
    assert not np.asarray(image).any()


def test_rows_are_those_of_the_validation_set(tmp_path: Path) -> None:
    images = (np.arange(6, dtype=np.uint8) * 20)[:, None, None].repeat(4, 1).repeat(4, 2)
    with SummaryWriter(tmp_path) as writer:
        writer.add_validation_set([1, 0, 1, 0, 2, 0], list("abc"), images=images)
    logged = read_log(tmp_path)
    for row, blob in logged.images.items():
        shown = int(np.asarray(Image.open(io.BytesIO(blob)))[0, 0]) / 20
        assert shown == logged.validation_sets[0].ids[row]


def test_records_are_of_moderate_size(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        images = np.random.default_rng(0).integers(0, 255, (1300, 8, 8)).astype(np.uint8)
        writer.add_validation_set([0] * 1300, ["a"], images=images)
    logged = read_log(tmp_path)
    assert logged.image_records == 3
    assert len(logged.images) == 1300


class Augmented:
    """A dataset whose transforms draw from every generator."""

    def __init__(self, bad: int | None = None) -> None:
        self.bad = bad

    def __len__(self) -> int:
        return 5

    def __getitem__(self, index: int) -> tuple[Any, int]:
        if index == self.bad:
            raise OSError("cannot identify image file")
        noise = torch.rand(1, 8, 8) + np.random.rand() + random.random()  # noqa: NPY002
        return noise / 3, 0


def test_random_transforms_do_not_touch_the_training(tmp_path: Path) -> None:
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    torch.manual_seed(1)
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].copy()  # type: ignore[index]  # noqa: NPY002
    assert len(logged_images(tmp_path, Augmented(), 5)) == 5
    assert torch.equal(states[0], torch.get_rng_state())
    assert states[1] == random.getstate()
    assert (states[2] == np.random.get_state()[1]).all()  # type: ignore[index]  # noqa: NPY002


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ([f"/nowhere/{i}.png" for i in range(5)], "image 0 cannot be used: FileNotFoundError"),
        ([{"label": 3, "name": "a"}] * 5, "none of the columns 'label', 'name' is an image"),
        ([np.zeros((0, 4))] * 5, "image 0 cannot be used.*no pixels"),
        ([np.zeros(4)] * 5, "image 0 cannot be used"),
        ([None] * 5, "image 0 cannot be used"),
    ],
)
def test_images_none_of_which_can_be_used_are_refused(
    tmp_path: Path, images: Any, message: str
) -> None:
    with SummaryWriter(tmp_path) as writer:
        with pytest.raises(ValueError, match=message):
            writer.add_validation_set([0] * 5, ["a"], images=images)
        # Repaired, they are logged after all.
        writer.add_validation_set([0] * 5, ["a"], images=np.zeros((5, 2, 2)))
    logged = read_log(tmp_path)
    assert len(logged.validation_sets) == 1
    assert len(logged.images) == 5


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (Augmented(bad=3), "1 of 5 images could .* image 3: OSError: cannot identify"),
        ([np.zeros((4, 4))] * 4 + ["/nowhere.png"], "1 of 5 .* image 4: FileNotFoundError"),
        ([np.zeros((4, 4)), "a", "b", None, np.zeros((4, 4))], "3 of 5 .* image 1: FileNotFound"),
    ],
)
def test_an_image_that_cannot_be_read_costs_no_other(
    tmp_path: Path, images: Any, message: str
) -> None:
    labels = [1, 0, 1, 0, 1]
    with SummaryWriter(tmp_path) as writer:
        with pytest.warns(RuntimeWarning, match=message) as caught:
            writer.add_validation_set(labels, ["a", "b"], images=images)
        assert len(caught) == 1
        writer.flush()
        before = read_log(tmp_path).images
        assert len(before) == 5 - int(message[0])
        # Repaired, those that were missing are logged, and the others are not logged again.
        repaired = Counted(5)
        writer.add_validation_set(labels, ["a", "b"], images=repaired)
        assert len(repaired.read) == int(message[0])
    assert sorted(read_log(tmp_path).images) == list(range(5))


@pytest.mark.parametrize(("kind", "found"), [("png", "PNG"), ("jpeg", "JPEG"), ("webp", "WEBP")])
def test_the_format_can_be_chosen(tmp_path: Path, kind: Any, found: str) -> None:
    images = logged_images(tmp_path, [ramp(8, 8), ramp(100, 50)], 2, thumbnail_format=kind)
    assert [image.format for image in images] == [found, found]


def test_images_can_be_switched_off(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path, thumbnail_size=0) as writer:
        writer.add_validation_set([0] * 5, ["a"], images=Augmented(bad=0))
    logged = read_log(tmp_path)
    assert len(logged.validation_sets) == 1
    assert not logged.images


class Counted:
    """Images that know which of them have been read."""

    def __init__(self, count: int, until: int | None = None) -> None:
        self.count = count
        self.until = count if until is None else until
        self.read: list[int] = []

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> NDArray[np.uint8]:
        if index >= self.until:
            raise KeyboardInterrupt
        self.read.append(index)
        return np.full((4, 4), index % 256, np.uint8)


def test_a_resumed_run_logs_only_the_images_that_are_missing(tmp_path: Path) -> None:
    labels = np.arange(1300) % 2

    def session(images: Counted, ids: Any = None) -> Logged:
        before = set(log_files(tmp_path))
        try:
            with SummaryWriter(tmp_path) as writer:
                writer.add_validation_set(labels, ["a", "b"], images=images, ids=ids)
        except KeyboardInterrupt:
            pass
        (path,) = set(log_files(tmp_path)) - before
        return read_file(path)

    # The first session ends within the images of the second class.
    first = session(Counted(1300, until=1299))
    rest = Counted(1300)
    second = session(rest)
    assert 0 < len(first.images) < 1300
    assert set(first.images) | set(second.images) == set(range(1300))
    assert not set(first.images) & set(second.images)
    assert len(rest.read) == len(second.images)
    third = Counted(1300)
    assert not session(third).images
    assert not third.read
    # Other images than those are not there yet.
    assert len(session(Counted(1300), ids=range(5, 1305)).images) == 1300


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"x",
        b"not a log at all, but longer than a header",
        tfrecord.frame(b"whole, but no event"),
    ],
)
def test_damage_in_earlier_sessions_does_not_hinder(tmp_path: Path, damage: bytes) -> None:
    for session in range(2):
        with SummaryWriter(tmp_path) as writer:
            writer.add_validation_set([0] * 3, ["a"], images=Counted(3))
        if session == 0:
            (path,) = log_files(tmp_path)
            with path.open("r+b") as file:
                # A crash in the middle of the images' record.
                file.truncate(path.stat().st_size - 5)
            path.with_name(f"other{path.suffix}").write_bytes(damage)
    whole = [read_file(path) for path in log_files(tmp_path) if not path.stem.startswith("other")]
    assert sorted(len(logged.images) for logged in whole) == [0, 3]


def test_no_more_than_a_few_records_of_images_wait_to_be_encoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    save = Image.Image.save

    def slow(image: Image.Image, *args: Any, **options: Any) -> None:
        gate.wait()
        save(image, *args, **options)

    monkeypatch.setattr(Image.Image, "save", slow)
    images = Counted(20_000)

    def train() -> None:
        with SummaryWriter(tmp_path) as writer:
            writer.add_validation_set([0] * 20_000, ["a"], images=images)

    thread = threading.Thread(target=train)
    thread.start()
    last = -1
    while last != len(images.read):
        last = len(images.read)
        time.sleep(0.3)
    assert last < 6 * 512
    gate.set()
    thread.join()
    assert len(read_log(tmp_path).images) == 20_000


def test_a_log_that_gave_up_reads_no_further_images(tmp_path: Path) -> None:
    writer = SummaryWriter(tmp_path)

    class Hindering(Counted):
        def __getitem__(self, index: int) -> Any:
            assert writer._log is not None
            if index == 300:
                writer._log.flush()
                writer._log.path.unlink()
            while index == 700 and not writer._log.dead:
                time.sleep(0.01)
            return super().__getitem__(index)

    images = Hindering(5000)
    with pytest.warns(RuntimeWarning, match="the file was deleted"), writer:
        writer.add_validation_set([0] * 5000, ["a"], images=images)
    assert len(images.read) == 1024
