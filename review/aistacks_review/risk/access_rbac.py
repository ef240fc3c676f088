"""Access inside Kubernetes: what roles and their bindings let users, groups and service accounts do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from aistacks_catalog.aws.iam.conditions import When
from aistacks_catalog.aws.iam.patterns import EVERY, TooComplexError, Words, empty, holds, shown, words
from aistacks_catalog.aws.iam.requests import Allowed, Requests, beyond
from aistacks_core.snapshot import UNKNOWN, Registration

from ..findings import Risk, RiskKind, Severity
from .access_phrases import joined
from .context import Context, get, risk
from .facts import facts
from .rule import rule
from .snapshot_index import SnapshotIndex

_KIND = RiskKind.ACCESS
_KINDS = ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")


@dataclass
class _Subject:
    name: str
    allowed: Allowed = field(default_factory=Allowed)
    undeclared_roles: dict[str, tuple[str, Registration]] = field(default_factory=dict)
    """Roles that the program doesn't declare, to where they hold and what binds them."""
    bindings: list[Registration] = field(default_factory=list)
    roles: list[Registration] = field(default_factory=list)
    unknown: bool = False


def _objects(index: SnapshotIndex, kind: str) -> Iterator[Registration]:
    for type_, found in index.by_type.items():
        if type_.startswith("kubernetes:rbac.authorization.k8s.io/") and type_.rpartition(":")[2] == kind:
            yield from found


def _name(registration: Registration) -> str:
    name = get(registration.inputs, "metadata.name")
    return name if isinstance(name, str) else registration.name


def _namespace(registration: Registration) -> str:
    name = get(registration.inputs, "metadata.namespace", "default")
    return name if isinstance(name, str) else registration.urn


def _subjects(ctx: Context, index: SnapshotIndex, *, base: bool) -> dict[str, _Subject]:
    roles = {("Role", _namespace(r), _name(r)): r for r in _objects(index, "Role")}
    roles |= {("ClusterRole", "", _name(r)): r for r in _objects(index, "ClusterRole")}
    found: dict[str, _Subject] = {}
    for kind in ("RoleBinding", "ClusterRoleBinding"):
        for binding in _objects(index, kind):
            subjects = binding.inputs.get("subjects")
            for subject in subjects if isinstance(subjects, list) else []:
                key = _subject(subject, binding)
                mine = found.setdefault(key, _Subject(key))
                mine.bindings.append(binding)
                _bind(ctx, mine, binding, roles, "" if kind == "ClusterRoleBinding" else _namespace(binding), base)
    return found


def _subject(subject: Any, binding: Registration) -> str:
    kind, name = get(subject, "kind", "somebody"), get(subject, "name")
    if not isinstance(name, str):
        return f"{kind} of {binding.name}"
    if kind == "ServiceAccount":
        place = get(subject, "namespace", _namespace(binding))
        return f"the service account {place if isinstance(place, str) else '?'}/{name}"
    return f"the {str(kind).lower()} {name}"


def _bind(
    ctx: Context,
    mine: _Subject,
    binding: Registration,
    roles: dict[tuple[str, str, str], Registration],
    namespace: str,
    base: bool,
) -> None:
    kind, name = get(binding.inputs, "roleRef.kind"), get(binding.inputs, "roleRef.name")
    if not isinstance(name, str):
        mine.unknown = True
        return
    role = roles.get((str(kind), namespace if kind == "Role" else "", name))
    if role is None:
        mine.undeclared_roles[name] = (namespace, binding)
        return
    mine.roles.append(role)
    rules = ctx.under_head_names(role.inputs.get("rules")) if base else role.inputs.get("rules")
    if rules is UNKNOWN:
        mine.unknown = True
    for item in rules if isinstance(rules, list) else []:
        mine.allowed += Allowed(tuple(_requests(item, namespace)))


def _requests(item: Any, namespace: str) -> Iterator[Requests]:
    """A rule as requests: verbs as actions, ``group/resource#name`` as resources, namespaces as principals."""
    verbs, where = _texts(item, "verbs"), words([namespace]) if namespace else EVERY
    names = _texts(item, "resourceNames") or ["*"]
    groups, resources = _texts(item, "apiGroups"), _texts(item, "resources")
    resource_names = [f"{g}/{r}#{n}" for g in groups for r in resources for n in names]
    if resource_names and verbs:
        yield Requests(words(verbs), words(resource_names), where, When())
    if not namespace and (urls := _texts(item, "nonResourceURLs")) and verbs:
        yield Requests(words(verbs), words(f"url:{u}" for u in urls), EVERY, When())


def _texts(item: Any, key: str) -> list[str]:
    value = get(item, key)
    # A question mark is no wildcard here.
    return [str(v).replace("?", "${?}") for v in value if v is not UNKNOWN] if isinstance(value, list) else []


