"""A data lake: a bucket and a Glue database for each layer, one key, one log bucket, one Athena workgroup."""

from collections.abc import Mapping
from typing import Any, NamedTuple, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from .._arguments import checked
from .._aws.bucket import access_log_bucket, secure_bucket
from .._aws.key import key_for
from .._aws.lake_formation import PermissionModel, open_to_iam, table_defaults
from .._aws.policy_documents import partition
from .._aws.tags import tags_for
from ..component import Component
from .checks import database_prefix, validate
from .locations import register
from .queries import results_bucket, workgroup


class DataLakeArgs(TypedDict):
    """Arguments of ``DataLake``."""

    layers: NotRequired[list[str]]
    """Layers from raw to refined; each name has at most 14 lower-case letters and digits.
    Default: ``["bronze", "silver", "gold"]``."""
    existing_buckets: NotRequired[dict[str, pulumi.Input[str]]]
    """Layer to the name of an existing bucket, whose settings this component doesn't change. Default: ``{}``."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """KMS key that encrypts every layer. Default: a new customer managed key, rotated every year."""
    noncurrent_version_retention_days: NotRequired[int]
    """Days after which noncurrent object versions expire. Default: ``30``."""
    expire_days: NotRequired[dict[str, int]]
    """Layer to days after which its objects expire, including tables' data and metadata unless ``expire_prefixes``
    limits it. Objects of other layers never expire. Default: ``{}``."""
    expire_prefixes: NotRequired[dict[str, str]]
    """Layer to the prefix that ``expire_days`` is limited to, for example ``{"bronze": "landing/"}``.
    Default: ``{}``."""
    query_result_retention_days: NotRequired[int]
    """Days after which Athena query results expire; tables created by queries don't. Default: ``30``."""
    permission_model: NotRequired[PermissionModel]
    """Which service authorizes access to the tables. Default: ``"iam"``."""
    access_log_retention_days: NotRequired[int]
    """Days after which S3 server access logs expire. Default: ``365``."""
    database_prefix: NotRequired[str]
    """Glue databases are named ``<prefix>_<layer>``. Changing the prefix replaces them.
    Default: project, stack and the component's name, with a digest where that could be another lake's, too."""
    query_scan_limit_gib: NotRequired[int]
    """Data in GiB that one Athena query may scan before it is cancelled. Default: ``1024``."""
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
    "layers": ["bronze", "silver", "gold"],
    "existing_buckets": {},
    "noncurrent_version_retention_days": 30,
    "expire_days": {},
    "expire_prefixes": {},
    "query_result_retention_days": 30,
    "permission_model": "iam",
    "access_log_retention_days": 365,
    "query_scan_limit_gib": 1024,
    "deletion_protection": True,
    "deletion_allowed": {},
    "tags": {},
}


