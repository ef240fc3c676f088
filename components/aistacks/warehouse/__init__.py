"""An Amazon Redshift data warehouse that reads the lake, serverless or provisioned."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NotRequired, TypedDict

import pulumi

from .._arguments import checked, ipv4_network, wrong
from .._aws.key import key_for
from .._aws.lake_formation import PermissionModel
from .._aws.names import physical_name
from .._aws.retention import retention
from ..component import Component
from . import provisioned, serverless
from .access import Lake, SharedResources, lake_role, security_group
from .facts import bases, facts, node_types, reserved_words


class WarehouseMode(StrEnum):
    """Deployment type of the warehouse."""

    SERVERLESS = "serverless"
    """Redshift Serverless: billed per second of query time, up to a daily limit."""
    PROVISIONED = "provisioned"
    """A provisioned cluster of fixed size, billed by the hour."""


class LimitAction(StrEnum):
    """Action when a serverless warehouse reaches its daily usage limit."""

    DEACTIVATE = "deactivate"
    """Rejects user queries until the next day."""
    EMIT_METRIC = "emit-metric"
    """Continues, and emits a CloudWatch metric."""
    LOG = "log"
    """Continues, and logs to a system table."""


class WarehouseArgs(TypedDict):
    """Arguments of ``Warehouse``."""

    vpc_id: pulumi.Input[str]
    """VPC of ``subnet_ids``."""
    subnet_ids: pulumi.Input[list[pulumi.Input[str]]]
    """Private subnets in different zones: at least three if serverless or ``multi_az``, otherwise two."""
    identifier: NotRequired[str]
    """Name in AWS of namespace and workgroup, or of the cluster; unique in account and region. Changing it creates a
    new, empty warehouse. Default: project, stack and the component's name, with a digest where that could be another
    warehouse's, too."""
    mode: NotRequired[WarehouseMode]
    """Deployment type. Default: ``"serverless"``."""
    client_cidrs: NotRequired[list[str]]
    """IPv4 CIDR blocks that may connect to port 5439, for example ``["10.0.0.0/16"]``. Default: ``[]``."""
    client_security_groups: NotRequired[dict[str, pulumi.Input[str]]]
    """Security groups that may connect: a label (part of the rule's name) to the group's ID. Default: ``{}``."""
    lake_bucket_arns: NotRequired[list[pulumi.Input[str]]]
    """ARNs of buckets that the warehouse may read. Default: ``[]``."""
    lake_databases: NotRequired[list[pulumi.Input[str]]]
    """Names of Glue databases that the warehouse may read. Default: ``[]``."""
    lake_kms_key_arns: NotRequired[list[pulumi.Input[str]]]
    """ARNs of the KMS keys that encrypt the lake. Default: ``[]``."""
    lake_permission_model: NotRequired[PermissionModel]
    """Which service authorizes access to ``lake_databases``: `DataLake.permission_model`. Default: ``"iam"``."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """KMS key for data, admin secret and audit logs; its policy must allow CloudWatch Logs of this account and region.
    Default: a new customer managed key."""
    database: NotRequired[str]
    """Name of the first database: lower-case letters, digits and underscores. Default: ``"analytics"``."""
    admin_username: NotRequired[str]
    """Admin user; Redshift keeps and rotates its password in Secrets Manager. Default: ``"aistacks_admin"``."""
    audit_log_retention_days: NotRequired[int]
    """Retention of connection, user and query logs in days; one of CloudWatch Logs' retention periods.
    Default: ``365``."""
    adopt_log_groups: NotRequired[bool]
    """Import existing log groups of an earlier warehouse with this name. They get the key, retention and tags of this
    warehouse. Set it for one ``pulumi up``; it fails if there are no such groups. Default: ``False``."""
    base_rpus: NotRequired[int]
    """Serverless: base capacity in RPUs (16 GB of memory each): 4 (up to 32 TB of data), 8 to 512 in steps
    of 8, or up to 1024 in steps of 32. Default: ``8``."""
    max_rpus: NotRequired[int]
    """Serverless: maximum capacity, in RPUs. Default: ``32``."""
    daily_rpu_hours: NotRequired[int]
    """Serverless: daily usage limit, in RPU-hours. Default: ``100``."""
    on_limit: NotRequired[LimitAction]
    """Serverless: action when ``daily_rpu_hours`` is reached. Default: ``"deactivate"``."""
    node_type: NotRequired[str]
    """Provisioned: node type, RA3 or RG. Default: ``"ra3.large"``."""
    nodes: NotRequired[int]
    """Provisioned: number of nodes, per zone if ``multi_az``. Default: ``2``."""
    multi_az: NotRequired[bool]
    """Provisioned: Multi-AZ deployment in two zones. Default: ``False``."""
    snapshot_retention_days: NotRequired[int]
    """Provisioned: retention of automated snapshots, 1 to 35 days (Redshift Serverless always keeps recovery points for
    24 hours). Default: ``7``."""
    deletion_protection: NotRequired[bool]
    """Protects stateful resources from deletion, and retains them in AWS when they are removed from the program.
    Default: ``True``."""
    deletion_allowed: NotRequired[dict[str, str]]
    """Resources that ``deletion_protection`` doesn't guard today: a resource's name in the program (or
    ``<kind>::<name>``, for example ``Bucket::lake-gold``) to today's date in UTC, for example ``2026-12-01``. Any other
    day is refused. Default: ``{}``."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Permissions boundary of each IAM role. Default: none."""
    iam_path: NotRequired[str]
    """Path of each IAM role, such as ``"/aistacks/"``; another one replaces them. Default: IAM's, ``/``."""
    tags: NotRequired[dict[str, str]]
    """Tags on every AWS resource, in addition to the component's own. Default: ``{}``."""


