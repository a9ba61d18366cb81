"""Whatever a model is made of: what is logged are the measures of its filters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.nn.utils import parametrizations
from torch.optim.swa_utils import AveragedModel

from tensorboard_plugin_deeptracker import SummaryWriter
from tensorboard_plugin_deeptracker.features.layers.log.layers import find_layers

from .processes import run_training
from .reading import Logged, read_log


class Everything(nn.Module):
    """All kinds of layers."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1d = nn.Conv1d(3, 6, 3, padding=1)
        self.grouped = nn.Conv1d(6, 8, 1, groups=2)
        self.up1d = nn.ConvTranspose1d(8, 4, 2, groups=2)
        self.conv2d = nn.Conv2d(4, 8, 3, padding=1)
        self.depthwise = nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.up2d = nn.ConvTranspose2d(8, 6, 2)
        self.conv3d = nn.Conv3d(6, 4, 1)
        self.up3d = nn.ConvTranspose3d(4, 4, 1)
        self.lazy = nn.LazyLinear(8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.apart = nn.MultiheadAttention(8, 2, kdim=8, vdim=8, batch_first=True)
        self.apart._qkv_same_embed_dim = False
        self.normed = parametrizations.weight_norm(nn.Linear(8, 8))
        self.spectral = parametrizations.spectral_norm(nn.Linear(8, 8))
        self.frozen = nn.Linear(8, 8).requires_grad_(False)
        self.tied = nn.Linear(8, 8)
        self.again = nn.Linear(8, 8)
        self.again.weight = self.tied.weight
        self.single = nn.Linear(1, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.up1d(self.grouped(self.conv1d(x)))[:, :, None]
        x = self.up2d(self.depthwise(self.conv2d(x)))[:, :, None]
        x = self.lazy(self.up3d(self.conv3d(x)).flatten(2))
        x = self.attention(x, x, x)[0]
        x = self.again(self.tied(self.frozen(self.spectral(self.normed(x)))))
        y: Tensor = self.single(x.mean((1, 2))[:, None])
        return y


def channels_last(model: nn.Module) -> nn.Module:
    for module in model.children():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            module.to(memory_format=torch.channels_last)
    return model


def by_filter(module: nn.Module, weight: Tensor) -> list[Tensor]:
    """The weights of each output channel, one by one."""
    if not isinstance(module, (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)):
        return list(weight)
    inputs, outputs = module.in_channels // module.groups, module.out_channels // module.groups
    return [
        weight[group * inputs : (group + 1) * inputs, channel]
        for group in range(module.groups)
        for channel in range(outputs)
    ]


def effective(model: nn.Module) -> list[Tensor]:
    """float64 weights of all filters, in the order of registration."""
    return [
        row.detach().double().flatten().clone()
        for layer in find_layers(model)
        for row in by_filter(layer.module, getattr(layer.module, layer.attribute))
    ]


def check(logged: Logged, dumps: dict[int, list[Tensor]], model: nn.Module) -> None:
    """Compares what was logged of the last two dumps with the weights then."""
    first, last = sorted(dumps)[-2:]
    sizes = {layer.layer.name: layer.layer.filters for layer in find_layers(model)}
    starts = dict(zip(sizes, np.cumsum([0, *sizes.values()]), strict=False))
    order = np.concatenate(
        [starts[layer.name] + np.arange(layer.filters) for layer in logged.model.layers]
    )
    pairs = [(dumps[first][i], dumps[last][i]) for i in order]
    expected = {
        # A filter of zeros, as in a new head, has no direction.
        "change": [1 - w @ w0 / (w.norm() * w0.norm()) for w0, w in pairs],
        "update_ratio": [(w - w0).norm() / w0.norm() for w0, w in pairs],
        "weight_mean": [w.mean() for _, w in pairs],
        "weight_sd": [w.std(correction=0) for _, w in pairs],
        "weight_norm": [w.norm() for _, w in pairs],
    }
    for name, values in expected.items():
        np.testing.assert_allclose(
            logged.measure(name, last), torch.stack(values), rtol=1e-5, atol=1e-8, err_msg=name
        )


@pytest.mark.parametrize(
    "wrap",
    [
        lambda model: model,
        channels_last,
        nn.DataParallel,
        lambda model: torch.compile(model, backend="eager"),
        lambda model: model.bfloat16(),
        lambda model: model.double(),
    ],
    ids=["plain", "channels last", "DataParallel", "compiled", "bfloat16", "float64"],
)
def test_all_kinds_of_layers(tmp_path: Path, wrap: Callable[[nn.Module], Any]) -> None:
    torch.manual_seed(0)
    plain = Everything()
    plain(torch.zeros(2, 3, 5))
    model = wrap(plain)
    x = torch.randn(2, 3, 5).to(plain.conv1d.weight)
    optimizer = torch.optim.SGD([p for p in plain.parameters() if p.requires_grad], 0.1)
    dumps = {}
    with SummaryWriter(tmp_path) as writer:
        writer.add_model(plain, x)
        for step in range(3):
            optimizer.zero_grad()
            model(x).square().sum().backward()
            writer.add_weights(model, step)
            plain.eval()
            dumps[step] = effective(plain)
            plain.train()
            optimizer.step()
    logged = read_log(tmp_path)
    check(logged, dumps, plain)
    names = [layer.name for layer in logged.model.layers]
    assert "again" not in names
    at = names.index("frozen")
    frozen = slice(start := sum(x.filters for x in logged.model.layers[:at]), start + 8)
    assert (logged.measure("change", 2)[frozen] == 0).all()
    assert np.isnan(logged.measure("gradient_norm", 2)[frozen]).all()


def test_a_moving_average_is_logged_under_the_names_of_the_model(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 5), nn.Linear(5, 3))
    average = AveragedModel(model)
    dumps = {}
    with SummaryWriter(tmp_path) as writer:
        for step in range(3):
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter.add_(torch.randn_like(parameter), alpha=0.1)
            average.update_parameters(model)
            writer.add_weights(average, step)
            dumps[step] = effective(average)
    logged = read_log(tmp_path)
    assert [layer.name for layer in logged.model.layers] == ["0", "1"]
    check(logged, dumps, average)


LARGE = pytest.mark.full


@pytest.mark.parametrize(
    "name",
    [
        "mobilenet_v3_small",
        "resnet18",
        *(
            pytest.param(name, marks=LARGE)
            for name in (
                "vgg11", "inception_v3", "densenet121", "mobilenet_v2", "efficientnet_b0",
                "convnext_tiny", "swin_t", "swin_v2_t", "vit_b_16", "resnext50_32x4d",
            )
        ),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:.*init_weights.*:FutureWarning")
def test_torchvisions_families(tmp_path: Path, name: str) -> None:
    torch.manual_seed(0)
    model = torchvision.models.get_model(name)
    dumps = {}
    with SummaryWriter(tmp_path) as writer:
        writer.add_model(model, torch.zeros(1, 3, 224, 224))
        for step in range(2):
            writer.add_weights(model, step)
            dumps[step] = effective(model)
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter.add_(torch.randn_like(parameter), alpha=1e-3)
    check(read_log(tmp_path), dumps, model)


@pytest.mark.parametrize("numba", [False, True])
@pytest.mark.parametrize(("previous", "share"), [("exact", 1), ("bfloat16", 0.5)])
def test_one_copy_of_the_weights_is_kept(
    tmp_path: Path, previous: str, share: float, numba: bool
) -> None:
    code = f"""
        import ctypes, sys
        from pathlib import Path
        if {numba}:  # Its own memory comes once for all models.
            from tensorboard_plugin_deeptracker.features.layers.log.compiled import kernels
            assert kernels()
        else:
            sys.modules["numba"] = None
        def resident():
            ctypes.CDLL(None).malloc_trim(0)  # What is free but not given back does not count.
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            return pages * 4096 / 2**20
        model = torch.nn.Sequential(*(torch.nn.Linear(2000, 2000, bias=False) for _ in range(8)))
        assert sum(parameter.nbytes for parameter in model.parameters()) == 128_000_000
        writer = SummaryWriter(directory, previous_weights="{previous}")
        before = resident()
        for step in range(4):
            writer.add_weights(model, step)
            writer.flush()
        print(resident() - before, file=sys.stderr)
    """
    ended = run_training(code, tmp_path)
    assert ended.status == 0, ended.stderr
    # Beside it some scratch, and samples of 65,536 weights a layer.
    assert float(ended.stderr) < share * 122 + 48


def test_a_copy_in_half_the_memory(tmp_path: Path) -> None:
    """All is exact but the updates, and these are exact for the rounded weights."""
    generator = torch.Generator().manual_seed(0)
    before = torch.randn(6, 500, generator=generator)
    after = before + 0.05 * torch.randn(6, 500, generator=generator)
    after[2] = before[2]
    layer = nn.Linear(500, 6, bias=False)
    logs = {}
    for previous in ("exact", "cpu", "bfloat16"):
        directory = tmp_path / previous
        with SummaryWriter(directory, previous_weights=previous) as writer, torch.no_grad():
            for step, weight in enumerate((before, after)):
                layer.weight.copy_(weight)
                writer.add_weights(layer, step)
        logs[previous] = read_log(directory)
    np.testing.assert_array_equal(logs["cpu"].filters[1], logs["exact"].filters[1])
    rounded = logs["bfloat16"]
    for name in ("weight_mean", "weight_sd", "weight_norm"):
        np.testing.assert_array_equal(rounded.measure(name, 1), logs["exact"].measure(name, 1))
    w0, w = before.bfloat16().double(), after.bfloat16().double()
    expected = 1 - torch.cosine_similarity(w, w0)
    np.testing.assert_allclose(rounded.measure("change", 1), expected, rtol=1e-6, atol=1e-15)
    assert rounded.measure("change", 1)[2] == rounded.measure("update_ratio", 1)[2] == 0
    np.testing.assert_allclose(
        rounded.measure("change", 1), logs["exact"].measure("change", 1), rtol=0.02
    )
