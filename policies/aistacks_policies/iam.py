"""IAM: what the policies of roles, users and groups may allow."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aistacks_catalog.aws.iam.catalogue import Level, of_pattern
from aistacks_catalog.aws.iam.dangerous import of_kind

from .documents import IDENTITY_POLICIES, Statement, identity_statements, wide
from .resource import Resource
from .rule import Severity, rule
from .stack import Types
from .values import Answer, Answers, Truth, Value, all_of, any_of, no

_EVERYTHING = re.compile(r"^\*+(:\*+)?$")
_SERVICE = re.compile(r"^[a-z0-9-]+:\*+$", re.IGNORECASE)
_ATTACHMENTS: Types = (
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
    "aws:iam/policyAttachment:PolicyAttachment",
)


def _is(action: Value, pattern: re.Pattern[str]) -> Truth:
    return None if action.unknown else pattern.match(action.text) is not None


def _allowed(policy: Resource, pattern: re.Pattern[str], what: str) -> Answers:
    for statement in identity_statements(policy):
        for action in statement.actions:
            yield action.judged(no(all_of((statement.allows, _is(action, pattern)))), f"{action.text} {what}")


@rule(
    "iam-no-star",
    IDENTITY_POLICIES,
    Severity.CRITICAL,
    "IAM.1",
    "CKV_AWS_62",
    "CKV_AWS_63",
    title="No policy allows every action",
    fix="Name the actions that are needed.",
)
def no_star(policy: Resource) -> Answers:
    """No statement allows ``*``, nor everything but what it names. Whoever has it administers the account."""
    return _allowed(policy, _EVERYTHING, "allows every action of every service")


@rule(
    "iam-no-service-star",
    IDENTITY_POLICIES,
    Severity.MEDIUM,
    "IAM.21",
    title="No policy allows every action of a service",
    fix="Name the actions that are needed.",
)
def no_service_star(policy: Resource) -> Answers:
    """No statement allows ``service:*``. It takes in deletion, permissions, and what AWS adds tomorrow."""
    return _allowed(policy, _SERVICE, "allows every action of a service")


def _unbounded(statement: Statement) -> Truth:
    """Whether it allows what it allows on everything of a kind, and no condition limits that."""
    return all_of((statement.allows, any_of(wide(r) for r in statement.resources), no(statement.bound())))


def _dangerous(policy: Resource, kind: str, what: str) -> Answers:
    for statement in identity_statements(policy):
        open_ = _unbounded(statement)
        if open_ is False:
            continue
        for action in of_kind(kind):
            yield statement.value.judged(
                no(all_of((open_, statement.grants(action)))), f"allows {action} on everything, which {what}"
            )


@rule(
    "iam-no-decrypt-all",
    IDENTITY_POLICIES,
    Severity.HIGH,
    "KMS.1",
    "KMS.2",
    title="No policy allows decryption with every key",
    fix="Name the keys.",
)
def no_decrypt_all(policy: Resource) -> Answers:
    """Decryption is allowed with named keys only: a key guards nothing if everybody may use it."""
    return _dangerous(policy, "decryption", "opens what every key of the account guards")


@rule(
    "iam-no-escalation",
    IDENTITY_POLICIES,
    Severity.HIGH,
    "CKV_AWS_286",
    "CKV_AWS_110",
    title="No policy allows privilege escalation",
    fix="Name the roles, users or policies; give iam:PassRole the condition iam:PassedToService.",
)
def no_escalation(policy: Resource) -> Answers:
    """No action that leads to more permissions is allowed on everything without a condition."""
    return _dangerous(policy, "escalation", "leads to more permissions")


@rule(
    "iam-no-credentials",
    IDENTITY_POLICIES,
    Severity.HIGH,
    "CKV_AWS_287",
    "CKV_AWS_107",
    title="No policy allows reading credentials of every resource",
    fix="Name the roles, users, databases or instances.",
)
def no_credentials(policy: Resource) -> Answers:
    """No action that answers with credentials is allowed on everything without a condition."""
    return _dangerous(policy, "credentials", "answers with credentials")


@rule(
    "iam-no-exfiltration",
    IDENTITY_POLICIES,
    Severity.HIGH,
    "CKV_AWS_288",
    "CKV_AWS_108",
    title="No policy reads all objects, parameters or secrets",
    fix="Name the buckets, parameters or secrets.",
)
def no_exfiltration(policy: Resource) -> Answers:
    """Objects, parameters and secrets are readable by name only."""
    return _dangerous(policy, "exfiltration", "reads all there are")


def _any(resource: Value) -> Truth:
    """Whether a statement's resource is ``*`` itself: not even a kind is named."""
    return None if resource.unknown else re.fullmatch(r"[*?]+", resource.text) is not None