_DEFAULTS: dict[str, object] = {
    "mode": WarehouseMode.SERVERLESS,
    "client_cidrs": [],
    "client_security_groups": {},
    "lake_bucket_arns": [],
    "lake_databases": [],
    "lake_kms_key_arns": [],
    "lake_permission_model": "iam",
    "database": "analytics",
    "admin_username": "aistacks_admin",
    "audit_log_retention_days": 365,
    "adopt_log_groups": False,
    "base_rpus": 8,
    "max_rpus": 32,
    "daily_rpu_hours": 100,
    "on_limit": LimitAction.DEACTIVATE,
    "node_type": "ra3.large",
    "nodes": 2,
    "multi_az": False,
    "snapshot_retention_days": 7,
    "deletion_protection": True,
    "deletion_allowed": {},
    "tags": {},
}

_LONGEST_IDENTIFIER = 63
"""A provisioned cluster's (Redshift CreateCluster, `_aws/names.yaml`); a namespace's and a workgroup's is 64."""
_OF_MODE = {
    WarehouseMode.SERVERLESS: ("base_rpus", "max_rpus", "daily_rpu_hours", "on_limit"),
    WarehouseMode.PROVISIONED: ("node_type", "nodes", "multi_az", "snapshot_retention_days"),
}
_BUILDERS = {
    WarehouseMode.SERVERLESS: serverless.build,
    WarehouseMode.PROVISIONED: provisioned.build,
}


class Warehouse(Component):
    """A private, encrypted, audited Redshift warehouse that reads the lake.

    Raises ``UserError`` for invalid arguments.
    """

    endpoint: pulumi.Output[str]
    """Host name for connections with TLS on port 5439."""
    identifier: pulumi.Output[str]
    """Name in AWS of namespace and workgroup, or of the cluster."""
    arn: pulumi.Output[str]
    """ARN of the cluster, or of the namespace: of what has the data."""
    database: pulumi.Output[str]
    """Name of the first database."""
    secret_arn: pulumi.Output[str]
    """ARN of the Secrets Manager secret with the admin's name and password, rotated by Redshift."""
    role_arn: pulumi.Output[str]
    """ARN of the role with which the warehouse reads the lake, its default role (``IAM_ROLE default``)."""
    security_group_id: pulumi.Output[str]
    """ID of the warehouse's security group."""
    kms_key_arn: pulumi.Output[str]
    """ARN of the KMS key of data, admin secret and audit logs."""

    def __init__(self, name: str, args: WarehouseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        a = checked(name, args, WarehouseArgs, _DEFAULTS)
        a.setdefault("identifier", physical_name(name, _LONGEST_IDENTIFIER))
        _validate(name, a, args)
        super().__init__(name, opts, deletion_allowed=a["deletion_allowed"], iam=a)
        subnet_ids = counted_subnets(name, a)
        component, tags, retain = f"Warehouse/{name}", a["tags"], a["deletion_protection"]
        self.kms_key_arn = key_for(
            self,
            f"{name}-key",
            component=component,
            purpose="data, admin secret and audit logs",
            tags=tags,
            retain=retain,
            given=a.get("kms_key_arn"),
            log_groups=True,
        )
        self.role_arn = lake_role(self, name, component, _lake(a), tags, retain)
        self.security_group_id = security_group(
            self, name, component, a["vpc_id"], a["client_cidrs"], a["client_security_groups"], tags, retain
        )
        identifier = a["identifier"]
        shared = SharedResources(
            component=component,
            identifier=identifier,
            subnet_ids=subnet_ids,
            security_group_id=self.security_group_id,
            kms_key_arn=self.kms_key_arn,
            role_arn=self.role_arn,
            tags=tags,
            retain=retain,
            adopt_log_groups=a["adopt_log_groups"],
        )
        outputs = _BUILDERS[a["mode"]](self, name, a, shared)
        self.endpoint, self.secret_arn, self.arn = outputs.endpoint, outputs.secret_arn, outputs.arn
        self.identifier = pulumi.Output.from_input(identifier)
        self.database = pulumi.Output.from_input(a["database"])


def _lake(a: WarehouseArgs) -> Lake:
    return Lake(
        a["lake_bucket_arns"], a["lake_databases"], a["lake_kms_key_arns"], PermissionModel(a["lake_permission_model"])
    )


def _validate(name: str, a: WarehouseArgs, given: Mapping[str, Any]) -> None:
    other = next(mode for mode in WarehouseMode if mode is not a["mode"])
    for key in _OF_MODE[other]:
        if given.get(key) is not None:
            expected = f"nothing: it belongs to a {other.value} warehouse, and this one is {a['mode'].value}"
            raise wrong(name, WarehouseArgs, key, given[key], expected)
    if not re.fullmatch(r"(?=.{3,63}$)[a-z][a-z0-9]*(-[a-z0-9]+)*", a["identifier"]):
        expected = "3 to 63 lower-case letters and digits, joined by single hyphens, a letter first"
        raise wrong(name, WarehouseArgs, "identifier", a["identifier"], expected)
    _validate_names(name, a)
    _validate_clients(name, a)
    retention(name, WarehouseArgs, "audit_log_retention_days", a["audit_log_retention_days"])
    {WarehouseMode.SERVERLESS: _validate_serverless, WarehouseMode.PROVISIONED: _validate_provisioned}[a["mode"]](
        name, a
    )


def _validate_names(name: str, a: WarehouseArgs) -> None:
    for key, pattern, shape, refused in (
        ("database", r"[a-z][a-z0-9_]{0,63}", "digits and underscores, at most 64", facts()["default_databases"]),
        (
            "admin_username",
            r"[a-z][a-z0-9_+.@-]{0,127}",
            "digits and _ + . @ -, at most 128",
            [*facts()["default_admins"], "public"],
        ),
    ):
        value = str(a[key])  # type: ignore[literal-required]
        if not re.fullmatch(pattern, value):
            raise wrong(name, WarehouseArgs, key, value, f"lower-case letters, {shape}, a letter first")
        if value in refused:
            raise wrong(name, WarehouseArgs, key, value, "a name of your own: attackers try the default first")
        if value in reserved_words():
            raise wrong(name, WarehouseArgs, key, value, "a name that is no reserved word of Redshift's SQL")


def _validate_clients(name: str, a: WarehouseArgs) -> None:
    for i, cidr in enumerate(a["client_cidrs"]):
        if ipv4_network(name, WarehouseArgs, f"client_cidrs[{i}]", cidr).prefixlen == 0:
            raise wrong(name, WarehouseArgs, f"client_cidrs[{i}]", cidr, "a range of your own, not everybody's")
    for label in a["client_security_groups"]:
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,31}", label):
            path = f"client_security_groups.{label}"
            raise wrong(name, WarehouseArgs, path, label, "a label of lower-case letters, digits and hyphens")


