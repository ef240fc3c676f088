"""What a resource's options make of a change, whatever its properties say.

As in the engine (``pkg/resource/deploy/step_generator.go`` of Pulumi v3.259.0): another ``replacement_trigger``, a
replacement of what ``replace_with`` or ``deleted_with`` names, and another ``import_`` replace; what
``ignore_changes`` no longer names is compared again with what is deployed.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Mapping
from typing import Any

from aistacks_core.property_paths import holds
from aistacks_core.snapshot import UNKNOWN, Registration

from .uncompared import Uncompared


def forces(old: Registration, new: Registration, replaced: Container[str], trigger: tuple[Any, Any]) -> str:
    """Why the options replace it, as a clause; empty where they don't.

    ``replaced``: URNs of the head that are replaced. ``trigger``: the old one's and the new one's, settled.
    """
    if not new.custom:
        return ""
    was, now = trigger
    if _unknown(was) or _unknown(now) or (was is not None and now is not None and _text(was) != _text(now)):
        return "its replacement trigger changes"
    for urn in new.replace_with:
        if urn in replaced:
            return f"{_name(urn)} is recreated, and it with that (replace_with)"
    if new.deleted_with in replaced:
        return f"{_name(new.deleted_with)} is recreated, and it with that (deleted_with)"
    if old.import_id and new.import_id and old.import_id != new.import_id:
        return f"{new.import_id} is imported in place of {old.import_id}"
    return ""


def same_options(old: Registration, new: Registration) -> bool:
    """Whether no option can make a change of two resources that are the same otherwise, without a look at others."""
    return (
        new.replacement_trigger is None
        and not new.replace_with
        and not new.deleted_with
        and old.import_id == new.import_id
        and old.ignore_changes == new.ignore_changes
    )


def unclear(old: Registration, new: Registration) -> Iterator[Uncompared]:
    """What depends on what is deployed, and so on more than the two programs."""
    if new.custom and new.import_id and not old.import_id:
        why = f"imports {new.import_id}, which replaces it unless that is what is deployed"
        yield Uncompared(new, "import", why)
    for path in old.ignore_changes:
        if not any(holds(kept, path) for kept in new.ignore_changes):
            yield Uncompared(new, path, "was ignored until now, so what is deployed may be another value")


def led_elsewhere(new: Registration, what: str, settings: list[str]) -> Iterator[Uncompared]:
    """That ``settings`` of its provider change, and with them perhaps its account or cluster."""
    if settings:
        verb = "changes" if len(settings) == 1 else "change"
        why = f"{', '.join(settings)} of the provider {verb}, so it may be looked for in another {what}"
        yield Uncompared(new, what, why)


def _text(value: Any) -> str:
    """In Python alone true is one."""
    return json.dumps(value, sort_keys=True, default=str)


def _unknown(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_unknown, value.values()))
    return any(map(_unknown, value)) if isinstance(value, list) else value is UNKNOWN


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]
