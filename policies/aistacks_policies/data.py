"""Athena and Glue: what reads the lake."""

from __future__ import annotations

from .kms import KEYS
from .resource import Resource
from .rule import Severity, rule
from .stack import Stack, Types
from .values import Answers

_WORKGROUPS: Types = ("aws:athena/workgroup:Workgroup",)
_DATABASES: Types = ("aws:athena/database:Database",)


@rule(
    "athena-encrypted",
    (*_WORKGROUPS, *_DATABASES),
    Severity.HIGH,
    "CKV_AWS_159",
    title="Query results are encrypted",
    fix="Set resultConfiguration.encryptionConfiguration with encryptionOption SSE_KMS and kmsKeyArn.",
)
def encrypted(athena: Resource, stack: Stack) -> Answers:
    """What queries write is encrypted with a KMS key."""
    if athena.type in _DATABASES:
        yield athena["encryptionConfiguration"]["encryptionOption"].must_be("SSE_KMS", "CSE_KMS")
        return
    config = athena["configuration"]
    # Results that Athena keeps itself have no place of ours.
    if config["managedQueryResultsConfiguration"]["enabled"].equals(True):
        key = config["managedQueryResultsConfiguration"]["encryptionConfiguration"]["kmsKey"]
        yield stack.must_come_from(athena, key, KEYS)
        return
    result = config["resultConfiguration"]["encryptionConfiguration"]
    yield result["encryptionOption"].must_be("SSE_KMS", "CSE_KMS")
    yield stack.must_come_from(athena, result["kmsKeyArn"], KEYS)
