"""Nothing that a picture shows is lost on the way to its thumbnail, whatever form it has."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.utils.data import ConcatDataset, Dataset, Subset
from torchvision import transforms
from torchvision.models import ResNet18_Weights
from torchvision.transforms import v2

from tensorboard_plugin_deeptracker import SummaryWriter
from tests.summary.reading import read_log

MEAN, SD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def shown(directory: Path, images: Any, message: str | None = None) -> list[NDArray[np.uint8]]:
    """The pixels of thumbnails as large as the images; nothing is said but what is expected."""
    with (
        SummaryWriter(directory, thumbnail_format="png") as writer,
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always")
        writer.add_validation_set([0] * len(images), ["thing"], images=images)
    said = [str(warning.message) for warning in caught]
    assert (not said) if message is None else (len(said) == 1 and message in said[0]), said
    found = read_log(directory).images
    return [np.asarray(Image.open(io.BytesIO(found[row]))) for row in range(len(images))]


def colours(height: int = 12, width: int = 16, seed: int = 0) -> NDArray[np.uint8]:
    """uint8[height, width, 3], all values from 0 to 255."""
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    image[0, 0], image[0, 1] = 0, 255
    return image


def chw(image: NDArray[Any]) -> NDArray[Any]:
    return np.moveaxis(image, -1, 0)


class Items(Dataset[Any]):
    """A dataset as torchvision's are: pictures, and a transform."""

    def __init__(self, pictures: list[Any], transform: Any = None, **attributes: Any) -> None:
        self.pictures = pictures
        vars(self).update({"transform": transform, **attributes})

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> Any:
        transform = getattr(self, "transform", None)
        picture = self.pictures[index]
        return (transform(picture) if transform else picture), 0


def png(image: Image.Image, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, "png", **options)
    return file.getvalue()


RGB = colours()
PICTURE = Image.fromarray(RGB)
ITEMS: dict[str, Any] = {
    "image": {"image": PICTURE, "label": 3},
    "img": {"img": PICTURE, "fine_label": 3},
    "pixel values": {"pixel_values": torch.from_numpy(chw(RGB) / 255), "labels": 3},
    "the image, not what a model sees": {"pixel_values": torch.zeros(3, 4, 4), "image": PICTURE},
    "a column of another name": {"label": 3, "photo": PICTURE},
    "an array of another name": {"label": np.array([3]), "x": RGB},
    "an encoded file": png(PICTURE),
    "a file that is not decoded": {"image": {"bytes": png(PICTURE), "path": None}, "label": 1},
    "a tuple": (PICTURE, 3, "more"),
    "a tuple with a mapping": ({"image": PICTURE}, 3),
    "views": ([PICTURE, PICTURE], 3),
    "a clip of frames": [Image.new("RGB", (16, 12)), PICTURE, Image.new("RGB", (16, 12))],
}


@pytest.mark.parametrize("item", ITEMS)
def test_the_picture_of_an_item_is_found(tmp_path: Path, item: str) -> None:
    (found,) = shown(tmp_path, [ITEMS[item]])
    np.testing.assert_array_equal(found, RGB)


CLIP = np.stack([colours(seed=i) for i in range(9)])
CLIPS: dict[str, Any] = {
    "thwc": CLIP,
    "tchw": np.moveaxis(CLIP, 3, 1),
    "cthw": np.moveaxis(CLIP, 3, 0),
    "a tensor": torch.from_numpy(np.moveaxis(CLIP, 3, 1).copy()),
    "a tensor with channels first": torch.from_numpy(np.moveaxis(CLIP, 3, 0) / 255),
    "three frames": np.moveaxis(CLIP[3:6], 3, 1),
    "several clips": np.stack([CLIP[::-1], np.moveaxis(CLIP, 0, 0), CLIP[::-1]]),
}


@pytest.mark.parametrize("kind", CLIPS)
def test_of_a_clip_the_middle_frame_is_shown(tmp_path: Path, kind: str) -> None:
    (found,) = shown(tmp_path, [CLIPS[kind]])
    np.testing.assert_array_equal(found, CLIP[4])


