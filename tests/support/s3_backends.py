"""Buckets of an emulated S3, as the engine's backends."""

from __future__ import annotations

from typing import Any

import boto3


def s3_client(endpoint: str) -> Any:
    return boto3.client("s3", endpoint_url=f"http://{endpoint}", region_name="eu-west-1")


def bucket_url(endpoint: str, bucket: str, *, versioned: bool = True) -> str:
    """A new bucket, as a backend's URL."""
    s3 = s3_client(endpoint)
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    if versioned:
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return f"s3://{bucket}/team?region=eu-west-1&endpoint={endpoint}&disableSSL=true&s3ForcePathStyle=true"


def versions_of(s3: Any, bucket: str) -> set[tuple[str, str]]:
    """Key and version of whatever the bucket holds."""
    found = s3.list_object_versions(Bucket=bucket)
    return {(each["Key"], each["VersionId"]) for part in ("Versions", "DeleteMarkers") for each in found.get(part, [])}
