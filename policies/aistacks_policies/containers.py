"""Kubernetes workloads: what their containers may do on the node."""

from __future__ import annotations

from .pods import WORKLOADS, containers, contexts, spec, windows
from .resource import Resource
from .rule import Severity, rule
from .values import PASS, Answers

_HIGH_UID = 10000


@rule(
    "pod-no-escalation",
    WORKLOADS,
    Severity.HIGH,
    "CKV_K8S_20",
    "CIS EKS 4.2.5",
    title="No container can gain privileges",
    fix="Set securityContext.allowPrivilegeEscalation to false in each container.",
)
def no_escalation(workload: Resource) -> Answers:
    """A program in the container can't get more rights than it started with, by setuid for example. Unset, it can."""
    if windows(workload):
        return [PASS]
    return [c["securityContext"]["allowPrivilegeEscalation"].or_else(True).must_be(False) for c in containers(workload)]


@rule(
    "pod-not-in-host",
    WORKLOADS,
    Severity.HIGH,
    "CKV_K8S_17",
    "CKV_K8S_18",
    "CKV_K8S_19",
    "CKV_K8S_26",
    "CIS EKS 4.2.2",
    "CIS EKS 4.2.3",
    "CIS EKS 4.2.4",
    title="Pods use no host namespaces or host ports",
    fix="Drop hostNetwork, hostPID, hostIPC and the ports' hostPort.",
)
def not_in_host(workload: Resource) -> Answers:
    """No pod is in the node's network or sees its processes, and none takes a port of the node."""
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        yield spec(workload)[key].or_else(False).must_be(False)
    for container in containers(workload):
        for port in container["ports"].each():
            yield port["hostPort"].or_else(0).must_be(0)


@rule(
    "pod-not-root",
    WORKLOADS,
    Severity.HIGH,
    "CKV_K8S_23",
    title="No container runs as root",
    fix="Set securityContext.runAsNonRoot to true for the pod.",
)
def not_root(workload: Resource) -> Answers:
    """Kubernetes refuses to start a container as root."""
    return [value.must_be(True) for value in contexts(workload, "runAsNonRoot")]


@rule(
    "pod-no-capabilities",
    WORKLOADS,
    Severity.MEDIUM,
    "CKV_K8S_25",
    "CKV_K8S_28",
    "CKV_K8S_37",
    title="Containers drop every capability",
    fix="Set securityContext.capabilities.drop to [ALL] in each container, and add at most NET_BIND_SERVICE.",
)
def no_capabilities(workload: Resource) -> Answers:
    """Of root's powers a container has none, but for binding a low port."""
    if windows(workload):
        return
    for container in containers(workload):
        capabilities = container["securityContext"]["capabilities"]
        yield capabilities["drop"].must_hold("ALL")
        for added in capabilities["add"].each():
            yield added.must_be("NET_BIND_SERVICE")


@rule(
    "pod-seccomp",
    WORKLOADS,
    Severity.MEDIUM,
    "CKV_K8S_31",
    title="Containers run under a seccomp profile",
    fix="Set securityContext.seccompProfile.type to RuntimeDefault for the pod.",
)
def seccomp(workload: Resource) -> Answers:
    """The runtime's seccomp profile, or one of the cluster's, filters system calls."""
    if windows(workload):
        return []
    return [value["type"].must_be("RuntimeDefault", "Localhost") for value in contexts(workload, "seccompProfile")]


@rule(
    "pod-high-uid",
    WORKLOADS,
    Severity.LOW,
    "CKV_K8S_40",
    title="Containers run with a UID of 10000 or more",
    fix="Set securityContext.runAsUser to 10000 or more for the pod.",
)
def high_uid(workload: Resource) -> Answers:
    """The user's number is 10000 or more, above those of the node's own users."""
    if windows(workload):
        return []
    return [value.must_be_at_least(_HIGH_UID) for value in contexts(workload, "runAsUser")]
