"""IAM policy documents, and the account, partition and region that they refer to."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

Statement = Mapping[str, Any]


def account_id(parent: pulumi.Resource) -> pulumi.Output[str]:
    """The 12-digit account ID of ``parent``'s provider."""
    identity = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=parent))
    return pulumi.Output.from_input(identity.account_id)


def partition(parent: pulumi.Resource) -> pulumi.Output[str]:
    """``aws``, ``aws-cn`` or ``aws-us-gov``."""
    found = aws.get_partition_output(opts=pulumi.InvokeOutputOptions(parent=parent))
    return pulumi.Output.from_input(found.partition)


def region(parent: pulumi.Resource) -> pulumi.Output[str]:
    """The region of ``parent``'s provider, for example ``eu-west-1``."""
    found = aws.get_region_output(opts=pulumi.InvokeOutputOptions(parent=parent))
    return pulumi.Output.from_input(found.region)


def document(statements: Sequence[Statement]) -> pulumi.Output[str]:
    """An IAM policy document as JSON; values inside may be Outputs."""
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(*services: str) -> pulumi.Output[str]:
    """A trust policy for service principals (``redshift.amazonaws.com``)."""
    principal = {"Service": list(services)}
    return document([{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}])


def tls_only(bucket_arn: pulumi.Output[str]) -> dict[str, Any]:
    """A bucket policy statement that denies every request without TLS."""
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn, pulumi.Output.concat(bucket_arn, "/*")],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
