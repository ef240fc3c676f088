"""A data lake: a bucket and a Glue database for each layer, one key, one log bucket, one Athena workgroup."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from .._arguments import checked, wrong
from .._aws.bucket import access_log_bucket, secure_bucket
from .._aws.key import key_for
from .._aws.policy_documents import partition
from .._aws.tags import tags_for
from ..component import Component

_LAYER = r"[a-z][a-z0-9]{0,13}"
_PREFIX = r"[a-z][a-z0-9_]{0,63}"
_RESULT_DAYS = 30
_GIB = 1024**3


class DataLakeArgs(TypedDict):
    """Identity is an Input; shape is plain, so it is known before preview."""

    layers: NotRequired[list[str]]
    """Layers from raw to refined, each lower-case letters and digits, at most 14.
    Default: ``["bronze", "silver", "gold"]``."""
    existing_buckets: NotRequired[dict[str, pulumi.Input[str]]]
    """Layer to the name of a bucket of your own; it is used as it is and stays yours. Default: ``{}``."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """Key that encrypts every layer. Default: a new customer-managed key, rotated every year."""
    noncurrent_version_retention_days: NotRequired[int]
    """Days that a superseded object version is kept. Default: ``30``."""
    expire_days: NotRequired[dict[str, int]]
    """Layer to days after which its objects expire; a layer that isn't named keeps them. Default: ``{}``."""
    access_log_retention_days: NotRequired[int]
    """Days that access logs are kept. Default: ``365``."""
    database_prefix: NotRequired[str]
    """Glue databases are called ``<prefix>_<layer>``; a second lake in the account and region wants another prefix.
    Default: the component's name, with underscores for hyphens."""
    query_scan_limit_gib: NotRequired[int]
    """GiB that one Athena query may scan before it is stopped. Default: ``1024``."""
    deletion_protection: NotRequired[bool]
    """Protect buckets and key, and keep them when they leave the stack. Default: ``True``."""
    tags: NotRequired[dict[str, str]]
    """Tags of every resource. Default: ``{}``."""


_DEFAULTS: dict[str, object] = {
    "layers": ["bronze", "silver", "gold"],
    "existing_buckets": {},
    "noncurrent_version_retention_days": 30,
    "expire_days": {},
    "access_log_retention_days": 365,
    "query_scan_limit_gib": 1024,
    "deletion_protection": True,
    "tags": {},
}


