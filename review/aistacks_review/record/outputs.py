"""Outputs of a planned resource: symbols for strings that AWS generates, and the defaults that it is known to set."""

from __future__ import annotations

from typing import Any

from aistacks_catalog.aws.types.facts import canonical_token, facts
from aistacks_catalog.aws.types.sdk import shape
from aistacks_core.facts import load
from aistacks_core.property_values import UNKNOWN
from aistacks_core.symbols import ACCOUNT, identity, mark

from . import made_up
from .level import Level

_NOT_NAMES = ("policy", "prefix", "document", "json", "status")
"""Outputs with these words are no plain texts that could be made up."""
_AS_GIVEN = ("version",)
"""Likewise where only strings are made up."""


def symbolic(
    token: str, urn: str, name: str, inputs: dict[str, Any], region: str, level: Level = Level.EVERYTHING
) -> dict[str, Any]:
    """Outputs that the inputs don't give, by wire name; what no type is told of is left unknown.

    ``inputs`` need only have the keys that the program gave; what an input already says is not in the answer.
    """
    given = {key for key, value in inputs.items() if value is not None}
    if token.startswith("aws:"):
        return _aws(token, urn, name, inputs, region, level)
    if level < Level.EVERYTHING:
        return {}
    made = made_up.MadeUp(urn, name, mark(urn))
    types = made_up.outputs(token)
    # In Kubernetes' classes every property may be missing, but the API server fills an object's status.
    there = {"status"} if token.startswith("kubernetes:") else made_up.always_there(token)
    values = {key: made.value(key, types[key]) for key in types if key in there and key not in given}
    return {key: value for key, value in values.items() if value is not UNKNOWN}


def _aws(token: str, urn: str, name: str, inputs: dict[str, Any], region: str, level: Level) -> dict[str, Any]:
    types = made_up.outputs(token) if level is Level.EVERYTHING else {}
    token = canonical_token(token)
    known = shape(token)
    if not known.outputs:
        return {}
    about = facts(token)
    naming = about.autonaming.property
    given = {key for key, value in inputs.items() if value is not None}
    place = inputs.get("region") if isinstance(inputs.get("region"), str) else region
    made: dict[str, Any] = {k: v for k, v in about.defaults.items() if k in known.outputs and k not in given}
    title = inputs.get(naming) if naming in given else None
    title = title if isinstance(title, str) else identity(urn, name)
    others = made_up.MadeUp(urn, name, mark(urn))
    for output in known.outputs.values():
        if output.name in given or output.name in made or not known.computed(output.name):
            continue
        made_up_value = (
            _text(token, output.name, title, urn, name, place or "", naming)
            if output.kind == "str"
            else others.value(output.name, types.get(output.name))
        )
        if made_up_value is not None and made_up_value is not UNKNOWN:
            made[output.name] = made_up_value
        elif output.kind == "str" and types and "version" in output.name.lower():
            made[output.name] = others.text(output.name)
    return made


def _text(token: str, output: str, title: str, urn: str, name: str, region: str, naming: str | None) -> str | None:
    low = output.lower()
    if low == "region":
        return region or None
    if low in ("ownerid", "accountid", "awsaccountid"):
        return ACCOUNT
    if output == naming:
        return title
    if low == "arn":
        return _arn(token, title, region)
    if any(word in low for word in (*_NOT_NAMES, *_AS_GIVEN)):
        return None
    return f"{name}-{mark(urn)}-{output}"


def _arn(token: str, title: str, region: str) -> str:
    module, _, kind = token.split(":")[1].partition("/")
    how = _arns().get(token, {"service": module, "resource": f"{kind}/{{name}}"})
    partition = "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
    place = "" if how.get("bare") or how.get("global") else region
    owner = "" if how.get("bare") else ACCOUNT
    return f"arn:{partition}:{how['service']}:{place}:{owner}:{how['resource'].replace('{name}', title)}"


def _arns() -> dict[str, Any]:
    arns: dict[str, Any] = load(__package__, "arns.yaml")["types"]
    return arns
