"""What a filter is, for all kinds of modules: what makes one output channel, and only that."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any, ClassVar

import pytest
import torch
import transformers
from torch import Tensor, nn
from torch.nn.utils import parametrizations
from transformers.pytorch_utils import Conv1D

from tensorboard_plugin_deeptracker import register_filters
from tensorboard_plugin_deeptracker.features.layers.log.filters import weights_of
from tensorboard_plugin_deeptracker.features.layers.log.layers import TrackedLayer, find_layers
from tensorboard_plugin_deeptracker.features.layers.log.untracked import untracked


def named(home: str, name: str) -> Callable[[type], type]:
    """Gives a stand-in the full name of the library's class whose documented ways it has."""

    def give(kind: type) -> type:
        kind.__module__, kind.__qualname__, kind.__name__ = home, name, name
        return kind

    return give


def rows_of(layer: TrackedLayer, output: Tensor) -> list[int]:
    """Which filters have made a part of an output."""
    layer.module.zero_grad()
    output.sum().backward(retain_graph=True)
    gradient = layer.gradient()
    assert gradient is not None
    return layer.filters(gradient).abs().sum(1).nonzero()[:, 0].tolist()


@named("timm.layers.cond_conv2d", "CondConv2d")
class Mixed(nn.Module):
    """timm's: kernels of several experts, flat, of which each image's is a mixture."""

    def __init__(self) -> None:
        super().__init__()
        self.weight_shape = (5, 3, 2, 2)
        self.weight = nn.Parameter(torch.randn(4, prod(self.weight_shape)))

    def forward(self, x: Tensor, routing: Tensor) -> Tensor:
        return nn.functional.conv2d(x, (routing @ self.weight).view(self.weight_shape))


class Instruction:
    has_weight, connection_mode = True, "uvw"

    def __init__(self, *path_shape: int) -> None:
        self.path_shape = path_shape


@named("e3nn.o3._linear", "Linear")
class Equivariant(nn.Module):
    """e3nn's: a linear map for each path, their weights one behind the other."""

    internal_weights = True
    instructions: ClassVar = [Instruction(4, 5), Instruction(3, 2)]

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(26))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x[:4] @ self.weight[:20].view(4, 5), x[4:] @ self.weight[20:].view(3, 2)


@named("escnn.nn.modules.conv.rd_convolution", "_RdConv")
class Steerable(nn.Module):
    """escnn's: a filter is a sum over a basis, kept as a buffer in eval mode."""

    basis: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.randn(3))
        self.register_buffer("basis", torch.randn(3, 4, 1, 3, 3))

    def expand_parameters(self) -> tuple[Tensor, None]:
        return torch.einsum("b,boihw->oihw", self.weights, self.basis), None

    def train(self, mode: bool = True) -> Steerable:
        if not mode:
            self.register_buffer("filter", self.expand_parameters()[0])
        elif hasattr(self, "filter"):
            del self.filter
        return super().train(mode)

    def forward(self, x: Tensor) -> Tensor:
        weight = self.expand_parameters()[0] if self.training else self.filter
        return nn.functional.conv2d(x, weight)  # type: ignore[arg-type]


def mixture(kind: str) -> nn.Module:
    sizes = {"hidden_size": 8, "intermediate_size": 6, "num_local_experts": 3}
    config = getattr(transformers, f"{kind}Config")(**sizes, num_experts_per_tok=1)
    config._experts_implementation = "eager"
    home = getattr(transformers.models, {"Mixtral": "mixtral", "GptOss": "gpt_oss"}[kind])
    module: nn.Module = getattr(
        getattr(home, f"modeling_{home.__name__.rpartition('.')[2]}"), f"{kind}Experts"
    )(config)
    for parameter in module.parameters():
        nn.init.normal_(parameter)
    return module


def test_a_column_of_a_conv1d_makes_its_output() -> None:
    module = Conv1D(5, 3)  # type: ignore[no-untyped-call]
    (layer,) = find_layers(module)
    assert (layer.layer.type, layer.layer.filters, layer.layer.weight_shape) == (
        "Conv1D",
        5,
        (3, 5),
    )
    outputs = module(torch.randn(2, 3))
    assert [rows_of(layer, outputs[:, i]) for i in range(5)] == [[i] for i in range(5)]
    assert torch.equal(layer.filters(layer.weight()), module.weight.detach().T)


