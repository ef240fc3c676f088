"""Exposure: what becomes reachable from where it wasn't, by switches, endpoints and routes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from aistacks_catalog.aws.iam.documents import allowed
from aistacks_catalog.aws.iam.patterns import TooComplexError
from aistacks_core.snapshot import UNKNOWN, Registration
from aistacks_core.symbols import without_marks

from ..compare.changes import ChangeKind, ResourceChange
from ..findings import Risk, RiskKind, Severity
from .access_phrases import worst
from .context import Context, get, risk, touches, truth
from .facts import facts
from .gains import gains
from .networks import Width, beyond, opening, width
from .phrases import became, why
from .rule import rule
from .snapshot_index import SnapshotIndex

_KIND = RiskKind.EXPOSURE


@rule(
    _KIND,
    Severity.CRITICAL,
    Severity.HIGH,
    Severity.MEDIUM,
    when="A switch makes something reachable: a public address, a database or load balancer on the internet, a "
    "public ACL, a function URL without sign-in. The table is risk/facts/exposure.yaml.",
)
def made_public(ctx: Context) -> Iterable[Risk]:
    """A switch makes something reachable."""
    for row in facts("exposure")["switches"]:
        for change in ctx.of(row["type"]):
            if change.after is None or (ctx.new and not row.get("new")):
                continue
            now, before = _state(change.after, row), _state(change.before, row) if change.before else False
            if (
                now is False
                or now == before
                or (change.before and not touches(change, row["property"].replace("[]", "")))
            ):
                continue
            severity = Severity(row.get("severity", "medium"))
            path = row["property"].replace("[]", "")
            values = [get(r.inputs, path) if r else None for r in (change.before, change.after)]
            if now is None:
                title = f"{change.name} may be one that {row['says']}; that isn't known before deployment."
                yield risk(_KIND, severity, change, title, became(path, *values), certain=False)
            else:
                yield risk(_KIND, severity, change, f"{change.name} {row['says']}.", became(path, *values))


def _state(registration: Registration, row: dict[str, Any]) -> bool | None:
    """Whether the switch is at the value that opens; ``None``: not known."""
    base, _, rest = row["property"].partition("[].")
    if rest:
        items = registration.inputs.get(base)
        found = [_is_open(get(i, rest), row) for i in items] if isinstance(items, list) else []
        return True if True in found else None if None in found or items is UNKNOWN else False
    return _is_open(get(registration.inputs, base), row)


def _is_open(value: Any, row: dict[str, Any]) -> bool | None:
    if value is UNKNOWN:
        return None
    if row.get("absent"):
        return value is None
    if row.get("set"):
        return value is not None
    value = row.get("default") if value is None else value
    wanted = row["open"]
    if isinstance(wanted, bool):
        return truth(value) is wanted
    return value in wanted if isinstance(wanted, list) else bool(value == wanted)


@rule(
    _KIND,
    Severity.HIGH,
    when="What keeps a bucket, or the account's buckets, snapshots, images and networks, from becoming public "
    "is deleted or loosened, and what it guards stays.",
)
def public_block_loosened(ctx: Context) -> Iterable[Risk]:
    """A guard against becoming public is loosened."""
    for type_, switches in facts("exposure")["blocks"].items():
        for change in ctx.of(type_):
            if change.before is None:
                continue
            bucket = ctx.base.resolve(change.before, "bucket") if ctx.base else None
            goes = ctx.by_urn.get(bucket.urn) if bucket else None
            if goes is not None and goes.kind is ChangeKind.DELETE:
                continue
            after = change.after.inputs if change.after else {}
            lost = [s for s in switches if truth(get(change.before.inputs, s)) and not truth(get(after, s))]
            if lost and change.kind is not ChangeKind.REPLACE:
                unsure = [s for s in lost if get(after, s) is UNKNOWN]
                what = f"The bucket {bucket.name}" if bucket else change.name
                reason = f"{', '.join(lost)}: true becomes {'unknown' if unsure else 'false'}"
                title = f"{what} may become public: what blocks that is loosened."
                yield risk(_KIND, Severity.HIGH, change, title, reason, certain=len(unsure) < len(lost))
    for type_, consequence in facts("exposure")["guards"].items():
        for change in ctx.of(type_, ChangeKind.DELETE):
            yield risk(_KIND, Severity.HIGH, change, f"{change.name} goes, so {consequence}.", why(change))


@rule(
    _KIND,
    Severity.HIGH,
    Severity.MEDIUM,
    when="A Kubernetes API endpoint becomes public, or lets in addresses that it didn't; high where that is the "
    "internet.",
)
def cluster_endpoint_widened(ctx: Context) -> Iterable[Risk]:
    """A Kubernetes API can be reached from more addresses."""
    for change in ctx.of("aws:eks/cluster:Cluster"):
        if change.after is None:
            continue
        head, base = _endpoint(change.after), _endpoint(change.before) if change.before else []
        if head is None:
            if base is not None and not ctx.new:
                title = f"Who may reach the Kubernetes API of {change.name} isn't known before deployment."
                yield risk(_KIND, Severity.MEDIUM, change, title, "vpcConfig isn't known", certain=False)
            continue
        found = beyond([opening("tcp", 443, 443, c) for c in head], [opening("tcp", 443, 443, c) for c in base or []])
        wide = [new for new, parts in found.items() if width(parts) is Width.INTERNET]
        if wide:
            title = f"The Kubernetes API of {change.name} can be reached from the whole internet."
            yield risk(_KIND, Severity.HIGH, change, title, f"vpcConfig.publicAccessCidrs: {wide[0].source}")
        elif found and not ctx.new:
            sources = ", ".join(new.source for new in list(found)[:4])
            title = f"The Kubernetes API of {change.name} can be reached from {sources}."
            yield risk(_KIND, Severity.MEDIUM, change, title, f"vpcConfig.publicAccessCidrs: {sources}")


def _endpoint(registration: Registration) -> list[str] | None:
    """The addresses that reach it from outside; ``None``: not known."""
    public = get(registration.inputs, "vpcConfig.endpointPublicAccess", True)
    cidrs = get(registration.inputs, "vpcConfig.publicAccessCidrs", ["0.0.0.0/0"])
    if truth(public) is False:
        return []
    if public is UNKNOWN or not isinstance(cidrs, list) or any(not isinstance(c, str) for c in cidrs):
        return None
    return cidrs or ["0.0.0.0/0"]


def _ways_out(index: SnapshotIndex) -> dict[str, Registration]:
    """Route tables with a route from the internet, by URN, and what declares that route."""
    found = {}
    for route in index.of("aws:ec2/route:Route"):
        if _to_internet(index, route, route.inputs):
            table = index.resolve(route, "routeTableId")
            found[table.urn if table else str(route.inputs.get("routeTableId"))] = route
    for table in index.of("aws:ec2/routeTable:RouteTable", "aws:ec2/defaultRouteTable:DefaultRouteTable"):
        routes = table.inputs.get("routes")
        if any(_to_internet(index, table, r) for r in (routes if isinstance(routes, list) else [])):
            found[table.urn] = table
    return found


def _to_internet(index: SnapshotIndex, registration: Registration, route: Any) -> bool:
    target = get(route, "gatewayId")
    to = get(route, "destinationCidrBlock") or get(route, "cidrBlock")
    to6 = get(route, "destinationIpv6CidrBlock") or get(route, "ipv6CidrBlock")
    if not str(to).endswith("/0") and not str(to6).endswith("/0"):
        return False
    gateway = index.resolve_value(target, ("aws:ec2/internetGateway:InternetGateway",))
    if gateway is None and target is UNKNOWN:
        urns = registration.property_dependencies.get("gatewayId", ())
        gateway = index.resolve_value(target, ("aws:ec2/internetGateway:InternetGateway",), urns)
    return gateway is not None or (isinstance(target, str) and target.startswith("igw-"))


def _public_subnets(index: SnapshotIndex) -> dict[str, tuple[str, Registration]]:
    """Subnets with a route from the internet, by URN: their name, and what declares the route."""
    tables = _ways_out(index)
    found = {}
    for association in index.of("aws:ec2/routeTableAssociation:RouteTableAssociation"):
        table = index.resolve(association, "routeTableId")
        key = table.urn if table else str(association.inputs.get("routeTableId"))
        if key in tables:
            subnet = index.resolve(association, "subnetId")
            name = subnet.name if subnet else str(association.inputs.get("subnetId"))
            found[subnet.urn if subnet else name] = (name, tables[key])
    return found


@rule(
    _KIND,
    Severity.HIGH,
    Severity.LOW,
    when="A subnet gets a route from the internet through an internet gateway: high for one that had none, low "
    "for a new subnet.",
)
def subnet_made_public(ctx: Context) -> Iterable[Risk]:
    """A subnet gets a way to and from the internet."""
    types = ("aws:ec2/route:Route", "aws:ec2/routeTable:RouteTable", "aws:ec2/defaultRouteTable:DefaultRouteTable")
    if ctx.base is None or not ctx.touched([*types, "aws:ec2/routeTableAssociation:RouteTableAssociation"]):
        return
    before = _public_subnets(ctx.base)
    for urn, (name, route) in _public_subnets(ctx.head).items():
        change = ctx.by_urn.get(urn)
        if (change.before.urn if change and change.before else urn) in before:
            continue
        new = change is not None and change.kind is ChangeKind.CREATE
        title = f"The {'new ' if new else ''}subnet {name} has a way to and from the internet."
        severity = Severity.LOW if new else Severity.HIGH
        gateway = without_marks(str(get(route.inputs, "gatewayId", "a route to an internet gateway")))
        yield risk(_KIND, severity, route, title, f"{route.name}: {gateway}")


@rule(
    _KIND,
    Severity.MEDIUM,
    when="The policy of a VPC endpoint allows requests that it didn't, or goes (then it allows everything).",
)
def endpoint_policy_widened(ctx: Context) -> Iterable[Risk]:
    """More can be reached through a VPC endpoint."""
    for change, before, after in _endpoint_policies(ctx):
        subject = f"The endpoint {change.name}"
        head, base = allowed(after, of_resource=True), allowed(before, of_resource=True)
        if head is None or base is None:
            title = f"{subject} may let more through; its policy isn't known before deployment."
            yield risk(_KIND, Severity.MEDIUM, change, title, "policy isn't known", certain=False)
            continue
        try:
            found = gains(head, base, ctx.partition)
        except TooComplexError:
            title = f"{subject} may let more through; its policy is too much to compare."
            yield risk(_KIND, Severity.MEDIUM, change, title, "policy was not evaluated", certain=False)
            continue
        if found:
            yield risk(_KIND, Severity.MEDIUM, change, f"{subject} lets through {found[0].what}.", worst(found))


_EVERYTHING = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}
"""What an endpoint without a policy allows (pulumi-aws, VpcEndpoint.policy: full access)."""


def _endpoint_policies(ctx: Context) -> Iterator[tuple[ResourceChange, Any, Any]]:
    for change in ctx.of(("aws:ec2/vpcEndpoint:VpcEndpoint", "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy")):
        if change.before is None or (change.after is None and change.type.startswith("aws:ec2/vpcEndpoint:")):
            continue
        before = ctx.head.normalized(ctx.under_head_names(change.before.inputs.get("policy")))
        after = ctx.head.normalized(change.after.inputs.get("policy")) if change.after else None
        if repr(before) != repr(after):
            yield change, before or _EVERYTHING, after or _EVERYTHING
