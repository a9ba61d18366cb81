"""What putting filters back costs, and whether it finds those that were moved.

scripts/bench causes [--full] [--seeds 24]

The first part counts CPU time with one thread: of counterfactuals, each a tenth of the filters of
a layer put back, against as many evaluations of the model as it is, and how many predictions
differ from those of the whole model. The layers take turns.

The second part plants the truth: of small networks, three filters of a layer are spoilt and all
others move a little. It counts how often those that were spoilt are found, and how often others
are. The controls are groups drawn by chance, after moves in which no filter differs from others.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
import torchvision
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.command import command
from benchmarks.table import row, title
from tensorboard_plugin_deeptracker.causes import Draws, put_back
from tensorboard_plugin_deeptracker.causes.changes import Change
from tensorboard_plugin_deeptracker.causes.experiment import predictions
from tensorboard_plugin_deeptracker.causes.patching import Group, state_of
from tensorboard_plugin_deeptracker.causes.preparing import patchable_of
from tensorboard_plugin_deeptracker.features.causes.compute import (
    Found,
    found_in,
    is_beyond_chance,
)
from tensorboard_plugin_deeptracker.features.causes.records import Effect, Experiments

_PROMISED = 0.25
_PLAIN = 3
_CLASSES, _WIDTH, _SPOILT, _MOVED = 4, 16, 3, 0.03


def main() -> None:
    """Command line; see the module's text."""
    parser = command("scripts/bench causes", __doc__)
    parser.add_argument(
        "--full", action="store_true", help="2,000 images, all predictions compared (half an hour)"
    )
    parser.add_argument("--seeds", type=int, default=24, help="networks (default: 24)")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    title("Counterfactuals, against as many plain evaluations")
    images, compared = (2000, 100) if args.full else (200, 10)
    cost("ResNet-20, 100 of {} images of 32 x 32", resnet20(), (3, 32, 32), images, 100, compared)
    resnet50 = torchvision.models.resnet50()
    images, groups = (64, 40) if args.full else (8, 10)
    cost("ResNet-50, {} images of 224 x 224", resnet50, (3, 224, 224), images, groups, 2)
    title("Planted truth")
    truth(args.seeds)


def cost(
    name: str, model: nn.Module, shape: tuple[int, ...], images: int, count: int, compared: int
) -> None:
    """Measures counterfactuals of a model.

    Args:
        name: Of the model; where the number of images stands in it.
        model: Its weights do not matter.
        shape: Of an image.
        images: How many.
        count: Of counterfactuals.
        compared: Of so many, the predictions are compared with those of the whole model.
    """
    model.eval()
    batches = [
        (torch.randn(size, *shape), torch.zeros(size, dtype=torch.int64))
        for size in [min(images, 250)] * max(1, images // 250)
    ]
    before = copy.deepcopy(model.state_dict())
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * parameter.std().nan_to_num() * torch.randn_like(parameter))
        patchable = patchable_of(model, batches, None)
        values = state_of(model, before)
        random = np.random.default_rng(0)
        changes = []
        layers = list(patchable.sizes)
        for i in range(count):
            # Evenly: with layers drawn by chance, the figure would be of what is drawn.
            layer = layers[i * len(layers) // count]
            changes.append(Change(patchable.patch(_tenth(random, patchable.sizes, layer), values)))
        plain = partial(_plain, model, batches)
        plain()
        # Before and after, as other work on the machine slows down both.
        first = _seconds(lambda: [plain() for _ in range(_PLAIN)])[0]
        ours, found = _seconds(lambda: predictions(model, batches, changes))
        last = _seconds(lambda: [plain() for _ in range(_PLAIN)])[0]
        theirs = (first + last) / (2 * _PLAIN) * count
        of_part = _operations(lambda: predictions(model, batches[:1], changes))
        of_whole = _operations(lambda: _plain(model, batches[:1])) * count
        differ = 0
        for i in np.linspace(0, count - 1, compared).astype(int).tolist():
            with changes[i].made():
                differ += int((plain() != found.changed[i]).sum())
    row(name.format(images), ours, theirs, f"{count} plain evaluations", _PROMISED)
    print(f"{first / _PLAIN:.2f} s a plain evaluation before, {last / _PLAIN:.2f} s after")
    print(f"{of_part / of_whole:.3f} of their multiplications and additions")
    print(f"{differ} of {compared * images:,} predictions differ from the whole model's")


def truth(seeds: int) -> None:
    """Plants spoilt filters in networks, and counts what is found.

    Args:
        seeds: How many networks.
    """
    found, filters, false, tests, low = 0, 0.0, 0, 0, []
    began = time.process_time()
    for seed in range(seeds):
        model, loader = _trained(seed)
        before = copy.deepcopy(model.state_dict())
        planted = _spoil(model, loader, seed)
        rows = _rows(put_back(model, before, loader, draws=Draws(20, 100), layers=3))
        causes = [each.effect for each in rows if each.measured.draws and is_beyond_chance(each)]
        shares = [_share(each, planted) for each in causes]
        found += max(shares, default=0.0) > 0
        filters += max(shares, default=0.0)
        false += sum(share == 0 for share in shares)
        tests += sum(each.measured.draws > 0 for each in rows)
        low += _controls(model, loader, seed)
    p = np.array(low)
    print(f"networks                                     {seeds}")
    print(f"spoilt filters found                         {found} of {seeds}")
    print(f"of the spoilt filters, in the group found    {filters / seeds:.0%}")
    print(f"groups without any of them, beyond chance    {false} of {tests} tests")
    for level in (0.05, 0.1):
        share = (p <= level).mean()
        print(f"controls with p <= {level:<4}                      {share:.1%} of {len(p)}")
    print(f"CPU time                                     {time.process_time() - began:.0f} s")


def resnet20() -> nn.Module:
    """That of He et al. (2016) for CIFAR-10: 0.27 million parameters."""
    net: Any = torchvision.models.ResNet(torchvision.models.resnet.BasicBlock, [3, 3, 3, 1], 10)
    net.conv1, net.bn1 = nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16)
    net.maxpool = nn.Identity()
    net.inplanes = 16
    for i, (width, stride) in enumerate(((16, 1), (32, 2), (64, 2)), start=1):
        layer = net._make_layer(torchvision.models.resnet.BasicBlock, width, 3, stride)
        setattr(net, f"layer{i}", layer)
    net.layer4, net.fc = nn.Identity(), nn.Linear(64, 10)
    model: nn.Module = net
    return model