@pytest.mark.parametrize(("kind", "shape"), [("Mixtral", (3, 12, 8)), ("GptOss", (3, 8, 12))])
def test_experts_have_filters_each(kind: str, shape: tuple[int, ...]) -> None:
    module = mixture(kind)
    up, down = find_layers(module)
    assert (up.layer.name, up.layer.weight_shape, up.layer.filters) == ("gate_up_proj", shape, 36)
    assert (down.layer.name, down.layer.filters) == ("down_proj", 24)
    expert = 1
    chosen, share = torch.tensor([[expert]]), torch.ones(1, 1)
    output = module(torch.randn(1, 8), chosen, share)
    for i in range(8):
        assert rows_of(down, output[:, i]) == [8 * expert + i]
    # Those whose gate is clamped have no gradient.
    assert set(rows_of(up, output)) <= set(range(12 * expert, 12 * expert + 12))


def test_a_router_is_a_linear_map() -> None:
    router = transformers.models.mixtral.modeling_mixtral.MixtralTopKRouter(  # type: ignore[no-untyped-call]
        transformers.MixtralConfig(hidden_size=8, num_local_experts=3)
    )
    (layer,) = find_layers(router)
    assert (layer.layer.filters, layer.layer.weight_shape) == (3, (3, 8))


def test_mixed_kernels_have_filters_of_each_expert() -> None:
    module = Mixed()
    (layer,) = find_layers(module)
    assert (layer.layer.filters, layer.layer.weight_shape) == (20, (4, 5, 3, 2, 2))
    output = module(torch.randn(1, 3, 2, 2), torch.tensor([0.0, 1.0, 0.0, 1.0]))
    assert rows_of(layer, output[:, 2]) == [5 + 2, 15 + 2]


def test_paths_of_one_list_of_weights_are_layers_each() -> None:
    module = Equivariant()
    first, second = find_layers(nn.Sequential(module))
    assert [x.layer.name for x in (first, second)] == ["0.weight0", "0.weight1"]
    assert [x.layer.filters for x in (first, second)] == [5, 2]
    one, other = module(torch.randn(7))
    assert rows_of(first, one[3]) == [3]
    assert rows_of(second, one[3]) == []
    assert rows_of(second, other[1]) == [1]


def test_what_is_computed_is_the_weight_that_is_used() -> None:
    module = Steerable()
    (layer,) = find_layers(module)
    assert (layer.layer.name, layer.layer.filters) == ("_RdConv", 4)
    for mode in (True, False):
        module.train(mode)
        state = dict(module.state_dict())
        x = torch.randn(1, 1, 3, 3)
        torch.testing.assert_close(nn.functional.conv2d(x, layer.weight()), module(x).detach())
        assert module.state_dict().keys() == state.keys()
        assert layer.gradient() is None


class Derived(nn.Conv2d):
    """A convolution of somebody's own."""


@pytest.mark.filterwarnings("ignore:.*torch.jit.*")
def test_torchscript_has_the_layers_that_it_was_made_of() -> None:
    model = nn.Sequential(
        Derived(3, 4, 3), nn.ReLU(), nn.ConvTranspose2d(4, 6, 3, groups=2), nn.Flatten()
    ).append(nn.Linear(384, 2))
    described = [x.layer for x in find_layers(model)]
    scripted = find_layers(torch.jit.script(model))
    assert [x.layer for x in scripted] == described
    torch.jit.script(model)(torch.randn(2, 3, 8, 8))
    example = torch.randn(1, 3, 8, 8)
    traced = find_layers(torch.jit.trace(model, example))
    # What it does with groups, a trace does not say.
    assert [x.layer for x in traced] == [described[0], described[2]]
    module = torch.jit.script(model)
    module(example).sum().backward()
    assert all(x.gradient() is not None for x in find_layers(module))


def test_a_normalised_attention_is_its_effective_weight() -> None:
    module = parametrizations.weight_norm(nn.MultiheadAttention(4, 2), "in_proj_weight")
    layer = find_layers(module)[0]
    assert (layer.layer.name, layer.layer.filters) == ("in_proj", 12)
    torch.testing.assert_close(layer.weight(), module.in_proj_weight.detach())


class Packed(nn.Linear):
    """A linear layer that keeps its weight in another way."""

    def __init__(self) -> None:
        super().__init__(4, 4)
        del self.weight
        self.packed = nn.Parameter(torch.zeros(4, 2, dtype=torch.uint8), requires_grad=False)


