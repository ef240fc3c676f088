"""SNS topics and SQS queues."""

from __future__ import annotations

from .documents import documents_of, everybody
from .kms import KEYS
from .resource import Resource
from .rule import Severity, rule
from .stack import Stack, Types
from .values import Answers, either

_QUEUES: Types = ("aws:sqs/queue:Queue",)
_QUEUE_POLICIES: Types = ("aws:sqs/queuePolicy:QueuePolicy",)


@rule(
    "sqs-encrypted",
    _QUEUES,
    Severity.MEDIUM,
    "SQS.1",
    "CKV_AWS_27",
    title="Queues are encrypted",
    fix="Set kmsMasterKeyId, or sqsManagedSseEnabled to true.",
)
def queues_encrypted(queue: Resource, stack: Stack) -> Answers:
    """Messages are encrypted while the queue holds them, with a KMS key or with SQS's own."""
    key = stack.must_come_from(queue, queue["kmsMasterKeyId"], KEYS)
    return [either(key, queue["sqsManagedSseEnabled"].must_be(True))]


@rule(
    "sqs-not-for-everybody",
    _QUEUES,
    Severity.HIGH,
    "CKV_AWS_168",
    title="No queue policy grants public access",
    fix="Name the principals, or demand aws:SourceArn or the like.",
)
def not_for_everybody(queue: Resource, stack: Stack) -> Answers:
    """No statement of the queue's policy allows something to principal ``*`` without a condition that says who."""
    for _, document in documents_of(queue, stack, _QUEUE_POLICIES, "queueUrl"):
        yield from everybody(document)
