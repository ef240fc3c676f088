"""CloudFront: certificates, logs, and how a distribution reaches its origins."""

from __future__ import annotations

import re

from .resource import Resource
from .rule import Severity, rule
from .s3 import BUCKETS
from .stack import Stack, Types
from .values import PASS, Answer, Answers, Truth, any_of, either, fail

_DISTRIBUTIONS: Types = ("aws:cloudfront/distribution:Distribution",)
_DELIVERIES: Types = ("aws:cloudwatch/logDeliverySource:LogDeliverySource",)
_BUCKET = re.compile(r"\.s3[.-][a-z0-9.-]*amazonaws\.com(\.cn)?$|\.s3\.amazonaws\.com$")
_WEBSITE = re.compile(r"\.s3-website[.-]")
_OLD = ("SSLv3", "TLSv1", "TLSv1.1")
_MODERN = re.compile(r"^TLSv1\.[23]_20(18|19|2\d)$")


@rule(
    "cloudfront-modern-tls",
    _DISTRIBUTIONS,
    Severity.MEDIUM,
    "CKV_AWS_174",
    title="Distributions require TLS 1.2 or newer",
    fix="Set viewerCertificate with acmCertificateArn, sslSupportMethod and minimumProtocolVersion TLSv1.2_2021.",
)
def modern_tls(distribution: Resource) -> Answers:
    """Viewers with an older version are refused. CloudFront's own certificate, which goes with its own domain name,
    takes TLS 1.0."""
    certificate = distribution["viewerCertificate"]
    if certificate["cloudfrontDefaultCertificate"].equals(True):
        return [certificate.fails("is CloudFront's own, which takes versions before TLS 1.2")]
    least = certificate["minimumProtocolVersion"]
    modern = None if least.unknown or least.symbolic else _MODERN.match(least.or_else("TLSv1").text) is not None
    return [least.judged(modern, f"{least.text or 'unset, it'} takes versions before TLS 1.2")]


@rule(
    "cloudfront-logs",
    _DISTRIBUTIONS,
    Severity.LOW,
    "CloudFront.5",
    "CKV_AWS_86",
    title="Distributions log access",
    fix="Set loggingConfig.bucket, or add a LogDeliverySource of the distribution.",
)
def logs(distribution: Resource, stack: Stack) -> Answers:
    """Who asked for what is written to a bucket or a log group."""
    delivered = stack.attached(distribution, _DELIVERIES, "resourceArn")
    missing = fail("has neither loggingConfig nor a LogDeliverySource")
    return [
        either(distribution["loggingConfig"].must_be_set(), delivered.must(lambda _: [], missing), otherwise=missing)
    ]


@rule(
    "cloudfront-private-bucket",
    _DISTRIBUTIONS,
    Severity.MEDIUM,
    "CloudFront.13",
    "CKV2_AWS_46",
    title="Distributions read buckets that aren't public",
    fix="Set originAccessControlId to an OriginAccessControl, and let only the distribution read the bucket.",
)
def private_bucket(distribution: Resource, stack: Stack) -> Answers:
    """An origin that is a bucket is read with an access control (or the older access identity), so that the bucket can
    be closed to everybody else. A bucket's website has to be open to everybody."""
    for origin in distribution["origins"].each():
        domain = origin["domainName"]
        # Only the text tells a website from the bucket's own endpoint.
        if _WEBSITE.search(domain.text):
            yield domain.fails("is a bucket's website, which anybody can read past the distribution")
            continue
        bucket = stack.pointed(distribution, domain, BUCKETS)
        if not domain.unknown and not bucket.sure and not _BUCKET.search(domain.text):
            yield PASS
            continue
        control, identity = origin["originAccessControlId"], origin["s3OriginConfig"]["originAccessIdentity"]
        answer = either(control.must_be_set(), identity.must_be_set())
        yield answer if answer.verdict == "pass" or not domain.unknown else domain.unsure()


@rule(
    "cloudfront-origin-tls",
    _DISTRIBUTIONS,
    Severity.MEDIUM,
    "CloudFront.9",
    "CloudFront.10",
    "CKV2_AWS_54",
    "CKV2_AWS_72",
    title="Distributions reach their origins by TLS 1.2",
    fix="Set originProtocolPolicy to https-only and originSslProtocols to TLSv1.2 in customOriginConfig.",
)
def origin_tls(distribution: Resource) -> Answers:
    """Requests aren't readable on the way from the distribution to an origin that is no bucket."""
    for origin in distribution["origins"].each():
        custom = origin["customOriginConfig"]
        if custom.absent:
            yield origin.unsure() if origin.unknown else PASS
            continue
        policy = custom["originProtocolPolicy"]
        yield _encrypted(distribution, policy.equals("match-viewer"), policy.must_be("https-only"))
        for version in custom["originSslProtocols"].each():
            yield version.must_not_be(*_OLD)


def _encrypted(distribution: Resource, as_viewer: Truth, answer: Answer) -> Answer:
    """``match-viewer`` is as good as what viewers have to use."""
    if not as_viewer:
        return answer
    behaviours = [distribution["defaultCacheBehavior"], *distribution["orderedCacheBehaviors"].each()]
    plain = any_of(b["viewerProtocolPolicy"].equals("allow-all") for b in behaviours)
    return PASS if plain is False else answer
