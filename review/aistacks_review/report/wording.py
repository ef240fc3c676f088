"""The words that comment, page and terminal share: how many of what, how much money, and what of it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from ..compare.changes import ChangeKind, ResourceChange
from ..cost.figures import Range
from ..findings import RiskKind, Severity

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
SIGNS = {
    ChangeKind.CREATE: "+",
    ChangeKind.UPDATE: "~",
    ChangeKind.REPLACE: "±",
    ChangeKind.DELETE: MINUS,
    ChangeKind.MOVE: "→",
}
DONE = {
    ChangeKind.CREATE: "created",
    ChangeKind.UPDATE: "changed",
    ChangeKind.REPLACE: "replaced",
    ChangeKind.DELETE: "deleted",
    ChangeKind.MOVE: "renamed",
}
MEANS = {
    ChangeKind.CREATE: "is new",
    ChangeKind.UPDATE: "is changed in place",
    ChangeKind.REPLACE: "is recreated, and the old one deleted",
    ChangeKind.DELETE: "is gone",
    ChangeKind.MOVE: "only goes by another name",
}
WORST_FIRST = (ChangeKind.DELETE, ChangeKind.REPLACE, ChangeKind.UPDATE, ChangeKind.CREATE, ChangeKind.MOVE)
AT_STAKE = {
    RiskKind.DATA_LOSS: "Data loss",
    RiskKind.ACCESS: "Wider access",
    RiskKind.EXPOSURE: "Exposure",
    RiskKind.INTERRUPTION: "Interruption",
    RiskKind.IRREVERSIBLE: "Can't be undone",
}
SEVERITIES = tuple(Severity)

_UPPER_WORDS = (
    "acl acm ami api arn asg db dhcp dns ebs ec2 ecr ecs efs eip eks elb emr fsx http https iam id io ip "
    "ipam kms lb mq msk nat oidc rds s3 saml ses sns sql sqs ssh ssl ssm sso tcp tls udp url vpc vpn waf"
)
_UPPER = frozenset(_UPPER_WORDS.split())
_SERVICES = {
    "accessanalyzer": "Access Analyzer",
    "apigateway": "API Gateway",
    "apigatewayv2": "API Gateway",
    "amp": "Prometheus",
    "appautoscaling": "autoscaling",
    "autoscaling": "autoscaling",
    "cloudwatch": "CloudWatch",
    "cloudtrail": "CloudTrail",
    "cloudfront": "CloudFront",
    "codebuild": "CodeBuild",
    "dynamodb": "DynamoDB",
    "glue": "Glue",
    "elasticache": "ElastiCache",
    "guardduty": "GuardDuty",
    "lakeformation": "Lake Formation",
    "opensearch": "OpenSearch",
    "redshiftserverless": "Redshift Serverless",
    "route53": "Route 53",
    "sagemaker": "SageMaker",
    "secretsmanager": "Secrets Manager",
    "stepfunctions": "Step Functions",
}
_KNOWN_BY_NOUN = frozenset(["autoscaling", "cloudwatch", "ec2", "ecr", "lb", "s3", "sns", "sqs", "vpc"])
"""A "subnet" and a "bucket" need no service's name, but for the words below."""
_GENERIC_WORDS = (
    "account addon alias application association attachment certificate cluster connection database "
    "deployment detector domain document endpoint environment event function group instance job key "
    "listener model permission policy profile project record role rule service stage table tag target "
    "trigger user version workspace zone"
)
_GENERIC = frozenset(_GENERIC_WORDS.split())
_WHOLE = {"aws:ec2/eip:Eip": "elastic IP address", "kubernetes:helm.sh/v3:Release": "Helm release"}
_SHOWN_TYPES = 4


