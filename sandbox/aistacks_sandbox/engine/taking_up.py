"""Finds what exists of what was in flight when an operation was cut off, and puts it into the engine's state."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aistacks_core import console
from aistacks_recovery import adoption, integrity
from aistacks_recovery.adoption import Action, Step
from aistacks_recovery.deployment import read

from .looking import Looker
from .saved_state import Saved

_SHOWN = 6


def take_up(saved: Saved, env: Mapping[str, str], begun: list[dict[str, Any]], *, restored: bool) -> None:
    """Put what exists of what was in flight into the state; ``restored``: which is a backup, so that
    everything is to be read. ``begun``: what the journal has."""
    try:
        content = saved.read()
    except FileNotFoundError:
        return
    latest = content["checkpoint"]["latest"] or {}
    identities = _with_begun(latest, begun, restored=restored)
    if not restored and not latest.get("pending_operations"):
        return
    known = read(latest)
    looker = Looker(saved, env)
    steps = [
        _decided(step)
        for step in adoption.steps(known, lambda each: looker.find(each, known, identities.get(each.urn)))
    ]
    if restored:
        for each in latest.get("resources") or []:
            if each.get("custom") and not each["type"].startswith("pulumi:"):
                each["refreshBeforeUpdate"] = True
    content["checkpoint"]["latest"] = _edited(latest, steps)
    saved.write(content)
    _tell(steps)


def _with_begun(latest: dict[str, Any], begun: list[dict[str, Any]], *, restored: bool) -> dict[str, str]:
    """Add to ``latest``'s notes what was begun and isn't there; the ids of what is known to have been made, by URN."""
    there = {(each["urn"], str(each.get("id") or "")) for each in latest.get("resources") or []}
    urns = {urn for urn, _ in there}
    noted = {each["resource"]["urn"] for each in latest.get("pending_operations") or []}
    identities: dict[str, str] = {}
    for each in begun:
        urn, identity = str(each["urn"]), str(each.get("id") or "")
        if not each.get("custom") or str(each["type"]).startswith("pulumi:"):
            if restored and urn not in urns:
                made = {"id": identity or str(uuid.uuid4())} if each.get("custom") else {}
                latest.setdefault("resources", []).append({"custom": False, **each, **made})
                urns.add(urn)
            continue
        if identity and (urn, identity) in there:
            continue
        if identity:
            identities[urn] = identity
        if urn not in noted:
            resource = {key: value for key, value in each.items() if key != "id"}
            latest.setdefault("pending_operations", []).append({"type": "creating", "resource": resource})
    return identities


def _decided(step: Step) -> Step:
    """What is asked of a user on AWS: here everything is ours, and what nobody knows any more is nobody's."""
    if step.action is not Action.ASK:
        return step
    if step.found:
        return replace(adoption.chosen(step, step.found[0]), why=step.why)
    return adoption.dismissed(replace(step, found=()))


def _edited(latest: dict[str, Any], steps: list[Step]) -> dict[str, Any]:
    """The deployment with ``steps`` done, without those whose parent or provider nobody has."""
    try:
        return adoption.edited(latest, steps)
    except integrity.BrokenError:
        pass
    good: list[Step] = []
    for step in steps:
        try:
            adoption.edited(latest, [*good, step])
        except integrity.BrokenError:
            console.note(f"{step.pending.resource.name}: what it lay in is unknown, so it can't be taken up")
            good.append(adoption.dismissed(step))
        else:
            good.append(step)
    return adoption.edited(latest, good)


def _tell(steps: list[Step]) -> None:
    adopted = [step for step in steps if step.action is Action.ADOPT]
    names = [f"{each.pending.resource.name} ({each.found[0].shown or each.found[0].id})" for each in adopted[:_SHOWN]]
    more = ", …" if len(adopted) > _SHOWN else ""
    dropped = sum(1 for step in steps if step.action is Action.DROP)
    again = sum(1 for step in steps if step.action is Action.READ)
    told = [
        f"{len(adopted)} made and taken into the state: {', '.join(names)}{more}" if adopted else "",
        f"{dropped} not made yet" if dropped else "",
        f"{again} looked at again" if again else "",
    ]
    console.note(
        f"taking up after an interrupted operation: {'; '.join(filter(None, told)) or 'nothing was in flight'}"
    )
