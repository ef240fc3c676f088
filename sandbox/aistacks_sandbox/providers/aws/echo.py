"""Plausible outputs for what isn't emulated. They are marked as such and never pass for created."""

from __future__ import annotations

import secrets
from typing import Any

from aistacks_catalog.aws.types.facts import facts
from aistacks_catalog.aws.types.sdk import Output, shape
from aistacks_core.property_values import Props

from ..provider import MARKER, NOT_EMULATED, Created
from .cloud import Cloud


def create(token: str, logical: str, inputs: Props, cloud: Cloud) -> Created:
    """An id, an ARN and a value for each output of ``token`` that its inputs don't give."""
    name = facts(token).autonaming.property
    known = (inputs.get(name) if name else None) or f"{logical}-{secrets.token_hex(4)}"
    service, kind = _words(token)
    region = str(inputs.get("region") or cloud.region)
    arn = f"arn:aws:{service}:{region}:{cloud.account}:{kind}/{known}"
    outputs: Props = {}
    for output in shape(token).outputs.values():
        if not output.optional or output.name in facts(token).defaults:
            outputs[output.name] = facts(token).defaults.get(output.name, _value(output, arn, region, cloud))
    return Created(str(known), fill(token, {**outputs}, inputs, cloud) | {"id": str(known)})


def fill(token: str, state: Props, inputs: Props, cloud: Cloud) -> Props:
    """``state`` with ``inputs`` over it, and the marker."""
    outputs = {**state, **{key: value for key, value in inputs.items() if key != "__defaults"}}
    gone = shape(token).inputs - set(inputs) - {"region", "tagsAll"}
    outputs = {key: value for key, value in outputs.items() if key not in gone or shape(token).computed(key)}
    if "tagsAll" in shape(token).outputs:
        outputs["tagsAll"] = {**cloud.default_tags, **(inputs.get("tags") or {})}
    return {**outputs, MARKER: NOT_EMULATED}


def _words(token: str) -> tuple[str, str]:
    parts = token.split(":")
    module, _, member = (parts[1] if len(parts) == 3 else "sandbox").partition("/")
    return module, (member or parts[-1]).lower()


def _value(output: Output, arn: str, region: str, cloud: Cloud) -> Any:
    name = output.name.lower()
    if name == "region":
        return region
    if name in ("ownerid", "accountid", "awsaccountid"):
        return cloud.account
    if name.endswith("arn"):
        return arn
    if output.kind in ("bool", "int", "float"):
        return {"bool": False, "int": 0, "float": 0.0}[output.kind]
    if output.kind in ("list", "map", "object"):
        return [] if output.kind == "list" else {}
    return f"{output.name}-{secrets.token_hex(6)}"
