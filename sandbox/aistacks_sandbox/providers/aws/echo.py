"""Plausible outputs for what isn't emulated. They are marked as such and never pass for created."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aistacks_catalog.aws.types.facts import facts
from aistacks_catalog.aws.types.output_types import CLASS, properties
from aistacks_catalog.aws.types.sdk import Output, shape
from aistacks_core.property_values import Props

from ..provider import MARKER, NOT_EMULATED, Created
from .cloud import Cloud

_ZERO: dict[str, Any] = {"_builtins.bool": False, "_builtins.int": 0, "_builtins.float": 0.0}
_LONG_AGO = "2026-01-01T00:00:00Z"


def create(token: str, logical: str, inputs: Props, cloud: Cloud) -> Created:
    """An id, an ARN and a value for each output of ``token`` that its inputs don't give."""
    name = facts(token).autonaming.property
    known = (inputs.get(name) if name else None) or f"{logical}-{secrets.token_hex(4)}"
    service, kind = _words(token)
    region = str(inputs.get("region") or cloud.region)
    host = f"{known}.{service}.{region}.amazonaws.com"
    texts = {
        "region": region,
        **dict.fromkeys(("ownerid", "accountid", "awsaccountid", "registryid"), cloud.account),
        "*arn": f"arn:aws:{service}:{region}:{cloud.account}:{kind}/{known}",
        **dict.fromkeys(("*dnsname", "*domainname", "*hostname", "*address", "*fqdn", "*endpoint"), host),
        **dict.fromkeys(("*url", "*uri"), f"https://{host}"),
    }
    outputs: Props = {}
    folder = shape(token).folder
    for output in shape(token).outputs.values():
        if not output.optional or output.name in facts(token).defaults:
            made = [] if output.kind == "list" and output.name in shape(token).inputs else _value(output, texts, folder)
            outputs[output.name] = facts(token).defaults.get(output.name, made)
    return Created(str(known), fill(token, {**outputs}, inputs, cloud) | {"id": str(known)})


def fill(token: str, state: Props, inputs: Props, cloud: Cloud) -> Props:
    """``state`` with ``inputs`` over it, and the marker."""
    outputs = {**state, **{key: value for key, value in inputs.items() if key != "__defaults"}}
    gone = shape(token).inputs - set(inputs) - {"region", "tagsAll"}
    outputs = {key: value for key, value in outputs.items() if key not in gone or shape(token).computed(key)}
    if "tagsAll" in shape(token).outputs:
        outputs["tagsAll"] = {**cloud.default_tags, **(inputs.get("tags") or {})}
    return {
        **{name: shape(token).cast(name, value, whole=True) for name, value in outputs.items()},
        MARKER: NOT_EMULATED,
    }


def _words(token: str) -> tuple[str, str]:
    parts = token.split(":")
    module, _, member = (parts[1] if len(parts) == 3 else "sandbox").partition("/")
    return module, (member or parts[-1]).lower()


def _value(output: Output, known: Mapping[str, str], folder: Path | None) -> Any:
    return _typed(output.name, output.annotation, known, folder, 3)


def _typed(name: str, annotation: str, known: Mapping[str, str], folder: Path | None, depth: int) -> Any:
    """A value of the declared type: one item in a list, every property of an object that has to be there."""
    kind = annotation.removeprefix("Optional[").removesuffix("]") if annotation.startswith("Optional[") else annotation
    if kind.startswith("Sequence["):
        # Programs take the first of what AWS computes: a certificate's validation options, a cache's nodes.
        item = _typed(name, kind.removeprefix("Sequence[").removesuffix("]"), known, folder, depth - 1)
        return [] if item in (None, {}) or not depth else [item]
    if kind.startswith("Mapping["):
        return {}
    if (found := CLASS.fullmatch(kind)) and folder is not None:
        inner = properties(folder, found.group(1)) if depth else {}
        wanted = {key: text for key, text in inner.items() if not _is_further(text)}
        return {key: _typed(key, text, known, folder, depth - 1) for key, text in wanted.items()}
    if kind in _ZERO:
        return _ZERO[kind]
    return _text(name, known)


def _is_further(annotation: str) -> bool:
    """Whether it is a block or a list that may be missing."""
    return annotation.startswith("Optional[") and "_builtins" not in annotation.removeprefix("Optional[")[:9]


def _text(name: str, known: Mapping[str, str]) -> str:
    """A text as AWS would write what is called ``name``."""
    word = name.lower()
    if name.endswith(("At", "Date", "Time")):
        return _LONG_AGO
    if word in known:
        return known[word]
    for ending, text in known.items():
        if ending.startswith("*") and word.endswith(ending[1:]):
            return text
    return f"{name}-{secrets.token_hex(6)}"
