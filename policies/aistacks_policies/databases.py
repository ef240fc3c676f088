"""Databases and caches: what several properties, the engine or another resource decide."""

from __future__ import annotations

import re

from .resource import Resource
from .rule import Severity, rule
from .stack import Stack, Types
from .values import PASS, Answer, Answers, Truth, Value, all_of, any_of, either, fail, no

_INSTANCES: Types = ("aws:rds/instance:Instance",)
_CLUSTERS: Types = ("aws:rds/cluster:Cluster",)
_PARAMETERS: Types = ("aws:rds/parameterGroup:ParameterGroup",)
_TABLES: Types = ("aws:dynamodb/table:Table",)
_SCALING: Types = ("aws:appautoscaling/target:Target",)
_CACHES: Types = ("aws:elasticache/replicationGroup:ReplicationGroup",)
_IAM_ENGINES = re.compile(r"^(aurora-)?(mysql|postgresql|postgres|mariadb)$")
_FORCES_TLS = {"postgres": "rds.force_ssl", "mysql": "require_secure_transport", "mariadb": "require_secure_transport"}
_POSTGRES_FORCES_SINCE = 15
_WEEK_DAYS = 7


def _copies(database: Resource, *props: str) -> Truth:
    """Whether it is made from another database or a snapshot, whose settings it then has."""
    return any_of(database[p].present for p in props)


@rule(
    "rds-encrypted",
    (*_INSTANCES, *_CLUSTERS),
    Severity.HIGH,
    "RDS.3",
    "RDS.27",
    "CKV_AWS_16",
    "CKV_AWS_96",
    "CIS AWS 2.2.1",
    title="Databases are encrypted",
    fix="Set storageEncrypted to true, and kmsKeyId to a key of yours.",
)
def encrypted(database: Resource) -> Answers:
    """Data, backups and snapshots at rest are encrypted. It can't be changed afterwards. A replica or what is restored
    from a snapshot is as its source."""
    if database.type in _CLUSTERS and database["engineMode"].equals("serverless"):
        return [PASS]
    stored = database["storageEncrypted"]
    sources = ("replicateSourceDb", "snapshotIdentifier", "replicationSourceIdentifier", "restoreToPointInTime")
    if stored.absent and _copies(database, *sources, "globalClusterIdentifier", "s3Import") is not False:
        return [stored.unsure("isn't set; its source decides")]
    return [stored.or_else(False).must_be(True)]


@rule(
    "rds-backups",
    (*_INSTANCES, *_CLUSTERS),
    Severity.MEDIUM,
    "RDS.11",
    "CKV_AWS_133",
    title="Databases are backed up for a week or more",
    fix="Set backupRetentionPeriod to 7 or more days.",
)
def backups(database: Resource) -> Answers:
    """Automatic backups are kept for 7 days at least. Unset, an instance has none and a cluster has those of one day. A
    replica is made again from its source."""
    source = _copies(database, "replicateSourceDb", "replicationSourceIdentifier")
    kept = database["backupRetentionPeriod"].or_else(1 if database.type in _CLUSTERS else 0)
    answer = kept.must_be_at_least(_WEEK_DAYS)
    return [PASS if source else kept.unsure() if source is None and answer.verdict == "fail" else answer]


@rule(
    "rds-two-zones",
    _INSTANCES,
    Severity.MEDIUM,
    "RDS.5",
    "CKV_AWS_157",
    "CIS AWS 2.2.4",
    title="Databases have a standby in another zone",
    fix="Set multiAz to true.",
)
def two_zones(database: Resource) -> Answers:
    """When its machine or zone fails, a standby takes the database's place. Replicas are copies themselves."""
    replica = database["replicateSourceDb"].present
    there = database["multiAz"].or_else(False)
    return [PASS if replica else there.unsure() if replica is None else there.must_be(True)]


@rule(
    "rds-iam-authentication",
    (*_INSTANCES, *_CLUSTERS),
    Severity.LOW,
    "RDS.10",
    "RDS.12",
    "CKV_AWS_161",
    "CKV_AWS_162",
    title="Databases take short-lived passwords from IAM",
    fix="Set iamDatabaseAuthenticationEnabled to true, and let applications sign in with tokens.",
)
def iam_authentication(database: Resource) -> Answers:
    """Roles may sign in with tokens of 15 minutes. Engines that can't (Oracle, SQL Server, Db2) aren't judged."""
    engine = database["engine"]
    able = None if engine.unknown or engine.symbolic else _IAM_ENGINES.match(engine.text) is not None
    enabled = database["iamDatabaseAuthenticationEnabled"].or_else(False)
    return [PASS if able is False else enabled.must_be(True) if able else enabled.unsure("the engine isn't known")]


