"""Runs every rule over a comparison."""

from __future__ import annotations

from aistacks_core.snapshot import Plan

from ..compare.changes import ResourceChange
from ..findings import Risk, Severity
from . import (
    access,
    access_cluster,
    access_lake,
    access_rbac,
    access_resources,
    data_loss,
    data_loss_objects,
    data_loss_settings,
    exposure,
    exposure_endpoints,
    exposure_kubernetes,
    exposure_security_groups,
    interruption,
    interruption_assets,
    interruption_kubernetes,
    irreversible,
)
from .context import Context
from .rule import RULES
from .secrecy import redacted

_MODULES = (
    *(data_loss, data_loss_settings, data_loss_objects),
    *(access, access_resources, access_cluster, access_rbac, access_lake),
    *(exposure, exposure_endpoints, exposure_security_groups, exposure_kubernetes),
    *(interruption, interruption_assets, interruption_kubernetes, irreversible),
)
"""Imported for the rules that they declare."""
_ORDER = {severity: i for i, severity in enumerate(Severity)}


def assess(base: Plan | None, head: Plan, changes: list[ResourceChange], account: str = "") -> list[Risk]:
    """The risks of going from ``base`` to ``head``, worst first, each once.

    ``changes`` are the differences between the two, as ``comparison.compare`` finds them. Without a base everything is
    new, and only what would be dangerous in any environment is reported. ``account``: the account's own ID, where
    somebody stated it; otherwise every account ID that a program spells out counts as another account's.
    """
    context = Context(base, head, changes, account)
    found = dict.fromkeys(risk for rule in RULES if changes or rule.always for risk in rule.judge(context))
    resources = (r for plan in (base, head) if plan for r in plan.resources)
    return sorted(
        redacted(list(found), resources, changes), key=lambda r: (_ORDER[r.severity], not r.certain, r.kind, r.urn)
    )


__all__ = ["RULES", "assess"]
