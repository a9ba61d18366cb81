"""The order in which data reaches the layers, and which layer feeds which."""

from __future__ import annotations

import itertools
import random
from typing import Any, cast

import numpy as np
import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from tensorboard_plugin_deeptracker.features.layers.log.forward import forward_order
from tensorboard_plugin_deeptracker.features.layers.log.layers import find_layers


def structure(model: nn.Module, example: Any = None) -> tuple[list[str], set[tuple[str, str]]]:
    """Names in forward order, and edges between names."""
    layers = find_layers(model)
    order, edges = forward_order(model, layers, example)
    names = [layers[i].layer.name for i in order]
    return names, {(names[a], names[b]) for a, b in edges}


def chain(names: list[str]) -> set[tuple[str, str]]:
    return set(itertools.pairwise(names))


IMAGE = torch.zeros(1, 3, 64, 64)


def resnet_edges(names: list[str], blocks: list[int], convs: int) -> set[tuple[str, str]]:
    """What He et al. (2016) draw: shortcuts go round blocks, projections replace them."""
    edges = set()
    sources = ["conv1"]
    for stage, count in enumerate(blocks, start=1):
        for block in range(count):
            path = f"layer{stage}.{block}"
            inner = [f"{path}.conv{i + 1}" for i in range(convs)]
            edges |= {(source, inner[0]) for source in sources} | chain(inner)
            shortcut = f"{path}.downsample.0"
            if shortcut in names:
                edges |= {(source, shortcut) for source in sources}
                sources = [inner[-1], shortcut]
            else:
                sources = [*sources, inner[-1]]
    return edges | {(source, "fc") for source in sources}


@pytest.mark.parametrize("example", [IMAGE, None], ids=["example", "symbolic"])
@pytest.mark.parametrize(
    ("name", "blocks", "convs"), [("resnet18", [2, 2, 2, 2], 2), ("resnet50", [3, 4, 6, 3], 3)]
)
def test_resnets(name: str, blocks: list[int], convs: int, example: Tensor | None) -> None:
    names, edges = structure(torchvision.models.get_model(name), example)
    assert names[:2] == ["conv1", "layer1.0.conv1"]
    assert len(names) == {"resnet18": 21, "resnet50": 54}[name]
    assert edges == resnet_edges(names, blocks, convs)


@pytest.mark.parametrize("example", [IMAGE, None], ids=["example", "symbolic"])
def test_vgg_is_a_chain(example: Tensor | None) -> None:
    model = torchvision.models.vgg11(init_weights=False)
    names, edges = structure(model, example)
    assert len(names) == 11
    assert edges == chain(names)


def test_a_dense_block_feeds_all_that_follow() -> None:
    names, edges = structure(torchvision.models.densenet121(), IMAGE)
    assert len(names) == 121
    first = "features.denseblock1.denselayer"
    for i in range(1, 7):
        assert (f"{first}{i}.conv1", f"{first}{i}.conv2") in edges
        assert ("features.conv0", f"{first}{i}.conv1") in edges
        assert (f"{first}{i}.conv2", "features.transition1.conv") in edges
        for j in range(i + 1, 7):
            assert (f"{first}{i}.conv2", f"{first}{j}.conv1") in edges
    assert not any(source.startswith(first) for source, target in edges if "block2" in target)


def test_inception_branches_and_auxiliary_classifier() -> None:
    model = torchvision.models.inception_v3(init_weights=False)
    names, edges = structure(model, torch.zeros(1, 3, 96, 96))
    assert len(names) == 96 + 2
    # Not run in eval mode; registered behind the last Mixed_6e.
    assert names.index("AuxLogits.conv0.conv") == names.index("Mixed_6e.branch_pool.conv") + 1
    into = {source for source, target in edges if target == "Mixed_5c.branch1x1.conv"}
    branches = ("branch1x1", "branch5x5_2", "branch3x3dbl_3", "branch_pool")
    assert into == {f"Mixed_5b.{branch}.conv" for branch in branches}


@pytest.mark.parametrize(
    "example", [torch.zeros(1, 3, 224, 224), None], ids=["example", "symbolic"]
)
def test_vision_transformer(example: Tensor | None) -> None:
    model = torchvision.models.VisionTransformer(
        image_size=224, patch_size=16, num_layers=2, num_heads=2, hidden_dim=8, mlp_dim=16
    )
    names, edges = structure(model, example)
    blocks = [f"encoder.layers.encoder_layer_{i}." for i in range(2)]
    inner = ["self_attention.in_proj", "self_attention.out_proj", "mlp.0", "mlp.3"]
    assert names == ["conv_proj", *(b + layer for b in blocks for layer in inner), "heads.head"]
    stream = ["conv_proj"]
    expected = set()
    for block in blocks:
        for first, last in (inner[:2], inner[2:]):
            expected |= {(source, block + first) for source in stream}
            expected.add((block + first, block + last))
            stream.append(block + last)
    assert edges == expected | {(source, "heads.head") for source in stream}