def _pairs(ctx: Context) -> Iterator[tuple[_Subject, _Subject | None]]:
    if ctx.new or not any(True for _ in ctx.kubernetes(*_KINDS)):
        return
    before = _subjects(ctx, ctx.base, base=True) if ctx.base is not None else {}
    for key, now in _subjects(ctx, ctx.head, base=False).items():
        yield now, before.get(key)


def _touched(ctx: Context, subject: _Subject) -> Registration:
    them = (*subject.roles, *subject.bindings)
    return next((r for r in them if r.urn in ctx.by_urn), subject.bindings[0])


@rule(
    _KIND,
    Severity.CRITICAL,
    Severity.HIGH,
    Severity.MEDIUM,
    Severity.LOW,
    when="Kubernetes roles and bindings together let a user, group or service account do what it might not: "
    "critical for everything, or where it is everybody; high where it leads to more permissions (secrets, pods, "
    "impersonation); medium for writing, low for reading.",
)
def rbac_widened(ctx: Context) -> Iterable[Risk]:
    """Somebody may do more in a cluster, by its own roles."""
    for now, was in _pairs(ctx):
        subject = _touched(ctx, now)
        if now.unknown and subject.urn in ctx.by_urn and not (was and was.unknown):
            title = f"What {now.name} may do in the cluster isn't known before deployment."
            yield risk(_KIND, Severity.MEDIUM, subject, title, "rules or roleRef aren't known", certain=False)
        base = was.allowed if was else Allowed()
        if now.allowed == base:
            continue
        try:
            pieces = beyond(now.allowed, base)
        except TooComplexError:
            title = f"What {now.name} may do in the cluster changes, and it is too much to compare."
            yield risk(_KIND, Severity.MEDIUM, subject, title, "its roles were not evaluated", certain=False)
            continue
        gains = sorted((_describe(p) for p in pieces), key=lambda t: list(Severity).index(t[0]))
        if gains:
            severity, what, why = gains[0]
            if any(f" {name}" in now.name for name in facts("kubernetes_access")["everybody"]):
                severity = Severity.CRITICAL
            sure = not (was and (was.unknown or was.undeclared_roles))
            title = f"{now.name[0].upper()}{now.name[1:]} may now {what}."
            reason = "; ".join(dict.fromkeys(f"{w}{f' ({y})' if y else ''}" for _, w, y in gains[:3]))
            yield risk(_KIND, severity, subject, title, reason or why, certain=sure)


def _describe(piece: Requests) -> tuple[Severity, str, str]:
    where = "" if not piece.principals else f" in {_patterns_text(piece.principals)}"
    verbs, on = _patterns_text(piece.actions), _patterns_text(piece.resources).replace("#*", "").replace("#", " ")
    if holds(piece.actions, "delete") and all(holds(piece.resources, r) for r in ("/secrets#x", "x/y#z")):
        severity = Severity.CRITICAL if not piece.principals else Severity.HIGH
        return severity, f"do anything{where}", "every verb on every resource"
    for row in facts("kubernetes_access")["escalating"]:
        resources: Words = words(f"{r}#*" for r in row["resources"])
        if not empty(piece.actions | words(row["verbs"])) and not empty(piece.resources | resources):
            return Severity.HIGH, f"{verbs} {on}{where}", row["why"]
    reading = empty(piece.actions | words(["get", "list", "watch"], inside=False))
    return (Severity.LOW if reading else Severity.MEDIUM), f"{verbs} {on}{where}", ""


def _patterns_text(them: Words) -> str:
    inside = [c for c in them if c.inside]
    if not inside:
        return "everything"
    smallest = min(inside, key=lambda c: len(c.patterns))
    left = [shown(p).lstrip("/") for p in sorted(smallest.patterns) if not empty(them | words([p]))]
    return "everything" if "*" in left else joined(left)


@rule(
    _KIND,
    Severity.CRITICAL,
    Severity.HIGH,
    Severity.MEDIUM,
    Severity.LOW,
    when="Somebody is newly bound to a role that the program doesn't declare: one that every cluster has "
    "(critical for cluster-admin, high for admin and edit, low for view) or one that isn't known here (medium).",
)
def bound_to_foreign_role(ctx: Context) -> Iterable[Risk]:
    """A binding to a role from elsewhere."""
    table = facts("kubernetes_access")
    for now, was in _pairs(ctx):
        for name, (namespace, binding) in now.undeclared_roles.items():
            before = was.undeclared_roles.get(name) if was else None
            if before is not None and before[0] in ("", namespace):
                continue
            about = table["builtin"].get(name)
            severity = Severity(about["severity"]) if about else Severity.MEDIUM
            may = about["may"] if about else f"do what the role {name} allows, which isn't known here"
            if namespace and severity is Severity.CRITICAL:
                severity = Severity.HIGH
            if any(f" {who}" in now.name for who in table["everybody"]):
                severity = Severity.CRITICAL
            where = f" in {namespace}" if namespace else ""
            title = f"{now.name[0].upper()}{now.name[1:]} may {may}{where}."
            yield risk(_KIND, severity, binding, title, f"roleRef.name is {name}", certain=about is not None)
