"""Who may talk to a model server, and to whom it may talk."""

import pulumi
import pulumi_kubernetes as k8s

from .server import Server

POD_IDENTITY_AGENT = "169.254.170.23/32"
INSTANCE_METADATA = "169.254.169.254/32"


def network_policy(
    server: Server,
    selector: dict[str, str],
    clients: list[str],
    monitoring: str,
    store_port: int,
) -> k8s.networking.v1.NetworkPolicySpecArgsDict:
    """In: the serving ports from ``clients`` (namespaces; none: the own one), metrics from ``monitoring``.

    Out: DNS, HTTPS and the model store's port, and the Pod Identity agent on the node.
    """
    callers: list[pulumi.Input[k8s.networking.v1.NetworkPolicyPeerArgsDict]] = [_namespace(c) for c in clients] or [
        {"pod_selector": {}}
    ]
    ports = sorted({443, store_port})
    return {
        "pod_selector": {"match_labels": selector},
        "policy_types": ["Ingress", "Egress"],
        "ingress": [
            {"from_": callers, "ports": [_tcp(server.http_port), _tcp(server.grpc_port)]},
            {"from_": [_namespace(monitoring)], "ports": [_tcp(server.metrics_port)]},
        ],
        "egress": [
            {
                "to": [_namespace("kube-system")],
                "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
            },
            {
                # S3 has no fixed addresses.
                "to": [{"ip_block": {"cidr": "0.0.0.0/0", "except_": [INSTANCE_METADATA]}}],
                "ports": [_tcp(p) for p in ports],
            },
            {"to": [{"ip_block": {"cidr": POD_IDENTITY_AGENT}}], "ports": [_tcp(80)]},
        ],
    }


def deny_all() -> k8s.networking.v1.NetworkPolicySpecArgsDict:
    """Nothing in, nothing out, for every pod of a namespace that no other policy names."""
    return {"pod_selector": {}, "policy_types": ["Ingress", "Egress"]}


def _namespace(name: str) -> k8s.networking.v1.NetworkPolicyPeerArgsDict:
    return {"namespace_selector": {"match_labels": {"kubernetes.io/metadata.name": name}}}


def _tcp(port: int) -> k8s.networking.v1.NetworkPolicyPortArgsDict:
    return {"port": port, "protocol": "TCP"}
