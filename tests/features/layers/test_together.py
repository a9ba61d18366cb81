"""On an accelerator, many layers are reduced at once, and nobody waits for it.

Without one, torch can still say what would be done there: which operators, on which device, and
whether one of them needs to know a value, which would be to wait.
"""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import chain
from math import prod
from typing import Any
from unittest.mock import Mock, patch

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
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


class Memory(TorchDispatchMode):
    """The most memory that is held on the accelerator at a time."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        own = [*model.parameters(), *(p.grad for p in model.parameters() if p.grad is not None)]
        self._known = {tensor.untyped_storage()._cdata for tensor in own}
        self.now = self.most = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        answer = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(answer):
            if isinstance(tensor, Tensor) and tensor.is_cuda:
                self._hold(tensor.untyped_storage())
        return answer

    def _hold(self, storage: torch.UntypedStorage) -> None:
        key, size = storage._cdata, storage.nbytes()
        if key not in self._known:
            self._known.add(key)
            self.now += size
            self.most = max(self.most, self.now)
            weakref.finalize(storage, self._give_back, key, size)

    def _give_back(self, key: int, size: int) -> None:
        self._known.discard(key)
        self.now -= size


def large() -> nn.Module:
    return nn.Sequential(nn.Linear(10_000, 10_000), nn.Linear(10_000, 3))


def transposed() -> nn.Module:
    """In an order of which all is to be copied."""
    return nn.Sequential(*(nn.ConvTranspose2d(512, 512, 4) for _ in range(40)))


@pytest.mark.filterwarnings("ignore:Accessing the data pointer")
@pytest.mark.parametrize(("make", "scratch"), [(resnet50, 200), (large, 200), (transposed, 350)])
def test_a_dump_holds_no_copy_of_a_model(
    monkeypatch: pytest.MonkeyPatch, make: Callable[[], nn.Module], scratch: int
) -> None:
    """But for the weights that the next one is compared with."""
    monkeypatch.setattr(Transfer, "_to_host", lambda _, x, __: torch.empty_like(x, device="cpu"))
    with FakeTensorMode():
        with torch.device("cuda"):
            model = make()
            for parameter in model.parameters():
                parameter.grad = torch.empty_like(parameter)
        measured = Measured(model)
        captures = capture.Captures(measured.model)
        with Memory(model) as memory:
            for _ in range(3):
                before = memory.most = memory.now
                captures.take(measured.layers)
                assert memory.most - max(before, memory.now) < scratch * 1e6
    assert before >= 4 * sum(captures.sizes.sizes)


def refuse(_: int, error: Exception) -> None:
    raise error


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
        found.append(dict(Together().reduce(matrices(1), sampler, refuse, own, keep)))
    for layers in found:
        assert sorted(layers) == [0, 1, 2, 3]
        for i, (layer, other) in enumerate(zip(layers.values(), found[0].values(), strict=True)):
            assert (layer.updates is None) == (i not in known)
            for name, ours in vars(layer).items():
                theirs = getattr(other, name)
                assert (ours is None) == (theirs is None)
                if ours is not None:
                    torch.testing.assert_close(ours, theirs, rtol=1e-13, atol=0)
            assert layer.kept is not None
            assert torch.equal(layer.kept, matrices(1)[i].to(keep or torch.float32))


def test_what_is_kept_is_not_the_models_own(monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = Sampler.plan([prod(shape) for shape in SHAPES], [])
    for at_once in (1 << 22, 100):
        monkeypatch.setattr(together, "_AT_ONCE", at_once)
        weights = matrices(1)
        found = dict(Together().reduce(weights, sampler, refuse, {}))
        for i, weight in weights.items():
            weight.zero_()
            kept = found[i].kept
            assert kept is not None
            assert torch.equal(kept, matrices(1)[i])


def test_layers_of_a_type_that_cannot_be_reduced_cost_no_other_anything() -> None:
    strange = {4: torch.ones(3, 9, dtype=torch.complex64), 5: torch.ones(2, 9).to(torch.complex64)}
    sampler = Sampler.plan([*map(prod, SHAPES), 27, 18], [])
    left_out: dict[int, Exception] = {}
    found = Together().reduce({**strange, **matrices(1)}, sampler, left_out.__setitem__, {})
    assert sorted(dict(found)) == [0, 1, 2, 3]
    assert sorted(left_out) == [4, 5]


def test_an_accelerator_without_memory_says_nothing_about_its_types(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    capture._has_doubles.cache_clear()
    device = torch.device("cpu")
    with monkeypatch.context() as full:
        full.setattr(torch, "ones", Mock(side_effect=torch.cuda.OutOfMemoryError))
        with pytest.raises(torch.cuda.OutOfMemoryError):
            capture._has_doubles(device)
    assert capture._has_doubles(device)


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