@rule(
    "rds-requires-tls",
    _INSTANCES,
    Severity.MEDIUM,
    "RDS.38",
    "RDS.39",
    "CKV2_AWS_69",
    title="Databases require TLS",
    fix="Give the instance a ParameterGroup with rds.force_ssl or require_secure_transport 1.",
)
def requires_tls(database: Resource, stack: Stack) -> Answers:
    """The parameter group demands TLS: rds.force_ssl of PostgreSQL (on by default from version 15),
    require_secure_transport of MySQL and MariaDB. Other engines aren't judged."""
    engine, group = database["engine"], database["parameterGroupName"]
    if engine.unknown or engine.symbolic or engine.absent:
        return [engine.unsure()]
    name = _FORCES_TLS.get(engine.text)
    if name is None:
        return [PASS]
    if group.absent or group.text.startswith("default."):
        return [_by_default(database)]
    found = [_forces(g["parameters"], name) for g in stack.pointed(database, group, _PARAMETERS).sure]
    return found or [group.unsure(f"is a parameter group outside this stack; whether it sets {name} isn't known")]


def _forces(parameters: Value, name: str) -> Answer:
    found = [p for p in parameters.each() if p["name"].equals(name) is not False]
    answers = [p.unsure() if p["name"].unknown else _is_on(p["value"]) for p in found]
    return either(*answers) if answers else parameters.fails(f"{name} isn't set")


def _is_on(value: Value) -> Answer:
    on = None if value.unknown or value.symbolic else str(value.raw).lower() in ("1", "on", "true")
    return value.judged(on, f"is {value.raw}, must be 1")


def _by_default(database: Resource) -> Answer:
    version = database["engineVersion"]
    major = re.match(r"(\d+)", version.text)
    if database["engine"].text != "postgres" or (major and int(major[1]) < _POSTGRES_FORCES_SINCE):
        return fail("AWS's default parameter group doesn't require TLS")
    return PASS if major else version.unsure("decides whether the default parameter group requires TLS")


@rule(
    "dynamodb-scales",
    _TABLES,
    Severity.LOW,
    "DynamoDB.1",
    "CKV2_AWS_16",
    title="Tables scale with their load",
    fix="Set billingMode to PAY_PER_REQUEST, or add an appautoscaling Target of the table.",
)
def scales(table: Resource, stack: Stack) -> Answers:
    """The table is paid by request, or a scaling target follows its load. A fixed capacity refuses what is beyond
    it."""
    mode = table["billingMode"].or_else("PROVISIONED")
    if mode.equals("PAY_PER_REQUEST") is not False:
        return [mode.must_be("PAY_PER_REQUEST")]
    targets = stack.attached(table, _SCALING, "resourceId")
    named = [t for t in stack.of(_SCALING) if t["resourceId"].text == f"table/{table['name'].text or table.name}"]
    return [PASS if named else targets.must(lambda _: [], fail("has a fixed capacity, and nothing scales it"))]


def _valkey(cache: Resource) -> Truth:
    engine = cache["engine"].or_else("redis")
    return engine.equals("valkey")


@rule(
    "elasticache-encrypted",
    _CACHES,
    Severity.MEDIUM,
    "ElastiCache.4",
    "CKV_AWS_29",
    title="Caches are encrypted",
    fix="Set atRestEncryptionEnabled to true.",
)
def cache_encrypted(cache: Resource) -> Answers:
    """What the cache writes to disk is encrypted. It can't be changed afterwards. Valkey is by default, Redis isn't."""
    return [_on(cache, "atRestEncryptionEnabled")]


@rule(
    "elasticache-tls",
    _CACHES,
    Severity.HIGH,
    "ElastiCache.5",
    "CKV_AWS_30",
    title="Caches are reached by TLS",
    fix="Set transitEncryptionEnabled to true.",
)
def cache_tls(cache: Resource) -> Answers:
    """Keys, values and passwords aren't readable on the way. Unset, it is off."""
    required = cache["transitEncryptionMode"].must_not_be("preferred")
    return [cache["transitEncryptionEnabled"].or_else(False).must_be(True), required]


def _on(cache: Resource, prop: str) -> Answer:
    value = cache[prop]
    if value.absent and _valkey(cache) is None:
        return value.unsure("isn't set; the engine decides, which isn't known")
    return value.or_else(_valkey(cache) is True).must_be(True)


@rule(
    "elasticache-signed-in",
    _CACHES,
    Severity.HIGH,
    "ElastiCache.6",
    "CKV_AWS_31",
    title="Caches ask who connects",
    fix="Set userGroupIds to a UserGroup, or authToken, with transitEncryptionEnabled true.",
)
def cache_signed_in(cache: Resource) -> Answers:
    """A password or a group of users is demanded. Without one whoever reaches the port reads and writes everything."""
    given = any_of(cache[p].present for p in ("authToken", "authTokenWo", "userGroupIds"))
    return [cache["userGroupIds"].judged(given, "neither userGroupIds nor authToken is set")]


@rule(
    "elasticache-serverless-signed-in",
    ("aws:elasticache/serverlessCache:ServerlessCache",),
    Severity.HIGH,
    title="Serverless caches ask who connects",
    fix="Set userGroupId to a UserGroup.",
)
def serverless_signed_in(cache: Resource) -> Answers:
    """A group of users is demanded. Memcached, which has none, isn't judged."""
    memcached, group = cache["engine"].equals("memcached"), cache["userGroupId"]
    allowed = all_of((no(memcached), no(group.present)))
    return [group.judged(no(allowed), "isn't set, so whoever reaches the port is in")]
