"""Checkpoints of torch.distributed, read in one process."""

from __future__ import annotations

import io
import pickle
import warnings
from pathlib import Path
from typing import Any

import torch
from torch.distributed.checkpoint.filesystem import FileSystemReader
from torch.distributed.checkpoint.metadata import Metadata, TensorStorageMetadata
from torch.distributed.checkpoint.state_dict_loader import load

from .errors import NeedsCodeError

# Of these modules only the classes that describe tensors: a pickle of anything else is refused.
_MODULES = (
    "torch.distributed.checkpoint.metadata",
    "torch.distributed.checkpoint.filesystem",
    "torch.distributed.checkpoint._extension",
)
_OTHERS = {
    ("torch", "Size"),
    ("torch", "device"),
    ("torch.serialization", "_get_layout"),
    ("collections", "OrderedDict"),
    ("pathlib", "PosixPath"),
    ("pathlib", "Path"),
    ("builtins", "set"),
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        dtype = module == "torch" and isinstance(getattr(torch, name, None), torch.dtype)
        is_class = module in _MODULES and "." not in name and name.lstrip("_")[:1].isupper()
        if dtype or is_class or (module, name) in _OTHERS:
            return super().find_class(module, name)
        raise NeedsCodeError(
            f"its .metadata needs code to be read, {module}.{name}, and none that comes with a"
            " checkpoint is run"
        )


class _Reader(FileSystemReader):
    """Reads the description of the tensors without running code of it."""

    def read_metadata(self, *args: Any, **named: Any) -> Metadata:
        del args, named
        data = Path(str(self.path), ".metadata").read_bytes()
        metadata = _Unpickler(io.BytesIO(data)).load()
        assert isinstance(metadata, Metadata)
        return metadata


def read_sharded(path: Path, only_shapes: bool) -> dict[str, torch.Tensor]:
    """The tensors of a checkpoint, by their full names; other things in it are left alone.

    Args:
        path: Its directory.
        only_shapes: Whether the values are not needed.
    """
    reader = _Reader(path)
    described = reader.read_metadata().state_dict_metadata
    device = "meta" if only_shapes else "cpu"
    tensors: dict[str, Any] = {
        name: torch.empty(each.size, dtype=each.properties.dtype, device=device)
        for name, each in described.items()
        # What an optimizer keeps is larger than the weights.
        if isinstance(each, TensorStorageMetadata) and not name.startswith("optim")
    }
    if not only_shapes:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "torch.distributed is disabled")
            load(tensors, storage_reader=reader, no_dist=True)
    return tensors
