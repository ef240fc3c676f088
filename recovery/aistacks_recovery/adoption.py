"""What to do with each operation that never ended, and the deployment in which that is done.

Pure: both work on a deployment as the engine exports it. The edited one keeps the rules that the engine holds every
deployment to (``integrity``): what a resource needs comes before it, and of one URN there is one that isn't to go.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from . import integrity
from .deployment import Deployment, Pending, Resource
from .lookups import Found, NoLookup

Find = Callable[[Resource], Sequence[Found]]
"""The look-up of one resource: what there is of it that the state doesn't know. Raises ``NoLookup``."""


class Action(StrEnum):
    """What becomes of one operation that never ended."""

    ADOPT = "adopt"
    """It was made: it goes into the state by its id, and is read before anything is done with it."""
    DROP = "drop"
    """Nothing was made: the note is dropped, and the next run makes it."""
    READ = "read"
    """It is in the state: it is read before anything is done with it, as it may have changed or be gone."""
    ASK = "ask"
    """Somebody has to say: several things could be it, it isn't sure, or nobody can look. The note stays."""


@dataclass(frozen=True)
class Step:
    """One pending operation and what is to be done with it."""

    pending: Pending
    action: Action
    found: tuple[Found, ...] = ()
    """What the look-up gave, the likeliest first."""
    why: str = ""
    """For people; half a sentence."""

    @property
    def urn(self) -> str:
        return self.pending.resource.urn


def steps(deployment: Deployment, find: Find) -> tuple[Step, ...]:
    """A step for each pending operation of ``deployment``, in its order. ``find`` is asked of creations only.

    Whatever else ``find`` raises goes through: an account that can't be asked is no account in which nothing is.
    """
    seen: set[str] = set()
    found: list[Step] = []
    for pending in deployment.pending:
        # The engine carries a creation that was never settled from run to run, and may have noted it twice.
        if pending.operation == "creating" and pending.resource.urn in seen:
            found.append(Step(pending, Action.DROP, why="noted twice"))
            continue
        step = _step(deployment, pending, find)
        if pending.operation == "creating":
            seen.add(pending.resource.urn)
        found.append(step)
    return tuple(found)


def _step(deployment: Deployment, pending: Pending, find: Find) -> Step:
    resource = pending.resource
    if pending.operation in ("updating", "deleting"):
        return Step(pending, Action.READ, why="it may have changed, or be gone")
    if pending.operation != "creating":
        return Step(pending, Action.DROP, why="it only looked")
    if not resource.custom or resource.type.startswith("pulumi:"):
        return Step(pending, Action.DROP, why="it makes nothing of its own")
    try:
        candidates = tuple(find(resource))
    except NoLookup as error:
        return Step(pending, Action.ASK, why=str(error) or f"nobody can look {resource.type} up")
    return _judged(deployment, pending, candidates)


def _judged(deployment: Deployment, pending: Pending, candidates: tuple[Found, ...]) -> Step:
    # What was deleted to make room may have had the very id of its successor.
    known = {(each.type, each.id) for each in deployment.resources if not each.gone}
    candidates = tuple(each for each in candidates if (pending.resource.type, each.id) not in known)
    if not candidates:
        return Step(pending, Action.DROP, why="it wasn't made")
    if len(candidates) > 1:
        return Step(pending, Action.ASK, candidates, f"{len(candidates)} could be it")
    if not candidates[0].certain:
        return Step(pending, Action.ASK, candidates, "it looks like it, and nothing proves it")
    return Step(pending, Action.ADOPT, candidates, "it was made")


def chosen(step: Step, found: Found) -> Step:
    """``step`` once somebody has said that ``found`` is it."""
    return Step(step.pending, Action.ADOPT, (found,), "chosen")


def dismissed(step: Step) -> Step:
    """``step`` once somebody has said that none of what was found is it, or has removed it."""
    return Step(step.pending, Action.DROP, step.found, "none of them is it")


def edited(exported: Mapping[str, Any], taken: Sequence[Step], *, imports: bool = False) -> dict[str, Any]:
    """The deployment ``exported`` (the value of ``deployment`` in an export) once ``taken`` is done; a copy.

    What is adopted or may have changed is marked, so that the next run of the engine reads it first; the other
    resources aren't read. An adopted resource has no outputs until then: the provider reads it as in an import, for
    what it is and not for what was asked for, and so the run after writes what the creation hadn't yet.

    ``imports``: the provider takes ids in the form of ``pulumi import``, as the real ones do; where it can't import
    the type, it gets the inputs as what was last seen. Only where ``Action.ASK`` is left do notes stay. Raises
    ``integrity.BrokenError`` where a parent or a provider isn't there.
    """
    done: dict[str, Any] = copy.deepcopy(dict(exported))
    resources: list[dict[str, Any]] = done.get("resources") or []
    done["resources"] = resources
    for step in taken:
        if step.action is Action.READ:
            _mark(resources, step.pending.resource)
        elif step.action is Action.ADOPT:
            noted = _noted(exported, step.pending)
            _insert(resources, _adopted(noted, step.found[0], imports=imports))
    left = {step.urn for step in taken if step.action is Action.ASK}
    left |= _urns(done.get("pending_operations")) - {step.urn for step in taken}
    kept = [each for each in done.get("pending_operations") or [] if each["resource"]["urn"] in left]
    done.pop("pending_operations", None)
    if kept:
        done["pending_operations"] = kept
    integrity.check(done)
    return done


def _urns(pending: Iterable[Mapping[str, Any]] | None) -> set[str]:
    return {each["resource"]["urn"] for each in pending or []}


def _noted(exported: Mapping[str, Any], pending: Pending) -> Mapping[str, Any]:
    for each in exported.get("pending_operations") or []:
        if each["type"] == pending.operation and each["resource"]["urn"] == pending.resource.urn:
            found: Mapping[str, Any] = each["resource"]
            return found
    raise KeyError(pending.resource.urn)


def _adopted(noted: Mapping[str, Any], found: Found, *, imports: bool) -> dict[str, Any]:
    identity = found.imported_as if imports and found.importable else found.id
    now = dt.datetime.now(dt.UTC).isoformat().replace("+00:00", "Z")
    made = {**copy.deepcopy(dict(noted)), "id": identity, "refreshBeforeUpdate": True, "created": now, "modified": now}
    made.pop("outputs", None)
    if imports and not found.importable:
        made["outputs"] = {**copy.deepcopy(dict(noted.get("inputs") or {})), "id": identity}
    return made


def _mark(resources: list[dict[str, Any]], resource: Resource) -> None:
    """Of a URN that is there twice it was the old one that was being deleted; reading both does no harm."""
    for each in resources:
        if each["urn"] == resource.urn and each.get("custom") and not each["type"].startswith("pulumi:"):
            each["refreshBeforeUpdate"] = True


def _insert(resources: list[dict[str, Any]], made: dict[str, Any]) -> None:
    """Put ``made`` behind what it needs, and end what it replaces as the engine does at the end of a creation."""
    urn = made["urn"]
    for old in [each for each in resources if each["urn"] == urn and not each.get("delete")]:
        if old.get("pendingReplacement"):
            # Deleted already, and kept only until its successor is there.
            resources.remove(old)
        else:
            old["delete"] = True
    made["provider"] = integrity.provider_of(made, resources)
    if not made["provider"]:
        del made["provider"]
    integrity.prune(made, {each["urn"] for each in resources})
    needed = integrity.needs(made)
    last = max((at for at, each in enumerate(resources) if each["urn"] in needed), default=-1)
    resources.insert(last + 1, made)
    integrity.order(resources)
