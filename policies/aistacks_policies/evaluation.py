"""Runs the rules over the resources of a stack."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from .resource import Resource
from .rule import Rule, Severity, registered
from .stack import Stack
from .values import Answer, Verdict, worst
from .waivers import Waiver, find

MODULES = (
    "s3",
    "s3_policies",
    "eks",
    "eks_access",
    "eks_nodes",
    "launch_templates",
    "network",
    "network_rules",
    "kms",
    "iam",
    "iam_trust",
    "redshift",
    "redshift_serverless",
    "sagemaker",
    "images",
    "audit",
    "data",
    "messages",
    "load_balancers",
    "databases",
    "brokers",
    "functions",
    "apis",
    "cloudfront",
    "ecs",
    "public_policies",
    "deployments",
    "containers",
    "kubernetes",
    "property_rules",
)
"""Where the rules are: a module for a service or a part of one, and the table of rules on single properties."""
_SHOWN = 3
_ORDER = (*Severity,)


@cache
def rules() -> dict[str, Rule]:
    """Every rule of the pack, by id and sorted by it, so that the rules of one service stand together."""
    for module in MODULES:
        importlib.import_module(f"{__package__}.{module}")
    return {rule.id: rule for rule in sorted(registered(), key=lambda rule: rule.id)}


@dataclass(frozen=True)
class Result:
    """One rule's result for one resource."""

    rule: Rule
    resource: Resource
    verdict: Verdict
    message: str = ""
    """What was found, each with its property's path; empty where it passes."""
    texts: frozenset[str] = frozenset()
    """What was found, one by one; the message has the first three."""
    places: frozenset[tuple[str, str]] = frozenset()
    """What the message speaks of: the URN of a resource and the name of its property."""
    waiver: Waiver | None = None
    """Covers a failure, or an unknown, and hasn't expired."""
    expired: Waiver | None = None
    """Would cover it, had it not expired."""


def evaluate(
    resources: Iterable[Resource],
    waivers: Collection[Waiver] = (),
    today: date | None = None,
    *,
    marks: Mapping[str, str] | None = None,
    only: Collection[str] | None = None,
) -> list[Result]:
    """Every rule's answer about every resource that it applies to, passes too; failures first, the worst on top.

    ``marks``: a plan's symbols with the URN that each stands for. ``only``: ids of the rules to run. Default: all.
    A rule that breaks on an odd value answers unknown and says so.
    """
    stack = Stack(resources, marks=marks, today=today)
    chosen = [r for r in rules().values() if only is None or r.id in only]
    by_type: dict[str, list[Rule]] = {}
    for rule in chosen:
        for type_ in rule.types:
            by_type.setdefault(type_, []).append(rule)
    results = [
        judge(rule, resource, stack, waivers) for resource in stack.resources for rule in by_type.get(resource.type, ())
    ]
    return sorted(results, key=_rank)


def judge(rule: Rule, resource: Resource, stack: Stack, waivers: Collection[Waiver] = ()) -> Result:
    """One rule's answer about one resource of ``stack``."""
    try:
        verdict, found = worst(rule.check(resource, stack))
    except Exception as error:  # noqa: BLE001 (a rule must neither end the run nor pass what it could not read)
        verdict, found = Verdict.UNKNOWN, [Answer(Verdict.UNKNOWN, "", f"the rule broke: {type(error).__name__}")]
    if verdict is Verdict.PASS:
        return Result(rule, resource, verdict)
    places = frozenset((a.of or resource.urn, a.path.replace("[", ".").split(".")[0]) for a in found if a.path)
    waiver = find(waivers, rule.id, resource.name, resource.urn)
    holds = waiver is not None and waiver.holds(stack.today)
    message = _message([a.text for a in found])
    if waiver and not holds:
        message += f" (a waiver of {waiver.owner} expired on {waiver.expires})"
    texts = frozenset(a.text for a in found)
    return Result(rule, resource, verdict, message, texts, places, waiver if holds else None, None if holds else waiver)


def _message(texts: list[str]) -> str:
    texts = list(dict.fromkeys(texts))
    more = len(texts) - _SHOWN
    return "; ".join(texts[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")


def _rank(result: Result) -> tuple[int, int, str, str]:
    verdicts = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS)
    return (verdicts.index(result.verdict), _ORDER.index(result.rule.severity), result.rule.id, result.resource.urn)