def test_of_a_volume_the_middle_slice_is_shown(tmp_path: Path) -> None:
    volume = torch.from_numpy(CLIP[..., 0] / 255)[None]
    (found,) = shown(tmp_path, [volume])
    np.testing.assert_array_equal(found, CLIP[4, ..., 0])
    whole = shown(tmp_path / "array", np.stack([volume.numpy()] * 2))
    np.testing.assert_array_equal(whole[1], CLIP[4, ..., 0])


@pytest.mark.parametrize("place", [0, 2])
@pytest.mark.parametrize(
    ("channels", "as_rgb", "message"),
    [
        (2, [0, 1, 1], "2 channels, the first is shown in red, the second in cyan"),
        (5, [0, 1, 2], "5 channels, the first three are shown"),
        (13, [0, 1, 2], "13 channels, the first three are shown"),
    ],
)
def test_unusual_numbers_of_channels(
    tmp_path: Path, channels: int, as_rgb: list[int], message: str, place: int
) -> None:
    image = np.concatenate([colours(16, 20, seed=i) for i in range(5)], axis=2)[..., :channels]
    (found,) = shown(tmp_path, [np.moveaxis(image, 2, place)], message)
    np.testing.assert_array_equal(found, image[..., as_rgb])


def test_a_fourth_channel_that_is_no_opacity(tmp_path: Path) -> None:
    infrared = np.concatenate([RGB, RGB[..., :1] // 2 + 60], axis=2)
    (found,) = shown(tmp_path, [infrared], "4 channels, the first three are shown")
    np.testing.assert_array_equal(found, RGB)


def drawing(ink: int) -> NDArray[np.uint8]:
    """A line on nothing: uint8[8, 8, 4]."""
    image = np.zeros((8, 8, 4), np.uint8)
    image[3, 1:7] = (ink, ink, ink, 255)
    return image


TRANSPARENT: dict[str, Callable[[NDArray[np.uint8]], Any]] = {
    "rgba": Image.fromarray,
    "a file": lambda rgba: png(Image.fromarray(rgba)),
    "grey with alpha": lambda rgba: Image.fromarray(rgba).convert("LA"),
    "an array": lambda rgba: rgba,
    "a tensor": lambda rgba: torch.from_numpy(chw(rgba) / np.float32(255)),
    "a palette": lambda rgba: Image.open(
        io.BytesIO(png(Image.fromarray(rgba[..., 3] // 255 * 7).convert("P"), transparency=0))
    ),
}


@pytest.mark.parametrize("form", list(TRANSPARENT)[:-1])
@pytest.mark.parametrize(("ink", "ground"), [(0, 255), (120, 255), (255, 0)])
def test_a_transparent_drawing_can_be_seen(
    tmp_path: Path, form: str, ink: int, ground: int
) -> None:
    (found,) = shown(tmp_path, [TRANSPARENT[form](drawing(ink))])
    expected = np.full((8, 8, 3), ground)
    expected[3, 1:7] = ink
    np.testing.assert_array_equal(found, expected)


def test_a_palette_with_a_transparent_colour(tmp_path: Path) -> None:
    (found,) = shown(tmp_path, [TRANSPARENT["a palette"](drawing(0))])
    assert (found[0] == 255).all()
    assert found[3, 3].max() < 16


BINARY = np.random.default_rng(0).integers(0, 2, (12, 16))


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.bool_, np.float32])
def test_0_and_1_are_black_and_white(tmp_path: Path, dtype: Any) -> None:
    kinds: list[Callable[[Any], Any]] = [np.asarray, torch.tensor]
    for i, kind in enumerate(kinds):
        (found,) = shown(tmp_path / str(i), [kind(BINARY.astype(dtype))])
        np.testing.assert_array_equal(found, BINARY * 255)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float64])
def test_a_few_levels_are_spread(tmp_path: Path, dtype: Any) -> None:
    levels = np.arange(17).repeat(2).reshape(2, 17)
    (found,) = shown(tmp_path, [levels.astype(dtype)])
    np.testing.assert_array_equal(found, np.rint(levels * 255 / 16))


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
def test_whole_numbers_up_to_255_are_as_they_are(tmp_path: Path, dtype: Any) -> None:
    dark = RGB // 4
    (found,) = shown(tmp_path, [dark.astype(dtype)])
    np.testing.assert_array_equal(found, dark)


STRETCHED = "are stretched, each between its own darkest and brightest value"
RAMP = np.arange(192).reshape(12, 16) * 40 + 1000
FAULTS: dict[str, tuple[Any, list[tuple[int, int]]]] = {
    "nothing": (RAMP.astype(np.uint16), []),
    "no data as -9999": (RAMP.astype(np.int16), [(-9999, 0)]),
    "no data as the largest float": (RAMP.astype(np.float32), [(int(3.4e38), 0)]),
    "no data as minus the largest": (RAMP.astype(np.float32), [(-int(3.4e38), 0)]),
    "a hot pixel": (RAMP.astype(np.uint16), [(65535, 255)]),
    "both": (RAMP.astype(np.float64), [(-9999, 0), (65535, 255)]),
}


@pytest.mark.parametrize("pixels", [1, 40])
@pytest.mark.parametrize("fault", FAULTS)
def test_values_that_are_no_brightness_leave_the_others(
    tmp_path: Path, fault: str, pixels: int
) -> None:
    image, faults = FAULTS[fault]
    image = image.copy()
    whole = np.rint((RAMP - RAMP.min()) * (255 / (RAMP.max() - RAMP.min())))
    for i, (value, brightness) in enumerate(faults):
        place = slice(40 + 50 * i, 40 + 50 * i + pixels)
        image.flat[place], whole.flat[place] = value, brightness
    (found,) = shown(tmp_path, [image], STRETCHED)
    np.testing.assert_array_equal(found, whole)


def test_a_few_hot_pixels_of_different_values(tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(1000, 2000, (64, 64)).astype(np.uint16)
    clean = shown(tmp_path / "clean", [image], STRETCHED)[0]
    image.flat[[5, 900, 3000]] = 30_000, 45_000, 65_535
    found = shown(tmp_path, [image], STRETCHED)[0]
    assert np.abs(np.delete(found.astype(int) - clean, [5, 900, 3000])).max() <= 4
    assert found.flat[[5, 900, 3000]].tolist() == [255, 255, 255]


def test_what_there_is_only_little_of_is_no_fault(tmp_path: Path) -> None:
    image = np.zeros((64, 64), np.uint16)
    image[10, 10:20] = np.arange(1000, 2000, 100)
    found = shown(tmp_path, [image], STRETCHED)[0]
    assert (np.diff(found[10, 10:20].astype(int)) > 0).all()
    assert found[10, 19] == 255


def test_nothing_but_no_data(tmp_path: Path) -> None:
    (found,) = shown(tmp_path, [np.full((4, 4), np.float32(3.4e38))])
    assert not found.any()


@pytest.mark.parametrize("kind", ["a path", "an image", "bytes"])
def test_pictures_stand_as_their_files_say(tmp_path: Path, kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # The first row is what is at the right.
    path = tmp_path / "photo.png"
    PICTURE.save(path, exif=exif)
    item = {"a path": path, "an image": Image.open(path), "bytes": path.read_bytes()}[kind]
    (found,) = shown(tmp_path / "run", [item])
    np.testing.assert_array_equal(found, np.rot90(RGB, -1))


def test_damage_in_what_says_so_is_none_to_the_picture(tmp_path: Path) -> None:
    damaged = png(PICTURE, exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12")
    (found,) = shown(tmp_path, [damaged], "Corrupt EXIF data")  # Pillow's own words.
    np.testing.assert_array_equal(found, RGB)


NORMALIZED: dict[str, Any] = {
    "torchvision's first": transforms.Compose(
        [transforms.ToTensor(), transforms.Normalize(MEAN, SD)]
    ),
    "torchvision's second": v2.Compose(
        [v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, SD)]
    ),
    "in a sequence of modules": v2.Compose(
        [
            v2.ToImage(),
            torch.nn.Sequential(v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, SD)),
        ]
    ),
    "from 0 to 255": v2.Compose(
        [v2.ToImage(), v2.ToDtype(torch.float32), v2.Normalize([123.7, 116.3, 103.5], [58.4] * 3)]
    ),
    "the same for all channels": transforms.Compose(
        [transforms.ToTensor(), transforms.Normalize(0.5, 0.25)]
    ),
    "weights'": ResNet18_Weights.DEFAULT.transforms(crop_size=16, resize_size=16),
}
normalize = transforms.Normalize(MEAN, SD)


def preprocess(image: Any) -> Any:
    return normalize(transforms.functional.to_tensor(image))


def preprocess_together(images: Any) -> Any:
    return [normalize(transforms.functional.to_tensor(image)) for image in images]


def closure() -> Any:
    processor = SimpleNamespace(image_mean=list(MEAN), image_std=list(SD))

    def call(image: Any) -> Any:
        mean, sd = (
            torch.tensor(each)[:, None, None]
            for each in (processor.image_mean, processor.image_std)
        )
        return (transforms.functional.to_tensor(image) - mean) / sd

    return call


NORMALIZED |= {"a function": preprocess, "a function with a processor": closure()}
SQUARES = [colours(16, 16, seed=i) // 2 + 40 for i in range(3)]


@pytest.mark.parametrize("kind", NORMALIZED)
def test_normalised_images_have_their_colours(tmp_path: Path, kind: str) -> None:
    items = Items([Image.fromarray(each) for each in SQUARES], NORMALIZED[kind])
    assert not 0 <= items[0][0].min() <= items[0][0].max() <= 1
    for image, found in zip(SQUARES, shown(tmp_path, items), strict=True):
        assert np.abs(found.astype(int) - image).max() <= 1


class Transformed(Items):
    """As people write them: the transform is the wrapper's."""

    def __init__(self, subset: Any, transform: Any) -> None:
        super().__init__([subset[i][0] for i in range(len(subset))], transform, subset=subset)


def test_normalised_images_have_their_colours_in_datasets_of_datasets(tmp_path: Path) -> None:
    pictures = [Image.fromarray(each) for each in SQUARES]
    half = transforms.Compose([transforms.ToTensor(), transforms.Normalize(0.5, 0.5)])
    joined: Dataset[Any] = ConcatDataset(
        [
            Subset(Items(pictures, NORMALIZED["torchvision's first"]), [2, 0]),
            Items(pictures, half),
            Transformed(Subset(Items(pictures), [1]), NORMALIZED["torchvision's second"]),
            Items(pictures[:1], None),
        ]
    )
    expected = [SQUARES[i] for i in (2, 0, 0, 1, 2, 1, 0)]
    for image, found in zip(expected, shown(tmp_path, joined), strict=True):
        assert np.abs(found.astype(int) - image).max() <= 1


class HuggingFace(Items):
    """As `datasets.Dataset` with a transform is, which `format` tells of."""

    def __init__(self, pictures: list[Any], transform: Any) -> None:
        super().__init__(pictures)
        self.own = transform
        self.format = {"type": "custom", "format_kwargs": {"transform": transform}}

    def __getitem__(self, index: int) -> Any:
        return {"pixel_values": self.own([self.pictures[index]])[0], "label": 0}


def test_the_transform_of_hugging_faces_datasets_is_found(tmp_path: Path) -> None:
    dataset = HuggingFace([Image.fromarray(each) for each in SQUARES], preprocess_together)
    for image, found in zip(SQUARES, shown(tmp_path, dataset), strict=True):
        assert np.abs(found.astype(int) - image).max() <= 1


def test_where_no_normalisation_is_found_it_is_said(tmp_path: Path) -> None:
    items = [NORMALIZED["torchvision's first"](Image.fromarray(each)) for each in SQUARES]
    (first, *_) = shown(tmp_path, items, STRETCHED)
    assert first.min() == 0
    assert first.max() == 255
    # One that does not explain the values is no explanation.
    other = Items(items, lambda image: image, transforms=transforms.Normalize(0.5, 3.0))
    np.testing.assert_array_equal(shown(tmp_path / "other", other, STRETCHED)[0], first)
