"""Kafka clusters, search domains and delivery streams: what several properties decide."""

from __future__ import annotations

from .resource import Resource
from .rule import Severity, rule
from .stack import Types
from .values import PASS, Answers, Value, any_of, either

_KAFKA: Types = ("aws:msk/cluster:Cluster",)
_SEARCH: Types = ("aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain")
_DELIVERY: Types = ("aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",)


@rule(
    "msk-signed-in",
    _KAFKA,
    Severity.HIGH,
    title="Kafka clusters ask who connects",
    fix="Set clientAuthentication with sasl.iam, sasl.scram or tls, and leave unauthenticated false.",
)
def signed_in(cluster: Resource) -> Answers:
    """Clients sign in with IAM, a password or a certificate. Without a setting, or with unauthenticated true, whoever
    reaches a broker reads and writes every topic."""
    how = cluster["clientAuthentication"]
    ways = (how["sasl"]["iam"].equals(True), how["sasl"]["scram"].equals(True))
    certificates = how["tls"]["certificateAuthorityArns"].present
    yield how.judged(any_of((*ways, certificates)), "neither sasl nor tls is on")
    yield how["unauthenticated"].or_else(False).must_be(False)


@rule(
    "msk-logs",
    _KAFKA,
    Severity.MEDIUM,
    "CKV_AWS_80",
    title="Kafka clusters keep their brokers' logs",
    fix="Set loggingInfo.brokerLogs with cloudwatchLogs, firehose or s3 enabled.",
)
def kafka_logs(cluster: Resource) -> Answers:
    """Brokers send their logs to CloudWatch, Firehose or a bucket."""
    logs = cluster["loggingInfo"]["brokerLogs"]
    return [either(*(logs[place]["enabled"].must_be(True) for place in ("cloudwatchLogs", "firehose", "s3")))]


def _publishes(domain: Resource, log: str) -> Answers:
    options = domain["logPublishingOptions"]
    found = [o for o in options.each() if o["logType"].equals(log) is not False]
    answers = [o["enabled"].or_else(True).must_be(True) if o["logType"].equals(log) else o.unsure() for o in found]
    return [either(*answers)] if answers else [options.fails(f"lacks {log}")]


@rule(
    "opensearch-error-logs",
    _SEARCH,
    Severity.MEDIUM,
    "OpenSearch.4",
    "ES.4",
    "CKV_AWS_84",
    title="Search domains send their error logs to CloudWatch",
    fix="Add logPublishingOptions with logType ES_APPLICATION_LOGS.",
)
def error_logs(domain: Resource) -> Answers:
    """What the domain warned of before it failed is kept outside of it."""
    return _publishes(domain, "ES_APPLICATION_LOGS")


@rule(
    "opensearch-audit-logs",
    _SEARCH,
    Severity.LOW,
    "OpenSearch.5",
    "ES.5",
    "CKV_AWS_317",
    title="Search domains send their audit logs to CloudWatch",
    fix="Add logPublishingOptions with logType AUDIT_LOGS, and turn on advancedSecurityOptions.",
)
def audit_logs(domain: Resource) -> Answers:
    """Who signed in, and what they asked for, is written down."""
    return _publishes(domain, "AUDIT_LOGS")


@rule(
    "firehose-encrypted",
    _DELIVERY,
    Severity.MEDIUM,
    "CKV_AWS_240",
    title="Delivery streams are encrypted",
    fix="Set serverSideEncryption.enabled to true.",
)
def delivery_encrypted(stream: Resource) -> Answers:
    """Records are encrypted while the stream holds them. One that reads from Kinesis or Kafka is as its source."""
    sources = any_of(stream[p].present for p in ("kinesisSourceConfiguration", "mskSourceConfiguration"))
    enabled: Value = stream["serverSideEncryption"]["enabled"].or_else(False)
    return [PASS if sources else enabled.unsure() if sources is None else enabled.must_be(True)]
