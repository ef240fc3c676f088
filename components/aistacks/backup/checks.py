"""What a `Backup` refuses: what AWS would, and objectives that the schedule can't meet."""

import re
from collections.abc import Mapping
from typing import Any

from .._arguments import wrong
from .facts import facts

DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-\d")


def validate(name: str, kind: type, a: Mapping[str, Any]) -> None:
    """Raise ``UserError`` for arguments that AWS, or an objective, refuses."""
    _stores(name, kind, a)
    _schedule(name, kind, a)
    _retention(name, kind, a)
    _lock(name, kind, a)
    _objectives(name, kind, a)


def hours_lost(a: Mapping[str, Any]) -> float:
    """Hours of work between what a backup holds and the time at which the next one is done, at worst."""
    windows: int = a["start_window_minutes"] + a["completion_window_minutes"]
    return float(a["every_hours"]) + windows / 60


def _stores(name: str, kind: type, a: Mapping[str, Any]) -> None:
    if not a["bucket_arns"] and not a["warehouse_arns"]:
        raise wrong(name, kind, "bucket_arns", {}, "one store at least, there or in warehouse_arns")
    # A cluster's is in the name of its copies.
    for argument, longest in {"bucket_arns": 32, "warehouse_arns": 16, "cluster_identifiers": 16}.items():
        for label in a[argument]:
            if not re.fullmatch(r"[a-z][a-z0-9-]*", label) or len(label) > longest:
                expected = f"a label of lower-case letters, digits and hyphens, at most {longest}"
                raise wrong(name, kind, f"{argument}.{label}", label, expected)
    region = a.get("second_region")
    if region is not None and not _REGION.fullmatch(region):
        raise wrong(name, kind, "second_region", region, "a region of AWS such as eu-central-1")
    if a["cluster_identifiers"] and region is None:
        todo = "They are the clusters whose snapshots are copied there."
        raise wrong(name, kind, "second_region", None, "a region, for cluster_identifiers", todo)
    for label in a["cluster_identifiers"]:
        if label not in a["warehouse_arns"]:
            raise wrong(name, kind, f"cluster_identifiers.{label}", label, "a label of warehouse_arns")


def _schedule(name: str, kind: type, a: Mapping[str, Any]) -> None:
    if a["every_hours"] < 1 or 24 % a["every_hours"]:
        raise wrong(name, kind, "every_hours", a["every_hours"], "1, 2, 3, 4, 6, 8, 12 or 24")
    shortest = facts()["start_window_minutes"]
    if a["start_window_minutes"] < shortest:
        raise wrong(name, kind, "start_window_minutes", a["start_window_minutes"], f"at least {shortest}")
    shortest = facts()["completion_window_minutes"]
    if a["completion_window_minutes"] < shortest:
        raise wrong(name, kind, "completion_window_minutes", a["completion_window_minutes"], f"at least {shortest}")
    for i, day in enumerate(a["restore_tests_on"]):
        if day not in DAYS:
            raise wrong(name, kind, f"restore_tests_on[{i}]", day, f"one of {', '.join(DAYS)}")
    if a["restore_tests_on"] and not a["bucket_arns"]:
        expected = "nothing: AWS Backup tests no restore of a warehouse"
        raise wrong(name, kind, "restore_tests_on", a["restore_tests_on"], expected)


def _retention(name: str, kind: type, a: Mapping[str, Any]) -> None:
    for argument in ("backup_retention_days", "copy_retention_days"):
        if argument in a and a[argument] < 1:
            raise wrong(name, kind, argument, a[argument], "at least 1")
    if "copy_retention_days" in a and "second_region" not in a:
        raise wrong(name, kind, "copy_retention_days", a["copy_retention_days"], "nothing without second_region")


