"""Policies of the CI roles."""

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import pulumi

from aistacks_catalog.aws import inventory
from aistacks_core.facts import load

from .._aws.policy_documents import Statement

_CONTENT = [
    "athena:GetQueryResults",
    "dynamodb:BatchGetItem",
    "dynamodb:GetItem",
    "dynamodb:PartiQLSelect",
    "dynamodb:Query",
    "dynamodb:Scan",
    "lakeformation:GetDataAccess",
    "redshift-data:GetStatementResult",
    "redshift-serverless:GetCredentials",
    "redshift:GetClusterCredentials",
    "redshift:GetClusterCredentialsWithIAM",
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "sqs:ReceiveMessage",
]


class State(NamedTuple):
    """Pulumi's state backend; ``bucket_arn`` is ``None`` if it isn't S3."""

    bucket_arn: pulumi.Output[str] | None
    prefix: str
    """Empty, or ending in ``/``."""
    key_arns: Sequence[pulumi.Input[str]]

    @property
    def objects(self) -> pulumi.Output[str]:
        assert self.bucket_arn is not None  # noqa: S101 (its callers look first)
        return pulumi.Output.concat(self.bucket_arn, f"/{self.prefix}*")


@functools.cache
def reads() -> tuple[str, ...]:
    """The IAM actions that read the settings of the components' resources, sorted."""
    found = load(__package__, "reads.yaml")["actions"]
    return tuple(sorted(f"{service}:{action}" for service, actions in found.items() for action in actions))


def reading(state: State) -> list[Statement]:
    """Allow reading resource settings and the state; deny content, whatever other policies are attached."""
    statements: list[Statement] = [{"Sid": "Settings", "Effect": "Allow", "Action": list(reads()), "Resource": "*"}]
    if state.bucket_arn is not None:
        statements += [_listing(state), _on(state.objects, "StateObjects", ["s3:GetObject"])]
    if state.key_arns:
        statements.append(_on(list(state.key_arns), "StateKeys", ["kms:Decrypt"]))
    return [*statements, *_denials(state)]


def listing() -> list[Statement]:
    """Allow what ``aistacks orphans`` lists by and the settings don't allow; the denials hold for it, too."""
    more = sorted(set(inventory.reads()) - set(reads()))
    return [{"Sid": "Listing", "Effect": "Allow", "Action": more, "Resource": "*"}]


def writing(state: State) -> list[Statement]:
    """Allow reading and writing the state, which every deployment does."""
    statements: list[Statement] = []
    if state.bucket_arn is not None:
        objects = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
        statements += [_listing(state), _on(state.objects, "StateObjects", objects)]
    if state.key_arns:
        # Encrypt: a stack's first operation encrypts its data key. GenerateDataKey: S3, for a bucket under the key.
        keys = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
        statements.append(_on(list(state.key_arns), "StateKeys", keys))
    return statements


def _listing(state: State) -> Statement:
    listing: dict[str, Any] = {
        "Sid": "StateListing",
        "Effect": "Allow",
        "Action": "s3:ListBucket",
        "Resource": state.bucket_arn,
    }
    if state.prefix:
        listing["Condition"] = {"StringLike": {"s3:prefix": f"{state.prefix}*"}}
    return listing


def _on(resource: object, sid: str, actions: list[str]) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}


def _denials(state: State) -> list[Statement]:
    objects = {"Resource": "*"} if state.bucket_arn is None else {"NotResource": state.objects}
    keys: dict[str, Any] = {"NotResource": list(state.key_arns)} if state.key_arns else {"Resource": "*"}
    return [
        {"Sid": "NoObjects", "Effect": "Deny", "Action": ["s3:GetObject", "s3:GetObjectVersion"], **objects},
        {"Sid": "NoDecryption", "Effect": "Deny", "Action": "kms:Decrypt", **keys},
        {"Sid": "NoContent", "Effect": "Deny", "Action": _CONTENT, "Resource": "*"},
    ]
