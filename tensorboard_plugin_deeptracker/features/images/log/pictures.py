"""An item of a dataset, in any of the forms that people have them -> a picture to look at."""

from __future__ import annotations

import io
from collections.abc import Mapping
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor

from .brightness import to_bytes
from .normalization import Normalization

# Columns with pictures, the ones before the model's own processing first.
_COLUMNS = ("image", "img", "picture", "jpg", "jpeg", "png", "webp", "pixel_values", "video")
# As many channels mean what they usually do.
_USUAL = (1, 3, 4)
# Brightness from which on what is drawn cannot be seen on white.
_BRIGHT = 191
_RGB = 3


class Notes(set[str]):
    """What is to be said of how some pictures are shown."""


def picture_of(item: Any) -> Any:
    """What of an item is its picture: of tuples what comes first, of mappings a column."""
    found = item
    if isinstance(item, Mapping):
        if "bytes" in item and "path" in item:  # A file that Hugging Face's have not decoded.
            return item["path"] if item["bytes"] is None else item["bytes"]
        found = next((item[name] for name in _COLUMNS if item.get(name) is not None), None)
        if found is None:
            found = next((each for each in item.values() if _is_picture(each)), None)
        if found is None:
            raise ValueError(f"none of the columns {', '.join(map(repr, item))} is an image")
    elif isinstance(item, tuple | list) and item:
        frames = all(isinstance(each, Image.Image) for each in item)
        found = item[len(item) // 2 if frames else 0]
    else:
        return item
    deeper = isinstance(found, tuple | list) and any(map(_is_picture, found))
    return picture_of(found) if deeper or isinstance(found, Mapping) else found


def draw(picture: Any, size: int, normalization: Normalization | None, notes: Notes) -> Image.Image:
    """A picture, in grey or colours, scaled down to fit `size` x `size` pixels.

    Args:
        picture: A path, an encoded file, an image, or an array or tensor of brightness: see
            `SummaryWriter.add_validation_set`.
        size: In pixels.
        normalization: What was done to an array or a tensor, if that is known.
        notes: Takes in what is to be said of it.

    Raises:
        Exception: Whatever says that it is no picture, or cannot be read.
    """
    if isinstance(picture, bytes):
        picture = io.BytesIO(picture)
    if isinstance(picture, str | PathLike | io.BytesIO):
        with Image.open(picture) as file:
            file.draft("RGB", (size, size))  # JPEG files are decoded at a fraction of their size.
            image = _shown(file, notes)
    elif isinstance(picture, Image.Image):
        image = _shown(picture, notes)
    else:
        image = _of_array(_plane(picture), normalization, notes)
    image.thumbnail((size, size), Image.Resampling.BICUBIC, reducing_gap=2.0)
    return image


def _is_picture(value: Any) -> bool:
    return isinstance(value, Image.Image) or (
        isinstance(value, np.ndarray | Tensor) and value.ndim > 1
    )


def _shown(image: Image.Image, notes: Notes) -> Image.Image:
    """A copy of an image, upright, in grey or colours, on a ground if parts are transparent."""
    try:
        image = ImageOps.exif_transpose(image)
    except Exception:  # What it says of how it stands is damaged.
        image = image.copy()
    if image.mode.startswith(("I", "F")):
        return _of_array(np.asarray(image), None, notes)
    if image.mode in ("LA", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        return _on_ground(image.convert("RGBA"))
    if image.mode in ("L", "RGB"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _on_ground(image: Image.Image) -> Image.Image:
    """An image with its transparent parts in white; in black, if white is what it shows."""
    alpha = np.asarray(image.getchannel("A"))
    if (alpha == 255).all():
        return image.convert("RGB")
    grey = np.asarray(image.convert("RGB").convert("L"))
    bright = alpha.any() and np.average(grey, weights=alpha) > _BRIGHT
    ground = Image.new("RGBA", image.size, "black" if bright else "white")
    return Image.alpha_composite(ground, image).convert("RGB")


def _of_array(
    array: NDArray[Any], normalization: Normalization | None, notes: Notes
) -> Image.Image:
    """Brightness [height, width] or [height, width, channels] as an image."""
    if normalization is not None and array.dtype.kind == "f":
        array = normalization.undone(array)
    channels = array.shape[2] if array.ndim == 3 else 1
    if channels == 4 and _is_alpha(array[..., 3]):
        colours, stretched = to_bytes(array[..., :3])
        alpha, _ = to_bytes(array[..., 3:])
        image = _on_ground(Image.fromarray(np.concatenate([colours, alpha], axis=2)))
    else:
        if channels == 2:
            notes.add("Of images with 2 channels, the first is shown in red, the second in cyan.")
            array = array[..., [0, 1, 1]]
        elif channels > _RGB:
            notes.add(
                f"Of images with {channels} channels, the first three are shown, as red, green and"
                " blue."
            )
            array = array[..., :_RGB]
        brightness, stretched = to_bytes(array)
        image = Image.fromarray(brightness)
    if stretched:
        notes.add(
            "Images with values outside 0 to 1, or 0 to 255, are stretched, each between its own"
            " darkest and brightest value: brightness and colours do not compare between them."
        )
    return image


def _is_alpha(channel: NDArray[Any]) -> bool:
    """Whether a fourth channel is opacity, mostly all or nothing, and not near infrared."""
    top = 255 if channel.dtype == np.uint8 else 1
    if channel.min() < 0 or channel.max() > top:
        return False
    return bool(np.mean((channel == 0) | (channel == top)) >= 0.5)


def _plane(picture: Any) -> NDArray[Any]:
    """An array as [height, width] or [height, width, channels]; of a clip the middle frame."""
    tensor = isinstance(picture, Tensor)
    if tensor:
        picture = picture.detach().cpu()
        picture = picture.float() if picture.is_floating_point() else picture
    array = np.asarray(picture)
    if array.dtype.kind not in "buif" or array.ndim < 2:
        raise ValueError(
            "expected an image, the path of one, or brightness as [height, width] with or without"
            f" channels, got {type(picture).__name__} of shape {np.shape(picture)}"
        )
    if not array.size:
        raise ValueError(f"an image with the shape {array.shape} has no pixels")
    while array.ndim > 4:  # Several views of a clip.
        array = array[len(array) // 2]
    if array.ndim == 4:
        array = _middle_frame(array)
    if array.ndim == 3:
        if _channels_first(array.shape, tensor):
            array = np.moveaxis(array, 0, 2)
        if array.shape[2] == 1:
            array = array[:, :, 0]
    return array


def _channels_first(shape: tuple[int, ...], tensor: bool) -> bool:
    """Whether an image's channels come before its height and width; PyTorch's do."""
    first, last = shape[0], shape[-1]
    if first in _USUAL or last in _USUAL:
        return first in _USUAL and (tensor or last not in _USUAL)
    return tensor or first < last


def _middle_frame(clip: NDArray[Any]) -> NDArray[Any]:
    """The frame in the middle of a clip, or the slice in the middle of a volume."""
    first, second, last = clip.shape[0], clip.shape[1], clip.shape[3]
    # Frames with channels each, or the channels of all frames together.
    together = second != _RGB and (first == _RGB or (first in _USUAL and second not in _USUAL))
    if together and (first in _USUAL or last not in _USUAL):
        frame: NDArray[Any] = clip[:, second // 2]
    else:
        frame = clip[first // 2]
    return frame
