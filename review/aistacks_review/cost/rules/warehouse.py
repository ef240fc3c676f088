"""Redshift: serverless by what its queries take, up to its limit; provisioned by the node."""

from aistacks_core.snapshot import Registration

from ..context import Context
from ..figures import Range
from ..quantities import number, text, yes
from .security import managed_secret

_LIMIT = "aws:redshiftserverless/usageLimit:UsageLimit"
_DAYS = {"daily": 1.0, "weekly": 7.0, "monthly": 30.0}
_HOURS_A_DAY = 24


def workgroup(r: Registration, c: Context) -> None:
    """RPU-hours: none when idle, its usage limit at most, its base capacity for the hours assumed."""
    base, top = number(r.inputs.get("baseCapacity")), number(r.inputs.get("maxCapacity"))
    what = "serverless warehouse, RPU-hours"
    if base is None:
        c.leave(r, what, "its base capacity isn't stated, or isn't known before deployment")
        return
    ends = [end for end in (_limit(r, c), c.always(top) if top is not None else None) if end is not None]
    if not ends:
        c.leave(r, what, "it has neither a maximum capacity nor a usage limit: it may cost more than is counted here")
    high = min(ends) if ends else c.always(base)
    if c.usage.warehouse_hours is None:
        c.used(r, what, "redshift", "serverless", "warehouse_hours")
        return
    expected = min(base * c.usage.warehouse_hours, high)
    c.charge(r, what, "redshift", "serverless", Range(0, expected, high), "warehouse_hours, at its base capacity")


def _limit(r: Registration, c: Context) -> float | None:
    """RPU-hours a month after which queries are turned away; ``None`` where nothing does that."""
    found = []
    for limit in c.by_type.get(_LIMIT, []):
        amount, period = number(limit.inputs.get("amount")), limit.inputs.get("period", "monthly")
        stops = limit.inputs.get("breachAction") == "deactivate"
        compute = limit.inputs.get("usageType") == "serverless-compute"
        ours = r.urn in limit.property_dependencies.get("resourceArn", ())
        if amount is not None and stops and compute and ours and period in _DAYS:
            found.append(amount * c.usage.hours / _HOURS_A_DAY / _DAYS[period])
    return min(found) if found else None


def namespace(r: Registration, c: Context) -> None:
    """What a serverless warehouse stores, and the secret that holds its password."""
    c.used(r, "warehouse, stored", "redshift", "managed storage", "warehouse_gb")
    if yes(r.inputs.get("manageAdminPassword")):
        managed_secret(r, c)


def cluster(r: Registration, c: Context) -> None:
    """By the node, all month; the same again in a second zone."""
    type_, nodes = text(r.inputs.get("nodeType")), number(r.inputs.get("numberOfNodes", 1))
    zones = 2 if yes(r.inputs.get("multiAz")) else 1
    if type_ is None or nodes is None:
        c.leave(r, "warehouse nodes", "their type or number isn't known before deployment")
    else:
        twice = " in each of two zones" if zones > 1 else ""
        what = f"warehouse, {nodes:g} x {type_}{twice}"
        c.charge(r, what, "redshift", f"node {type_}", c.always(nodes * zones))
    c.used(r, "warehouse, stored", "redshift", "managed storage", "warehouse_gb")
    if yes(r.inputs.get("manageMasterPassword")):
        managed_secret(r, c)
