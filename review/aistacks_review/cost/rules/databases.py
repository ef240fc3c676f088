"""Databases by the instance or by use: RDS, Aurora, DynamoDB, ElastiCache."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

from aistacks_core.facts import load
from aistacks_core.snapshot import UNKNOWN, Registration

from ..context import Context
from ..figures import Range
from ..quantities import at, number, rows, text, yes
from .security import managed_secret

_ENGINES = {"mysql": "MySQL", "postgres": "PostgreSQL", "mariadb": "MariaDB"}
_CACHES = {"redis": "Redis", "memcached": "Memcached", "valkey": "Valkey"}
_GP3_IOPS = 3000, 12_000, 400
"""IOPS that a gp3 volume of RDS comes with, those of a larger one, and the GiB from which on it is one (RDS user guide,
gp3 storage; infracost's db_instance_test counts so)."""
_INSTANCE = "aws:rds/instance:Instance"
_CLUSTER = "aws:rds/cluster:Cluster"


def instance(r: Registration, c: Context) -> None:
    """By the hour of its class, twice the size in two zones, and by its storage."""
    engine, class_ = _engine(r, c), text(r.inputs.get("instanceClass"))
    zones = r.inputs.get("multiAz", False)
    if zones is UNKNOWN or not class_:
        c.leave(r, "database instance", "its class, or whether it is in two zones, isn't known before deployment")
        return
    twice = " Multi-AZ" if yes(zones) else ""
    what = f"database instance, {class_}{' in two zones' if twice else ''}"
    if engine is None:
        c.leave(r, what, "its engine isn't stated, isn't known before deployment, or has no prices here")
    else:
        c.charge(r, what, "rds", f"{engine}{twice} {class_}", c.always())
    _storage(r, c, twice)
    if yes(r.inputs.get("publiclyAccessible")):
        c.charge(r, "public IPv4 address", "vpc", "public IPv4 address", c.always())
    if yes(r.inputs.get("manageMasterUserPassword")):
        managed_secret(r, c)
    if yes(r.inputs.get("performanceInsightsEnabled")) and r.inputs.get("performanceInsightsRetentionPeriod", 7) != 7:
        c.leave(r, "performance insights", "more than seven days of them have no pricing rule")
    if r.inputs.get("engineLifecycleSupport") != "open-source-rds-extended-support-disabled":
        _support(r, c, engine)


def _engine(r: Registration, c: Context) -> str | None:
    """AWS's name of the engine; a replica's is its source's."""
    stated = r.inputs.get("engine")
    if stated is None:
        source = c.linked(r, "replicateSourceDb", _INSTANCE)
        return _ENGINES.get(text(source.inputs.get("engine")) or "") if source else None
    return _ENGINES.get(text(stated) or "")


def _support(r: Registration, c: Context, engine: str | None) -> None:
    ends: dict[str, dt.date] = _ends().get(engine or "", {})
    version = text(r.inputs.get("engineVersion"))
    if not ends:
        return
    if version is None:
        reason = "its version isn't stated or known: one past standard support costs more by the vCPU and hour"
        c.leave(r, "extended support", reason)
        return
    end = next((day for major, day in ends.items() if f"{version}.".startswith(f"{major}.")), None)
    if end is not None and c.today >= end:
        c.leave(r, "extended support", f"version {version} is past its standard support since {end}: it costs more")


@functools.cache
def _ends() -> dict[str, Any]:
    found: dict[str, Any] = load("aistacks_review.cost", "rds_support.yaml")
    return found


def _storage(r: Registration, c: Context, twice: str) -> None:
    size = number(r.inputs.get("allocatedStorage"))
    iops = r.inputs.get("iops")
    kind = r.inputs.get("storageType") or ("io1" if iops is not None else "gp2")
    if size is None or not isinstance(kind, str) or not text(kind):
        c.leave(r, "database storage", "its kind or size isn't stated, or isn't known before deployment")
        return
    most = max(size, number(r.inputs.get("maxAllocatedStorage")) or size)
    grows = "up to its maxAllocatedStorage" if most > size else ""
    c.charge(r, f"database storage, {kind}", "rds", f"storage{twice} {kind}", Range(size, size, most), grows)
    if iops is None:
        return
    asked = number(iops)
    if asked is None:
        c.leave(r, "database storage, IOPS", "they aren't known before deployment")
        return
    few, many, large = _GP3_IOPS
    paid = asked - (many if size >= large else few) if kind == "gp3" else asked
    if paid > 0:
        c.charge(r, f"database storage, {kind} IOPS", "rds", f"IOPS{twice} {kind}", paid)


def aurora_cluster(r: Registration, c: Context) -> None:
    """What an Aurora cluster stores, and its I/O unless that is in its instances' price. A Multi-AZ cluster of another
    engine has no rule."""
    engine = text(r.inputs.get("engine")) or ""
    if not engine.startswith("aurora"):
        c.leave(r, "database cluster", "a cluster of another engine than Aurora has no pricing rule")
        return
    if r.inputs.get("engineMode") == "serverless":
        c.leave(r, "serverless capacity", "Aurora Serverless v1 has no pricing rule")
    kind = r.inputs.get("storageType", "")
    if kind not in ("", "aurora", "aurora-iopt1"):
        c.leave(r, "cluster, stored", "the kind of its storage isn't known before deployment")
        return
    optimized = kind == "aurora-iopt1"
    item = "Aurora storage I/O-optimized" if optimized else "Aurora storage"
    c.used(r, "cluster, stored", "rds", item, "aurora_gb")
    if not optimized:
        c.used(r, "cluster, I/O requests", "rds", "Aurora I/O", "aurora_ios")
    if yes(r.inputs.get("manageMasterUserPassword")):
        managed_secret(r, c)


def aurora_instance(r: Registration, c: Context) -> None:
    """By the hour of its class, or of the capacity that a serverless one may take."""
    class_ = text(r.inputs.get("instanceClass"))
    cluster = c.linked(r, "clusterIdentifier", _CLUSTER)
    if class_ is None or cluster is None:
        c.leave(r, "cluster instance", "its class or its cluster isn't known before deployment")
        return
    optimized = cluster.inputs.get("storageType") == "aurora-iopt1"
    more = " I/O-optimized" if optimized else ""
    if class_ != "db.serverless":
        c.charge(r, f"cluster instance, {class_}", "rds", f"Aurora{more} {class_}", c.always())
        return
    scaling = cluster.inputs.get("serverlessv2ScalingConfiguration")
    low, high = number(at(scaling, "minCapacity")), number(at(scaling, "maxCapacity"))
    if low is None or high is None:
        c.leave(r, "serverless capacity, ACU-hours", "the cluster's smallest and largest capacity aren't known")
        return
    hours = Range(c.always(low), c.always(low), c.always(high))
    c.charge(r, "serverless capacity, ACU-hours", "rds", f"Aurora ACU{more}", hours, "its smallest capacity")


def table(r: Registration, c: Context) -> None:
    """DynamoDB by the requests, or by the capacity that is provisioned for the table and each index; and its GB."""
    mode = r.inputs.get("billingMode", "PROVISIONED")
    rare = "infrequent " if r.inputs.get("tableClass") == "STANDARD_INFREQUENT_ACCESS" else ""
    if mode == "PAY_PER_REQUEST":
        c.used(r, "table, reads", "dynamodb", f"{rare}reads", "table_reads")
        c.used(r, "table, writes", "dynamodb", f"{rare}writes", "table_writes")
    elif mode == "PROVISIONED":
        _capacity(r, c, "read", rare)
        _capacity(r, c, "write", rare)
    else:
        c.leave(r, "table", "how it is billed isn't known before deployment")
    c.used(r, "table, stored", "dynamodb", f"{rare}storage", "table_gb")
    if yes(at(r.inputs.get("pointInTimeRecovery"), "enabled")):
        c.used(r, "table, kept to restore", "dynamodb", "continuous backup", "table_gb")
    if r.inputs.get("replicas"):
        c.leave(r, "table, copies", "copies in other regions have no pricing rule")


def _capacity(r: Registration, c: Context, kind: str, rare: str) -> None:
    parts: list[Any] = [r.inputs, *rows(r.inputs.get("globalSecondaryIndexes"))]
    units = [number(part.get(f"{kind}Capacity")) for part in parts]
    if None in units or r.inputs.get("globalSecondaryIndexes") is UNKNOWN:
        c.leave(r, f"table, {kind} capacity", "it isn't stated, or isn't known before deployment")
        return
    total = sum(unit for unit in units if unit is not None)
    c.charge(r, f"table, {kind} capacity", "dynamodb", f"{rare}{kind} capacity", c.always(total))


def cache(r: Registration, c: Context) -> None:
    """ElastiCache by the node."""
    if r.inputs.get("replicationGroupId") is not None:
        c.leave(r, "cache node", "one that joins a group has no pricing rule")
        return
    _nodes(r, c, number(r.inputs.get("numCacheNodes", 1)), r.inputs.get("engine"))


def cache_group(r: Registration, c: Context) -> None:
    """A group of caches: its clusters, or its shards times their copies."""
    shards = r.inputs.get("numNodeGroups")
    if shards is None:
        count = number(r.inputs.get("numCacheClusters", 1))
    else:
        groups, copies = number(shards), number(r.inputs.get("replicasPerNodeGroup", 0))
        count = None if groups is None or copies is None else groups * (copies + 1)
    if r.inputs.get("globalReplicationGroupId") is not None:
        count = None
    _nodes(r, c, count, r.inputs.get("engine", "redis"))


def _nodes(r: Registration, c: Context, count: float | None, engine: Any) -> None:
    type_, name = text(r.inputs.get("nodeType")), _CACHES.get(text(engine) or "")
    if count is None or type_ is None or name is None:
        c.leave(r, "cache nodes", "their type, number or engine isn't stated, or isn't known before deployment")
        return
    c.charge(r, f"cache nodes, {count:g} x {type_}", "elasticache", f"{name} {type_}", c.always(count))
    if (number(r.inputs.get("snapshotRetentionLimit", 0)) or 0) > 1:
        c.leave(r, "cache, copies kept", "more than one day's copies have no pricing rule")
