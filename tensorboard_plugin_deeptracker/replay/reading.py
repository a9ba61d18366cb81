"""Checkpoints on disk -> what is in them; never by running code that came with them."""

from __future__ import annotations

import contextlib
import json
import pickle
import re
import threading
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from .errors import DamagedError, NeedsCodeError
from .inert import Inert, unknown_of

_HUGGING_FACE = "model.safetensors", "pytorch_model.bin"
_SHOWN = 5
# Of what torch compresses in its files, none is longer unpacked.
_UNPACKED = 64 << 20
# Which classes are known is a state of torch's, of the whole process.
_LOCK = threading.Lock()


def read_checkpoint(path: Path, only_shapes: bool = False) -> Any:
    """What is in a checkpoint.

    Args:
        path: A file, or a directory of one of torch.distributed's or Hugging Face's.
        only_shapes: Whether the tensors' values are not needed, which is quicker; of a file of
            torch's they are read when they are looked at, anyway.

    Raises:
        DamagedError: It is not there, or cannot be read.
        NeedsCodeError: Code would have to run that came with it.
    """
    try:
        if path.is_dir():
            return _read_directory(path, only_shapes)
        if path.suffix == ".safetensors":
            return _safetensors(path, only_shapes)
        return _torch(path)
    except (DamagedError, NeedsCodeError):
        raise
    except FileNotFoundError as error:
        raise DamagedError(f"{path} is not there") from error
    except pickle.UnpicklingError as error:
        if re.search("unsupported (global|class)", str(error), re.IGNORECASE):
            raise NeedsCodeError(f"{path} needs code to be read: {_reason(error)}") from error
        raise DamagedError(f"{path} cannot be read: {_reason(error)}") from error
    except Exception as error:  # Whatever a damaged file makes of its reader.
        raise DamagedError(f"{path} cannot be read: {_reason(error)}") from error


def _torch(path: Path) -> Any:
    _refuse_bombs(path)
    names: list[str] = []
    look = getattr(torch.serialization, "get_unsafe_globals_in_checkpoint", None)
    if look is not None:
        with contextlib.suppress(ValueError):  # Of the old format of files, nothing is known.
            names = look(path)
    unknown = unknown_of(names)
    if unknown:
        more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
        raise NeedsCodeError(
            f"{path} needs code to be read, of {', '.join(unknown[:_SHOWN])}{more}, and none that"
            " comes with a checkpoint is run: save the state dict alone, as in"
            " torch.save(model.state_dict(), path)"
        )
    with _LOCK:
        known: Any = contextlib.nullcontext()
        if names:
            known = torch.serialization.safe_globals([(Inert, name) for name in names])
        with known:
            try:
                return torch.load(path, map_location="cpu", weights_only=True, mmap=True)
            except RuntimeError as error:
                if "mmap" not in str(error):
                    raise
                # The old format of files.
                return torch.load(path, map_location="cpu", weights_only=True)


def _refuse_bombs(path: Path) -> None:
    """Refuses files that grow when they are unpacked: torch stores tensors as they are."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as file:
        grown = sum(max(0, each.file_size - each.compress_size) for each in file.infolist())
    if grown > _UNPACKED:
        raise DamagedError(
            f"{path} would grow by {grown:,} bytes when it is unpacked: torch.save writes no such"
            " files"
        )


def _read_directory(path: Path, only_shapes: bool) -> Any:
    if (path / ".metadata").exists():
        from .sharded import read_sharded

        return read_sharded(path, only_shapes)
    names = [path / name for name in _HUGGING_FACE]
    indexes = [path / f"{name}.index.json" for name in _HUGGING_FACE]
    single = [name for name in names if name.exists()]
    index = next((each for each in indexes if each.exists()), None)
    others = sorted(path.glob("*.safetensors"))
    found: dict[str, Any] = {}
    if single:
        found["state_dict"] = read_checkpoint(single[0], only_shapes)
    elif index is not None:
        parts = sorted(set(json.loads(index.read_text())["weight_map"].values()))
        found["state_dict"] = {}
        for part in parts:
            if Path(part).name != part:
                raise DamagedError(f"{index} names the file {part!r}, which is not beside it")
            found["state_dict"].update(read_checkpoint(path / part, only_shapes))
    elif len(others) == 1:
        found["state_dict"] = read_checkpoint(others[0], only_shapes)
    else:
        raise DamagedError(
            f"{path} is a directory without a checkpoint: neither {' nor '.join(_HUGGING_FACE)} is"
            " in it, nor .metadata of torch.distributed.checkpoint"
        )
    state = path / "trainer_state.json"
    if state.exists():
        own = json.loads(state.read_text())
        found.update({name: own[name] for name in ("global_step", "epoch") if name in own})
    return found


def _safetensors(path: Path, only_shapes: bool) -> Mapping[str, Any]:
    from safetensors import safe_open

    with safe_open(path, framework="pt", device="cpu") as file:
        if not only_shapes:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return {
            name: torch.empty(file.get_slice(name).get_shape(), device="meta")
            for name in file.keys()  # noqa: SIM118
        }


def _reason(error: Exception) -> str:
    """The first sentence of what went wrong; torch's go on for pages."""
    inner = re.search(r"WeightsUnpickler error: (.*)", str(error))
    text = inner[1] if inner else re.split(r"\n|(?<=[a-z])\. ", str(error).strip())[0]
    return f"{type(error).__name__}: {text[:200]}" if text else type(error).__name__
