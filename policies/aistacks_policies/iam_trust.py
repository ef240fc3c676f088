"""IAM: who may assume a role."""

from __future__ import annotations

import re

from .documents import Statement, statements
from .resource import Resource
from .rule import Severity, rule
from .stack import Types
from .values import Answers, Truth, Value, all_of, any_of, no

_ROLES: Types = ("aws:iam/role:Role",)
_WHOLE_ACCOUNT = re.compile(r"^(?:arn:[^:]*:iam::)?\d{12}(?::root)?$")
_GITHUB = "token.actions.githubusercontent.com"
_AUDIENCE = "sts.amazonaws.com"
# A subject that names its repository, and a part of what may run there.
_BOUND_SUBJECT = re.compile(r"^repo:[^*?/:]+/[^*?/:]+:[^*?]*[^*?:]")


@rule(
    "iam-limited-trust",
    _ROLES,
    Severity.HIGH,
    "CKV_AWS_60",
    "CKV_AWS_61",
    title="Each role names who may assume it",
    fix="Name the role, service or federation, or demand sts:ExternalId, aws:PrincipalArn or the like.",
)
def limited_trust(role: Resource) -> Answers:
    """A role trusts neither everybody nor, without a condition, a whole account or every service."""
    for statement in statements(role["assumeRolePolicy"]):
        for kind, principal in statement.principals:
            anybody = principal.equals("*")
            account = kind == "AWS" and _WHOLE_ACCOUNT.match(principal.text) is not None
            wide = any_of((anybody, account))
            what = "trusts everybody" if anybody else "trusts everybody in the account"
            yield principal.judged(no(all_of((statement.allows, wide, no(statement.bound())))), what)


def _from_github(statement: Statement) -> Truth:
    federated = [p for kind, p in statement.principals if kind in ("Federated", "*")]
    return all_of((statement.allows, any_of(_mentions(p) for p in federated)))


def _mentions(principal: Value) -> Truth:
    return None if principal.unknown else _GITHUB in principal.text


def _demanded(statement: Statement, claim: str) -> list[tuple[str, Value]]:
    return [
        (operator.lower(), value)
        for operator, key, values in statement.conditions
        if key in (f"{_GITHUB}:{claim}", "*")
        for value in values.each()
    ]


def _audience(statement: Statement) -> Truth:
    return any_of(
        None if v.unknown else operator in ("stringequals", "foranyvalue:stringequals") and v.text == _AUDIENCE
        for operator, v in _demanded(statement, "aud")
    )


def _subject(statement: Statement) -> Truth:
    found = _demanded(statement, "sub")
    return all_of([bool(found), *(_names_repository(operator, v) for operator, v in found)])


def _names_repository(operator: str, value: Value) -> Truth:
    if value.unknown:
        return None
    positive = operator in ("stringequals", "stringlike", "foranyvalue:stringequals", "foranyvalue:stringlike")
    return positive and _BOUND_SUBJECT.match(value.text) is not None


@rule(
    "iam-github-bound",
    _ROLES,
    Severity.CRITICAL,
    "CKV_AWS_358",
    "CKV_AWS_393",
    title="A role for GitHub Actions trusts one repository's branch or environment",
    fix="Demand StringEquals on the claims aud (sts.amazonaws.com) and sub (repo:owner/name:environment:…).",
)
def github_bound(role: Resource) -> Answers:
    """What GitHub's OIDC provider signs is trusted only for the audience sts.amazonaws.com and for subjects that name
    the repository and more of it than everything. Otherwise any repository on GitHub can assume the role."""
    for statement in statements(role["assumeRolePolicy"]):
        it_is = _from_github(statement)
        if it_is is False:
            continue
        condition = statement["Condition"]
        yield condition.judged(any_of((no(it_is), _audience(statement))), "doesn't demand the audience")
        yield condition.judged(any_of((no(it_is), _subject(statement))), "doesn't bind the subject to a repository")