class DataLake(Component):
    """Private, encrypted, versioned S3 storage in layers, catalogued in Glue and queried with Athena.

    Raises ``UserError`` for invalid arguments.
    """

    bucket_names: pulumi.Output[dict[str, str]]
    """Layer to its bucket's name."""
    bucket_arns: pulumi.Output[dict[str, str]]
    """Layer to its bucket's ARN."""
    database_names: pulumi.Output[dict[str, str]]
    """Layer to its Glue database's name."""
    kms_key_arn: pulumi.Output[str]
    """ARN of the KMS key that encrypts the lake."""
    log_bucket_name: pulumi.Output[str]
    """Bucket for access logs, resolved once its policy allows S3 log delivery. Other buckets of the account may use
    it."""
    query_results_bucket_arn: pulumi.Output[str]
    """ARN of the bucket that holds query results and the data of tables created by ``CREATE TABLE AS SELECT``."""
    workgroup_name: pulumi.Output[str]
    """Athena workgroup; it enforces its settings for every query."""

    def __init__(self, name: str, args: DataLakeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        a = checked(name, args, DataLakeArgs, _DEFAULTS)
        validate(name, DataLakeArgs, a)
        super().__init__(name, opts, deletion_allowed=a["deletion_allowed"], iam=a)
        component, tags, retain = f"DataLake/{name}", a["tags"], a["deletion_protection"]
        self.kms_key_arn = key_for(
            self,
            f"{name}-key",
            component=component,
            purpose="Data lake: every layer, and what queries write",
            tags=tags,
            retain=retain,
            given=a.get("kms_key_arn"),
        )
        logs = access_log_bucket(
            self,
            f"{name}-access-logs",
            component=component,
            tags=tags,
            retain=retain,
            expire_days=a["access_log_retention_days"],
        )
        make: dict[str, Any] = {
            "component": component,
            "tags": tags,
            "kms_key_arn": self.kms_key_arn,
            "log_bucket": logs.ready,
            "retain": retain,
            "noncurrent_days": a["noncurrent_version_retention_days"],
        }
        layers = {layer: _layer(self, name, layer, a, make) for layer in a["layers"]}
        model = a["permission_model"]
        if model is not PermissionModel.IAM:
            ours = {layer: made.arn for layer, made in layers.items() if layer not in a["existing_buckets"]}
            register(self, name, ours, make, hybrid=model is PermissionModel.HYBRID)
        results = results_bucket(self, name, a["query_result_retention_days"], make)
        queries = workgroup(self, name, make, results.bucket, a["query_scan_limit_gib"])
        self.bucket_names = pulumi.Output.all(**{k: v.bucket for k, v in layers.items()})
        self.bucket_arns = pulumi.Output.all(**{k: v.arn for k, v in layers.items()})
        self.database_names = pulumi.Output.all(**{k: v.database for k, v in layers.items()})
        self.query_results_bucket_arn = pulumi.Output.from_input(results.arn)
        self.workgroup_name = pulumi.Output.from_input(queries.name)
        self.log_bucket_name = logs.ready


class _Layer(NamedTuple):
    bucket: pulumi.Output[str]
    arn: pulumi.Output[str]
    database: pulumi.Output[str]


def _expire_after(days: int, prefix: str) -> dict[str, Any]:
    return {"id": "expire", "status": "Enabled", "filter": {"prefix": prefix}, "expiration": {"days": days}}


def _layer(parent: pulumi.Resource, name: str, layer: str, a: DataLakeArgs, make: Mapping[str, Any]) -> _Layer:
    bucket, arn = _layer_bucket(parent, name, layer, a, make)
    database = aws.glue.CatalogDatabase(
        f"{name}-{layer}",
        name=f"{database_prefix(name, a)}_{layer}",
        description=f"{layer} layer of the lake {name}",
        location_uri=pulumi.Output.concat("s3://", bucket, "/"),
        create_table_default_permissions=table_defaults(a["permission_model"]),
        tags=tags_for(make["component"], f"{name}-{layer}", a["tags"]),
        # A retained bucket retains its database, too: without table definitions its data is hard to use.
        opts=pulumi.ResourceOptions(parent=parent, protect=make["retain"], retain_on_delete=make["retain"]),
    )
    made = pulumi.Output.from_input(database.name)
    if a["permission_model"] is PermissionModel.HYBRID:
        open_to_iam(parent, f"{name}-{layer}-iam", made, retain=make["retain"])
    return _Layer(bucket, arn, made)


def _layer_bucket(
    parent: pulumi.Resource, name: str, layer: str, a: DataLakeArgs, make: Mapping[str, Any]
) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    if layer in a["existing_buckets"]:
        existing = pulumi.Output.from_input(a["existing_buckets"][layer])
        return existing, pulumi.Output.format("arn:{0}:s3:::{1}", partition(parent), existing)
    expire = a["expire_days"].get(layer)
    rules = [_expire_after(expire, a["expire_prefixes"].get(layer, ""))] if expire else []
    bucket = secure_bucket(parent, f"{name}-{layer}", rules=rules, **make)
    return bucket.bucket, bucket.arn
