"""What cannot be measured, or is not there: missing in the log, and no other layer's loss."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from tensorboard_plugin_deeptracker import SummaryWriter, register_filters
from tensorboard_plugin_deeptracker.features.findings.compute import findings
from tensorboard_plugin_deeptracker.features.layers.compute import absent
from tensorboard_plugin_deeptracker.features.layers.records import MODEL
from tensorboard_plugin_deeptracker.index.run import Snapshot
from tests.logs import open_run
from tests.summary.reading import read_log


class Int8(Tensor):
    """torchao's kind: says that it is float32, and can do little but be dequantised."""

    fails: bool

    @staticmethod
    def __new__(cls, values: Tensor, fails: bool) -> Int8:
        return Tensor._make_wrapper_subclass(cls, values.shape, dtype=torch.float32)

    def __init__(self, values: Tensor, fails: bool) -> None:
        self.numbers, self.fails = values, fails

    def __tensor_flatten__(self) -> tuple[list[str], bool]:
        return ["numbers"], self.fails

    @classmethod
    def __tensor_unflatten__(cls, inner: dict[str, Tensor], fails: bool, *_: Any) -> Int8:
        return cls(inner["numbers"], fails)

    def dequantize(self) -> Tensor:
        if self.fails:
            raise NotImplementedError("no such layout")
        return self.numbers.float() / 100

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        del types, kwargs
        if func in (torch.ops.aten.detach.default, torch.ops.aten.alias.default):
            return cls(args[0].numbers, args[0].fails)
        if func is torch.ops.aten.t.default:
            return args[0].dequantize().t()
        raise NotImplementedError(f"{func} of quantised weights")


def quantised(*, fails: bool) -> nn.Linear:
    layer = nn.Linear(4, 3, bias=False)
    values = torch.arange(12, dtype=torch.int8).view(3, 4)
    layer.weight = nn.Parameter(Int8(values, fails), requires_grad=False)
    return layer


def nudge(layer: nn.Linear) -> None:
    with torch.no_grad():
        layer.weight *= 1 + 0.1 * torch.rand_like(layer.weight)


def snapshot(directory: Path) -> Snapshot:
    run = open_run(directory)
    run.refresh(float("inf"))
    return run.snapshot


def missing(directory: Path) -> list[Any]:
    shown = snapshot(directory)
    model = shown.of(MODEL)
    assert model is not None
    answer: list[Any] = absent(shown, model).tolist()
    return answer


def test_quantised_weights_are_measured_as_what_they_stand_for(tmp_path: Path) -> None:
    model = nn.Sequential(quantised(fails=False), nn.Linear(3, 2))
    with SummaryWriter(tmp_path) as writer, warnings.catch_warnings():
        warnings.simplefilter("error")
        writer.add_weights(model, 1)
    values = np.arange(12.0).reshape(3, 4) / 100
    np.testing.assert_allclose(
        read_log(tmp_path).measure("weight_norm", 1)[:3], np.linalg.norm(values, axis=1), rtol=1e-6
    )


def test_a_layer_that_cannot_be_measured_costs_no_other_its_dump(tmp_path: Path) -> None:
    last = nn.Linear(3, 2)
    model = nn.Sequential(quantised(fails=True), last)
    said = r"cannot measure the layer '0' \(NotImplementedError: no such layout\)"
    with SummaryWriter(tmp_path) as writer:
        with pytest.warns(RuntimeWarning, match=said):
            writer.add_weights(model, 1)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for step in (2, 3):
                nudge(last)
                writer.add_weights(model, step)
    logged = read_log(tmp_path)
    assert list(logged.filters) == [1, 2, 3]
    # Nothing that is missing is marked as a weight that is not finite.
    assert not logged.non_finite
    for step in (2, 3):
        assert np.isnan(logged.measure("change", step)[:3]).all()
        assert np.isnan(logged.measure("weight_norm", step)[:3]).all()
        assert (logged.measure("change", step)[3:] > 0).all()
        # The whole model's are those of the layers that there are.
        ratio = logged.statistic("update_ratio", "", step)
        assert ratio == logged.statistic("update_ratio", "1", step) > 0
        assert np.isnan(logged.statistic("update_ratio", "0", step))
        mean = logged.statistic("weight_mean", "", step)
        assert mean == logged.statistic("weight_mean", "1", step)
    assert missing(tmp_path) == [[[1, 0], [1, 1]]] * 3
    shown = snapshot(tmp_path)
    assert findings(shown, logged.model) == []


class Broken(nn.Module):
    """A parametrization that fails when it is told to."""

    fails = False

    def forward(self, weight: Tensor) -> Tensor:
        if self.fails:
            raise KeyError("broken")
        return weight