def _lock(name: str, kind: type, a: Mapping[str, Any]) -> None:
    lock, grace = a["lock"].value, a.get("days_until_locked")
    if lock == "compliance":
        least, most = facts()["lock_grace_days"], facts()["lock_days"]
        if grace is None or not least <= grace <= most:
            todo = "After that nobody can take the lock off, or delete a backup or its vault before its time."
            raise wrong(name, kind, "days_until_locked", grace, f"{least} to {most} days, for a compliance lock", todo)
    elif grace is not None:
        raise wrong(name, kind, "days_until_locked", grace, f"nothing: the lock is {lock}")
    shortest, longest = a["min_retention_days"], a.get("max_retention_days", facts()["lock_days"])
    if not 1 <= shortest <= longest <= facts()["lock_days"]:
        expected = f"1 to {longest}, the longest retention"
        raise wrong(name, kind, "min_retention_days", shortest, expected)
    if lock == "none":
        return
    kept = {"backup_retention_days": a["backup_retention_days"]}
    if "copy_retention_days" in a:
        kept["copy_retention_days"] = a["copy_retention_days"]
    for argument, days in kept.items():
        if not shortest <= days <= longest:
            raise wrong(name, kind, argument, days, f"{shortest} to {longest}: the vault's lock takes nothing else")
    if a["continuous"] and a["bucket_arns"] and not shortest <= facts()["continuous_days"] <= longest:
        days = facts()["continuous_days"]
        expected = f"false: its backups are kept for {days} days, and the lock takes {shortest} to {longest}"
        raise wrong(name, kind, "continuous", True, expected)


def _objectives(name: str, kind: type, a: Mapping[str, Any]) -> None:
    for argument in ("rpo_hours", "region_rpo_hours", "rto_hours"):
        if argument in a and a[argument] < 1:
            raise wrong(name, kind, argument, a[argument], "at least 1")
    lost = hours_lost(a)
    schedule = (
        f"every_hours {a['every_hours']} and the windows of {a['start_window_minutes']} and "
        f"{a['completion_window_minutes']} minutes"
    )
    if "rpo_hours" in a:
        continuous = a["continuous"]
        behind = [*([] if continuous else a["bucket_arns"]), *a["warehouse_arns"]]
        if behind and lost > a["rpo_hours"]:
            expected = f"at least {lost:g}, for {schedule} lose that much of {', '.join(behind)}"
            raise wrong(name, kind, "rpo_hours", a["rpo_hours"], expected, "Or back up more often.")
    if "region_rpo_hours" in a:
        _region(name, kind, a, lost, schedule)
    if "rto_hours" in a and a["bucket_arns"] and not a["restore_tests_on"]:
        expected = "restore_tests_on, for only a restore tells how long one takes"
        raise wrong(name, kind, "rto_hours", a["rto_hours"], expected)


def _region(name: str, kind: type, a: Mapping[str, Any], lost: float, schedule: str) -> None:
    stated = a["region_rpo_hours"]
    if "second_region" not in a:
        raise wrong(name, kind, "region_rpo_hours", stated, "second_region, where the copies would be")
    alone = [label for label in a["warehouse_arns"] if label not in a["cluster_identifiers"]]
    if alone:
        expected = f"no such objective, for nothing copies {', '.join(alone)} to {a['second_region']}"
        todo = "Redshift Serverless copies its snapshots itself, by a setting that the provider lacks."
        raise wrong(name, kind, "region_rpo_hours", stated, expected, todo)
    if a["bucket_arns"] and lost > stated:
        expected = f"at least {lost:g}, for {schedule} lose that much of {', '.join(a['bucket_arns'])}"
        raise wrong(name, kind, "region_rpo_hours", stated, expected, "Or back up more often; only these are copied.")
    own = facts()["own_snapshots"]["provisioned"]["every_hours"]
    if a["cluster_identifiers"] and own > stated:
        expected = (
            f"at least {own}: what is copied of {', '.join(a['cluster_identifiers'])} are Redshift's own snapshots"
        )
        raise wrong(name, kind, "region_rpo_hours", stated, expected)
