"""`add_image_set`."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....events import decode, limits, schema
from ....events.kinds import Kinds
from ....summary.base import CallOrderError, SessionWriter
from ....summary.options import check_choice, check_number
from ....summary.rng import preserved_random_state
from ....summary.sessions import records
from ..records import (
    IMAGE_SETS,
    KINDS,
    THUMBNAIL_ROWS_TAG,
    THUMBNAILS,
    VALIDATION,
    ImageSet,
    decode_image_set,
    encode_image_set,
    same_rows,
)
from .image_set import Rows, checked_name, identifiers_of, image_rows
from .thumbnails import Format, Thumbnails, check_images

# More images have no pictures: to read them would take hours, and their files gigabytes.
_PICTURES = 100_000


class ImagesWriter(SessionWriter):
    """Logs which images are evaluated, and what they look like.

    Args:
        *args: See `SessionWriter`.
        thumbnail_size: See `SummaryWriter`.
        thumbnail_format: See `SummaryWriter`.
        **options: See `SessionWriter`.
    """

    def __init__(
        self,
        *args: Any,
        thumbnail_size: int = 64,
        thumbnail_format: Format | None = None,
        **options: Any,
    ) -> None:
        meaning = "the longer side of the images that are logged, in pixels; 0 to log none"
        check_number(thumbnail_size, "thumbnail_size", 0, meaning)
        if thumbnail_format is not None:
            check_choice(thumbnail_format, "thumbnail_format", Format)
        super().__init__(*args, **options)
        self._thumbnail_size = thumbnail_size
        self._thumbnail_format = thumbnail_format
        self._image_sets: dict[str, Rows] = {}
        # Rows whose images are still to be logged, of the sets of which that is known.
        self._missing: dict[str, list[int]] = {}

    def add_image_set(
        self,
        name: str,
        labels: Any,
        class_names: Sequence[str],
        images: Any = None,
        ids: Any = None,
        *,
        ignore_label: int | None = None,
        drawn_from: int | None = None,
    ) -> None:
        """Logs a set of images that are evaluated again and again; a run may have several.

        Args:
            name: What it is called, as "train"; "validation" is what `add_validation_set` logs.
            labels: int[images]: the class of each image from 0 on, in the order in which
                predictions will be given. A tensor, array or list; also [images, 1], booleans,
                whole floats, or one-hot [images, classes].
            class_names: One for each class, or a mapping between numbers and names (as
                `id2label` or `class_to_idx`). Names that repeat get their class's number appended.
            images: What the images look like, if that is to be seen: an array
                [n, height, width], [n, channels, height, width] or
                [n, height, width, channels]; or a dataset or sequence of images, of
                paths, of tuples that begin with one, or of dictionaries with an "image". They are
                read at once, in the calling thread, and encoded as thumbnails in the background;
                those that an earlier session of the run has logged are not read again. Of a
                set of more than 100,000 images none are, and a warning says so.
            ids: What the images are called: whole numbers or strings, all different;
                0, 1, 2... if None.
            ignore_label: The label of images that do not count, -100 or 255 say: they are in no
                class and are not shown, and what is predicted for them is left out.
            drawn_from: Of how many images these are some, if they are: the tab says so.

        Raises:
            ValueError: Lengths differ, a label is out of range, an identifier is repeated, none of
                the images can be read, or this writer has logged other images under this name. That
                no image can be read is found when the set is logged already: call again,
                with images that can be, or without. If only some cannot be read, a warning says
                so, and calling again adds them.
        """
        rows = image_rows(labels, class_names, ids, ignore_label)
        if drawn_from is not None:
            if drawn_from < rows.given:
                raise ValueError(f"{rows.given} images cannot be drawn_from={drawn_from!r}")
            drawn = replace(rows.image_set, drawn_from=int(drawn_from))
            rows = replace(rows, image_set=drawn)
        logged = self._image_sets.get(checked_name(name))
        if images is not None:
            check_images(images, rows.given)
        if logged is None:
            if len(self._image_sets) >= limits.KEYS:
                raise ValueError(f"a run has at most {limits.KEYS} image sets")
            record = encode_image_set(rows.image_set, name)
            self._open().add(lambda: record)
            self._image_sets[name] = rows
        elif not same_rows(rows.image_set, logged.image_set):
            raise ValueError(
                f"this writer has already logged another {_kind(name)}, and a name is that of one:"
                " choose another name, or log to another directory with a new SummaryWriter"
            )
        if images is not None:
            self._add_images(name, images, rows)

    def add_validation_set(
        self,
        labels: Any,
        class_names: Sequence[str],
        images: Any = None,
        ids: Any = None,
        *,
        ignore_label: int | None = None,
        drawn_from: int | None = None,
    ) -> None:
        """Logs the image set "validation"; see `add_image_set`.

        Args:
            labels: See there.
            class_names: See there.
            images: See there.
            ids: See there.
            ignore_label: See there.
            drawn_from: See there.

        Raises:
            ValueError: See there.
        """
        self.add_image_set(
            VALIDATION,
            labels,
            class_names,
            images,
            ids,
            ignore_label=ignore_label,
            drawn_from=drawn_from,
        )

    def _step_about(self, method: str, image_set: str, global_step: int) -> tuple[int | None, str]:
        """The iteration of a call about an image set; see `_step`.

        Returns:
            None if nothing is to be logged; and what its iterations are kept under, each set's for
            itself.
        """
        name = method if image_set == VALIDATION else f"{method}(image_set={image_set!r})"
        return self._step(name, global_step), name

    def _set_of(self, name: str, method: str) -> Rows:
        """An image set that was logged.

        Args:
            name: What it is called.
            method: Who needs it.

        Raises:
            CallOrderError: There is none.
        """
        rows = self._image_sets.get(name)
        if rows is not None:
            return rows
        if name == VALIDATION:
            missing, add = "no validation set", "add_validation_set("
        else:
            missing, add = f"no image set {name!r}", f"add_image_set({name!r}, "
        there = ", ".join(map(repr, self._image_sets))
        raise CallOrderError(
            f"{missing} yet: call {add}labels, class_names) before {method}"
            + (f"; logged are {there}" if there else "")
        )

    def _rows_of(
        self, name: str, count: int, ids: Any, step: int, what: str = "predictions"
    ) -> NDArray[np.int64]:
        """The rows of images about which something is logged; -1 where they are not in the set.

        Args:
            name: What the image set is called; there is one.
            count: How many images they are.
            ids: What they are called; None: they are all of the set in the user's order.
            step: The training iteration.
            what: What is logged of each.

        Raises:
            ValueError: They are not as many, or a name is there twice.
        """
        rows = self._image_sets[name]
        if ids is None:
            if count != rows.given:
                raise ValueError(
                    f"got {count} {what}, but {called(name)} has {rows.given} images: pass one"
                    " for each, or the ids= of those that were evaluated"
                )
            return rows.rows
        positions = rows.find(identifiers_of(ids, count, what))
        unknown = int((positions < 0).sum())
        if unknown:
            self._say_once(
                f"{unknown} of {count} images that were evaluated at iteration {step} are not among"
                f" the {rows.given} of {called(name)} that was logged first: they are left out,"
                " here and from now on. Evaluate the same images each time, or give all of them"
                " when the set is logged.",
                about=f"ids of {name}",
            )
        return np.where(positions >= 0, rows.rows[positions], -1)

    def has_image_set(self, name: str) -> bool:
        """Whether this writer has logged an image set of this name."""
        return name in self._image_sets

    def add_pictures(
        self, name: str, images: Any, ids: Any, *, at_least: int, seconds: float
    ) -> None:
        """Logs what some images of a set look like, as long as there is time.

        Args:
            name: What the set is called; it has been logged.
            images: Of all of the set; see `add_image_set`.
            ids: Which are wanted, in this order; those that are there are passed by.
            at_least: So many, however long it takes.
            seconds: Then no more are begun after as long.
        """
        rows = self._image_sets[name]
        positions = rows.find(ids)
        wanted = rows.rows[positions[positions >= 0]]
        missing = set(self._without_pictures(name, rows))
        some = [row for row in wanted.tolist() if row in missing]
        self._add_images(name, images, rows, some, at_least, seconds)

    def _without_pictures(self, name: str, rows: Rows) -> list[int]:
        if name not in self._missing:
            logged = _logged_rows(self._directory, name, rows.image_set)
            self._missing[name] = [row for row in range(len(rows.order)) if row not in logged]
        return self._missing[name]

    def _add_images(
        self,
        name: str,
        images: Any,
        rows: Rows,
        wanted: Sequence[int] | None = None,
        at_least: int = 0,
        seconds: float = math.inf,
    ) -> None:
        log = self._open()
        if log.dead or not self._thumbnail_size:
            return
        if len(rows.order) > _PICTURES:
            self._say_once(
                f"The {len(rows.order)} images of {called(name)} are not shown: of more than"
                f" {_PICTURES}, no pictures are logged."
            )
            return
        missing = self._without_pictures(name, rows)
        thumbnails = Thumbnails(images, self._thumbnail_size, self._thumbnail_format)
        some = _while_there_is_time(missing if wanted is None else wanted, at_least, seconds)
        with preserved_random_state():  # A dataset may transform its images at random.
            for record in thumbnails.records(some, rows.order, name):
                log.add(record)
                if log.dead:
                    return
        self._missing[name] = [row for row in missing if row not in thumbnails.logged]
        thumbnails.warn()


def _while_there_is_time(rows: Sequence[int], at_least: int, seconds: float) -> Iterator[int]:
    end = time.monotonic() + seconds
    for count, row in enumerate(rows):
        if count >= at_least and time.monotonic() > end:
            return
        yield row


def called(name: str) -> str:
    """An image set, as messages call it."""
    return f"the {_kind(name)}"


def _kind(name: str) -> str:
    return "validation set" if name == VALIDATION else f"image set {name!r}"


def _logged_rows(directory: Path, name: str, image_set: ImageSet) -> set[int]:
    """Rows of an image set whose images are in a run's log.

    Files that cannot be read, and what lies behind damage in one, count as not there.

    Args:
        directory: Where the run's log files are.
        name: What the set is called.
        image_set: Sessions with another one of this name have no part in it.
    """
    rows: set[int] = set()
    kinds = Kinds(KINDS)
    for path in directory.glob(f"*{schema.LOG_SUFFIX}"):
        found: set[int] = set()
        same = False
        try:
            for read, record in records(path):
                kind, key, tensors = kinds.find(record.tensors) or (None, "", {})
                if key != name:
                    continue
                if kind is IMAGE_SETS:
                    bare = replace(record, tensors=tensors)
                    same = same_rows(decode_image_set(read, bare), image_set)
                elif kind is THUMBNAILS:
                    found.update(decode.array(read, tensors[THUMBNAIL_ROWS_TAG]).tolist())
        except (OSError, decode.DecodeError, KeyError):
            pass
        if same:
            rows |= found
    return rows
