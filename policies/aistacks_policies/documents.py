"""IAM documents: statements, principals, and what a condition narrows. An unknown document is one unknown statement."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aistacks_catalog.aws.iam.documents import parsed
from aistacks_catalog.aws.iam.patterns import matches
from aistacks_core.property_values import ABSENT, UNKNOWN

from .resource import Resource
from .stack import Stack, Types
from .values import Answer, Truth, Value, all_of, any_of, no

IDENTITY_POLICIES: Types = (
    "aws:iam/policy:Policy",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/userPolicy:UserPolicy",
    "aws:iam/groupPolicy:GroupPolicy",
    "aws:iam/role:Role",
)

# What a caller can't choose: where one of these is demanded, "everybody" is somebody.
_NARROWING = {
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:userid",
    "kms:calleraccount",
    "s3:dataaccesspointaccount",
}
# What says how or when somebody calls, not whom or what it is about.
_NO_BOUND = {
    "aws:currenttime",
    "aws:epochtime",
    "aws:multifactorauthage",
    "aws:multifactorauthpresent",
    "aws:referer",
    "aws:requestedregion",
    "aws:securetransport",
    "aws:useragent",
}
_POSITIVE = re.compile(
    r"^(foranyvalue:|forallvalues:)?(string|arn|bool|numeric|date|binary|ip)(?!.*not)", re.IGNORECASE
)
_ANY = re.compile(r"^[*?]*$")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a document."""

    value: Value

    def __getitem__(self, key: str) -> Value:
        return self.value[key]

    @property
    def allows(self) -> Truth:
        """Whether its effect is to allow."""
        return self["Effect"].equals("Allow")

    @property
    def actions(self) -> list[Value]:
        """Its actions; ``*`` where it names those that are left out."""
        return _or_everything(self, "Action", "NotAction")

    @property
    def resources(self) -> list[Value]:
        """Its resources; ``*`` where it names those that are left out."""
        return _or_everything(self, "Resource", "NotResource")

    @property
    def principals(self) -> list[tuple[str, Value]]:
        """Each principal with its kind; ``AWS``, ``*`` where it names those that are left out."""
        if not self["NotPrincipal"].absent and not self["NotPrincipal"].unknown:
            return [("AWS", Value("*", self["NotPrincipal"].path))]
        principal = self["Principal"]
        if isinstance(principal.raw, str):
            return [("AWS", principal)]
        return [(kind, one) for kind, values in principal.entries() for one in values.each()]

    @property
    def conditions(self) -> list[tuple[str, str, Value]]:
        """Operator, key in lower case, and values."""
        return [
            (operator, key.lower(), values)
            for operator, keys in self["Condition"].entries()
            for key, values in keys.entries()
        ]

    def grants(self, action: str) -> Truth:
        """Whether it allows ``action`` on something."""
        return all_of((self.allows, any_of(_holds(one, action) for one in self.actions)))

    def bound_to_somebody(self) -> Truth:
        """Whether a condition says who calls, so that any principal isn't anybody."""
        return any_of(_demands(*each, _NARROWING) for each in self._conditions())

    def bound(self) -> Truth:
        """Whether a condition says whom or what it is about."""
        return any_of(
            None if key == "*" else _positive(operator) and key not in _NO_BOUND and not _anything(values)
            for operator, key, values in self._conditions()
        )

    def _conditions(self) -> list[tuple[str, str, Value]]:
        return [("*", "*", self["Condition"])] if self["Condition"].unknown else self.conditions


def _or_everything(statement: Statement, key: str, but: str) -> list[Value]:
    left_out = statement[but]
    if not left_out.absent and not left_out.unknown:
        return [Value("*", left_out.path)]
    return statement[key].each()


def _holds(pattern: Value, name: str) -> Truth:
    return None if pattern.unknown else matches(pattern.text, name)


def _positive(operator: str) -> bool:
    return _POSITIVE.match(operator) is not None and not operator.lower().endswith("ifexists")


def _anything(values: Value) -> bool:
    return any(_ANY.match(one.text) is not None for one in values.each() if one.text) or not values.each()


def _demands(operator: str, key: str, values: Value, keys: set[str]) -> Truth:
    if key == "*":
        return None
    if key not in keys or not _positive(operator):
        return False
    return None if values.unknown else not _anything(values)


def statements(document: Value) -> list[Statement]:
    """The statements of a JSON text or mapping. What can't be read is one statement of which nothing is known."""
    if document.absent:
        return []
    statement_values = Value(parsed(document.raw), document.path)["Statement"]
    if statement_values.raw is ABSENT:
        statement_values = Value(UNKNOWN, statement_values.path)
    return [Statement(each) for each in statement_values.each()]


def identity_statements(resource: Resource) -> Iterator[Statement]:
    """What a policy of an identity, or the ones inside a role, say."""
    if resource.type == "aws:iam/role:Role":
        for inline in resource["inlinePolicies"].each():
            yield from statements(inline["policy"])
    else:
        yield from statements(resource["policy"])


def documents_of(target: Resource, stack: Stack, types: Types, prop: str) -> list[tuple[Resource, Value]]:
    """The policies of ``target``: its own property and those of resources that are attached to it through ``prop``."""
    attached = stack.attached(target, types, prop)
    inline = [] if target["policy"].absent else [(target, target["policy"])]
    unsure = [(r, Value(UNKNOWN, "policy")) for r in attached.maybe]
    return inline + [(r, r["policy"]) for r in attached.sure] + unsure


def everybody(document: Value) -> Iterator[Answer]:
    """Fails where a statement grants access to everyone without a condition that limits who."""
    for statement in statements(document):
        for kind, principal in statement.principals:
            anybody = principal.equals("*") if kind in ("AWS", "*") else False
            open_ = all_of((statement.allows, anybody, no(statement.bound_to_somebody())))
            yield principal.judged(no(open_), "grants access to everyone (*), and no condition limits who")


def wide(resource: Value) -> Truth:
    """Whether a statement's resource stands for everything of a kind."""
    if resource.unknown:
        return None
    if _ANY.match(resource.text):
        return True
    parts = resource.text.split(":", 5)
    if len(parts) < 6 or not matches(parts[0], "arn"):
        return False
    # Most services put the kind before the name (`role/*`); these begin with the name.
    kind = "" if parts[2] in ("s3", "execute-api") else r"(?:[\w.-]+[:/])?"
    return re.fullmatch(kind + r"[*?]+(?:/[*?]+)?", parts[5]) is not None