def _limitable(policy: Resource) -> Iterator[tuple[Value, Truth, Answer]]:
    """Each allowed pattern of an action, whether it is unbounded, and what to say where that isn't known."""
    for statement in identity_statements(policy):
        open_ = all_of((statement.allows, any_of(_any(r) for r in statement.resources), no(statement.bound())))
        if open_ is not False:
            for action in statement.actions:
                yield action, open_, action.unsure()


def _of_level(policy: Resource, level: Level, what: str) -> Answers:
    for action, open_, unsure in _limitable(policy):
        if action.unknown:
            yield unsure
        found = [a.name for a in of_pattern(action.text) if level in a.levels and a.resources]
        if found:
            yield action.judged(no(open_), f"allows {_few(found)} on everything, {what}")


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


@rule(
    "iam-no-exposure",
    IDENTITY_POLICIES,
    Severity.HIGH,
    "CKV_AWS_289",
    "CKV_AWS_109",
    title="No policy changes the permissions of everything",
    fix="Name the resources whose permissions may be changed.",
)
def no_exposure(policy: Resource) -> Answers:
    """Actions that IAM's service reference calls permissions management are allowed on named resources only."""
    return _of_level(policy, Level.PERMISSIONS, "which decides who has access")


@rule(
    "iam-bounded-writes",
    IDENTITY_POLICIES,
    Severity.MEDIUM,
    "CKV_AWS_290",
    "CKV_AWS_111",
    title="No policy writes to everything",
    fix="Name the resources, or give the statement a condition on their tags.",
)
def bounded_writes(policy: Resource) -> Answers:
    """Actions that write, and can be limited to a resource, are."""
    return _of_level(policy, Level.WRITE, "though it can be limited to resources")


@rule(
    "iam-bounded-reads",
    IDENTITY_POLICIES,
    Severity.LOW,
    "CKV_AWS_355",
    "CKV_AWS_356",
    title="No policy names * where it could name resources",
    fix="Name the resources.",
)
def bounded_reads(policy: Resource) -> Answers:
    """Actions that list, read or tag, and can be limited to a resource, are. Those that know no resource need ``*``."""
    for level in (Level.LIST, Level.READ, Level.TAGGING):
        yield from _of_level(policy, level, "though it can be limited to resources")


def _administrator(arn: Value) -> Answer:
    # The text is enough: all of AWS's own policies have names of their own.
    return (
        arn.unsure()
        if arn.unknown
        else arn.judged(arn.text.rsplit("/", 1)[-1] != "AdministratorAccess", "is AdministratorAccess")
    )


@rule(
    "iam-no-administrator",
    (*_ATTACHMENTS, "aws:iam/role:Role", "aws:iam/group:Group", "aws:iam/user:User"),
    Severity.CRITICAL,
    "CKV_AWS_274",
    "CKV_AWS_275",
    title="Nobody has AdministratorAccess",
    fix="Attach a policy with what is needed.",
)
def no_administrator(attachment: Resource) -> Answers:
    """AWS's managed policy AdministratorAccess is attached to nothing."""
    if attachment.type in _ATTACHMENTS:
        yield _administrator(attachment["policyArn"])
    for arn in attachment["managedPolicyArns"].each():
        yield _administrator(arn)
