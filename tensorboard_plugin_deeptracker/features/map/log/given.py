"""Features and scores as users have them, of which what the map needs is copied at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ....summary.scores import score_rows

Ints = NDArray[np.int64]


def check_features(features: Any) -> Tensor:
    """Features as a tensor, wherever they are.

    Raises:
        ValueError: They are none; says what to pass.
    """
    tensor = _tensor(features)
    if tensor is None or tensor.ndim != 2 or not tensor.is_floating_point():
        raise ValueError(
            "features must be floats of shape [images, dimensions], got"
            f" {_described(features, tensor)}: pass the input of the model's last layer; flatten"
            " or average other axes first, as in features.mean(dim=(2, 3))"
        )
    if not tensor.shape[1]:
        raise ValueError("features have no dimensions: their shape is [images, 0]")
    return tensor.detach()


def check_scores(scores: Any, images: int) -> Tensor:
    """Scores as a tensor [images, classes].

    Raises:
        ValueError: They are none; says what to pass.
    """
    rows = score_rows(scores)
    if len(rows) != images:
        raise ValueError(f"got scores of {len(rows)} images with the features of {images}")
    return rows


@dataclass(frozen=True)
class Copied:
    """Rows of a tensor as they were, wherever they are.

    Attributes:
        values: The rows; nobody else writes to them.
        done: When they have been copied; None: they have.
    """

    values: Tensor
    done: torch.cuda.Event | None

    @classmethod
    def of(cls, tensor: Tensor, rows: Ints) -> Copied:
        """Copies some rows of a tensor."""
        values = tensor[torch.from_numpy(rows).to(tensor.device)]
        done = None
        if values.device.type == "cuda":
            done = torch.cuda.Event()
            done.record(torch.cuda.current_stream(values.device))
        return cls(values, done)

    def array(self) -> NDArray[np.floating[Any]]:
        """The rows in float32 or float64."""
        if self.done is not None:
            self.done.synchronize()
        values = self.values
        if values.dtype not in (torch.float32, torch.float64):
            values = values.float()
        array: NDArray[np.floating[Any]] = values.cpu().numpy()
        return array


def _tensor(values: Any) -> Tensor | None:
    if isinstance(values, Tensor):
        return values
    try:
        return torch.from_numpy(np.asarray(values))
    except (TypeError, ValueError):
        return None


def _described(values: Any, tensor: Tensor | None) -> str:
    if tensor is None:
        return type(values).__name__
    return f"{str(tensor.dtype).removeprefix('torch.')} of shape {tuple(tensor.shape)}"
