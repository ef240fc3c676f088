"""Creates customer managed KMS keys."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from .policy_documents import Statement, account_id, document, partition, region
from .tags import tags_for

_USE = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]


def key_for(
    parent: pulumi.Resource,
    logical_name: str,
    *,
    component: str,
    purpose: str,
    tags: Mapping[str, str],
    retain: bool,
    given: pulumi.Input[str] | None = None,
    services: Sequence[str] = (),
    log_groups: bool = False,
    statements: Sequence[Statement] = (),
    region_name: str | None = None,
) -> pulumi.Output[str]:
    """The ARN of ``given``, or of a new key ``logical_name`` with an alias ``f"{logical_name}-alias"``.

    The key rotates yearly, has a 30-day deletion window, and its policy delegates access control to
    the account's IAM. ``component`` is, for example, ``DataLake/lake``; ``purpose`` becomes the description.
    ``services`` are service principals (``sns.amazonaws.com``) that may use the key on behalf of this account;
    ``log_groups`` allows CloudWatch Logs of this account and region to use it; ``statements`` are further
    key policy statements. ``retain`` protects the key and retains it when it is removed from the program.
    ``region_name``: another region than the provider's.
    """
    if given is not None:
        return pulumi.Output.from_input(given)
    key = aws.kms.Key(
        logical_name,
        description=f"{component}: {purpose}",
        enable_key_rotation=True,
        rotation_period_in_days=365,
        deletion_window_in_days=30,
        policy=_policy(parent, services, log_groups, statements),
        region=region_name,
        tags=tags_for(component, logical_name, tags),
        opts=pulumi.ResourceOptions(parent=parent, protect=retain, retain_on_delete=retain),
    )
    # The alias is auto-named: a fixed name would conflict with a second stack in the same account.
    aws.kms.Alias(
        f"{logical_name}-alias",
        target_key_id=key.key_id,
        region=region_name,
        opts=pulumi.ResourceOptions(parent=parent, retain_on_delete=retain),
    )
    return pulumi.Output.from_input(key.arn)


def _policy(
    parent: pulumi.Resource, services: Sequence[str], log_groups: bool, statements: Sequence[Statement]
) -> pulumi.Output[str]:
    account, part = account_id(parent), partition(parent)
    document_statements: list[Statement] = [
        {
            "Sid": "AccountDecides",
            "Effect": "Allow",
            "Principal": {"AWS": pulumi.Output.format("arn:{0}:iam::{1}:root", part, account)},
            "Action": "kms:*",
            "Resource": "*",
        }
    ]
    if services:
        document_statements.append(_for_services(services, account))
    if log_groups:
        document_statements.append(_for_log_groups(part, region(parent), account))
    return document([*document_statements, *statements])


def _for_services(services: Sequence[str], account: pulumi.Output[str]) -> dict[str, Any]:
    return {
        "Sid": "ServicesOfThisAccount",
        "Effect": "Allow",
        "Principal": {"Service": list(services)},
        "Action": _USE,
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }


def _for_log_groups(part: pulumi.Output[str], where: pulumi.Output[str], account: pulumi.Output[str]) -> dict[str, Any]:
    # CloudWatch Logs passes the log group in the encryption context and no aws:SourceAccount.
    group = pulumi.Output.format("arn:{0}:logs:{1}:{2}:log-group:*", part, where, account)
    return {
        "Sid": "LogGroupsOfThisAccount",
        "Effect": "Allow",
        "Principal": {"Service": pulumi.Output.format("logs.{0}.amazonaws.com", where)},
        "Action": _USE,
        "Resource": "*",
        "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": group}},
    }
