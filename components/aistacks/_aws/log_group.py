"""Creates encrypted CloudWatch log groups with a retention period."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from .tags import tags_for


def log_group(
    parent: pulumi.Resource,
    logical_name: str,
    *,
    group_name: str,
    component: str,
    tags: Mapping[str, str],
    kms_key_arn: pulumi.Input[str],
    days: int,
    retain: bool,
    adopt: bool,
) -> aws.cloudwatch.LogGroup:
    """A log group with the fixed name that the service which writes to it expects; events are kept ``days``.

    The key's policy must allow CloudWatch Logs (``key_for(…, log_groups=True)``). ``adopt`` imports an existing group
    of that name, whatever its key, retention and tags are: the engine imports it and then applies the program's
    inputs (pulumi/pulumi#16397).
    """
    found = group_name if adopt else None
    opts = pulumi.ResourceOptions(parent=parent, protect=retain, retain_on_delete=retain, import_=found)
    return aws.cloudwatch.LogGroup(
        logical_name,
        name=group_name,
        kms_key_id=kms_key_arn,
        retention_in_days=days,
        deletion_protection_enabled=retain,
        tags=tags_for(component, logical_name, tags),
        opts=opts,
    )
