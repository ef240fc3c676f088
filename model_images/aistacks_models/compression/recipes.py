"""Maps each step of a recipe to its implementation, and validates the order of steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from aistacks_core.errors import UserError

from .. import steps
from ..steps import Recipe, Step
from . import distillation, graph, half, int8, sparsity, structured, torch_ao, unstructured, weight_only
from .context import Context

TorchStep: TypeAlias = Callable[[Any, Any, Context], Any]
"""Network, step and context → the resulting network; the given one may be modified."""
FileStep: TypeAlias = Callable[[Path, Path, Any, Context], None]
"""From one ONNX file to another, in a separate folder."""

TORCH: Mapping[type, TorchStep] = {
    steps.UnstructuredPruning: unstructured.prune,
    steps.StructuredPruning: structured.prune,
    steps.SemiStructuredSparsity: sparsity.sparsify,
    steps.Distillation: distillation.distil,
    steps.TorchAo: torch_ao.quantize,
    steps.HalfTorch: half.halve_network,
}
FILE: Mapping[type, FileStep] = {
    steps.OptimizeGraph: graph.optimize,
    steps.DynamicInt8: int8.dynamic,
    steps.StaticInt8: int8.static,
    steps.WeightOnly: weight_only.quantize,
    steps.HalfOnnx: half.halve_file,
}
ENDS = (steps.TorchAo, steps.HalfTorch)
"""After these a network is no longer trained, nor written as ONNX."""


@dataclass(frozen=True)
class Plan:
    """A validated recipe. ``export``: ``None`` for a torch program, and for an imported model."""

    recipe: Recipe
    torch: tuple[Step, ...]
    export: steps.Export | None
    file: tuple[Step, ...]


def plan(recipe: Recipe, where: str, *, from_file: bool) -> Plan:
    """The parts of ``recipe``. ``from_file``: the model is an ONNX file from the start.

    Raises UserError, with ``where`` the model's file, for an invalid order of steps.
    """
    at = f"{where}: recipe {recipe.name!r}"
    kinds = [step.kind for step in recipe.steps]
    exports = [n for n, step in enumerate(recipe.steps) if isinstance(step, steps.Export)]
    if from_file:
        for step in recipe.steps:
            if type(step) not in FILE:
                raise UserError(
                    at, f"step {step.kind!r}", "steps on a file: the model was imported as ONNX, not as a network"
                )
        return Plan(recipe, (), None, recipe.steps)
    if len(exports) > 1:
        raise UserError(at, f"{len(exports)} steps 'onnx'", "at most one")
    cut = exports[0] if exports else len(recipe.steps)
    before, after = recipe.steps[:cut], recipe.steps[cut + 1 :]
    for step in before:
        if type(step) not in TORCH:
            raise UserError(at, f"steps {kinds}", f"'onnx' before {step.kind!r}, which works on a file")
    for step in after:
        if type(step) not in FILE:
            raise UserError(at, f"steps {kinds}", f"{step.kind!r} before 'onnx', as it works on the network")
    last = before if exports else before[:-1]
    if ends := [step.kind for step in last if isinstance(step, ENDS)]:
        raise UserError(
            at, f"steps {kinds}", f"{ends[0]!r} as the last step", "For ONNX there are int8, weight-only and onnx-half."
        )
    return Plan(recipe, before, recipe.steps[cut] if exports else None, after)  # type: ignore[arg-type]