def test_a_layer_may_be_measured_again(tmp_path: Path) -> None:
    first, last, broken = nn.Linear(4, 5), nn.Linear(5, 2), Broken()
    nn.utils.parametrize.register_parametrization(first, "weight", broken, unsafe=True)
    model = nn.Sequential(first, last)
    with SummaryWriter(tmp_path) as writer:
        writer.add_weights(model, 1)
        broken.fails = True
        with pytest.warns(RuntimeWarning, match="cannot measure the layer '0'"):
            writer.add_weights(model, 2)
        broken.fails = False
        for step in (3, 4):
            writer.add_weights(model, step)
    logged = read_log(tmp_path)
    assert [row[0] for row in missing(tmp_path)] == [[0, 0], [1, 0], [0, 0], [0, 0]]
    # Compared with none, as the dump before has none.
    assert np.isnan(logged.measure("change", 3)[:5]).all()
    assert (logged.measure("change", 3)[5:] == 0).all()
    assert (logged.measure("change", 4) == 0).all()


def test_missing_gradients_are_told_from_those_that_are_no_numbers(tmp_path: Path) -> None:
    layers = [nn.Linear(2, 2) for _ in range(3)]
    model = nn.Sequential(*layers)
    for layer in layers:
        layer.weight.grad = torch.ones(2, 2)
    with SummaryWriter(tmp_path) as writer:
        writer.add_weights(model, 1)
        # An expert that was not chosen; a loss that went wrong.
        layers[0].weight.grad = None
        layers[1].weight.grad = torch.full((2, 2), torch.nan)
        writer.add_weights(model, 2)
        model.zero_grad()
        writer.add_weights(model, 3)
    assert [row[1] for row in missing(tmp_path)] == [[0, 0, 0], [1, 0, 0], [1, 1, 1]]
    found = findings(snapshot(tmp_path), read_log(tmp_path).model)
    assert [(layer, one.rule.name, one.first, one.unknown) for layer, one in found] == [
        (1, "non_finite_gradients", 1, False)
    ]


def test_sparse_gradients_are_measured(tmp_path: Path) -> None:
    table = nn.Embedding(5, 3, sparse=True)
    head = nn.Linear(3, 5, bias=False)
    head.weight = table.weight
    table(torch.tensor([1, 3])).sum().backward()
    assert head.weight.grad is not None
    assert head.weight.grad.is_sparse
    with SummaryWriter(tmp_path) as writer:
        writer.add_weights(nn.Sequential(table, head), 1)
    norms = read_log(tmp_path).measure("gradient_norm", 1)
    np.testing.assert_allclose(norms, [0, 3**0.5, 0, 3**0.5, 0], rtol=1e-6)


@pytest.mark.parametrize("previous", ["exact", "bfloat16", "cpu"])
@pytest.mark.parametrize("back", [False, True])
def test_another_layout_in_memory_is_no_change(tmp_path: Path, previous: Any, back: bool) -> None:
    layouts = [torch.contiguous_format, torch.channels_last]
    layouts = layouts[::-1] if back else layouts
    model = nn.Conv2d(3, 4, (2, 3)).to(memory_format=layouts[0])
    with SummaryWriter(tmp_path, previous_weights=previous) as writer:
        writer.add_weights(model, 1)
        model.to(memory_format=layouts[1])
        writer.add_weights(model, 2)
        loaded = {
            name: value.clone(memory_format=layouts[0]) if value.ndim == 4 else value
            for name, value in model.state_dict().items()
        }
        model.load_state_dict(loaded, assign=True)
        writer.add_weights(model, 3)
        with torch.no_grad():
            model.weight[2] *= 1 + torch.rand(3, 2, 3)
        model.to(memory_format=layouts[1])
        writer.add_weights(model, 4)
    logged = read_log(tmp_path)
    for step in (2, 3):
        assert (logged.measure("change", step) == 0).all()
        assert (logged.measure("update_ratio", step) == 0).all()
    assert (logged.measure("change", 4) > 0).tolist() == [False, False, True, False]


@pytest.mark.parametrize("sizes", [(1, 4), (4, 1), (1, 1), (3, 4)])
def test_a_column_may_be_as_short_as_one_weight(tmp_path: Path, sizes: tuple[int, int]) -> None:
    class Turned(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.randn(sizes))

    register_filters(Turned, weight=1)
    model = Turned()
    with SummaryWriter(tmp_path) as writer, warnings.catch_warnings():
        warnings.simplefilter("error")
        for step in range(3):
            writer.add_weights(model, step)
    logged = read_log(tmp_path)
    assert (logged.measure("change", 2) == 0).all()
    np.testing.assert_allclose(
        logged.measure("weight_norm", 2), model.weight.detach().norm(dim=0), rtol=1e-6
    )


def test_looking_changes_nothing_in_memory() -> None:
    """No weight is brought into another layout, or written to."""

    class Writes(TorchDispatchMode):
        def __torch_dispatch__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            written = [
                args[i]
                for i, argument in enumerate(func._schema.arguments[: len(args)])
                if argument.alias_info is not None and argument.alias_info.is_write
            ]
            assert not any(tensor is model.weight for tensor in written)
            return func(*args, **(kwargs or {}))

    from tensorboard_plugin_deeptracker.features.layers.log.layers import find_layers

    model = nn.Conv2d(3, 4, 2).to(memory_format=torch.channels_last)
    strides = model.weight.stride()
    (layer,) = find_layers(model)
    with Writes():  # type: ignore[no-untyped-call]
        layer.filters(layer.weight(), (0, 1, 2, 3))
    assert model.weight.stride() == strides
