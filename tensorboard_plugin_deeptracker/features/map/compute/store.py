"""Frames of maps on the disk, in the user's cache directory: made once, whoever asks again.

A frame goes by a key that tells all it was made from, so what is found under a key is always right.
Everything about the disk may fail: then a frame is not there, and what made it keeps it.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import platformdirs
import safetensors
import safetensors.numpy

from .frame import Frame
from .quality import Quality

# Of all maps together.
CAPACITY = 512 << 20
_SUFFIX = ".frame"
_APPLICATION = "tensorboard-plugin-deeptracker"

_log = logging.getLogger(__name__)


def directory() -> Path:
    """Where the maps of this user lie: in `DEEPTRACKER_CACHE`, or where the system has caches."""
    chosen = os.environ.get("DEEPTRACKER_CACHE")
    if chosen:
        return Path(chosen).absolute() / "maps"
    return platformdirs.user_cache_path(_APPLICATION, appauthor=False) / "maps"


class Frames:
    """The frames of one map.

    Args:
        name: Tells it from all others; becomes a part of a path.
        root: Where maps lie; the user's cache directory if None.
    """

    def __init__(self, name: str, root: Path | None = None) -> None:
        self._root = root or directory()
        self._path = self._root / name
        self._full = False

    def make_room(self, capacity: int = CAPACITY) -> None:
        """Drops the maps that were used longest ago, and notes that this one is used."""
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            self._path.touch()
            maps = sorted(self._root.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
            left = capacity
            for path in maps:
                left -= sum(file.stat().st_size for file in path.iterdir())
                if left < 0 and path != self._path:
                    shutil.rmtree(path, ignore_errors=True)
            self._full = left < 0 and len(maps) == 1
        except OSError as error:
            _log.info("DeepTracker keeps maps in memory only: %s", error)

    def keys(self) -> set[str]:
        """Which frames are there."""
        try:
            return {path.stem for path in self._path.iterdir() if path.suffix == _SUFFIX}
        except OSError:
            return set()

    def load(self, key: str, images: int) -> Frame | None:
        """A frame; None if it is not there, or not whole.

        Args:
            key: Tells what it was made from.
            images: How many it has.
        """
        try:
            data = self._file(key).read_bytes()
            arrays = safetensors.numpy.load(data)
            places, kept = arrays["places"], arrays["kept"]
            quality = self.quality(key)
        except (OSError, KeyError, ValueError, safetensors.SafetensorError):
            return None
        right = places.shape == (images, 2) and kept.shape == (images,)
        if not right or quality is None or {places.dtype, kept.dtype} != {np.dtype(np.float32)}:
            return None
        return Frame(places, kept, quality)

    def quality(self, key: str) -> Quality | None:
        """How true a frame is; None if it is not there, or not whole."""
        try:
            with safetensors.safe_open(str(self._file(key)), "numpy") as file:
                values: dict[str, Any] = orjson.loads(file.metadata()["quality"])
            given = (values[field.name] for field in fields(Quality))
            return Quality(*(float("nan") if each is None else float(each) for each in given))
        except (OSError, KeyError, TypeError, ValueError, safetensors.SafetensorError):
            return None

    def save(self, key: str, frame: Frame) -> bool:
        """Keeps a frame; returns whether that could be done."""
        if self._full:
            return False
        quality = orjson.dumps(asdict(frame.quality)).decode()
        arrays = {"places": frame.places, "kept": frame.kept}
        data: bytes = safetensors.numpy.save(arrays, metadata={"quality": quality})
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._path, delete=False) as file:
                try:
                    file.write(data)
                    file.close()
                    Path(file.name).replace(self._file(key))
                except OSError:
                    Path(file.name).unlink(missing_ok=True)
                    raise
        except OSError as error:
            _log.info("DeepTracker keeps frames of maps in memory only: %s", error)
            self._full = True
            return False
        return True

    def _file(self, key: str) -> Path:
        return self._path / f"{key}{_SUFFIX}"
