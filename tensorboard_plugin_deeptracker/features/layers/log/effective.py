"""The weight that a module really uses, as a plain tensor; looking at it changes nothing."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize, prune
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm
from torch.utils._python_dispatch import is_traceable_wrapper_subclass

from ....summary.distributed import is_sharded
from .filters import Weight, own_parameter


@torch.no_grad()
def effective_weight(module: nn.Module, weight: Weight) -> Tensor:
    """What the module multiplies with, detached."""
    if weight.compute is not None:
        return plain(weight.compute(module).detach())
    parametrization = _parametrization(module, weight.attribute)
    tensor: Tensor = (
        _hooked_weight(module, weight.attribute)
        if parametrization is None
        else _evaluated(parametrization)
    )
    return plain(tensor.detach())


def gradient(module: nn.Module, weight: Weight) -> Tensor | None:
    """The gradient of the weight; None if there is none, as of one that is computed."""
    if weight.compute is not None:
        return None
    parameter = own_parameter(module, weight.attribute)
    return None if parameter is None or parameter.grad is None else plain(parameter.grad)


def weight_sources(module: nn.Module, weight: Weight) -> list[Tensor]:
    """What the effective weight is computed from; usually the weight itself."""
    if weight.compute is not None:
        # What was computed may be kept beside its sources.
        kept = dict(module.named_buffers(recurse=False)).get(weight.attribute)
        own: list[Tensor] = list(module.parameters(recurse=False))
        return own if kept is None else [*own, kept]
    parametrization = _parametrization(module, weight.attribute)
    if parametrization is not None:
        return list(parametrization.parameters())
    # `weight_g` and `weight_v` of a weight norm, `weight_orig` of a pruned layer.
    named = dict(module.named_parameters(recurse=False))
    if weight.attribute in named:
        return [named[weight.attribute]]
    parameters: list[Tensor] = [
        parameter for name, parameter in named.items() if name.startswith(weight.attribute)
    ]
    return parameters or [getattr(module, weight.attribute)]


def plain(tensor: Tensor) -> Tensor:
    """The numbers of a tensor that keeps them in some other way; parts of a sharded one stay."""
    if is_sharded(tensor):
        return tensor
    if tensor.layout != torch.strided:
        tensor = tensor.to_dense()
    if is_traceable_wrapper_subclass(tensor) or tensor.is_quantized:
        tensor = tensor.dequantize()
    return tensor


def no_memory(error: Exception) -> bool:
    """Whether the machine, or an accelerator, is out of memory: no fault of a layer."""
    kinds = (MemoryError, torch.cuda.OutOfMemoryError)
    return isinstance(error, kinds) or "can't allocate memory" in str(error)


def _parametrization(module: nn.Module, attribute: str) -> nn.Module | None:
    if not parametrize.is_parametrized(module, attribute):
        return None
    return cast("nn.ModuleDict", module.parametrizations)[attribute]


def _evaluated(parametrization: nn.Module) -> Tensor:
    # In train mode a spectral norm moves its vectors whenever it is evaluated.
    flags = [(part, part.training) for part in parametrization.modules()]
    try:
        for part, _ in flags:
            part.training = False
        weight: Tensor = parametrization()
    finally:
        for part, training in flags:
            part.training = training
    return weight


def _hooked_weight(module: nn.Module, attribute: str) -> Tensor:
    weight: Tensor = getattr(module, attribute)
    if isinstance(module, torch.jit.ScriptModule):
        return weight
    # Older norms and pruning compute the weight in a hook, when the next forward pass begins.
    for hook in module._forward_pre_hooks.values():
        if isinstance(hook, WeightNorm) and hook.name == attribute:
            weight = hook.compute_weight(module)
        elif isinstance(hook, SpectralNorm) and hook.name == attribute:
            weight = hook.compute_weight(module, do_power_iteration=False)
        elif isinstance(hook, prune.BasePruningMethod) and hook._tensor_name == attribute:
            weight = hook.apply_mask(module)
    return weight
