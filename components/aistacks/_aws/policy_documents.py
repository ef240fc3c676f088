"""Policy documents and the facts about the account that they name."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

Statement = Mapping[str, Any]


def account_id(parent: pulumi.Resource) -> pulumi.Output[str]:
    """The account that ``parent``'s provider works in, 12 digits."""
    identity = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=parent))
    return pulumi.Output.from_input(identity.account_id)


def partition(parent: pulumi.Resource) -> pulumi.Output[str]:
    """``aws``, ``aws-cn`` or ``aws-us-gov``."""
    found = aws.get_partition_output(opts=pulumi.InvokeOutputOptions(parent=parent))
    return pulumi.Output.from_input(found.partition)


def region(parent: pulumi.Resource) -> pulumi.Output[str]:
    """The region that ``parent``'s provider works in, for example ``eu-west-1``."""
    found = aws.get_region_output(opts=pulumi.InvokeOutputOptions(parent=parent))
    return pulumi.Output.from_input(found.region)


def document(statements: Sequence[Statement]) -> pulumi.Output[str]:
    """An IAM policy document as JSON; values inside may be Outputs."""
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(*services: str) -> pulumi.Output[str]:
    """Lets AWS services (``redshift.amazonaws.com``) assume a role."""
    principal = {"Service": list(services)}
    return document([{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}])


def tls_only(bucket_arn: pulumi.Output[str]) -> dict[str, Any]:
    """Refuses every request to a bucket that doesn't come over TLS."""
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn, pulumi.Output.concat(bucket_arn, "/*")],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
