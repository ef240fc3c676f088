"""The Athena workgroup and its results location.

In a workgroup that enforces its settings, each query's results are objects directly in the results location:
``<query id>.csv`` (``.txt``, ``.metadata``, ``-manifest.csv``), and a ``CREATE TABLE AS SELECT`` puts the table's data
into ``tables/<query id>/`` below it; ``external_location`` is rejected (Athena user guide, "Find query
output files in Amazon S3" and "Considerations and limitations for CTAS queries", read 2026-11-30).
"""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from .._aws.bucket import secure_bucket
from .._aws.tags import tags_for

RESULTS = "query-results/"
"""Key prefix of the results location."""
_HEX = "0123456789abcdef"
_GIB = 1024**3


def results_bucket(parent: pulumi.Resource, name: str, days: int, make: Mapping[str, Any]) -> aws.s3.Bucket:
    """The bucket of query results, which expire after ``days``; tables created by queries don't."""
    # A lifecycle rule can't exclude a prefix. But a query ID is a UUID, and "tables/" begins with no hex digit.
    rules = [
        {
            "id": f"expire-results-{digit}",
            "status": "Enabled",
            "filter": {"prefix": f"{RESULTS}{digit}"},
            "expiration": {"days": days},
        }
        for digit in _HEX
    ]
    return secure_bucket(parent, f"{name}-query-results", rules=rules, **make)


def workgroup(
    parent: pulumi.Resource,
    name: str,
    make: Mapping[str, Any],
    results: pulumi.Input[str],
    scan_limit_gib: int,
) -> aws.athena.Workgroup:
    """A workgroup that writes to the bucket ``results`` and enforces its settings."""
    return aws.athena.Workgroup(
        name,
        description=f"Queries of the lake {name}",
        force_destroy=not make["retain"],
        configuration={
            "enforce_workgroup_configuration": True,
            "publish_cloudwatch_metrics_enabled": True,
            "bytes_scanned_cutoff_per_query": scan_limit_gib * _GIB,
            "result_configuration": {
                "output_location": pulumi.Output.concat("s3://", results, "/", RESULTS),
                "encryption_configuration": {"encryption_option": "SSE_KMS", "kms_key_arn": make["kms_key_arn"]},
            },
        },
        tags=tags_for(make["component"], name, make["tags"]),
        opts=pulumi.ResourceOptions(parent=parent, protect=make["retain"], retain_on_delete=make["retain"]),
    )
