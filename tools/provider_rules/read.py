"""Every resource type of the source, with its rules."""

from __future__ import annotations

from collections.abc import Iterator

from . import conditions, framework, sdkv2
from .evaluate import Evaluator
from .rules import Rules
from .source import Source
from .values import Struct


def types(source: Source, only: str = "") -> Iterator[Rules]:
    """The rules of each type that the services of ``source`` register; of the service ``only``, if given."""
    for package in source.services():
        if only and not package.endswith(f"/{only}"):
            continue
        evaluator = Evaluator(source)
        for method, new in (("SDKResources", False), ("FrameworkResources", True)):
            listing = evaluator.method(f"{package}.servicePackage", method)
            listed = evaluator.call(listing, [None]) if listing is not None else []
            for item in listed if isinstance(listed, list) else []:
                yield _type(evaluator, item, Rules(item.fields["TypeName"], new))


def _type(evaluator: Evaluator, item: Struct, rules: Rules) -> Rules:
    evaluator.branches.clear()
    made = evaluator.call(item.fields.get("Factory"), [None] if rules.framework else [])
    made = made[0] if isinstance(made, list) and made else made
    if not isinstance(made, Struct):
        rules.unread.append(f"factory: {made}")
    elif rules.framework:
        schema = framework.schema(evaluator, made.type)
        if isinstance(schema, Struct):
            framework.read(evaluator, schema, rules)
            rules.unread += _branches(evaluator)
            conditions.of_plan(evaluator, made.type, rules)
        else:
            rules.unread.append(f"schema: {schema}")
    else:
        sdkv2.read(evaluator, made, rules)
        rules.unread += _branches(evaluator)
        conditions.of_diff(evaluator, made.fields.get("CustomizeDiff"), rules)
    return rules


def _branches(evaluator: Evaluator) -> list[str]:
    """The conditions that a schema depended on and that couldn't be decided; helpers over enumerations aside."""
    return sorted({branch for branch in evaluator.branches if "ApplyToAll" not in branch and ".Values." not in branch})
