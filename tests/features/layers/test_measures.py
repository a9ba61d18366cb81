"""Filter measures and layer statistics against exact arithmetic, on weights made to break them."""

from __future__ import annotations

import gc
from typing import Any, cast

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from torch import Tensor, nn

from tensorboard_plugin_deeptracker.features.layers.log.capture import Captures
from tensorboard_plugin_deeptracker.features.layers.log.hierarchy import build_hierarchy
from tensorboard_plugin_deeptracker.features.layers.log.layers import find_layers, module_type, walk
from tensorboard_plugin_deeptracker.features.layers.log.sampling import Sampler
from tensorboard_plugin_deeptracker.features.layers.log.statistics import (
    filter_measures,
    layer_statistics,
)
from tensorboard_plugin_deeptracker.features.layers.records import (
    DISTRIBUTION_STATISTICS,
    FILTER_MEASURES,
    LAYER_STATISTICS,
    Model,
)
from tests.summary import reference

pytestmark = pytest.mark.usefixtures("way")

FLOAT32 = 2.0**-23


class Measured:
    """Dumps of a model, taken as the writer takes them."""

    def __init__(self, model: nn.Module) -> None:
        self.layers = find_layers(model)
        described = [tracked.layer for tracked in self.layers]
        types = {path: module_type(module) for path, module in walk(model)}
        self.model = Model(tuple(described), build_hierarchy(described, types))
        self._captures = Captures(self.model)

    def dump(self) -> tuple[dict[str, Any], dict[str, dict[str, float]]]:
        """Measures by name, and statistics by node and name."""
        capture = self._captures.take(self.layers)()
        filters = filter_measures(capture, self._captures.sizes)
        statistics = layer_statistics(capture, self._captures.sizes)
        nodes = [node.name for node in self.model.root.walk()]
        by_node = {
            node: dict(zip(LAYER_STATISTICS, column.tolist(), strict=True))
            for node, column in zip(nodes, statistics.T, strict=True)
        }
        return dict(zip(FILTER_MEASURES, filters, strict=True)), by_node


def linear(rows: int, n: int, dtype: torch.dtype = torch.float32) -> nn.Linear:
    return nn.Linear(n, rows, bias=False, dtype=dtype)


def two_dumps(before: Tensor, after: Tensor) -> dict[str, NDArray[np.float32]]:
    """Filter measures of a layer that moves from one weight to another."""
    rows, n = before.shape
    layer = linear(rows, n, before.dtype)
    measured = Measured(layer)
    with torch.no_grad():
        layer.weight.copy_(before)
        measured.dump()
        layer.weight.copy_(after)
    return measured.dump()[0]


def assert_exact(measures: dict[str, Any], before: Tensor, after: Tensor) -> None:
    """All measures against exact arithmetic, `change` to 1e-3 down to 1e-12."""
    pairs = zip(before.double().numpy(), after.double().numpy(), strict=True)
    for i, (w0, w) in enumerate(pairs):
        mean, sd = reference.mean_and_sd(w)
        norm = reference.norm(w)
        assert measures["weight_norm"][i] == pytest.approx(norm, rel=FLOAT32)
        assert measures["weight_mean"][i] == pytest.approx(
            mean, rel=FLOAT32, abs=1e-14 * float(np.abs(w).max())
        )
        assert measures["weight_sd"][i] == pytest.approx(sd, rel=1e-6, abs=0)
        if (w == w0).all():
            assert measures["change"][i] == 0
            assert measures["update_ratio"][i] == 0
            continue
        change = reference.change(w, w0)
        assert measures["change"][i] == pytest.approx(change, rel=1e-6, abs=1e-19, nan_ok=True)
        if reference.norm(w0):
            ratio = reference.norm(w - w0) / reference.norm(w0)
            assert measures["update_ratio"][i] == pytest.approx(ratio, rel=1e-6)


@pytest.mark.parametrize("scale", [1e-30, 1e-3, 1.0, 1e30])
@pytest.mark.parametrize("step", [1e-7, 1e-6, 1e-4, 1e-2, 1.0, 1e3])
@pytest.mark.parametrize("decay", [0.0, 1e-5, 1e-2, 0.9])
def test_change_is_exact_for_any_update(scale: float, step: float, decay: float) -> None:
    generator = torch.Generator().manual_seed(1)
    before = torch.randn(6, 147, generator=generator) * scale
    update = torch.randn(6, 147, generator=generator) * scale * step
    after = before * (1 - decay) + update
    assert_exact(two_dumps(before, after), before, after)


