"""Weights of what `torch.export` makes of a model: only its graph says what is done with them.

The modules of an exported program have no classes, they hold parameters under the names that they
had in the model. What a convolution or a linear map is given, past what quantises it or folds a
batch norm into it, is a weight.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, fx, nn

from .filters import Weight

_aten = torch.ops.aten
# Operators, where their weight and their groups are among the arguments, and what the model had.
_WEIGHED: dict[Any, tuple[int, int | None, str]] = {
    _aten.conv1d: (1, None, "Conv1d"),
    _aten.conv2d: (1, None, "Conv2d"),
    _aten.conv3d: (1, None, "Conv3d"),
    _aten.linear: (1, None, "Linear"),
    _aten.bilinear: (2, None, "Bilinear"),
    _aten.conv_transpose1d: (1, 6, "ConvTranspose1d"),
    _aten.conv_transpose2d: (1, 6, "ConvTranspose2d"),
    _aten.conv_transpose3d: (1, 6, "ConvTranspose3d"),
}


def exported_weights(model: nn.Module) -> dict[nn.Module, list[Weight]]:
    """The weights of the modules of exported programs in a model, with what their layers were."""
    found: dict[nn.Module, list[Weight]] = {}
    for program in model.modules():
        # Other graphs have modules that say themselves what they are.
        if isinstance(program, fx.GraphModule):
            for node in program.graph.nodes:
                for module, weight in _weighed(program, node):
                    own = found.setdefault(module, [])
                    if weight.name not in {each.name for each in own}:
                        own.append(weight)
    return found


def _weighed(program: fx.GraphModule, node: fx.Node) -> Iterator[tuple[nn.Module, Weight]]:
    """The weight that a node multiplies with, if it does."""
    place, groups_place, kind = _WEIGHED.get(
        getattr(node.target, "overloadpacket", None), (None, None, "")
    )
    if place is None or place >= len(node.args):
        return
    path, _, attribute = _origin(node.args[place]).rpartition(".")
    module = program.get_submodule(path)
    # Exactly this class: one of another has rules of its own.
    if type(module) is not nn.Module or not isinstance(
        module._parameters.get(attribute), nn.Parameter
    ):
        return
    groups = 1
    if groups_place is not None and groups_place < len(node.args):
        groups = int(node.args[groups_place])  # type: ignore[arg-type]
    yield (
        module,
        Weight(
            attribute.removesuffix("_weight"),
            attribute,
            (0,) if groups_place is None else (1,),
            groups,
            kind=kind,
            beside=tuple(_tensors(program, node.args[place])),
        ),
    )


def _origin(node: Any) -> str:
    """Where the program has the parameter from which a node computes; empty if nowhere."""
    while isinstance(node, fx.Node) and node.op.startswith("call_"):
        node = node.args[0] if node.args else None
    return str(node.target) if isinstance(node, fx.Node) and node.op == "get_attr" else ""


def _tensors(program: fx.GraphModule, node: Any) -> Iterator[Tensor]:
    """All that a node computes from."""
    left, seen = [node], set()
    while left:
        each = left.pop()
        if each in seen:
            continue
        seen.add(each)
        left += each.all_input_nodes
        if each.op == "get_attr":
            path, _, name = each.target.rpartition(".")
            yield getattr(program.get_submodule(path), name)
        elif each.op == "call_module":
            module = program.get_submodule(each.target)
            yield from (*module.parameters(), *module.buffers())
