"""Registers the lake's buckets as Lake Formation data locations.

Lake Formation developer guide, "Requirements for roles used to register locations", read 2026-11-30.
"""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from .._aws.policy_documents import document, trust
from .._aws.tags import tags_for


def register(
    parent: pulumi.Resource,
    name: str,
    buckets: Mapping[str, pulumi.Output[str]],
    make: Mapping[str, Any],
    *,
    hybrid: bool,
) -> None:
    """Register the buckets (layer to ARN) with Lake Formation, with a role that may access only these."""
    # Retained with the buckets: an unregistered bucket is open to every principal that IAM allows.
    opts = pulumi.ResourceOptions(parent=parent, retain_on_delete=make["retain"])
    role = aws.iam.Role(
        f"{name}-lake-formation",
        description=f"By which Lake Formation reads and writes the lake {name} for whom it grants access",
        assume_role_policy=trust("lakeformation.amazonaws.com"),
        tags=tags_for(make["component"], f"{name}-lake-formation", make["tags"]),
        opts=opts,
    )
    objects = [pulumi.Output.concat(arn, "/*") for arn in buckets.values()]
    policy = aws.iam.RolePolicy(
        f"{name}-lake-formation",
        role=role.name,
        policy=document(
            [
                {
                    "Effect": "Allow",
                    "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                    "Resource": objects,
                },
                {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": list(buckets.values())},
                {
                    "Effect": "Allow",
                    "Action": ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
                    "Resource": make["kms_key_arn"],
                },
            ]
        ),
        opts=opts,
    )
    for layer, arn in buckets.items():
        aws.lakeformation.Resource(
            f"{name}-{layer}-location",
            arn=arn,
            role_arn=role.arn,
            hybrid_access_enabled=hybrid,
            # Lake Formation uses the role when it registers a location.
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[policy])),
        )
