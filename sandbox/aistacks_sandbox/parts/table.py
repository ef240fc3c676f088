"""The parts, what each needs, and which of them a sandbox has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aistacks_core.errors import UserError


@dataclass(frozen=True)
class Part:
    """``program``: of ``programs``. ``needs``: other parts. ``does``: one line for people."""

    name: str
    program: str
    needs: tuple[str, ...]
    does: str


PARTS = {
    part.name: part
    for part in (
        Part("scheduler", "kube-scheduler", (), "binds pods to nodes, and says why it can't"),
        Part("nodes", "kwok", ("scheduler",), "nodes that join for what the emulated AWS runs; their pods get Running"),
        Part("karpenter", "karpenter", ("scheduler", "nodes"), "launches instances for pods that have no node"),
    )
}
"""In the order in which they start."""
ALL = "all"


@dataclass(frozen=True)
class Parts:
    """What a command says of the parts: those it adds, and those it leaves out."""

    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()


NO_CHANGE = Parts()


def chosen(names: Iterable[str]) -> tuple[str, ...]:
    """The parts of these names and what they need, in order; ``all`` is every one. Raises ``UserError``."""
    wanted: set[str] = set()
    todo = [name for given in names for name in (PARTS if given == ALL else (given,))]
    while todo:
        name = todo.pop()
        if name not in PARTS:
            raise UserError("--with", name, f"one of {', '.join(PARTS)}, or {ALL}")
        wanted.add(name)
        todo += PARTS[name].needs
    return tuple(name for name in PARTS if name in wanted)


def without(have: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    """``have`` without the parts of these names, and without what needs them. Raises ``UserError``."""
    gone: set[str] = set()
    for name in names:
        if name != ALL and name not in PARTS:
            raise UserError("--without", name, f"one of {', '.join(PARTS)}, or {ALL}")
        gone |= set(PARTS) if name == ALL else {each for each in PARTS if name in chosen([each])}
    return tuple(name for name in have if name not in gone)
