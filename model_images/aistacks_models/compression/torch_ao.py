"""Quantisation of a torch network by torchao."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..steps import TorchAo
from .context import Context, Impossible

if TYPE_CHECKING:
    from torch import nn


def quantize(network: nn.Module, step: TorchAo, context: Context) -> nn.Module:
    """The network with the weights of its linear layers quantised.

    Raises `Impossible` where the network has none, or none that the scheme's blocks divide.
    """
    from torch import nn
    from torchao.quantization import quantize_

    layers = [module for module in network.modules() if type(module) is nn.Linear]
    config, fits = _SCHEMES[step.scheme]()
    chosen = [layer for layer in layers if fits(layer)]
    if not layers:
        raise Impossible("no linear layer, and torchao quantises nothing else")
    if not chosen:
        raise Impossible(f"no linear layer whose sides are multiples of the blocks of {step.scheme}")
    quantize_(network, config, lambda module, _: type(module) is nn.Linear and fits(module))
    context.notes.append(f"{len(chosen)} of {len(layers)} linear layers are quantised")
    return network


_Scheme = tuple[Any, Callable[["nn.Linear"], bool]]


def _int8_dynamic() -> _Scheme:
    from torchao.quantization import Int8DynamicActivationInt8WeightConfig

    return Int8DynamicActivationInt8WeightConfig(set_inductor_config=False), lambda _: True


def _int8_weight_only() -> _Scheme:
    from torchao.quantization import Int8WeightOnlyConfig

    return Int8WeightOnlyConfig(set_inductor_config=False), lambda _: True


def _int4_weight_only() -> _Scheme:
    from torchao.prototype.quantization.int4.inference_workflow import PrototypeInt4WeightOnlyConfig

    # The packing for CPUs: torchao's stable one needs MSLK's kernels, which are for Hopper only.
    config = PrototypeInt4WeightOnlyConfig(group_size=32, set_inductor_config=False)
    # aten::_convert_weight_to_int4pack_for_cpu refuses others.
    return config, lambda layer: not (layer.in_features % 32 or layer.out_features % 16)


_SCHEMES: Mapping[str, Callable[[], _Scheme]] = {
    "int8-dynamic": _int8_dynamic,
    "int8-weight-only": _int8_weight_only,
    "int4-weight-only": _int4_weight_only,
}