def test_swin_uses_its_weights_without_calling_the_layers() -> None:
    model = torchvision.models.SwinTransformer([4, 4], 8, [2, 2], [2, 2], [4, 4])
    names, edges = structure(model, IMAGE)
    block = [f"features.1.1.{name}" for name in ("attn.qkv", "attn.proj", "mlp.0", "mlp.3")]
    at = names.index(block[0])
    assert names[at : at + 4] == block
    assert {(block[0], block[1]), (block[2], block[3]), (block[1], block[2])} <= edges
    # The mask of shifted windows has the type of the data, but comes from no layer.
    assert {source for source, target in edges if target == block[1]} == {block[0]}


@pytest.mark.parametrize("name", ["convnext_tiny", "efficientnet_b0", "mobilenet_v3_small"])
def test_other_families(name: str) -> None:
    layers = {"convnext_tiny": 59, "efficientnet_b0": 82, "mobilenet_v3_small": 54}
    names, edges = structure(torchvision.models.get_model(name), IMAGE)
    assert len(names) == layers[name]
    assert {target for _, target in edges} == set(names[1:])
    assert {source for source, _ in edges} == set(names[:-1])
    if name == "efficientnet_b0":
        # Squeeze and excitation: the gate multiplies what it was computed from.
        block = "features.2.0.block."
        assert (block + "1.0", block + "2.fc1") in edges
        assert (block + "2.fc1", block + "2.fc2") in edges
        assert {s for s, t in edges if t == block + "3.0"} == {block + "1.0", block + "2.fc2"}


class Registered(nn.Module):
    """Registered in another order than used."""

    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(4, 2)
        self.never = nn.Linear(4, 4)
        self.first = nn.Linear(3, 4)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.last(self.first(x).relu_())
        return y


@pytest.mark.parametrize("example", [torch.zeros(1, 3), None])
def test_order_is_that_of_the_data(example: Tensor | None) -> None:
    names, edges = structure(Registered(), example)
    assert names == ["first", "last", "never"]
    assert edges == {("first", "last")}


def test_examples_of_all_kinds() -> None:
    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b, self.c = nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2)

        def forward(self, x: Tensor, y: dict[str, Tensor], scale: float = 1) -> Tensor:
            z: Tensor = self.c(self.a(x) + scale * self.b(y["y"]))
            return z

    x = torch.zeros(1, 2)
    for example in ((x, {"y": x}), {"x": x, "y": {"y": x}, "scale": 3.0}):
        assert structure(Two(), example)[1] == {("a", "c"), ("b", "c")}


class Peculiar(nn.Module):
    """Does what models do that tracing by gradients or by module calls would not see."""

    calls: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.frozen = nn.Linear(4, 4)
        self.norm = parametrizations.weight_norm(nn.Linear(4, 4))
        self.spectral = parametrizations.spectral_norm(nn.Linear(4, 4))
        self.query = nn.Parameter(torch.randn(1, 4))
        self.on_query = nn.Linear(4, 4)
        self.on_noise = nn.Linear(4, 4)
        self.head = nn.Linear(4, 5)
        self.table = nn.Embedding(5, 4)
        self.head.weight = self.table.weight
        self.register_buffer("calls", torch.zeros(()))
        self.dropout = nn.Dropout()
        self.scripted = torch.jit.script(nn.Linear(4, 4))

    def forward(self, ids: Tensor) -> Tensor:
        self.calls.add_(1)
        assert self.calls.item() > 0
        with torch.no_grad():
            x = self.frozen(self.table(ids)).detach()
        x = self.dropout(self.spectral(self.norm(x)))
        buffer = torch.zeros_like(x)
        buffer[:, :2] = x[:, :2]
        noise = self.on_noise(torch.randn(1, 4))
        y: Tensor = self.head(buffer + self.on_query(self.query) + noise)
        return y


@pytest.mark.parametrize("example", [torch.zeros(1, 2), None], ids=["example", "symbolic"])
def test_what_only_has_the_shape_of_data_carries_none(example: Tensor | None) -> None:
    class Shaped(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b, self.c = nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2)

        def forward(self, x: Tensor) -> Tensor:
            y: Tensor = self.c(torch.ones_like(self.a(x)) + self.b(x))
            return y

    assert structure(Shaped(), example)[1] == {("b", "c")}


