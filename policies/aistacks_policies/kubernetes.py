"""Kubernetes: namespaces, network policies and roles."""

from __future__ import annotations

from .pods import WORKLOADS, template
from .resource import Resource
from .rule import Severity, rule
from .stack import Stack, Types
from .values import Answers, Truth, Value, all_of, any_of

_NAMESPACES: Types = ("kubernetes:core/v1:Namespace",)
_POLICIES: Types = ("kubernetes:networking.k8s.io/v1:NetworkPolicy",)
_BINDINGS: Types = (
    "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
)
_ENFORCE = "pod-security.kubernetes.io/enforce"


@rule(
    "namespace-restricted",
    _NAMESPACES,
    Severity.HIGH,
    "Pod Security Standards: restricted",
    title="Namespaces enforce the restricted Pod Security Standard",
    fix="Label the namespace pod-security.kubernetes.io/enforce: restricted.",
)
def restricted(namespace: Resource) -> Answers:
    """Kubernetes itself refuses pods that are privileged, run as root or share the node, whoever makes them, charts
    included."""
    return [namespace["metadata"]["labels"][_ENFORCE].must_be("restricted")]


def _namespace(resource: Resource) -> Value:
    return resource["metadata"]["namespace"].or_else("default")


def _same(one: Value, other: Value) -> Truth:
    if one.unknown or other.unknown:
        return None
    return one.raw == other.raw or (None if one.symbolic or other.symbolic else False)


def _selects(policy: Resource, labels: Value) -> Truth:
    """Whether a network policy speaks of pods with these labels."""
    selector = policy["spec"]["podSelector"]
    if selector.unknown:
        return None
    wanted = [labels[key].equals(value.raw) for key, value in selector["matchLabels"].entries()]
    expressions = [None for _ in selector["matchExpressions"].each()]
    return all_of([*wanted, *expressions])


@rule(
    "pod-network-policy",
    WORKLOADS,
    Severity.MEDIUM,
    "CKV2_K8S_6",
    title="A NetworkPolicy selects each workload",
    fix="Add a NetworkPolicy to the namespace whose podSelector selects the pods.",
)
def network_policy(workload: Resource, stack: Stack) -> Answers:
    """A NetworkPolicy in the same namespace selects the workload's pods. Without one everything in the cluster reaches
    them."""
    labels = template(workload)["metadata"]["labels"]
    home = _namespace(workload)
    covered = any_of(
        all_of((_same(home, _namespace(policy)), _selects(policy, labels))) for policy in stack.of(_POLICIES)
    )
    return [Value(workload.props).judged(covered, "no NetworkPolicy selects its pods")]


@rule(
    "rbac-default-account",
    _BINDINGS,
    Severity.MEDIUM,
    "CIS EKS 4.1.5",
    title="Nothing is granted to a default service account",
    fix="Bind the role to a service account of its own.",
)
def default_account(binding: Resource) -> Answers:
    """No role is bound to a namespace's default service account, which every pod has that names none."""
    for subject in binding["subjects"].each():
        if subject["kind"].equals("ServiceAccount") is False:
            continue
        yield subject["name"].must_not_be("default")