def test_a_layer_without_its_weight_is_said_and_no_error() -> None:
    model = nn.Sequential(Packed(), nn.Linear(4, 2))
    layers = find_layers(model)
    assert [x.layer.name for x in layers] == ["1"]
    said = untracked(model, layers)
    assert said is not None
    assert said.startswith("1 parameter of 1 kind is not tracked: Packed.packed. They hold 36 %")


@pytest.fixture
def kind() -> type[nn.Module]:
    class Own(nn.Module):
        """[inputs, experts, outputs]"""

        def __init__(self) -> None:
            super().__init__()
            self.w_in = nn.Parameter(torch.randn(2, 3, 4))
            self.w_out = nn.Parameter(torch.randn(3, 4))
            self.extra = nn.Parameter(torch.randn(5, 5))

    return Own


def test_users_say_what_their_filters_are(kind: type[nn.Module]) -> None:
    model = nn.Sequential(kind(), nn.Linear(2, 2))
    assert [x.layer.name for x in find_layers(model)] == ["1"]
    said = untracked(model, find_layers(model))
    assert said is not None
    assert "3 parameters of 3 kinds are not tracked: Own.w_in, Own.w_out, Own.extra." in said
    register_filters(kind, w_in=(1, 2), w_out=1)
    layers = find_layers(model)
    assert [(x.layer.name, x.layer.filters) for x in layers[:2]] == [("0.w_in", 12), ("0.w_out", 4)]
    own: Any = model[0]
    assert torch.equal(layers[0].filters(layers[0].weight())[7], own.w_in[:, 1, 3])
    assert torch.equal(layers[1].filters(layers[1].weight())[2], own.w_out[:, 2])
    said = untracked(model, layers)
    assert said is not None
    assert "1 parameter of 1 kind is not tracked: Own.extra." in said


def test_users_rules_are_for_derived_classes_and_by_name_too(kind: type[nn.Module]) -> None:
    derived = type("Derived", (named("elsewhere.layers", "Own")(kind),), {})
    register_filters("elsewhere.layers.Own", product=lambda module: module.w_out @ module.w_in[0].T)
    (layer,) = find_layers(nn.Sequential(derived()))
    assert (layer.layer.name, layer.layer.type, layer.layer.filters) == ("0", "Derived", 3)
    assert len(layer.sources()) == 3


anything: Any = register_filters


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda _: anything(3, weight=0), "kind must be a class of modules"),
        (lambda _: anything(int, weight=0), "kind must be a class of modules"),
        (lambda kind: anything(kind), "name the weights of .*Own that have filters"),
        (lambda kind: anything(kind, weight=-1), "weight must be the dimension"),
        (lambda kind: anything(kind, weight=()), "weight must be the dimension"),
        (lambda kind: anything(kind, weight="0"), "weight must be the dimension"),
    ],
)
def test_rules_that_are_none(
    kind: type[nn.Module], wrong: Callable[[Any], None], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        wrong(kind)
    assert not weights_of(kind())


def test_a_dimension_that_is_not_there(kind: type[nn.Module]) -> None:
    register_filters(kind, w_out=2)
    with pytest.raises(ValueError, match=r"dimension 2 of 'w_out' of Own .* the shape \[3, 4\]"):
        find_layers(nn.Sequential(kind()))


def test_nothing_of_the_usual_models_is_said() -> None:
    """Normalisations, embeddings, tokens, scales and biases have no filters."""
    sizes: dict[str, Any] = {"n_layer": 1, "n_embd": 8, "n_head": 2, "vocab_size": 9}
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(**sizes))
    assert untracked(model, find_layers(model)) is None
    image = transformers.ImageGPTForImageClassification(transformers.ImageGPTConfig(**sizes))
    assert untracked(image, find_layers(image)) is None
    import torchvision

    for name in ("swin_v2_t", "maxvit_t", "vit_b_32", "convnext_tiny"):
        model = torchvision.models.get_model(name)
        assert untracked(model, find_layers(model)) is None, name


def test_many_kinds_are_counted() -> None:
    model = nn.Sequential(nn.LSTM(3, 3, 2), nn.Linear(3, 3), nn.GRU(3, 3))
    said = untracked(model, find_layers(model))
    assert said is not None
    assert said.startswith(
        "6 parameters of 6 kinds are not tracked: LSTM.weight_ih_l0, LSTM.weight_hh_l0,"
        " LSTM.weight_ih_l1, LSTM.weight_hh_l1, GRU.weight_ih_l0, and 1 more."
    )
