"""What the log holds of images: the sets that are evaluated, and what their images look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...events import decode, encode, limits, schema
from ...events.decode import DecodeError, Read, Skim
from ...events.kinds import Series, Structure, Tensors, check_tensor

# The image set whose tags name none.
VALIDATION = "validation"

LABELS_TAG = schema.tag("labels")
CLASSES_TAG = schema.tag("classes")
IDS_TAG = schema.tag("ids")
DRAWN_FROM_TAG = schema.tag("drawn_from")
THUMBNAIL_ROWS_TAG = schema.tag("image_rows")
THUMBNAILS_TAG = schema.tag("images")


@dataclass(frozen=True)
class ImageSet:
    """A fixed list of labelled images that evaluations are about.

    Images are stored in *rows*: sorted by label, in the order they were given
    within a class, so that the images of a class lie side by side.

    Attributes:
        class_names: One for each class, all different.
        labels: int32[images], ascending: the class of each row.
        ids: The user's identifiers by row: int64[images], or strings.
        drawn_from: Of how many images these are some; None if they are all there are.
    """

    class_names: tuple[str, ...]
    labels: NDArray[np.int32]
    ids: NDArray[np.int64] | tuple[str, ...]
    drawn_from: int | None = None

    @cached_property
    def first_rows(self) -> NDArray[np.int64]:
        """First row of each class, and one past the last: int64[classes + 1]."""
        positions = np.arange(len(self.class_names) + 1)
        return np.searchsorted(self.labels, positions).astype(np.int64)

    @cached_property
    def class_sizes(self) -> NDArray[np.int64]:
        """Number of images of each class: int64[classes]."""
        sizes: NDArray[np.int64] = np.diff(self.first_rows)
        return sizes

    @cached_property
    def class_positions(self) -> Mapping[str, int]:
        """Position of each class by its name."""
        return {name: i for i, name in enumerate(self.class_names)}


def image_set_tag(tag: str, image_set: str) -> str:
    """The tag of a tensor that is about an image set."""
    return tag if image_set == VALIDATION else f"{tag}/{image_set}"


def encode_image_set(images: ImageSet, name: str = VALIDATION) -> bytes:
    """The record of an image set's labels, class names and ids."""
    ids = images.ids
    tensors = {
        CLASSES_TAG: encode.strings([each.encode() for each in images.class_names]),
        LABELS_TAG: encode.array(images.labels.astype("<i4")),
        IDS_TAG: encode.array(ids.astype("<i8"))
        if isinstance(ids, np.ndarray)
        else encode.strings([each.encode() for each in ids]),
    }
    if images.drawn_from is not None:
        tensors[DRAWN_FROM_TAG] = encode.array(np.array([images.drawn_from], "<i8"))
    return encode.event({image_set_tag(tag, name): each for tag, each in tensors.items()})


def encode_thumbnails(
    rows: Sequence[int], blobs: Sequence[bytes], image_set: str = VALIDATION
) -> bytes:
    """A record of encoded images and the rows of the image set they belong to."""
    if len(rows) != len(blobs):
        raise ValueError(f"{len(rows)} rows for {len(blobs)} images")
    return encode.event(
        {
            image_set_tag(THUMBNAIL_ROWS_TAG, image_set): encode.array(
                np.asarray(rows, dtype="<i4")
            ),
            image_set_tag(THUMBNAILS_TAG, image_set): encode.strings(blobs),
        }
    )


def decode_image_set(read: Read, record: Skim) -> ImageSet:
    """Reads the record of an image set's labels, class names and ids.

    Raises:
        DecodeError: It is not such a record.
    """
    tensors = record.tensors
    try:
        names = _texts(read, tensors, CLASSES_TAG)
        labels = decode.array(read, tensors[LABELS_TAG])
        ids: NDArray[np.int64] | tuple[str, ...]
        if tensors[IDS_TAG].dtype is None:
            ids = _texts(read, tensors, IDS_TAG)
        else:
            ids = decode.array(read, tensors[IDS_TAG])
            if ids.ndim != 1 or ids.dtype.kind != "i":
                raise DecodeError(f"ids of type {ids.dtype} and shape {ids.shape}")
        drawn_from = _drawn_from(read, tensors)
    except KeyError as error:
        raise DecodeError(f"not a record of an image set: it lacks {error}") from error
    if len(names) > limits.CLASSES:
        raise DecodeError(f"{len(names)} classes are more than {limits.CLASSES}")
    if labels.ndim != 1 or labels.dtype.kind != "i" or len(ids) != len(labels):
        raise DecodeError(f"{len(ids)} ids for labels of shape {labels.shape}")
    if len(labels) and not (
        labels[0] >= 0 and labels[-1] < len(names) and (np.diff(labels) >= 0).all()
    ):
        raise DecodeError(f"labels are not ascending within 0..{len(names) - 1}")
    return ImageSet(names, labels, ids, drawn_from)


def same_rows(a: ImageSet, b: ImageSet) -> bool:
    """Whether what is about the rows of one image set is about those of the other."""
    return a is b or (
        a.class_names == b.class_names
        and np.array_equal(a.labels, b.labels)
        and np.array_equal(a.ids, b.ids)
    )


def _drawn_from(read: Read, tensors: Tensors) -> int | None:
    if DRAWN_FROM_TAG not in tensors:
        return None
    number = decode.array(read, tensors[DRAWN_FROM_TAG])
    if number.shape != (1,) or number.dtype.kind != "i":
        raise DecodeError(f"{DRAWN_FROM_TAG!r} has type {number.dtype} and shape {number.shape}")
    return int(number[0])


def _texts(read: Read, tensors: Tensors, tag: str) -> tuple[str, ...]:
    return tuple(text.decode(errors="replace") for text in decode.strings(read, tensors[tag]))


def _counts(images: ImageSet | None) -> Mapping[str, int]:
    return {
        "classes": len(images.class_names) if images else 0,
        "images": len(images.labels) if images else 0,
    }


def _check_thumbnails(tensors: Tensors, images: ImageSet) -> None:
    del images
    blobs = tensors[THUMBNAILS_TAG]
    if blobs.dtype is not None:
        raise DecodeError("expected strings, found numbers")
    if len(blobs.shape) != 1:
        raise DecodeError(f"{THUMBNAILS_TAG!r} has shape {blobs.shape}, not one axis")
    check_tensor(tensors, THUMBNAIL_ROWS_TAG, "i", blobs.shape)


IMAGE_SETS = Structure(
    "image set", LABELS_TAG, decode_image_set, same_rows, _counts, usual_key=VALIDATION
)
THUMBNAILS = Series(
    "a record of images",
    THUMBNAILS_TAG,
    IMAGE_SETS,
    _check_thumbnails,
    joins="all",
    begins=THUMBNAIL_ROWS_TAG,
)
KINDS = (IMAGE_SETS, THUMBNAILS)
