"""Outputs of a planned resource: symbols for strings that AWS generates, and the defaults that it is known to set."""

from __future__ import annotations

from typing import Any

from aistacks_catalog.aws.types.facts import canonical_token, facts
from aistacks_catalog.aws.types.sdk import shape
from aistacks_core.facts import load
from aistacks_core.symbols import ACCOUNT, mark

_NOT_NAMES = ("policy", "prefix", "document", "json", "status", "version")
"""Outputs with these words are no plain texts that could be made up."""


def identity(urn: str, name: str) -> str:
    """A symbol for the id of the resource."""
    return f"{name}-{mark(urn)}"


def symbolic(token: str, urn: str, name: str, inputs: dict[str, Any], region: str) -> dict[str, Any]:
    """Outputs that the inputs don't give, by wire name: strings only, the rest is left unknown.

    ``inputs`` need only have the keys that the program gave; what an input already says is not in the answer.
    """
    if token.startswith("aws:"):
        return _aws(canonical_token(token), urn, name, inputs, region)
    return {}


def _aws(token: str, urn: str, name: str, inputs: dict[str, Any], region: str) -> dict[str, Any]:
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
    for output in known.outputs.values():
        if output.name in given or output.name in made or output.kind != "str" or not known.computed(output.name):
            continue
        made_up = _text(token, output.name, title, urn, name, place or "", naming)
        if made_up is not None:
            made[output.name] = made_up
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
    if any(word in low for word in _NOT_NAMES):
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
