"""Network policies of a model server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from .server import Server

POD_IDENTITY_AGENT = "169.254.170.23/32"
INSTANCE_METADATA = "169.254.169.254/32"


@dataclass(frozen=True)
class Clients:
    """Clients that may send requests; without ``namespaces``, pods of the service's own namespace."""

    namespaces: Sequence[str]
    pod_labels: Mapping[str, str]
    cidrs: Sequence[str]

    def peers(self) -> list[pulumi.Input[k8s.networking.v1.NetworkPolicyPeerArgsDict]]:
        """The clients as NetworkPolicy peers. With ``cidrs`` only, pods of the service's own namespace are not
        included."""
        pods: k8s.meta.v1.LabelSelectorArgsDict = {"match_labels": dict(self.pod_labels)} if self.pod_labels else {}
        found: list[pulumi.Input[k8s.networking.v1.NetworkPolicyPeerArgsDict]] = [
            {**_namespace(namespace), "pod_selector": pods} if pods else _namespace(namespace)
            for namespace in self.namespaces
        ]
        if not self.namespaces and (self.pod_labels or not self.cidrs):
            found.append({"pod_selector": pods})
        for cidr in self.cidrs:
            found.append({"ip_block": {"cidr": cidr}})  # noqa: PERF401 - a comprehension loses the peer's type
        return found


def network_policy(
    server: Server,
    selector: dict[str, str],
    clients: Clients,
    monitoring: str,
    store_port: int,
) -> k8s.networking.v1.NetworkPolicySpecArgsDict:
    """Ingress: the serving ports from ``clients``, the metrics port from the namespace ``monitoring``.

    Egress: DNS, HTTPS and the model store's port, and the Pod Identity agent on the node.
    """
    ports = sorted({443, store_port})
    return {
        "pod_selector": {"match_labels": selector},
        "policy_types": ["Ingress", "Egress"],
        "ingress": [
            {"from_": clients.peers(), "ports": [_tcp(server.http_port), _tcp(server.grpc_port)]},
            {"from_": [_namespace(monitoring)], "ports": [_tcp(server.metrics_port)]},
        ],
        "egress": [
            {
                "to": [_namespace("kube-system")],
                "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
            },
            {
                # S3 has no fixed IP addresses.
                "to": [{"ip_block": {"cidr": "0.0.0.0/0", "except_": [INSTANCE_METADATA]}}],
                "ports": [_tcp(p) for p in ports],
            },
            {"to": [{"ip_block": {"cidr": POD_IDENTITY_AGENT}}], "ports": [_tcp(80)]},
        ],
    }


def deny_all() -> k8s.networking.v1.NetworkPolicySpecArgsDict:
    """Default deny: no ingress and no egress for pods of the namespace unless another policy allows it."""
    return {"pod_selector": {}, "policy_types": ["Ingress", "Egress"]}


def _namespace(name: str) -> k8s.networking.v1.NetworkPolicyPeerArgsDict:
    return {"namespace_selector": {"match_labels": {"kubernetes.io/metadata.name": name}}}


def _tcp(port: int) -> k8s.networking.v1.NetworkPolicyPortArgsDict:
    return {"port": port, "protocol": "TCP"}
