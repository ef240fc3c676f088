"""What the last operation on a stack left, and what is to be done with each thing: nothing is changed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from aistacks_core.errors import UserError

from .. import adoption, lookups
from ..account import Account
from ..adoption import Action, Step
from ..deployment import Deployment, Resource, read
from ..lookups import Found
from .engine import Engine

_CLOCKS = timedelta(minutes=5)
"""By how much this machine's clock and AWS's may differ."""


class Choice(StrEnum):
    """What somebody decided of one thing that isn't sure."""

    TAKE = "take"
    """That is it: into the state."""
    REMOVE = "remove"
    """It is what was being made, and is to go."""
    FORGET = "forget"
    """Nothing is it: the note goes."""


@dataclass(frozen=True)
class Decision:
    """``name``: a URN, or a resource's name where only one is in flight. ``id``: as found; empty: the only one."""

    choice: Choice
    name: str
    id: str = ""


@dataclass(frozen=True)
class Item:
    """One operation that never ended. ``remove``: it is taken in to be deleted at once."""

    step: Step
    remove: bool = False

    @property
    def resource(self) -> Resource:
        return self.step.pending.resource


@dataclass(frozen=True)
class Examined:
    """``items``: in the state's order. ``exported``: the state that they were found in, secrets encrypted."""

    items: tuple[Item, ...]
    exported: Mapping[str, Any]

    @property
    def left(self) -> tuple[Item, ...]:
        """What somebody has to decide."""
        return tuple(each for each in self.items if each.step.action is Action.ASK)

    @property
    def todo(self) -> tuple[Item, ...]:
        """What is done with a yes."""
        return tuple(each for each in self.items if each.step.action is not Action.ASK)


def examine(
    engine: Engine, account: Account, decisions: Sequence[Decision] = (), since: datetime | None = None
) -> Examined:
    """What ``engine``'s stack has in flight. ``since``: when the interrupted run began: what is older isn't of it.

    Raises ``UserError`` where the cloud or the engine refuses an answer, and for decisions about nothing.
    """
    exported = engine.export()
    if not (exported.get("deployment") or {}).get("pending_operations"):
        _settled(decisions, [])
        return Examined((), exported)
    # Names and kubeconfigs may be secret: in plain text they are only here, and never written.
    known = read(engine.export(secrets=True)["deployment"])
    steps = adoption.steps(known, lambda each: _found(each, account, known, since))
    if any(step.found for step in steps):
        others = _others(engine)
        both = Deployment((*known.resources, *others), known.pending)
        steps = adoption.steps(known, lambda each: _found(each, account, both, since))
    return Examined(tuple(_settled(decisions, steps)), exported)


def _found(resource: Resource, account: Account, known: Deployment, since: datetime | None) -> list[Found]:
    found = lookups.find(resource, account, known)
    if since is None:
        return found
    return [_aged(each, since) for each in found]


def _aged(found: Found, since: datetime) -> Found:
    """What was there before the run began wasn't made by it."""
    if found.created is None or found.created >= since - _CLOCKS:
        return found
    return replace(found, certain=False, note=f"older than the interrupted run; {found.note}".rstrip("; "))


def _others(engine: Engine) -> list[Resource]:
    """What the project's other stacks have: it looks like ours, and isn't. Their providers come along."""
    return [each for exported in engine.neighbours() for each in read(exported.get("deployment")).resources]


def _settled(decisions: Sequence[Decision], steps: Sequence[Step]) -> list[Item]:
    items = [Item(step) for step in steps]
    for decision in decisions:
        at = _place(decision, items)
        items[at] = _decided(decision, items[at].step)
    return items


def _place(decision: Decision, items: Sequence[Item]) -> int:
    where = f"--{decision.choice} {decision.name}"
    asked = {at: item for at, item in enumerate(items) if item.step.pending.operation == "creating"}
    fits = [at for at, item in asked.items() if decision.name in (item.resource.urn, item.resource.name)]
    if not fits:
        names = ", ".join(item.resource.name for item in asked.values()) or "nothing"
        raise UserError(where, decision.name, f"what is being created: {names}")
    if len(fits) > 1:
        raise UserError(where, f"{len(fits)} of that name", "its URN", ", ".join(items[at].resource.urn for at in fits))
    return fits[0]


def _decided(decision: Decision, step: Step) -> Item:
    if decision.choice is Choice.FORGET:
        return Item(adoption.dismissed(step))
    where = f"--{decision.choice} {decision.name}"
    if not decision.id and len(step.found) != 1:
        known = ", ".join(each.id for each in step.found) or "none was found"
        raise UserError(where, "no id", f"{decision.name}=ID, one of: {known}")
    named = [each for each in step.found if decision.id in ("", each.id, each.import_id)]
    if step.found and not named:
        raise UserError(where, decision.id, ", ".join(each.id for each in step.found))
    chosen = named[0] if named else Found(decision.id, certain=False, shown=decision.id)
    return Item(adoption.chosen(step, chosen), remove=decision.choice is Choice.REMOVE)