@pytest.mark.parametrize("angle", [1e-6, 1.5e-6, 1e-5, 1e-3, 1.0, 1.6, 3.1])
@pytest.mark.parametrize("scale", [1e-6, 0.5, 0.99, 1.0, 1e4])
def test_change_is_the_angle_alone_however_much_the_length_changes(
    angle: float, scale: float
) -> None:
    generator = torch.Generator().manual_seed(2)
    before = torch.randn(4, 288, generator=generator, dtype=torch.float64)
    across = torch.randn(4, 288, generator=generator, dtype=torch.float64)
    across -= before * (across * before).sum(1, True) / (before * before).sum(1, True)
    across *= before.norm(dim=1, keepdim=True) / across.norm(dim=1, keepdim=True)
    after = (before * np.cos(angle) + across * np.sin(angle)) * scale
    measures = two_dumps(before, after)
    np.testing.assert_allclose(measures["change"], 2 * np.sin(angle / 2) ** 2, rtol=1e-6)


def test_change_of_pure_weight_decay_is_only_its_rounding() -> None:
    before = torch.randn(8, 512, generator=torch.Generator().manual_seed(3))
    after = before * (1 - 1e-2)
    measures = two_dumps(before, after)
    assert_exact(measures, before, after)
    assert (measures["change"] < 1e-14).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_float_types(dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(4)
    before = torch.randn(5, 300, generator=generator).to(dtype)
    after = (before.double() + 0.01 * torch.randn(5, 300, generator=generator)).to(dtype)
    after[2] = before[2]
    assert_exact(two_dumps(before, after), before, after)


@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.float8_e5m2])
@pytest.mark.parametrize("n", [300, 20_000])
def test_weights_of_eight_bits(dtype: torch.dtype, n: int) -> None:
    generator = torch.Generator().manual_seed(4)
    before = torch.randn(5, n, generator=generator).to(dtype)
    layer = linear(5, n)
    layer.weight = nn.Parameter(before.clone(), requires_grad=False)
    measured = Measured(layer)
    measured.dump()
    after = (before.double() + 0.1 * torch.randn(5, n, generator=generator)).to(dtype)
    layer.weight.copy_(after)
    measures, statistics = measured.dump()
    assert_exact(measures, before, after)
    middle = statistics["Linear"]["weight_median"]
    assert (after.double() < middle).double().mean() < 0.51
    assert (after.double() > middle).double().mean() < 0.51


@settings(max_examples=60)
@given(
    arrays.arrays(
        np.float32,
        st.tuples(st.just(2), st.integers(1, 4), st.integers(1, 6)),
        elements=st.floats(width=32, min_value=-(2.0**60), max_value=2.0**60).filter(
            lambda x: x == 0 or abs(x) > 2.0**-60
        ),
    )
)
def test_measures_of_any_finite_weights(pair: NDArray[np.float32]) -> None:
    before, after = torch.from_numpy(pair)
    assert_exact(two_dumps(before, after), before, after)


def test_long_filters_are_reduced_like_short_ones() -> None:
    generator = torch.Generator().manual_seed(5)
    before = torch.randn(2, 100_000, generator=generator)
    after = before + 1e-6 * torch.randn(2, 100_000, generator=generator)
    a, b = before.double().numpy(), after.double().numpy()
    expected = [
        (np.linalg.norm(w - w0 - ((w - w0) @ w) / (w @ w) * w) / np.linalg.norm(w0)) ** 2 / 2
        for w0, w in zip(a, b, strict=True)
    ]
    np.testing.assert_allclose(two_dumps(before, after)["change"], expected, rtol=1e-6)


