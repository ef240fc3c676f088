"""Which of the provider's types a Pulumi token is, by its name and its properties.

Pulumi's own table isn't in its packages. A token's properties are the type's, in another spelling; its name is the end
of the type's, and its module often the beginning. What is less alike than ``_ENOUGH`` is a type that the source lacks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from aistacks_catalog.aws.types.words import plain

from .rules import Rules
from .sdk_names import Type

_ENOUGH = 2.0
# Where name and properties mislead. None: newer than the source.
_KNOWN = {
    "aws:cloudwatch/otelEnrichment:OtelEnrichment": "aws_cloudwatch_otel_enrichment",
    "aws:directconnect/hostedTransitVirtualInterfaceAcceptor:HostedTransitVirtualInterfaceAcceptor": (
        "aws_dx_hosted_transit_virtual_interface_accepter"
    ),
    "aws:lambda/resourcePolicy:ResourcePolicy": None,
    "aws:observabilityadmin/telemetryEvaluation:TelemetryEvaluation": "aws_observabilityadmin_telemetry_evaluation",
    "aws:pinpoint/smsvoicev2ResourcePolicy:Smsvoicev2ResourcePolicy": None,
}
# In every type: they tell none from another.
_COMMON = frozenset(("region", "tag", "id", "tagsall", "arn"))


@dataclass(frozen=True)
class Match:
    """A token's type. ``alike``: 0 to about 4; ``second``: how alike the next best is."""

    terraform: str
    alike: float
    second: float


def matches(types: Iterable[Type], rules: Mapping[str, Rules]) -> dict[str, Match]:
    """The provider's type of each token that has one."""
    known = [
        (name, plain(name.removeprefix("aws_")), *_properties(about.attributes.items()))
        for name, about in rules.items()
    ]
    found = {}
    for type_ in types:
        if type_.token in _KNOWN:
            name = _KNOWN[type_.token]
            if name is not None and name in rules:
                found[type_.token] = Match(name, _ENOUGH, 0)
            continue
        module, _, short = type_.token.split(":", 1)[1].partition("/")
        short = plain(re.sub(r"(V2)$", "", short.partition(":")[2]) if module == "s3" else short.partition(":")[2])
        outputs, inputs = _properties(
            [*((name, True) for name in type_.inputs.below), *((name, False) for name in type_.outputs)]
        )
        scored = []
        for name, spelled, all_, settable in known:
            alike = _alike(outputs, all_) + _alike(inputs, settable)
            if alike > 0.8 or spelled.endswith(short):
                spelling = max(_ratio(plain(module) + short, spelled), _ratio(short, spelled))
                scored.append(
                    (alike + spelling + 0.3 * spelled.endswith(short) + 0.3 * spelled.startswith(plain(module)), name)
                )
        scored.sort(reverse=True)
        if scored and scored[0][0] >= _ENOUGH:
            found[type_.token] = Match(scored[0][1], scored[0][0], scored[1][0] if len(scored) > 1 else 0)
    return found


def _properties(named: Iterable[tuple[str, bool]]) -> tuple[frozenset[str], frozenset[str]]:
    """All top-level properties, and those that can be set, in a spelling that both sides share."""
    top = [(_spelled(name), able) for name, able in named if "." not in name]
    return frozenset(name for name, _ in top) - _COMMON, frozenset(name for name, able in top if able) - _COMMON


def _spelled(name: str) -> str:
    word = plain(name)
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return re.sub(r"(es|s|e)$", "", word)


def _alike(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / len(left | right) if left | right else 1.0


def _ratio(left: str, right: str) -> float:
    return SequenceMatcher(None, left, right, autojunk=False).ratio()