class DataLake(Component):
    """Private, encrypted, versioned storage in layers, catalogued in Glue and queried with Athena."""

    bucket_names: pulumi.Output[dict[str, str]]
    """Layer to its bucket's name."""
    bucket_arns: pulumi.Output[dict[str, str]]
    """Layer to its bucket's ARN."""
    database_names: pulumi.Output[dict[str, str]]
    """Layer to its Glue database's name."""
    kms_key_arn: pulumi.Output[str]
    """Key that encrypts the lake."""
    log_bucket_name: pulumi.Output[str]
    """Bucket that receives the access logs, known once it may; other buckets of the account may log there too."""
    workgroup_name: pulumi.Output[str]
    """Athena workgroup whose settings no query can override."""

    def __init__(self, name: str, args: DataLakeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        a = checked(name, args, DataLakeArgs, _DEFAULTS)
        _refuse(name, a)
        super().__init__(name, opts)
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
        results = secure_bucket(self, f"{name}-query-results", rules=[_expire_after(_RESULT_DAYS)], **make)
        workgroup = _workgroup(self, name, component, a, results.bucket, self.kms_key_arn)
        self.bucket_names = pulumi.Output.all(**{k: v.bucket for k, v in layers.items()})
        self.bucket_arns = pulumi.Output.all(**{k: v.arn for k, v in layers.items()})
        self.database_names = pulumi.Output.all(**{k: v.database for k, v in layers.items()})
        self.workgroup_name = pulumi.Output.from_input(workgroup.name)
        self.log_bucket_name = logs.ready


class _Layer(NamedTuple):
    bucket: pulumi.Output[str]
    arn: pulumi.Output[str]
    database: pulumi.Output[str]


def _refuse(name: str, a: DataLakeArgs) -> None:
    layers = a["layers"]
    if not layers or len(set(layers)) < len(layers):
        raise wrong(name, DataLakeArgs, "layers", layers, "at least one layer, each once")
    for i, layer in enumerate(layers):
        if not re.fullmatch(_LAYER, layer):
            raise wrong(name, DataLakeArgs, f"layers[{i}]", layer, "lower-case letters and digits, at most 14")
    for key in ("existing_buckets", "expire_days"):
        for layer in a[key]:
            if layer not in layers:
                raise wrong(name, DataLakeArgs, key, layer, f"one of the layers {', '.join(layers)}")
    days = {f"expire_days.{k}": v for k, v in a["expire_days"].items()}
    days |= {
        k: a[k] for k in ("noncurrent_version_retention_days", "access_log_retention_days", "query_scan_limit_gib")
    }
    for path, value in days.items():
        if value < 1:
            raise wrong(name, DataLakeArgs, path, value, "1 or more")
    if not re.fullmatch(_PREFIX, _prefix(name, a)):
        raise wrong(
            name, DataLakeArgs, "database_prefix", _prefix(name, a), "lower-case letters, digits and underscores"
        )


def _prefix(name: str, a: DataLakeArgs) -> str:
    return a.get("database_prefix", name.replace("-", "_"))


def _expire_after(days: int) -> dict[str, Any]:
    return {"id": "expire", "status": "Enabled", "filter": {"prefix": ""}, "expiration": {"days": days}}


def _layer(parent: pulumi.Resource, name: str, layer: str, a: DataLakeArgs, make: Mapping[str, Any]) -> _Layer:
    bucket, arn = _layer_bucket(parent, name, layer, a, make)
    database = aws.glue.CatalogDatabase(
        f"{name}-{layer}",
        name=f"{_prefix(name, a)}_{layer}",
        description=f"{layer} layer of the lake {name}",
        location_uri=pulumi.Output.concat("s3://", bucket, "/"),
        tags=tags_for(make["component"], f"{name}-{layer}", a["tags"]),
        # A retained bucket keeps its catalogue: tables are as hard to come by as the data.
        opts=pulumi.ResourceOptions(parent=parent, retain_on_delete=make["retain"]),
    )
    return _Layer(bucket, arn, pulumi.Output.from_input(database.name))


def _layer_bucket(
    parent: pulumi.Resource, name: str, layer: str, a: DataLakeArgs, make: Mapping[str, Any]
) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    if layer in a["existing_buckets"]:
        own = pulumi.Output.from_input(a["existing_buckets"][layer])
        return own, pulumi.Output.format("arn:{0}:s3:::{1}", partition(parent), own)
    rules = [_expire_after(a["expire_days"][layer])] if layer in a["expire_days"] else []
    bucket = secure_bucket(parent, f"{name}-{layer}", rules=rules, **make)
    return bucket.bucket, bucket.arn


def _workgroup(
    parent: pulumi.Resource,
    name: str,
    component: str,
    a: DataLakeArgs,
    results: pulumi.Output[str],
    key_arn: pulumi.Output[str],
) -> aws.athena.Workgroup:
    return aws.athena.Workgroup(
        name,
        description=f"Queries of the lake {name}",
        force_destroy=not a["deletion_protection"],
        configuration={
            "enforce_workgroup_configuration": True,
            "publish_cloudwatch_metrics_enabled": True,
            "bytes_scanned_cutoff_per_query": a["query_scan_limit_gib"] * _GIB,
            "result_configuration": {
                "output_location": pulumi.Output.concat("s3://", results, "/"),
                "encryption_configuration": {"encryption_option": "SSE_KMS", "kms_key_arn": key_arn},
            },
        },
        tags=tags_for(component, name, a["tags"]),
        opts=pulumi.ResourceOptions(parent=parent),
    )
