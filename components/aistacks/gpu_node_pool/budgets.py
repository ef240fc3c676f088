"""Disruption budgets of a pool: how many nodes Karpenter may take away at once, for what, and when.

Karpenter applies the most restrictive of those that are active, and expiration ignores them all (Karpenter 1.14,
pkg/apis/crds/karpenter.sh_nodepools.yaml and "Disruption", read 2026-12-01).
"""

import enum
import re
from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

from .._arguments import enum_list, wrong
from ..errors import UserError

_MOST = 50
_PRESETS = "annually|yearly|monthly|weekly|daily|midnight|hourly"


class DisruptionReason(enum.StrEnum):
    """Why Karpenter takes a node away."""

    DRIFTED = "Drifted"
    """The pool, its class or the image changed."""
    EMPTY = "Empty"
    """Nothing but DaemonSets runs on it."""
    UNDERUTILIZED = "Underutilized"
    """Its pods fit elsewhere."""


class DisruptionBudgetArgs(TypedDict):
    """A limit of the nodes that are taken away at once."""

    nodes: str
    """How many, such as ``"2"``, or a share of the pool, such as ``"10%"``; ``"0"`` for none."""
    reasons: NotRequired[list[str]]
    """For which reasons: ``Drifted``, ``Empty``, ``Underutilized``. Default: all of them."""
    schedule: NotRequired[str]
    """When it begins, in UTC, as cron (``"0 8 * * mon-fri"``) or ``"@daily"`` and the like; together with
    ``duration_minutes``. Default: always."""
    duration_minutes: NotRequired[int]
    """How long it then holds, in minutes, 1 or more. Default: always."""


def validate_budgets(name: str, a: Mapping[str, Any], kind: type) -> None:
    """Raise ``UserError`` for the first budget that Karpenter wouldn't take."""
    budgets = a.get("disruption_budgets")
    if budgets is None:
        return
    if not 1 <= len(budgets) <= _MOST:
        raise wrong(name, kind, "disruption_budgets", f"{len(budgets)} of them", f"1 to {_MOST}", "Or leave it out.")
    for i, budget in enumerate(budgets):
        path = f"disruption_budgets[{i}]"
        if not re.fullmatch(r"(100|[0-9]{1,2})%|[0-9]+", budget["nodes"]):
            raise wrong(name, kind, f"{path}.nodes", budget["nodes"], 'a number such as "2", or a share such as "10%"')
        enum_list(name, kind, f"{path}.reasons", budget.get("reasons", []), DisruptionReason)
        _when(name, kind, path, budget)


def _when(name: str, kind: type, path: str, budget: Mapping[str, Any]) -> None:
    for key, other in (("schedule", "duration_minutes"), ("duration_minutes", "schedule")):
        if key in budget and other not in budget:
            raise UserError(f"GpuNodePool {name!r}: {path}.{other}", "nothing", f"a value, because {key} is stated")
    if "schedule" not in budget:
        return
    if not re.fullmatch(rf"@({_PRESETS})|\S+(\s+\S+){{4}}", budget["schedule"]):
        expected = 'five fields of cron such as "0 8 * * mon-fri", in UTC, or @daily and the like'
        raise wrong(name, kind, f"{path}.schedule", budget["schedule"], expected)
    if budget["duration_minutes"] < 1:
        raise wrong(name, kind, f"{path}.duration_minutes", budget["duration_minutes"], "1 or more")


def budgets(a: Mapping[str, Any]) -> list[dict[str, object]] | None:
    """The NodePool's budgets, where the pool states its own."""
    return [_budget(each) for each in a["disruption_budgets"]] if "disruption_budgets" in a else None


def _budget(stated: Mapping[str, Any]) -> dict[str, object]:
    found = {key: stated[key] for key in ("nodes", "reasons", "schedule") if stated.get(key)}
    return {**found, "duration": f"{stated['duration_minutes']}m"} if "duration_minutes" in stated else found
