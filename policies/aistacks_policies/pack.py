"""The same rules for the Pulumi engine. The only module that imports pulumi_policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pulumi_policy
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from aistacks_core.property_values import UNKNOWN

from .evaluation import Result, judge, rules
from .resource import Resource
from .rule import Rule
from .stack import Stack
from .values import Verdict
from .waivers import Waiver, read

NAME = "aistacks"
_SHOWN = 5


class Pack:
    """Keeps what the engine tells of each resource, for the rules that look at several."""

    def __init__(self, waivers: Sequence[Waiver]) -> None:
        self.waivers = waivers
        self._inputs: dict[str, dict[str, Any]] = {}
        self._stack: Stack | None = None

    def policies(self) -> list[pulumi_policy.Policy]:
        """One policy for each rule: of a resource before it is made, or of the whole stack."""
        alone = [rule for rule in rules().values() if not rule.across]
        across = [rule for rule in rules().values() if rule.across]
        return [self._alone(r, first=i == 0) for i, r in enumerate(alone)] + [
            self._across(r, first=i == 0) for i, r in enumerate(across)
        ]

    def _alone(self, rule: Rule, first: bool) -> pulumi_policy.Policy:
        def validate(args: pulumi_policy.ResourceValidationArgs, report: pulumi_policy.ReportViolation) -> None:
            # The engine asks each policy of each resource in turn; the first keeps what the others and the rules
            # across resources look at.
            if first:
                self._inputs[args.urn] = plain(args.props)
            if args.resource_type in rule.types:
                inputs = self._inputs[args.urn] if args.urn in self._inputs else plain(args.props)
                resource = Resource(args.resource_type, args.name, args.urn, inputs)
                _report([judge(rule, resource, Stack([resource]), self.waivers)], report)

        return pulumi_policy.ResourceValidationPolicy(validate=validate, **_metadata(rule))

    def _across(self, rule: Rule, first: bool) -> pulumi_policy.Policy:
        def validate(args: pulumi_policy.StackValidationArgs, report: pulumi_policy.ReportViolation) -> None:
            if first or self._stack is None:
                self._stack = Stack(self._view(r) for r in args.resources)
            stack = self._stack
            results = [judge(rule, r, stack, self.waivers) for r in stack.of(tuple(sorted(rule.types)))]
            _report(results, report)

        return pulumi_policy.StackValidationPolicy(validate=validate, **_metadata(rule))

    def _view(self, resource: pulumi_policy.PolicyResource) -> Resource:
        # The engine shows what a stack's resources have become; the rules, as in a plan, judge what was asked for.
        outputs = plain(resource.props)
        return Resource(
            resource.resource_type,
            resource.name,
            resource.urn,
            self._inputs.get(resource.urn, outputs),
            resource.parent.urn if resource.parent else "",
            {key: tuple(r.urn for r in found) for key, found in resource.property_dependencies.items()},
            {key: value for key, value in outputs.items() if isinstance(value, str)},
        )


def plain(value: Any) -> Any:
    """What the engine's proxies hold, as plain mappings and lists; what they refuse to read is ``UNKNOWN``."""
    if isinstance(value, Mapping):
        return {key: _plain_or_unknown(value, key) for key in list(value)}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [_plain_or_unknown(value, i) for i in range(len(value))]
    # Every number comes over the wire as a float.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _plain_or_unknown(holder: Any, key: Any) -> Any:
    try:
        return plain(holder[key])
    except UnknownValueError:
        return UNKNOWN


def _metadata(rule: Rule) -> dict[str, Any]:
    return {
        "name": rule.id,
        "description": rule.title,
        "display_name": rule.title,
        "severity": pulumi_policy.Severity(rule.severity.value),
        "tags": list(rule.sources),
        "remediation_steps": rule.fix,
        # As in a plan: what isn't waived fails. The engine's --policy-pack-config can set another level.
        "enforcement_level": pulumi_policy.EnforcementLevel.MANDATORY,
    }


def _report(results: Sequence[Result], report: pulumi_policy.ReportViolation) -> None:
    unwaived = [r for r in results if not r.waiver]
    for result in unwaived:
        if result.verdict is Verdict.FAIL:
            report(f"{result.message}. {result.rule.fix}", result.resource.urn)
    unknown = [f"{r.resource.name} ({r.message})" for r in unwaived if r.verdict is Verdict.UNKNOWN]
    if unknown:
        # The engine's own way to say so: an advice, whatever the policy's level. It ends the policy, so it comes last.
        more = [f"and {len(unknown) - _SHOWN} more"] if len(unknown) > _SHOWN else []
        raise UnknownValueError(UNKNOWN_STRING_VALUE, ["; ".join(unknown[:_SHOWN] + more)])


def serve(waivers: Path) -> None:
    """Serve the rules to the engine that started this process; ends with it.

    ``waivers``: the file of them, which need not be there.
    """
    made = Pack(read(waivers, rules()))
    pulumi_policy.PolicyPack(NAME, made.policies(), description="What a cloud of aistacks must keep")
