"""What is written down, and kept: trails, logs, secrets."""

from __future__ import annotations

from .kms import KEYS
from .resource import Resource
from .rule import Severity, rule
from .stack import Stack, Types
from .values import PASS, Answers, either, fail

_LOG_GROUPS: Types = ("aws:cloudwatch/logGroup:LogGroup",)
_SECRETS: Types = ("aws:secretsmanager/secret:Secret",)
_ROTATIONS: Types = ("aws:secretsmanager/secretRotation:SecretRotation",)
_YEAR_DAYS = 365


@rule(
    "logs-kept-a-year",
    _LOG_GROUPS,
    Severity.LOW,
    "CKV_AWS_338",
    title="Logs are kept for a year",
    fix="Set retentionInDays to 365 or more.",
)
def kept_a_year(group: Resource) -> Answers:
    """Log groups keep what they get for 365 days or longer; unset, or 0, is for ever."""
    days = group["retentionInDays"].or_else(0)
    return [PASS if days.number == 0 else days.must_be_at_least(_YEAR_DAYS)]


@rule(
    "secrets-customer-key",
    _SECRETS,
    Severity.MEDIUM,
    "CKV_AWS_149",
    title="Secrets are encrypted with a customer-managed key",
    fix="Set kmsKeyId to a key of yours.",
)
def secrets_key(secret: Resource, stack: Stack) -> Answers:
    """Secrets are encrypted with a KMS key of the account's own, whose policy says who may open them."""
    key = secret["kmsKeyId"]
    known = [] if key.unknown else [key.must_not_be("alias/aws/secretsmanager")]
    return [stack.must_come_from(secret, key, KEYS), *known]


def _rotates(rotation: Resource) -> Answers:
    rules = rotation["rotationRules"]
    return [either(rules["automaticallyAfterDays"].must_be_set(), rules["scheduleExpression"].must_be_set())]


@rule(
    "secrets-rotated",
    _SECRETS,
    Severity.MEDIUM,
    "SecretsManager.1",
    title="Secrets are rotated",
    fix="Add a SecretRotation of the secret, or let the service that owns it manage it.",
)
def rotated(secret: Resource, stack: Stack) -> Answers:
    """A rotation is set for the secret."""
    return [stack.attached(secret, _ROTATIONS, "secretId").must(_rotates, fail("has no SecretRotation"))]
