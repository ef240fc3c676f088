"""Checks that the members of an ensemble are compatible, tensor by tensor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from aistacks_core.errors import UserError

from ..tensors import Tensor

if TYPE_CHECKING:
    from .ensembles import Ensemble, Member, Step


def check(ensemble: Ensemble, members: Mapping[str, Member]) -> None:
    """Raise UserError for a tensor that is missing, produced twice, unused, or of another type or shape."""
    where = f"ensemble {ensemble.name}"
    flowing = {tensor.name: tensor for tensor in ensemble.inputs}
    steps = [(f"{where}, step {place} ({step.model})", step) for place, step in enumerate(ensemble.steps, 1)]
    for at, step in steps:
        if step.model not in members:
            raise UserError(at, f"no member {step.model}", f"one of {sorted(members)}")
        for ours, tensor in _produced(at, step, members[step.model]):
            if ours in flowing:
                raise UserError(at, f"{ours} made a second time", "a name for each tensor", "Map it to another name.")
            flowing[ours] = tensor
    for at, step in steps:
        _check_inputs(at, step, members[step.model], flowing)
    _check_acyclic(steps, {tensor.name for tensor in ensemble.inputs})
    for tensor in ensemble.outputs:
        if tensor.name not in flowing:
            raise UserError(where, f"no step that makes {tensor.name}", f"one of {sorted(flowing)}")
        _check_compatible(f"{where}, output {tensor.name}", flowing[tensor.name], tensor)
    used = {ours for step in ensemble.steps for ours in step.inputs.values()} | {t.name for t in ensemble.outputs}
    if unused := sorted(set(flowing) - used):
        raise UserError(where, f"{', '.join(unused)}, which nothing uses", "tensors that are used", "Leave them out.")
    run = {step.model for step in ensemble.steps} | set(ensemble.called)
    if idle := sorted(set(members) - run) or sorted(run - set(members)):
        raise UserError(where, f"{', '.join(idle)}, which no step runs or no member is", "members that are used")


def same_inputs(name: str, first: str, expected: Iterable[Tensor], other: str, given: Iterable[Tensor]) -> None:
    """Raise UserError unless two voters take the same inputs."""
    one, two = ([(t.name, t.datatype, t.shape) for t in tensors] for tensors in (expected, given))
    if one != two:
        raise UserError(f"ensemble {name}, member {other}", f"inputs {_describe(two)}", f"{_describe(one)}, as {first}")


def _describe(tensors: Iterable[tuple[str, str, tuple[int, ...]]]) -> str:
    return ", ".join(f"{name} {datatype} {list(shape)}" for name, datatype, shape in tensors)


def _produced(at: str, step: Step, known: Member) -> Iterable[tuple[str, Tensor]]:
    outputs = {tensor.name: tensor for tensor in known.outputs}
    for theirs, ours in step.outputs.items():
        if theirs not in outputs:
            raise UserError(at, f"no output {theirs}", f"one of {sorted(outputs)}")
        yield ours, outputs[theirs]


def _check_inputs(at: str, step: Step, known: Member, flowing: Mapping[str, Tensor]) -> None:
    inputs = {tensor.name: tensor for tensor in known.inputs}
    if wrong := sorted(set(step.inputs) ^ set(inputs)):
        raise UserError(at, f"inputs {sorted(step.inputs)}", f"{sorted(inputs)}", f"Look at {', '.join(wrong)}.")
    for theirs, ours in step.inputs.items():
        if ours not in flowing:
            raise UserError(at, f"{ours}, which nothing makes", f"one of {sorted(flowing)}")
        _check_compatible(f"{at}, input {theirs}", flowing[ours], inputs[theirs])


def _check_compatible(at: str, given: Tensor, expected: Tensor) -> None:
    if given.datatype != expected.datatype:
        raise UserError(at, f"{given.name} of type {given.datatype}", expected.datatype)
    same_rank = len(given.shape) == len(expected.shape)
    if not same_rank or any(
        -1 not in pair and pair[0] != pair[1] for pair in zip(given.shape, expected.shape, strict=True)
    ):
        raise UserError(at, f"{given.name} of shape {list(given.shape)}", f"{list(expected.shape)}, without the batch")


def _check_acyclic(steps: list[tuple[str, Step]], known: set[str]) -> None:
    """Triton runs a step once its inputs are available; in a cycle they never are."""
    waiting = steps
    while waiting:
        ready = [step for _, step in waiting if set(step.inputs.values()) <= known]
        if not ready:
            at, step = waiting[0]
            missing = sorted(set(step.inputs.values()) - known)
            raise UserError(at, f"{', '.join(missing)} in a cycle", "an acyclic graph from the inputs to the outputs")
        known = known | {ours for step in ready for ours in step.outputs.values()}
        waiting = [(at, step) for at, step in waiting if step not in ready]