def _trained(seed: int) -> tuple[nn.Module, DataLoader[Any]]:
    torch.manual_seed(seed)
    labels = torch.arange(200) % _CLASSES
    pixels = torch.randn(200, 1, 8, 8)
    for image, label in zip(pixels, labels.tolist(), strict=True):
        top, left = divmod(label, 2)
        image[0, 4 * top : 4 * top + 4, 4 * left : 4 * left + 4] += 0.5
    model = nn.Sequential(
        *_block(1), *_block(_WIDTH), *_block(_WIDTH), nn.Flatten(), nn.Linear(64 * _WIDTH, _CLASSES)
    )
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(25):
        optimizer.zero_grad()
        functional.cross_entropy(model(pixels), labels).backward()
        optimizer.step()
    return model.eval(), DataLoader(TensorDataset(pixels, labels), 200)


def _block(channels: int) -> list[nn.Module]:
    return [nn.Conv2d(channels, _WIDTH, 3, padding=1), nn.BatchNorm2d(_WIDTH), nn.ReLU()]


def _spoil(model: nn.Module, loader: DataLoader[Any], seed: int) -> tuple[str, list[int]]:
    """Moves all filters a little and some of a layer so far that a tenth of the images flip."""
    random = np.random.default_rng(seed)
    layer = str(random.choice(["0", "3", "6"]))
    spoilt = sorted(random.choice(_WIDTH, _SPOILT, replace=False).tolist())
    right = _right(model, loader)
    _move(model)
    for _ in range(12):
        with torch.no_grad():
            model.get_parameter(f"{layer}.weight")[spoilt] *= -2
        if (_right(model, loader) != right).float().mean() > 0.1:
            break
    return layer, spoilt


def _right(model: nn.Module, loader: DataLoader[Any]) -> Tensor:
    ((pixels, labels),) = loader
    with torch.no_grad():
        right: Tensor = model(pixels).argmax(1) == labels
    return right


def _move(model: nn.Module) -> None:
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(_MOVED * parameter.std() * torch.randn_like(parameter))


def _rows(effects: list[Effect]) -> list[Found]:
    """What was found of all images, of filters that were put back."""
    rows = found_in([(1, Experiments(0, 0, 0.0, tuple(effects)))])
    return [each for each in rows if each.kind is None and each.effect.how == "put_back"]


def _share(effect: Effect, planted: tuple[str, list[int]]) -> float:
    """How many of the planted filters are in a group."""
    layer, filters = planted
    own = effect.filters.get(layer, np.empty(0, np.int64))
    return float(np.isin(filters, own).mean())


def _controls(model: nn.Module, loader: DataLoader[Any], seed: int) -> list[float]:
    """The p of groups drawn by chance, where all filters have moved alike."""
    before = copy.deepcopy(model.state_dict())
    for _ in range(4):
        _move(model)
    random = np.random.default_rng(seed)
    sizes = {"0": _WIDTH, "3": _WIDTH, "6": _WIDTH}
    groups = {
        f"{layer} {i}": {layer: random.choice(size, 4, replace=False)}
        for layer, size in sizes.items()
        for i in range(5)
    }
    try:
        effects = put_back(model, before, loader, groups, draws=Draws(40, 40))
    except ValueError:  # Nothing flipped.
        return []
    return [each.measured.p for each in _rows(effects) if each.measured.draws]


def _tenth(random: np.random.Generator, sizes: dict[str, int], layer: str) -> Group:
    count = max(1, sizes[layer] // 10)
    return {layer: np.sort(random.choice(sizes[layer], count, replace=False))}


def _plain(model: nn.Module, batches: list[tuple[Tensor, Tensor]]) -> NDArray[np.int64]:
    """What anybody would write."""
    return np.concatenate([model(pixels).argmax(1).numpy() for pixels, _ in batches])


def _operations(call: Callable[[], Any]) -> int:
    """Of convolutions and products of matrices: a number that does not depend on the machine."""
    with FlopCounterMode(display=False) as counter:
        call()
    return int(counter.get_total_flops())


def _seconds(call: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    result = call()
    return time.process_time() - began, result


if __name__ == "__main__":
    main()
