"""Exposure by security groups: what may come in, per group, however its rules are declared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from aistacks_core.snapshot import UNKNOWN, Registration
from aistacks_core.symbols import without_marks

from ..compare.changes import ChangeKind
from ..findings import Risk, RiskKind, Severity
from .context import Context, risk
from .facts import facts
from .networks import ALL, Opening, Width, beyond, opening, width
from .rule import rule
from .snapshot_index import SnapshotIndex

_KIND = RiskKind.EXPOSURE
_GROUP = "aws:ec2/securityGroup:SecurityGroup"
_DEFAULT = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
_SEPARATE = {
    "ingress": "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "egress": "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
}
_FEW = 3
_TYPES = (_GROUP, _DEFAULT, _RULE, *_SEPARATE.values())


@dataclass
class _Group:
    name: str
    target: Registration | None
    openings: dict[Opening, Registration] = field(default_factory=dict)
    unknown: list[tuple[str, Registration]] = field(default_factory=list)
    """Sources that aren't known: the property's path, and what declares it."""


def _groups(index: SnapshotIndex, direction: str, ctx: Context, *, base: bool) -> dict[str, _Group]:
    found: dict[str, _Group] = {}
    for registration in index.of(_GROUP, _DEFAULT):
        mine = found.setdefault(registration.urn, _Group(registration.name, registration))
        rules = registration.inputs.get(direction)
        if rules is UNKNOWN:
            mine.unknown.append((direction, registration))
        for position, item in enumerate(rules if isinstance(rules, list) else []):
            _inline(mine, registration, item, f"{direction}[{position}]", ctx, base)
    for registration in index.of(_RULE):
        if registration.inputs.get("type") == direction:
            _inline(_at(found, index, registration, ctx, base), registration, registration.inputs, "", ctx, base)
    for registration in index.of(_SEPARATE[direction]):
        _separate(_at(found, index, registration, ctx, base), registration, ctx, base)
    return found


def _at(found: dict[str, _Group], index: SnapshotIndex, registration: Registration, ctx: Context, base: bool) -> _Group:
    target = index.resolve(registration, "securityGroupId", (_GROUP, _DEFAULT))
    given = registration.inputs.get("securityGroupId")
    if target is not None:
        key, name = target.urn, target.name
    elif isinstance(given, str):
        key = name = str(ctx.under_head_names(given)) if base else given
    else:
        sources = registration.property_dependencies.get("securityGroupId", ())
        key = " ".join(sorted(sources)) or registration.urn
        name = sources[0].rpartition("::")[2] if len(sources) == 1 else registration.name
    return found.setdefault(key, _Group(name, target))


def _inline(into: _Group, registration: Registration, item: Any, path: str, ctx: Context, base: bool) -> None:
    if not isinstance(item, dict):
        into.unknown.append((path or "the rule", registration))
        return
    sources: list[tuple[str, Any]] = []
    for key in ("cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "securityGroups"):
        value = item.get(key)
        sources += [(key, v) for v in value] if isinstance(value, list) else [(key, value)] if value is UNKNOWN else []
    if item.get("sourceSecurityGroupId") is not None:
        sources.append(("sourceSecurityGroupId", item["sourceSecurityGroupId"]))
    if item.get("self") is True:
        sources.append(("self", "the group itself"))
    for key, source in sources:
        where = f"{path}.{key}" if path else key
        _open(into, registration, item.get("protocol"), item, (where, source), ctx, base)


def _separate(into: _Group, registration: Registration, ctx: Context, base: bool) -> None:
    inputs = registration.inputs
    for key in ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"):
        if inputs.get(key) is not None:
            _open(into, registration, inputs.get("ipProtocol"), inputs, (key, inputs[key]), ctx, base)


def _open(
    into: _Group,
    registration: Registration,
    protocol: Any,
    item: dict[str, Any],
    source: tuple[str, Any],
    ctx: Context,
    base: bool,
) -> None:
    path, value = source
    if not isinstance(value, str) or protocol is UNKNOWN or UNKNOWN in (item.get("fromPort"), item.get("toPort")):
        into.unknown.append((path, registration))
        return
    value = str(ctx.under_head_names(value)) if base else value
    into.openings.setdefault(opening(protocol, item.get("fromPort"), item.get("toPort"), value), registration)


def _news(ctx: Context, direction: str) -> Iterator[tuple[str, Opening, list[Opening], Registration]]:
    """What a group newly lets through: the group's name, the rule as written, what of it is new, what declares it."""
    if not ctx.touched(_TYPES):
        return
    before = _before(ctx, direction)
    for key, now in _groups(ctx.head, direction, ctx, base=False).items():
        was = before.get(key)
        for new, parts in beyond(now.openings, was.openings if was else ()).items():
            yield now.name, new, parts, now.openings[new]


