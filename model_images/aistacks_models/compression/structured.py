"""Removes whole channels, attention heads and hidden units, so that matrices become smaller (torch-pruning)."""

from __future__ import annotations

import copy
import itertools
import warnings
from typing import TYPE_CHECKING, Any

from .. import training
from ..steps import StructuredPruning
from . import distillation
from .context import Context, Impossible

if TYPE_CHECKING:
    import torch
    from torch import nn

_BATCHES = 8
"""Training batches whose gradients give the importance."""
_SLACK = 1e-9
"""Subtracted from a ratio, so that 3.0000000000000004 heads are 3: torch-pruning rounds up."""


def prune(network: nn.Module, step: StructuredPruning, context: Context) -> nn.Module:
    """A copy of ``network`` without ``step.amount`` of the channels of each group, distilled from the original.

    torch-pruning selects the channels whose removal changes the loss least (first-order Taylor expansion), equally
    many in each layer. Channels tied to the outputs or to an embedding table are kept: in a transformer the hidden
    size; its heads and the hidden units of its feed-forward parts are pruned.

    Raises `Impossible` when nothing can be pruned.
    """
    student = copy.deepcopy(network)
    before = _count(student)
    heads = {attention: attention.num_attention_heads for attention in _attentions(student)}
    kept = 1.0
    for done in range(1, step.rounds + 1):
        aim = 1 - step.amount * done / step.rounds
        with training.reproducible(context.model):
            _shrink(student, 1 - aim / kept, {a: max(1, round(n * aim)) for a, n in heads.items()}, context)
        kept = aim
        if step.epochs:
            text = context.text(f"training after pruning, round {done} of {step.rounds}")
            distillation.towards_original(student, context, step.epochs / step.rounds, step.learning_rate, text)
    after = _count(student)
    if after == before:
        raise Impossible(
            "no channel, head or hidden unit can be pruned: all are tied to the outputs or an embedding table"
        )
    context.notes.append(f"{before:,} parameters before, {after:,} after structured pruning")
    if heads:
        left = sorted({attention.num_attention_heads for attention in heads})
        context.notes.append(f"{'-'.join(map(str, left))} of {max(heads.values())} attention heads left in each layer")
    return student.eval()


def _shrink(network: nn.Module, ratio: float, heads: dict[Any, int], context: Context) -> None:
    """Prune ``ratio`` of the channels of every group, and each attention to the number of heads in ``heads``."""
    import torch_pruning
    from torch import nn

    rows = training.tensors(context.model, context.splits.train.take(slice(0, 2)), training.device_of(network))
    network.eval()
    fixed = [_last(network, rows), *(part for part in network.modules() if isinstance(part, nn.Embedding))]
    projections = {part: attention for attention in heads for part in _projections(attention)}
    shares = {part: 1 - heads[attention] / attention.num_attention_heads for part, attention in projections.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # parameters outside any layer, which are kept
        pruner = torch_pruning.pruner.BasePruner(
            network,
            rows,
            importance=torch_pruning.importance.GroupTaylorImportance(),
            pruning_ratio=ratio - _SLACK,
            ignored_layers=fixed,
            num_heads={part: attention.num_attention_heads for part, attention in projections.items()},
            prune_num_heads=True,
            prune_head_dims=False,
            head_pruning_ratio=ratio,
            head_pruning_ratio_dict={part: max(0.0, share - _SLACK) for part, share in shares.items()},
        )
    _gradients(network, context)
    pruner.step()
    network.zero_grad()
    for attention in heads:
        attention.num_attention_heads = pruner.num_heads[attention.query]
        attention.all_head_size = attention.query.out_features


def _gradients(network: nn.Module, context: Context) -> None:
    """Gradients of the model's loss over `_BATCHES` batches, accumulated in the parameters."""
    import torch

    model, device = context.model, training.device_of(network)
    network.zero_grad()
    for batch in itertools.islice(training.batches(model, context.splits.train, 0), _BATCHES):
        raw = network(*training.tensors(model, batch, device))
        model.loss(raw, torch.from_numpy(batch.targets).to(device)).backward()


def _attentions(network: nn.Module) -> list[Any]:
    """Self-attentions in the form of transformers: projections ``query``, ``key``, ``value`` and a number of heads."""
    from torch import nn

    return [
        part
        for part in network.modules()
        if hasattr(part, "num_attention_heads")
        and all(isinstance(getattr(part, name, None), nn.Linear) for name in ("query", "key", "value"))
    ]


def _projections(attention: Any) -> tuple[nn.Linear, nn.Linear, nn.Linear]:
    return attention.query, attention.key, attention.value


def _last(network: nn.Module, rows: tuple[torch.Tensor, ...]) -> nn.Module:
    """The layer with weights that runs last: it produces the network's outputs."""
    import torch
    from torch import nn
    from torch.nn.modules.conv import _ConvNd

    ran: list[nn.Module] = []
    layers = [part for part in network.modules() if isinstance(part, (nn.Linear, _ConvNd))]
    if not layers:
        raise Impossible("the network has no linear layer and no convolution")
    hooks = [part.register_forward_hook(lambda part, *_: ran.append(part)) for part in layers]
    with torch.no_grad():
        network(*rows)
    for hook in hooks:
        hook.remove()
    return ran[-1]


def _count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())
