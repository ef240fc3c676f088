"""CloudWatch's log groups and alarms."""

from aistacks_core.snapshot import UNKNOWN, Registration

from ..context import Context
from ..quantities import number, text

_DAYS_A_MONTH = 365 / 12
_FLOW_LOG = "aws:ec2/flowLog:FlowLog"


def log_group(r: Registration, c: Context) -> None:
    """By what comes in, and by what its retention keeps once it has been full."""
    taken, key, item = _taken(r, c)
    c.used_as(r, "log group, taken in", "logs", item, key, taken)
    days = r.inputs.get("retentionInDays", 0)
    kept = number(days)
    if kept is None:
        c.leave(r, "log group, kept", "its retention isn't known before deployment")
        return
    if kept == 0:
        c.leave(r, "log group, kept", "it keeps everything for ever: what that costs grows without end")
        return
    held = None if taken is None else taken * kept / _DAYS_A_MONTH
    note = f"{key}, once the retention is reached"
    c.used_as(r, f"log group, {kept:g} days kept", "logs", "stored", key, held, note=note)


def _taken(r: Registration, c: Context) -> tuple[float | None, str, str]:
    """GB a month, whose assumption, and how AWS charges them."""
    if any(r.urn in _destinations(flow) for flow in c.by_type.get(_FLOW_LOG, [])):
        return c.usage.flow_log_gb, "flow_log_gb", "vended"
    if (text(r.inputs.get("name")) or "").startswith("/aws/eks/"):
        return c.usage.cluster_log_gb, "cluster_log_gb", "ingested"
    return c.usage.log_gb, "log_gb", "ingested"


def _destinations(flow: Registration) -> tuple[str, ...]:
    links = flow.property_dependencies
    return (*links.get("logDestination", ()), *links.get("logGroupName", ()))


def alarm(r: Registration, c: Context) -> None:
    """By the month; one that looks every few seconds costs more."""
    period = r.inputs.get("period", 60)
    if r.inputs.get("metricQueries") or period is UNKNOWN or number(period) is None:
        c.leave(r, "alarm", "an alarm over several metrics has no rule, or its period isn't known before deployment")
        return
    c.charge(r, "alarm", "cloudwatch", "alarm" if (number(period) or 0) >= 60 else "quick alarm", 1)


def composite(r: Registration, c: Context) -> None:
    """An alarm over alarms, by the month."""
    c.charge(r, "composite alarm", "cloudwatch", "composite alarm", 1)
