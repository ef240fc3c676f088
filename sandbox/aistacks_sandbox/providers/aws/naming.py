"""Automatic names, as the vendor's provider makes them."""

from __future__ import annotations

import secrets
import time

from aistacks_catalog.aws.types.facts import DEFAULTED, Autonaming, facts
from aistacks_catalog.aws.types.sdk import shape
from aistacks_core.property_values import Props

from ..autoname import Naming, autoname


def with_name(token: str, inputs: Props, old: Props | None, naming: Naming) -> Props:
    """``inputs`` with the type's name filled in, if it is one that gets a name and has none."""
    rule = facts(token).autonaming
    known = shape(token).inputs
    name = rule.property
    if name is None or name not in known or inputs.get(name) is not None:
        return inputs
    if inputs.get(f"{name}Prefix") is not None:
        return inputs
    return {**inputs, name: _name(rule, name, inputs, old, naming), DEFAULTED: [name]}


def _name(rule: Autonaming, name: str, inputs: Props, old: Props | None, naming: Naming) -> str:
    # Only a name that we made is kept: one that the program gave and took away is not its name any more.
    kept = (old or {}).get(name) if name in ((old or {}).get(DEFAULTED) or []) else None
    if kept:
        return str(kept)
    if not rule.length:
        return naming.logical
    made = autoname(
        naming,
        None,
        length=rule.length,
        max_length=rule.max_length,
        separator=rule.separator,
        charset=rule.charset,
    )
    made = made.lower() if rule.lower else made
    if rule.prefix and not made.startswith(rule.prefix):
        made = rule.prefix + made
    suffix = next((text for key, text in rule.suffix_if.items() if inputs.get(key) is True), "")
    return made + suffix


def prefixed(token: str, inputs: Props) -> Props:
    """``inputs`` with a name made from its ``namePrefix``, at creation: prefix and 26 digits."""
    name = facts(token).autonaming.property
    prefix = inputs.get(f"{name}Prefix") if name else None
    if name is None or prefix is None or inputs.get(name) is not None:
        return inputs
    stamp = time.strftime("%Y%m%d%H%M%S", time.gmtime())
    return {**inputs, name: f"{prefix}{stamp}{secrets.randbelow(10**12):012d}"}