def _validate_serverless(name: str, a: WarehouseArgs) -> None:
    base, most = a["base_rpus"], a["max_rpus"]
    if base not in bases():
        raise wrong(name, WarehouseArgs, "base_rpus", base, "4, 8 to 512 in steps of 8, or up to 1024 in steps of 32")
    if most < base or most % 8:
        raise wrong(name, WarehouseArgs, "max_rpus", most, f"a multiple of 8, and no less than base_rpus ({base})")
    if a["daily_rpu_hours"] < 1:
        raise wrong(name, WarehouseArgs, "daily_rpu_hours", a["daily_rpu_hours"], "at least 1")


def _validate_provisioned(name: str, a: WarehouseArgs) -> None:
    known = facts()["provisioned"]
    if a["node_type"] not in node_types():
        raise wrong(name, WarehouseArgs, "node_type", a["node_type"], f"one of {', '.join(node_types())}")
    fewest = known["multi_az_nodes"] if a["multi_az"] else 2 if a["node_type"] in known["never_alone"] else 1
    if not fewest <= a["nodes"] <= known["max_nodes"]:
        raise wrong(name, WarehouseArgs, "nodes", a["nodes"], f"{fewest} to {known['max_nodes']}")
    if not 1 <= a["snapshot_retention_days"] <= 35:
        raise wrong(name, WarehouseArgs, "snapshot_retention_days", a["snapshot_retention_days"], "1 to 35")


def counted_subnets(name: str, a: WarehouseArgs) -> pulumi.Input[list[pulumi.Input[str]]]:
    """The subnets, after a check of their number: at once, or when it is known. Raises ``UserError`` for too few."""
    known = facts()["provisioned"]
    if a["mode"] is WarehouseMode.SERVERLESS:
        needed, why = facts()["serverless"]["subnets"], "a serverless warehouse with enhanced VPC routing"
    elif a["multi_az"]:
        needed, why = known["multi_az_subnets"], "multi_az"
    else:
        needed, why = known["subnets"], "a subnet group in two zones"

    def counted(ids: list[Any]) -> list[Any]:
        if len(ids) < needed:
            expected = f"at least {needed}, each in a zone of its own ({why})"
            raise wrong(name, WarehouseArgs, "subnet_ids", f"{len(ids)} subnets", expected)
        return ids

    given: Any = a["subnet_ids"]
    return counted(given) if isinstance(given, list) else pulumi.Output.from_input(given).apply(counted)
