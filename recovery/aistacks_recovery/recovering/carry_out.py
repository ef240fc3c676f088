"""Does what was examined: the state is edited, what was taken in is read, and what is to go is deleted."""

from __future__ import annotations

import copy
from typing import Any

from aistacks_core import console
from aistacks_core.errors import UserError

from .. import adoption, integrity
from ..adoption import Action
from .engine import Engine
from .examine import Examined
from .holders import Held


def carry_out(engine: Engine, examined: Examined, held: Held) -> None:
    """Do it. Raises ``UserError`` where the state changed meanwhile, or the engine can't end an operation.

    Nothing may be left to decide: the engine drops the notes of a state that is put in.
    """
    if not examined.items:
        held.drop()
        return
    with console.phase("Writing the state"):
        exported = engine.export()
        if _known(exported) != _known(examined.exported):
            raise UserError(
                f"stack {engine.stack}", "a state that changed meanwhile", "the one that was examined", "Run it again."
            )
        steps = [item.step for item in examined.items]
        try:
            deployment = adoption.edited(exported["deployment"], steps, imports=True)
        except integrity.BrokenError as broken:
            raise UserError(
                f"stack {engine.stack}",
                f"a state that the engine would refuse: {broken}",
                "one in which each thing has its parent and its provider",
                "Nothing was changed. `--forget NAME` leaves one of them out.",
            ) from broken
        held.drop()
        going = {item.resource.urn for item in examined.items if item.remove}
        engine.put({**exported, "deployment": _unguarded(deployment, going)})
    read = [
        item.resource.urn
        for item in examined.items
        if item.step.action in (Action.ADOPT, Action.READ) and not item.remove
    ]
    if read:
        with console.phase(f"Reading {len(read)} from AWS"):
            engine.refresh(list(dict.fromkeys(read)))
    if going:
        with console.phase(f"Removing {len(going)}"):
            engine.destroy(sorted(going))


def _known(exported: dict[str, Any] | Any) -> Any:
    """What of a state must not have changed; its times may."""
    deployment = exported.get("deployment") or {}
    ids = [(each["urn"], each.get("id")) for each in deployment.get("resources") or []]
    pending = [(each["type"], each["resource"]["urn"]) for each in deployment.get("pending_operations") or []]
    return ids, pending


def _unguarded(deployment: dict[str, Any], urns: set[str]) -> dict[str, Any]:
    """Without the guards of what is to go: it was never finished, and somebody has just said so."""
    done = copy.deepcopy(deployment)
    for each in done["resources"]:
        if each["urn"] in urns and not each.get("delete"):
            each.pop("protect", None)
            each.pop("retainOnDelete", None)
    return done