def _before(ctx: Context, direction: str) -> dict[str, _Group]:
    """The base's groups, by their URN in the head."""
    found = _groups(ctx.base, direction, ctx, base=True) if ctx.base is not None else {}
    return {ctx.head_urn(key): group for key, group in found.items()}


@rule(
    _KIND,
    Severity.CRITICAL,
    Severity.HIGH,
    Severity.MEDIUM,
    Severity.LOW,
    when="A security group lets in addresses, ports or groups that it didn't, however its rules are declared. "
    "From the internet: critical where every port is among them, or one by which machines are run or data is kept "
    "(SSH, remote desktop, databases, caches: risk/facts/exposure.yaml), else high. From some public addresses, or a "
    "prefix list: medium. From private addresses or another group: low.",
)
def ingress_widened(ctx: Context) -> Iterable[Risk]:
    """A security group lets in more."""
    for name, new, parts, declared in _news(ctx, "ingress"):
        if ctx.new and width(parts) is not Width.INTERNET:
            continue
        severity, who = _from(new, parts)
        title = f"{who} may reach {name} on {new.port_words}."
        names = "" if severity is not Severity.CRITICAL else _named(parts)
        yield risk(_KIND, severity, declared, title, f"ingress: {without_marks(new.source)}, {new.port_words}{names}")


def _named(parts: list[Opening]) -> str:
    """What listens at the dangerous ports among these, where they are few."""
    found = dict.fromkeys(name for port, name in _dangerous().items() if any(p.holds_port(port) for p in parts))
    return f" ({', '.join(found)})" if 0 < len(found) <= _FEW else ""


def _dangerous() -> dict[int, str]:
    ports: dict[int, str] = facts("exposure")["ports"]
    return ports


def _from(new: Opening, parts: list[Opening]) -> tuple[Severity, str]:
    wide = width(parts)
    if wide is Width.INTERNET:
        every = new.protocol == ALL or new.ports == (0, 65535)
        strong = every or (new.protocol == "tcp" and any(p.holds_port(*_dangerous()) for p in parts))
        who = "The whole internet" if new.source.endswith("/0") else f"A large part of the internet ({new.source})"
        return (Severity.CRITICAL if strong else Severity.HIGH), who
    if wide is Width.PUBLIC:
        return Severity.MEDIUM, f"The internet addresses {new.source}"
    if wide is Width.PRIVATE:
        return Severity.LOW, f"The private network {new.source}"
    if new.source.startswith("pl-"):
        return Severity.MEDIUM, f"The addresses of the prefix list {new.source}"
    who = "Its own members" if new.source == "the group itself" else f"Members of {without_marks(new.source)}"
    return Severity.LOW, who


@rule(
    _KIND,
    Severity.LOW,
    when="A security group of an environment that is there lets traffic out to the internet on ports on which "
    "it didn't.",
)
def egress_widened(ctx: Context) -> Iterable[Risk]:
    """A security group lets more out."""
    if ctx.new:
        return
    for name, new, parts, declared in _news(ctx, "egress"):
        if width(parts) is Width.INTERNET:
            title = f"{name} may reach the whole internet on {new.port_words}."
            yield risk(_KIND, Severity.LOW, declared, title, f"egress: {new.source}, {new.port_words}")


@rule(
    _KIND,
    Severity.MEDIUM,
    when="A security group's rule changes to, or is created with, a source or ports that aren't known before "
    "deployment.",
)
def ingress_not_known(ctx: Context) -> Iterable[Risk]:
    """Whom a security group lets in isn't known."""
    if ctx.new or not ctx.touched(_TYPES):
        return
    before = _before(ctx, "ingress")
    for key, now in _groups(ctx.head, "ingress", ctx, base=False).items():
        was = before.get(key)
        had = {_unknown(ctx, r, path, base=True) for path, r in was.unknown} if was is not None else set()
        for path, registration in now.unknown:
            change = ctx.by_urn.get(registration.urn)
            if change is None or change.kind is ChangeKind.MOVE:
                continue
            if _unknown(ctx, registration, path, base=False) in had:
                continue
            title = f"Who may reach {now.name} changes, and isn't known before deployment."
            yield risk(_KIND, Severity.MEDIUM, registration, title, f"{path} isn't known", certain=False)


def _unknown(ctx: Context, registration: Registration, path: str, *, base: bool) -> str:
    """What is known of a rule whose source isn't: the same wherever it stands."""
    inputs: Any = registration.inputs
    item = inputs
    position = re.fullmatch(r"(\w+)\[(\d+)\](?:\.(\w+))?", path)
    if position is not None:
        item, path = inputs[position[1]][int(position[2])], position[3] or ""
    behind = registration.property_dependencies.get(position[1] if position is not None else path, ())
    origins = sorted(ctx.head_urn(urn) if base else urn for urn in behind)
    ports = [item.get(k) for k in ("protocol", "ipProtocol", "fromPort", "toPort")] if isinstance(item, dict) else []
    return repr((path, [p for p in ports if p is not None], origins))