def test_filters_that_rest_and_filters_that_are_constant() -> None:
    before = torch.tensor([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0], [0.1, 0.1, 0.1], [0.0, 0.0, 0.0]])
    after = torch.tensor([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0], [0.7, 0.7, 0.7], [1.0, 2.0, 3.0]])
    measures = two_dumps(before, after)
    assert measures["change"][0] == measures["update_ratio"][0] == 0
    assert measures["change"][1] == measures["update_ratio"][1] == 0
    assert measures["change"][2] < 1e-30
    # From nothing to something: no angle, and infinitely larger.
    assert np.isnan(measures["change"][3])
    assert np.isinf(measures["update_ratio"][3])
    assert measures["weight_sd"][:3].tolist() == [0, 0, 0]


def test_filters_of_one_weight() -> None:
    measures = two_dumps(torch.tensor([[2.0], [2.0]]), torch.tensor([[3.0], [-3.0]]))
    assert measures["change"].tolist() == [0, 2]
    assert measures["update_ratio"].tolist() == [0.5, 2.5]
    assert measures["weight_sd"].tolist() == [0, 0]


def test_the_first_dump_has_no_change() -> None:
    measures, statistics = Measured(linear(2, 3)).dump()
    assert np.isnan(measures["change"]).all()
    assert np.isnan(measures["update_ratio"]).all()
    assert np.isnan(statistics["Linear"]["update_ratio"])
    assert np.isnan(measures["gradient_norm"]).all()


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_what_is_not_finite_stays_in_its_filter(bad: float) -> None:
    model = nn.Sequential(linear(4, 5), linear(3, 4))
    clean, dirty = Measured(model), Measured(model)
    clean.dump()
    dirty.dump()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.01)
    expected = clean.dump()
    with torch.no_grad():
        cast("nn.Linear", model[0]).weight[1, 2] = bad
    measures, statistics = dirty.dump()
    others = [0, 2, 3, 4, 5, 6]
    for name, values in measures.items():
        if name != "gradient_norm":
            np.testing.assert_array_equal(values[others], expected[0][name][others])
            assert not np.isfinite(values[1])
    assert statistics["1"] == pytest.approx(expected[1]["1"], nan_ok=True)
    for name in ("mean", "sd", "l1", "l2", "sum"):
        assert not np.isfinite(statistics["0"][f"weight_{name}"])
    if np.isnan(bad):
        assert np.isnan(statistics["0"]["weight_median"])
        assert np.isnan(statistics["0"]["weight_max"])
    else:
        assert np.isfinite(statistics["0"]["weight_median"])
        assert bad in (statistics["0"]["weight_min"], statistics["0"]["weight_max"])


