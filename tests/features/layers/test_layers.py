"""Which layers are found, what they are called, and which weights are theirs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize, prune, spectral_norm, weight_norm
from torch.optim.swa_utils import AveragedModel

from tensorboard_plugin_deeptracker.features.layers.log.hierarchy import build_hierarchy
from tensorboard_plugin_deeptracker.features.layers.log.layers import find_layers, module_type, walk


def names(model: nn.Module) -> list[str]:
    return [tracked.layer.name for tracked in find_layers(model)]


def tree(model: nn.Module) -> list[tuple[int, str, str]]:
    """Depth, name and type of all nodes of the hierarchy."""
    types = {path: module_type(module) for path, module in walk(model)}
    root = build_hierarchy([tracked.layer for tracked in find_layers(model)], types)
    found = []
    stack = [(0, root)]
    while stack:
        depth, node = stack.pop()
        found.append((depth, node.name, node.type))
        stack += [(depth + 1, child) for child in reversed(node.children)]
    return found


@pytest.mark.parametrize(
    ("module", "filters", "shape"),
    [
        (nn.Conv1d(4, 6, 3, groups=2), 6, (6, 2, 3)),
        (nn.Conv2d(4, 4, 3, groups=4), 4, (4, 1, 3, 3)),
        (nn.Conv3d(1, 2, 2), 2, (2, 1, 2, 2, 2)),
        (nn.ConvTranspose1d(4, 6, 3), 6, (4, 6, 3)),
        (nn.ConvTranspose2d(4, 6, 3, groups=2), 6, (4, 3, 3, 3)),
        (nn.ConvTranspose3d(2, 3, 1), 3, (2, 3, 1, 1, 1)),
        (nn.Linear(5, 7), 7, (7, 5)),
    ],
    ids=lambda x: type(x).__name__,
)
def test_filters_are_output_channels(
    module: nn.Module, filters: int, shape: tuple[int, ...]
) -> None:
    (tracked,) = find_layers(module)
    assert tracked.layer.name == tracked.layer.type == type(module).__name__
    assert (tracked.layer.filters, tracked.layer.weight_shape) == (filters, shape)
    assert len(tracked.filters(tracked.weight())) == filters


def test_a_filter_is_what_makes_its_output_channel() -> None:
    """Without a filter's weights, its channel is silent, and only it."""
    module = nn.ConvTranspose2d(4, 6, 3, groups=2, bias=False)
    (tracked,) = find_layers(module)
    weight = module.weight.detach().clone()
    for channel in range(6):
        with torch.no_grad():
            module.weight.copy_(weight)
            # A filter's row is a copy here: find its weights by their values.
            row = tracked.filters(tracked.weight())[channel]
            module.weight[torch.isin(module.weight, row)] = 0
        loud = module(torch.randn(1, 4, 5, 5)).detach().abs().amax((0, 2, 3)) > 0
        assert loud.tolist() == [other != channel for other in range(6)]


def test_attention_has_its_projections() -> None:
    encoder = nn.TransformerEncoderLayer(8, 2, 16)
    assert [(x.layer.name, x.layer.type, x.layer.filters) for x in find_layers(encoder)] == [
        ("self_attn.in_proj", "Linear", 24),
        ("self_attn.out_proj", "Linear", 8),
        ("linear1", "Linear", 16),
        ("linear2", "Linear", 8),
    ]
    assert names(nn.MultiheadAttention(8, 2, kdim=4, vdim=6)) == [
        "q_proj",
        "k_proj",
        "v_proj",
        "out_proj",
    ]


def test_single_child_levels_are_collapsed_and_the_root_stays() -> None:
    block = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Conv2d(2, 2, 3))
    model = nn.ModuleDict(
        {
            "stem": nn.Sequential(nn.Sequential(nn.Conv2d(1, 1, 1))),
            "body": nn.Sequential(nn.Sequential(nn.ReLU(), block), nn.ReLU()),
            "head": nn.Linear(2, 2),
        }
    )
    assert tree(model) == [
        (0, "", "ModuleDict"),
        (1, "stem.0.0", "Conv2d"),
        (1, "body.0.1", "Sequential"),
        (2, "body.0.1.0", "Conv2d"),
        (2, "body.0.1.2", "Conv2d"),
        (1, "head", "Linear"),
    ]
    assert tree(nn.Linear(2, 2)) == [(0, "", "Linear"), (1, "Linear", "Linear")]
    assert tree(nn.Sequential(nn.ReLU(), nn.Linear(2, 2))) == [
        (0, "", "Sequential"),
        (1, "1", "Linear"),
    ]
    # The same statistics twice would be a level without a meaning.
    assert tree(nn.Sequential(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2)))) == [
        (0, "", "Sequential"),
        (1, "0.0", "Linear"),
        (1, "0.1", "Linear"),
    ]


def small() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.Sequential(nn.Flatten(), nn.Linear(2, 2)))


def wrapped_inside() -> nn.Module:
    model = small()
    model[1] = cast("nn.Module", torch.compile(nn.DataParallel(model[1])))
    return model


