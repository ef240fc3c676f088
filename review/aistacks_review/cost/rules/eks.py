"""EKS control planes: the hour, and the extra hour of a version that is past its standard support."""

import datetime as dt

from aistacks_catalog.aws.kubernetes_versions import ends
from aistacks_core.snapshot import Registration

from ..context import Context
from ..figures import Range
from ..quantities import at, text


def cluster(r: Registration, c: Context) -> None:
    """By the hour; more once the version is in extended support, unless the cluster may not enter it."""
    c.charge(r, "EKS control plane, hours", "eks", "control plane", c.always())
    if at(r.inputs, "computeConfig", "enabled") not in (None, False):
        c.leave(r, "machines of EKS Auto Mode", "how many run isn't seen here, and they have no pricing rule")
    version = text(r.inputs.get("version"))
    policy = at(r.inputs, "upgradePolicy", "supportType")
    if policy == "STANDARD":
        return
    extended = in_extended_support(version, c.today) if version else None
    if extended is False:
        return
    why = "" if extended else _why(version)
    low, expected = (c.always(), c.always()) if extended else (0.0, 0.0)
    hours = Range(low, expected, c.always())
    c.charge(r, f"EKS extended support of {version or 'its version'}, hours", "eks", "extended support", hours, why)


def _why(version: str | None) -> str:
    if version is None:
        return "the version isn't known before deployment: standard support is expected"
    return f"when standard support of {version} ends isn't known here: standard support is expected"


def in_extended_support(version: str, today: dt.date) -> bool | None:
    """Whether the version is past its standard support; ``None`` where its end isn't known.

    Extended support follows standard support for a year (AWS's announcement of its price, October 2023), so standard
    support ends a year before what the compatibility table has.
    """
    end = ends().get(version)
    if end is None:
        return None
    day = end.replace(year=end.year - 1) if (end.month, end.day) != (2, 29) else end - dt.timedelta(days=366)
    return today > day
