"""EKS: who may do what in and from a cluster."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .documents import statements
from .eks import ADDONS
from .resource import Resource
from .rule import Severity, rule
from .stack import Stack, Types
from .values import Answer, Answers, Value, unsure

_ASSOCIATIONS: Types = ("aws:eks/podIdentityAssociation:PodIdentityAssociation",)
_ROLES: Types = ("aws:iam/role:Role",)
_ACCOUNTS: Types = ("kubernetes:core/v1:ServiceAccount",)
_IRSA = "eks.amazonaws.com/role-arn"


@dataclass(frozen=True)
class _User:
    """A service account that assumes a role. ``key``: names the role; empty where it isn't known which."""

    of: Resource
    role: Value
    account: str
    key: str


def _users(stack: Stack) -> list[_User]:
    found = []

    def add(of: Resource, role: Value, namespace: str, name: str) -> None:
        pointed = stack.pointed(of, role, _ROLES)
        unclear = role.unknown or pointed.maybe
        key = pointed.sure[0].urn if len(pointed.sure) == 1 else "" if unclear else role.text
        found.append(_User(of, role, f"{namespace or '?'}/{name or '?'}", key))

    for each in stack.of(_ASSOCIATIONS):
        add(each, each["roleArn"], each["namespace"].text, each["serviceAccount"].text)
    for addon in stack.of(ADDONS):
        for one in addon["podIdentityAssociations"].each():
            add(addon, one["roleArn"], "kube-system", one["serviceAccount"].text)
        if not addon["serviceAccountRoleArn"].absent:
            add(addon, addon["serviceAccountRoleArn"], "kube-system", addon["addonName"].text)
    for account in stack.of(_ACCOUNTS):
        metadata = account["metadata"]
        role = metadata["annotations"][_IRSA]
        if not role.absent:
            add(account, role, metadata["namespace"].text, metadata["name"].text)
    return found


def _users_by_resource(stack: Stack) -> dict[str, list[_User]]:
    return _grouped((user.of.urn, user) for user in stack.once(_users))


def _users_by_role(stack: Stack) -> dict[str, list[_User]]:
    return _grouped((user.key, user) for user in stack.once(_users))


def _grouped(pairs: Iterable[tuple[str, _User]]) -> dict[str, list[_User]]:
    groups: dict[str, list[_User]] = {}
    for key, user in pairs:
        groups.setdefault(key, []).append(user)
    return groups


@rule(
    "eks-role-per-service-account",
    (*_ASSOCIATIONS, *ADDONS, *_ACCOUNTS),
    Severity.MEDIUM,
    "CIS EKS 5.2.1",
    title="Each service account has an AWS role of its own",
    fix="Make a role for each service account, with what that one needs.",
)
def role_per_service_account(user: Resource, stack: Stack) -> Answers:
    """No role is given to two service accounts: each would have what the other needs, and the log couldn't tell them
    apart."""
    for mine in stack.once(_users_by_resource).get(user.urn, ()):
        if not mine.key:
            yield mine.role.unsure("which role isn't known before deployment")
            continue
        same = stack.once(_users_by_role)[mine.key]
        others = sorted({other.account for other in same} - {mine.account})
        if others:
            yield mine.role.fails(f"the role is also that of {', '.join(others[:3])}")
        for other in stack.once(_users_by_role).get("", ())[:1]:
            yield mine.role.unsure(f"the role of {other.account} isn't known; it may be the same")


_NODES: Types = ("aws:eks/nodeGroup:NodeGroup",)
_CLASSES: Types = ("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass",)
_ATTACHMENTS: Types = (
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:iam/policyAttachment:PolicyAttachment",
)
_INLINE: Types = ("aws:iam/rolePolicy:RolePolicy",)
_POLICIES: Types = ("aws:iam/policy:Policy",)
_PUSHES = ("AmazonEC2ContainerRegistryFullAccess", "AmazonEC2ContainerRegistryPowerUser", "AdministratorAccess")
_WRITES = (
    "ecr:PutImage",
    "ecr:BatchDeleteImage",
    "ecr:DeleteRepository",
    "ecr:SetRepositoryPolicy",
    "ecr:InitiateLayerUpload",
)


@rule(
    "eks-nodes-only-pull",
    (*_NODES, *_CLASSES),
    Severity.MEDIUM,
    "CIS EKS 5.1.3",
    title="Nodes may only pull images",
    fix="Attach AmazonEC2ContainerRegistryPullOnly or ReadOnly to the nodes' role, and no more of ECR.",
)
def nodes_only_pull(nodes: Resource, stack: Stack) -> Answers:
    """The nodes' role may pull images and not push or delete them: a broken container could otherwise replace what
    everybody else runs."""
    role = nodes["nodeRoleArn"] if nodes.type in _NODES else nodes["spec"]["role"]
    if role.absent:
        return
    pointed = stack.pointed(nodes, role, _ROLES)
    if pointed.maybe or (role.unknown and not pointed.sure):
        yield role.unsure("which role isn't known before deployment")
    for each in pointed.sure:
        yield from _may_push(each, stack)


def _may_push(role: Resource, stack: Stack) -> Answers:
    for arn in role["managedPolicyArns"].each():
        yield _pushes(arn)
    for inline in role["inlinePolicies"].each():
        yield from _writes(inline["policy"])
    attached = stack.attached(role, _ATTACHMENTS, "role")
    several = stack.attached(role, _ATTACHMENTS, "roles")
    yield from (*attached.all_must(lambda a: _attached(a, stack)), *several.all_must(lambda a: _attached(a, stack)))
    yield from stack.attached(role, _INLINE, "role").all_must(lambda r: _writes(r["policy"]))


def _attached(attachment: Resource, stack: Stack) -> Answers:
    arn = attachment["policyArn"]
    pointed = stack.pointed(attachment, arn, _POLICIES)
    if pointed.sure:
        return [answer for policy in pointed.sure for answer in _writes(policy["policy"])]
    return [_pushes(arn)]


def _pushes(arn: Value) -> Answer:
    name = arn.text.rsplit("/", 1)[-1]
    return arn.unsure() if arn.unknown else arn.judged(name not in _PUSHES, f"is {name}, which may push images")


def _writes(document: Value) -> Answers:
    if document.absent:
        return [unsure("no document")]
    answers = []
    for statement in statements(document):
        for action in _WRITES:
            grants = statement.grants(action)
            answers.append(statement.value.judged(None if grants is None else not grants, f"allows {action}"))
    return answers