@pytest.mark.filterwarnings("ignore:.*torch.jit.script.*")
def test_peculiar_models() -> None:
    names, edges = structure(Peculiar(), torch.tensor([1, 2]))
    assert edges == {
        ("frozen", "norm"),
        ("norm", "spectral"),
        ("spectral", "head"),
        ("on_query", "head"),
        ("on_noise", "head"),
    }
    assert names[:3] == ["frozen", "norm", "spectral"]


def test_weights_in_one_memory_are_told_apart() -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3), nn.Linear(3, 3))
    flat = torch.randn(27)
    for i, layer in enumerate(model):
        layer.weight.data = flat[9 * i : 9 * i + 9].view(3, 3)
    assert structure(model, torch.zeros(1, 3))[1] == {("0", "1"), ("1", "2")}


def test_layers_used_again_and_again_have_no_loops() -> None:
    class Recurrent(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 3)

        def forward(self, x: Tensor) -> Tensor:
            for _ in range(3):
                x = self.b(self.a(x))
            return x

    assert structure(Recurrent(), torch.zeros(1, 3)) == (["a", "b"], {("a", "b")})


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
def test_fused_attention_is_opened() -> None:
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    names, edges = structure(nn.TransformerEncoder(layer, 1), torch.zeros(1, 3, 8))
    path = "layers.0."
    assert names == [path + x for x in ("self_attn.in_proj", "self_attn.out_proj")] + [
        path + "linear1",
        path + "linear2",
    ]
    assert edges == chain(names)
    assert torch.backends.mha.get_fastpath_enabled()


def test_compiled_parts_are_run_uncompiled() -> None:
    def refuse(*_: Any) -> Any:
        raise AssertionError("compiled")

    inner = torch.compile(nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3)), backend=refuse)
    model = nn.Sequential(cast("nn.Module", inner), nn.Linear(3, 2))
    assert structure(model, torch.zeros(1, 3))[1] == {("0.0", "0.1"), ("0.1", "1")}


class Stateful(nn.Module):
    """Everything a forward pass can leave behind."""

    calls: Tensor

    def __init__(self, fail: bool) -> None:
        super().__init__()
        self.fail = fail
        self.bn = nn.BatchNorm1d(3)
        self.dropout = nn.Dropout()
        self.linear = parametrizations.spectral_norm(nn.Linear(3, 3))
        self.register_buffer("calls", torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        self.calls = self.calls + 1
        self.bn.running_mean.add_(1)  # type: ignore[union-attr]
        _ = torch.rand(3), np.random.rand(3), random.random()  # noqa: NPY002
        if self.fail:
            raise RuntimeError("no such thing")
        y: Tensor = self.linear(self.dropout(self.bn(x)))
        return y


@pytest.mark.parametrize("fail", [False, True])
@pytest.mark.parametrize("example", [torch.zeros(2, 3), None])
def test_the_model_is_left_as_it_was(fail: bool, example: Tensor | None) -> None:
    model = Stateful(fail).train()
    model.dropout.eval()
    model(torch.zeros(2, 3)).sum().backward() if not fail else None
    state = {key: value.clone() for key, value in model.state_dict(keep_vars=True).items()}
    identities = {key: id(value) for key, value in model.state_dict(keep_vars=True).items()}
    gradients = {n: (id(p.grad), p.grad) for n, p in model.named_parameters()}
    flags = [module.training for module in model.modules()]
    generators = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()  # type: ignore[index]  # noqa: NPY002
    layers = find_layers(model)
    if fail and example is not None:
        with pytest.raises(ValueError, match="RuntimeError: no such thing"):
            forward_order(model, layers, example)
    else:
        forward_order(model, layers, example)
    after = model.state_dict(keep_vars=True)
    assert {key: id(value) for key, value in after.items()} == identities
    assert all(torch.equal(state[key], value) for key, value in after.items())
    assert flags == [module.training for module in model.modules()]
    assert gradients == {n: (id(p.grad), p.grad) for n, p in model.named_parameters()}
    assert torch.equal(generators[0], torch.get_rng_state())
    assert (generators[1] == np.random.get_state()[1]).all()  # type: ignore[index]  # noqa: NPY002
    assert generators[2] == random.getstate()
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_a_model_that_cannot_be_traced_keeps_its_order() -> None:
    class Dynamic(Registered):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x) if x.sum() > 0 else x

    assert structure(Dynamic()) == (["last", "never", "first"], set())