class Net(nn.Module):
    """Two convolutions in a block, a transposed one, and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.block = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Conv2d(8, 8, 3))
        self.up = nn.ConvTranspose2d(8, 6, 2, groups=2)
        self.head = nn.Linear(6, 5)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.head(self.up(self.block(x)).mean((2, 3)))
        return y


def distribution(values: NDArray[np.float64]) -> dict[str, float]:
    q1, median, q3 = np.quantile(values, [0.25, 0.5, 0.75])
    statistics = {
        "min": values.min(), "q1": q1, "median": median, "q3": q3, "max": values.max(),
        "mean": values.mean(), "sd": values.std(), "var": values.var(), "sum": values.sum(),
        "l1": np.abs(values).sum(), "l2": np.linalg.norm(values),
    }  # fmt: skip
    return {name: float(value) for name, value in statistics.items()}


def test_statistics_of_layers_and_modules_are_those_of_their_weights() -> None:
    torch.manual_seed(6)
    net = Net()
    net.up.requires_grad_(False)
    measured = Measured(net)
    measured.dump()
    before = {name: p.detach().double().numpy().copy() for name, p in net.named_parameters()}
    net(torch.randn(2, 3, 8, 8)).square().sum().backward()
    torch.optim.SGD([p for p in net.parameters() if p.requires_grad], 0.1).step()
    measures, statistics = measured.dump()
    weights = {n: p.detach().double().numpy() for n, p in net.named_parameters()}
    gradients = {
        n: p.grad.double().numpy() for n, p in net.named_parameters() if p.grad is not None
    }
    layers = {"block.0": ["block.0"], "block.2": ["block.2"], "up": ["up"], "head": ["head"]}
    nodes = {**layers, "block": ["block.0", "block.2"], "": list(layers)}
    assert set(statistics) == set(nodes)
    for node, below in nodes.items():
        names = [f"{layer}.weight" for layer in below]
        values = np.concatenate([weights[name].ravel() for name in names])
        old = np.concatenate([before[name].ravel() for name in names])
        for name, value in distribution(values).items():
            assert statistics[node][f"weight_{name}"] == pytest.approx(value, rel=1e-6, abs=1e-9)
        ratio = np.linalg.norm(values - old) / np.linalg.norm(old)
        assert statistics[node]["update_ratio"] == pytest.approx(ratio, rel=1e-6)
        have = [gradients[name].ravel() for name in names if name in gradients]
        for name in DISTRIBUTION_STATISTICS:
            value = distribution(np.concatenate(have))[name] if have else np.nan
            assert statistics[node][f"gradient_{name}"] == pytest.approx(
                value, rel=1e-5, abs=1e-6, nan_ok=True
            )
    # A transposed convolution's filters are its output channels, also in groups.
    rows = [
        weights["up.weight"][group * 4 : group * 4 + 4, channel]
        for group in range(2)
        for channel in range(3)
    ]
    norms = [np.linalg.norm(row) for row in rows]
    np.testing.assert_allclose(measures["weight_norm"][16:22], norms, rtol=1e-6)
    expected = np.linalg.norm(gradients["head.weight"], axis=1)
    np.testing.assert_allclose(measures["gradient_norm"][22:], expected, rtol=1e-5)
    assert np.isnan(measures["gradient_norm"][16:22]).all()


def test_a_layout_in_memory_changes_no_measure() -> None:
    torch.manual_seed(7)
    plain = nn.Conv2d(16, 8, 3)
    last = nn.Conv2d(16, 8, 3)
    last.load_state_dict(plain.state_dict())
    last = last.to(memory_format=torch.channels_last)
    assert last.weight.stride() != plain.weight.stride()
    one, other = Measured(plain), Measured(last)
    one.dump()
    other.dump()
    with torch.no_grad():
        update = 1e-4 * torch.randn(8, 16, 3, 3)
        plain.weight += update
        last.weight += update
    found = other.dump()[0]
    for name, values in one.dump()[0].items():
        np.testing.assert_allclose(found[name], values, rtol=1e-6)


def test_a_model_may_change_its_type_between_dumps() -> None:
    layer = linear(3, 50, torch.bfloat16)
    before = layer.weight.detach().double()
    measured = Measured(layer)
    measured.dump()
    layer.double()
    with torch.no_grad():
        layer.weight *= 1 + 1e-4 * torch.randn(3, 50, dtype=torch.float64)
    after = layer.weight.detach().clone()
    assert_exact(measured.dump()[0], before, after)
    with torch.no_grad():
        layer.weight *= 1 + 1e-9 * torch.randn(3, 50, dtype=torch.float64)
    assert_exact(measured.dump()[0], after, layer.weight.detach())


def test_a_layer_whose_numbers_are_elsewhere_costs_no_other_its_dump() -> None:
    """Accelerate's offloaded layers are on the meta device between their forward passes."""
    model = nn.Sequential(linear(3, 5), nn.Linear(3, 4, device="meta"))
    measured = Measured(model)
    for _ in range(2):
        measures, statistics = measured.dump()
        assert np.isfinite(measures["weight_norm"][:3]).all()
        assert np.isnan(measures["weight_norm"][3:]).all()
        assert np.isnan(statistics["1"]["weight_mean"])
    assert not measures["change"][:3].any()


def test_experts_that_come_and_go_are_forgotten() -> None:
    """What is looked at of a model's gradients depends on which there are."""
    model = nn.Sequential(*(linear(2, 3) for _ in range(5)))
    measured = Measured(model)
    others = sum(isinstance(each, Sampler) for each in gc.get_objects())
    for pattern in range(1, 32):
        for i, layer in enumerate(model):
            present = pattern >> i & 1
            layer.weight.grad = torch.ones(2, 3) if present else None
        norms = measured.dump()[0]["gradient_norm"].reshape(5, 2)[:, 0]
        assert (~np.isnan(norms)).tolist() == [bool(pattern >> i & 1) for i in range(5)]
    assert sum(isinstance(each, Sampler) for each in gc.get_objects()) < others + 8