@lru_cache(maxsize=4096)
def noun(token: str, custom: bool = True) -> str:
    """What a token names, in words: ``aws:s3/bucket:Bucket`` → ``bucket``, ``aws:iam/role:Role`` → ``IAM role``.

    Kubernetes kinds and components (not ``custom``) keep their own name. Never empty, at most 60 characters.
    """
    token = token[:300]
    if token in _WHOLE:
        return _WHOLE[token]
    provider, _, rest = token.partition(":")
    module, _, last = rest.rpartition(":")
    if not last:
        return token[:60] or "resource"
    last = re.sub(r"V\d+$", "", last) or last
    if token.startswith("pulumi:providers:"):
        return f"{last} provider"[:60]
    if not custom or provider in {"kubernetes", "pulumi"}:
        return last[:60]
    words = [_lower(word) for word in re.findall(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+|[^A-Za-z\d]+", last)]
    service = module.partition("/")[0].lower()
    names_service = words[0].lower() == service or (
        service in _KNOWN_BY_NOUN and (len(words) > 1 or words[0] not in _GENERIC)
    )
    if not names_service and service not in {"", "index"}:
        words.insert(0, _SERVICES.get(service) or (service.upper() if len(service) <= 4 else service.capitalize()))
    return " ".join(words)[:60]


def _lower(word: str) -> str:
    return word.upper() if word.lower() in _UPPER else word.lower()


def title(token: str, name: str) -> str:
    """What a component is called: ``DataLake lake``; ``outside any component`` for none."""
    return f"{noun(token, custom=False)} {name}" if token else "outside any component"


def plural(word: str) -> str:
    """Of a noun: ``bucket`` → ``buckets``, ``IAM policy`` → ``IAM policies``."""
    if re.search(r"[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    if re.search(r"(ss|sh|ch|x|z|as|us|is)$", word, re.IGNORECASE):
        return f"{word}es"
    return word if word.endswith("s") else f"{word}s"


def counted(number: int, word: str) -> str:
    """``1 bucket``, ``3 buckets``, ``1,200 buckets``."""
    return f"{number:,} {word if number == 1 else plural(word)}"


def join_names(parts: Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *most, last = list(parts) or [""]
    return f"{', '.join(most)} and {last}" if most else last


def happens(changes: Iterable[ResourceChange]) -> str:
    """What becomes of which types: ``2 buckets deleted, 1 IAM role changed``; the worst first."""
    numbers = Counter((c.kind, noun(c.type, c.registration.custom)) for c in changes)
    rows = sorted(numbers.items(), key=lambda row: (WORST_FIRST.index(row[0][0]), -row[1], row[0][1]))
    parts = [f"{counted(number, word)} {DONE[kind]}" for (kind, word), number in rows[:_SHOWN_TYPES]]
    if len(rows) > _SHOWN_TYPES:
        parts.append(f"{sum(number for _, number in rows[_SHOWN_TYPES:]):,} more")
    return ", ".join(parts)


def money(dollars: float, signed: bool = False) -> str:
    """``$0``, ``$0.12``, ``$1,234``; with ``signed`` a plus, too. What is no number is ``unknown``."""
    if not math.isfinite(dollars):
        return "unknown"
    size = abs(dollars)
    digits = 0 if size >= 10 else 2
    text = f"${size:,.{digits}f}"
    if not re.search(r"[1-9]", text):
        return "less than $0.01" if size and not signed else "$0"
    return f"{MINUS if dollars < 0 else '+' if signed else ''}{text.removesuffix('.00')}"


def span(of: Range) -> str:
    """A range, from the lowest to the highest, or one amount where both are the same."""
    low, high = money(of.low), money(of.high)
    if low == high:
        return low
    return f"{low}{DASH}{high.removeprefix('$')}" if low[0] == high[0] == "$" else f"{low} to {high}"


def rate(dollars: float) -> str:
    """A unit's price with all its digits: ``$0.0000004``."""
    if not math.isfinite(dollars):
        return "unknown"
    text = f"{dollars:,.10f}".rstrip("0")
    return f"${text + '0' * max(0, 2 - len(text.partition('.')[2]))}"


def amount(of: Range) -> str:
    """Of a quantity: the expected one, and behind it the lowest and the highest."""

    def short(number: float) -> str:
        return f"{number:,.0f}" if abs(number) >= 100 or number == int(number) else f"{number:,.3g}"

    if not all(map(math.isfinite, (of.low, of.expected, of.high))):
        return "unknown"
    low, expected, high = short(of.low), short(of.expected), short(of.high)
    return expected if low == expected == high else f"{expected} ({low}{DASH}{high})"
