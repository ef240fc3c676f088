"""What is written down, and kept: trails, logs, secrets."""

from __future__ import annotations

from .kms import KEYS
from .resource import Resource
from .rule import Severity, rule
from .stack import Stack, Types
from .values import PASS, Answers, either, fail

_TRAILS: Types = ("aws:cloudtrail/trail:Trail",)
_LOG_GROUPS: Types = ("aws:cloudwatch/logGroup:LogGroup",)
_SECRETS: Types = ("aws:secretsmanager/secret:Secret",)
_ROTATIONS: Types = ("aws:secretsmanager/secretRotation:SecretRotation",)
_YEAR_DAYS = 365


@rule(
    "cloudtrail-every-region",
    _TRAILS,
    Severity.HIGH,
    "CloudTrail.1",
    "CKV_AWS_67",
    title="The trail covers every region",
    fix="Set isMultiRegionTrail to true, and leave includeGlobalServiceEvents and enableLogging alone.",
)
def every_region(trail: Resource) -> Answers:
    """Calls in regions that nobody uses are written down too: that is where an intruder works."""
    yield trail["isMultiRegionTrail"].or_else(False).must_be(True)
    yield trail["enableLogging"].or_else(True).must_be(True)
    yield trail["includeGlobalServiceEvents"].or_else(True).must_be(True)


@rule(
    "cloudtrail-customer-key",
    _TRAILS,
    Severity.MEDIUM,
    "CloudTrail.2",
    "CKV_AWS_35",
    title="The trail is encrypted with a customer-managed key",
    fix="Set kmsKeyId.",
)
def trail_key(trail: Resource, stack: Stack) -> Answers:
    """What the trail writes is encrypted with a KMS key of the account's own."""
    return [stack.must_come_from(trail, trail["kmsKeyId"], KEYS)]


@rule(
    "cloudtrail-validated",
    _TRAILS,
    Severity.MEDIUM,
    "CloudTrail.4",
    "CKV_AWS_36",
    title="Nobody can change the trail unseen",
    fix="Set enableLogFileValidation to true.",
)
def validated(trail: Resource) -> Answers:
    """Each log file gets a signed digest."""
    return [trail["enableLogFileValidation"].or_else(False).must_be(True)]


@rule(
    "cloudtrail-to-logs",
    _TRAILS,
    Severity.LOW,
    "CloudTrail.5",
    "CKV2_AWS_10",
    title="The trail is also in CloudWatch Logs",
    fix="Set cloudWatchLogsGroupArn and cloudWatchLogsRoleArn.",
)
def to_logs(trail: Resource, stack: Stack) -> Answers:
    """Calls arrive where alarms can see them."""
    return [stack.must_come_from(trail, trail["cloudWatchLogsGroupArn"], _LOG_GROUPS)]


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
    "logs-customer-key",
    _LOG_GROUPS,
    Severity.LOW,
    "CKV_AWS_158",
    title="Logs are encrypted with a customer-managed key",
    fix="Set kmsKeyId, and let the region's CloudWatch Logs use the key in its policy.",
)
def logs_key(group: Resource, stack: Stack) -> Answers:
    """Log groups are encrypted with a KMS key of the account's own."""
    return [stack.must_come_from(group, group["kmsKeyId"], KEYS)]


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
