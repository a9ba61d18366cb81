"""On an accelerator, many layers are reduced at once, and nobody waits for it.

Without one, torch can still say what would be done there: which operators, on which device, and
whether one of them needs to know a value, which would be to wait.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from math import prod
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torchvision.models import resnet50

from tensorboard_plugin_deeptracker.features.layers.log import capture, together, transfer
from tensorboard_plugin_deeptracker.features.layers.log.sampling import Sampler
from tensorboard_plugin_deeptracker.features.layers.log.together import Together
from tensorboard_plugin_deeptracker.features.layers.log.transfer import Transfer

from .test_measures import Measured

# What only says where elements lie.
VIEWS = {"alias", "detach", "permute", "split_with_sizes", "t", "unsqueeze", "view"}
# Two of one length, one of another, and one that alone is more than is reduced at once.
SHAPES = ((5, 9), (7, 9), (4, 11), (40, 13))


class Starts(TorchDispatchMode):
    """Counts what is started on the accelerator, and what comes to it from the host."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.on_device: Counter[str] = Counter()
        self.from_host = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        answer = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        if isinstance(answer, Tensor) and answer.is_cuda and name not in VIEWS:
            self.on_device[name] += 1
            self.from_host += any(isinstance(arg, Tensor) and arg.is_cpu for arg in args)
        return answer


@pytest.mark.filterwarnings("ignore:Accessing the data pointer")
def test_a_dump_is_few_operations_and_waits_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Tensor] = []
    monkeypatch.setattr(capture, "Transfer", lambda lists: sent.extend(chain(*lists)))
    with FakeTensorMode():
        with torch.device("cuda"):
            model: nn.Module = resnet50()
            for parameter in model.parameters():
                parameter.grad = torch.empty_like(parameter)
        measured = Measured(model)
        captures = capture.Captures(measured.model)
        captures.take(measured.layers)
        sent.clear()
        with Starts() as starts:
            captures.take(measured.layers)
    assert {tensor.device.type for tensor in sent} == {"cuda"}
    assert not starts.from_host
    assert starts.on_device.total() < 10 * len(measured.layers)


def matrices(seed: int, dtype: torch.dtype = torch.float32) -> dict[int, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return {i: torch.randn(shape, generator=generator).to(dtype) for i, shape in enumerate(SHAPES)}


@pytest.mark.parametrize("keep", [None, torch.bfloat16])
@pytest.mark.parametrize("known", [(), (0, 3), (0, 1, 2, 3)])
def test_it_does_not_matter_what_is_reduced_at_once(
    monkeypatch: pytest.MonkeyPatch, keep: torch.dtype | None, known: Sequence[int]
) -> None:
    sampler = Sampler.plan([prod(shape) for shape in SHAPES], [])
    before = {i: x.to(keep or x.dtype) for i, x in matrices(0).items() if i in known}
    found = []
    for at_once in (1 << 22, 100, 1):
        monkeypatch.setattr(together, "_AT_ONCE", at_once)
        own = {i: x.clone() for i, x in before.items()}
        found.append(dict(Together().reduce(matrices(1), sampler, own, keep)))
    for layers in found:
        assert sorted(layers) == [0, 1, 2, 3]
        for i, (layer, other) in enumerate(zip(layers.values(), found[0].values(), strict=True)):
            assert (layer.updates is None) == (i not in known)
            for ours, theirs in zip(layer, other, strict=True):
                assert (ours is None) == (theirs is None)
                if ours is not None:
                    torch.testing.assert_close(ours, theirs, rtol=1e-13, atol=0)
            assert torch.equal(layer.kept, matrices(1)[i].to(keep or torch.float32))


def test_what_is_kept_is_not_the_models_own(monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = Sampler.plan([prod(shape) for shape in SHAPES], [])
    for at_once in (1 << 22, 100):
        monkeypatch.setattr(together, "_AT_ONCE", at_once)
        weights = matrices(1)
        found = dict(Together().reduce(weights, sampler))
        for i, weight in weights.items():
            weight.zero_()
            assert torch.equal(found[i].kept, matrices(1)[i])
            # A large matrix is sampled, not taken whole.
            assert at_once == 100 or torch.equal(found[i].sample, matrices(1)[i].flatten())


def test_all_arrives_as_it_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one copy; what is transposed as its memory has it."""
    monkeypatch.setattr(transfer, "is_away", lambda _: True)
    whole = torch.arange(12.0, dtype=torch.float64).view(4, 3)
    sent = [[whole[:2].T, whole[2:].T], [torch.ones(()), torch.empty(0)], [whole[0].bfloat16()]]
    with patch.object(torch, "cat", side_effect=torch.cat) as cat:
        arrived = Transfer(sent).arrays()
    assert cat.call_count == 1
    for arrays, tensors in zip(arrived, sent, strict=True):
        for array, tensor in zip(arrays, tensors, strict=True):
            np.testing.assert_array_equal(array, tensor.to(torch.float64).numpy())