class Engine(nn.Module):
    """What other libraries' wrappers look like."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module


@pytest.mark.parametrize(
    "wrap",
    [
        nn.DataParallel,
        torch.compile,
        AveragedModel,
        Engine,
        lambda model: torch.compile(nn.DataParallel(AveragedModel(model))),
        lambda _: wrapped_inside(),
    ],
)
def test_wrappers_leave_no_trace_in_names(wrap: Callable[[nn.Module], nn.Module]) -> None:
    model = wrap(small())
    assert names(model) == ["0", "1.1"]
    assert tree(model) == tree(small())


def test_distributed_data_parallel(tmp_path: Path) -> None:
    store = f"file://{tmp_path}/store"
    torch.distributed.init_process_group("gloo", init_method=store, rank=0, world_size=1)
    try:
        assert names(nn.parallel.DistributedDataParallel(small())) == ["0", "1.1"]
    finally:
        torch.distributed.destroy_process_group()


def test_tied_weights_count_once() -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3), nn.Linear(3, 3))
    model[2].weight = model[0].weight
    assert names(model) == ["0", "1"]
    shared = nn.Linear(3, 3)
    assert names(nn.Sequential(shared, nn.ReLU(), shared)) == ["0"]
    blocks = [nn.Sequential(shared, nn.Linear(3, 3)) for _ in range(2)]
    assert names(nn.Sequential(*blocks)) == ["0.0", "0.1", "1.1"]


def test_layers_within_a_layer_have_names_of_their_own() -> None:
    class Adapted(nn.Linear):
        def __init__(self) -> None:
            super().__init__(4, 4)
            self.down = nn.Linear(4, 1)
            self.up = nn.Linear(1, 4)

    assert [name for _, name, _ in tree(nn.Sequential(Adapted(), nn.Linear(4, 2)))] == [
        "",
        "0",
        "0.weight",
        "0.down",
        "0.up",
        "1",
    ]


@pytest.mark.parametrize(
    "normalise",
    [
        parametrizations.weight_norm,
        parametrizations.spectral_norm,
        parametrizations.orthogonal,
        pytest.param(weight_norm, marks=pytest.mark.filterwarnings("ignore::FutureWarning")),
        spectral_norm,
        lambda module: prune.random_unstructured(module, "weight", 0.5),
        lambda module: prune.random_unstructured(
            prune.random_unstructured(module, "weight", 0.5), "bias", 0.5
        ),
    ],
)
def test_computed_weights_are_the_effective_ones(
    normalise: Callable[[nn.Module], nn.Module],
) -> None:
    torch.manual_seed(0)
    module = normalise(nn.Linear(6, 4))
    (tracked,) = find_layers(module)
    assert (tracked.layer.name, tracked.layer.type) == ("Linear", "Linear")
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.mul_(1.5).add_(0.01)
    module.train()
    before = {key: value.clone() for key, value in module.state_dict().items()}
    weight = tracked.weight()
    assert tracked.gradient() is None
    for key, value in module.state_dict().items():
        assert torch.equal(value, before[key]), f"{key} was changed by looking at the weight"
    assert module.training
    module.eval()
    x = torch.randn(3, 6)
    expected = module(x).detach()
    torch.testing.assert_close(
        nn.functional.linear(x, weight, cast("Tensor", module.bias)).detach(), expected
    )


def test_a_cached_parametrization_is_not_touched() -> None:
    module = parametrizations.spectral_norm(nn.Linear(6, 4)).train()
    with parametrize.cached():
        find_layers(module)[0].weight()
        assert not parametrize._cache


def test_lazy_layers_must_have_seen_data() -> None:
    model = nn.Sequential(nn.LazyConv2d(4, 3), nn.Flatten(), nn.LazyLinear(2))
    with pytest.raises(ValueError, match=r"'0.weight' is lazy.*run a batch through it first"):
        find_layers(model)
    model(torch.randn(1, 1, 4, 4))
    assert [x.layer.type for x in find_layers(model)] == ["Conv2d", "Linear"]


def test_what_is_not_recorded() -> None:
    model = nn.Sequential(nn.BatchNorm2d(3), nn.LayerNorm(3), nn.Embedding(3, 3), nn.LSTM(3, 3))
    with pytest.raises(ValueError, match="Sequential has no weighted layer"):
        find_layers(model)
    with pytest.warns(UserWarning, match="zero-element"):
        empty = nn.Linear(0, 3)
    assert names(nn.Sequential(empty, nn.Linear(3, 3))) == ["1"]


def test_gradients_are_arranged_like_weights() -> None:
    module = nn.ConvTranspose2d(4, 6, 3, groups=2)
    (tracked,) = find_layers(module)
    module.weight.grad = module.weight.detach() * 2
    gradient = tracked.gradient()
    assert isinstance(gradient, Tensor)
    assert torch.equal(tracked.filters(gradient), tracked.filters(tracked.weight()) * 2)
