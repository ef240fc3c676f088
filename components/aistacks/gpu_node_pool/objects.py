"""Specs of the pool's EC2NodeClasses and NodePools."""

from collections.abc import Mapping, Sequence
from typing import Any

from .._aws.tags import node_tags_for
from .._kubernetes.bottlerocket import user_data
from .._kubernetes.karpenter import Lifetime, linux, node_class, node_pool, one_of
from .._kubernetes.labels import NODES, POOL
from .accelerator import labels, resource
from .disks import volumes
from .efa import interfaces
from .ladder import Step
from .sharing_checks import gpus_per_node

RESERVATION_TYPE = "karpenter.k8s.aws/capacity-reservation-type"
_SPARE = 1
"""Nodes of a static pool beyond its replicas. Karpenter replaces a drifted one only within ``limits.nodes``
(kubernetes-sigs/karpenter at 2266468, pkg/controllers/disruption/staticdrift.go, read 2026-11-30)."""


def class_spec(
    name: str, a: Mapping[str, Any], terms: Sequence[Mapping[str, object]], settings: Mapping[str, Any]
) -> dict[str, object]:
    """An EC2NodeClass that selects the reservations of ``terms``; none if it is empty. ``settings``: Bottlerocket's."""
    spec = node_class(
        a["cluster_name"],
        a["node_role_name"],
        a["data_volume_gib"],
        node_tags_for(f"GpuNodePool/{name}", name, a["tags"]),
        a.get("node_instance_profile_name"),
    )
    if terms:
        spec["capacityReservationSelectorTerms"] = [dict(term) for term in terms]
    spec["blockDeviceMappings"] = volumes(a, spec["blockDeviceMappings"])
    if settings:
        spec["userData"] = user_data(settings)
    if fabric := interfaces(a):
        spec["networkInterfaces"] = fabric
    if "placement_group_name" in a:
        spec["placementGroupSelector"] = {"name": a["placement_group_name"]}
    return spec


def pool_spec(name: str, a: Mapping[str, Any], step: Step, arch: str | None, lifetime: Lifetime) -> dict[str, object]:
    """The NodePool of one step."""
    requirements = [
        *linux(arch),
        one_of("karpenter.sh/capacity-type", [c.value for c in step.capacity_types]),
        one_of("node.kubernetes.io/instance-type", step.instance_types),
    ]
    if step.zones is not None:
        requirements.append(one_of("topology.kubernetes.io/zone", step.zones))
    if step.reservation_type:
        requirements.append(one_of(RESERVATION_TYPE, [step.reservation_type]))
    static = a.get("replicas")
    spec = node_pool(
        f"{name}{step.class_role}",
        requirements,
        limits=_limits(a, step),
        labels={
            **a["labels"],
            POOL: name,
            NODES: a["purpose"].value,
            **labels(a),
        },
        taints=[{"key": resource(a), "value": "true", "effect": "NoSchedule"}],
        lifetime=lifetime,
    )
    if static is not None:
        return {**spec, "replicas": static}
    return {**spec, "weight": step.weight} if step.weight else spec


def _limits(a: Mapping[str, Any], step: Step) -> dict[str, str]:
    if "replicas" in a:
        return {"nodes": str(a["replicas"] + _SPARE)}
    shared = gpus_per_node(a)
    return {resource(a): str(step.max_gpus)} if shared is None else {"nodes": str(step.max_gpus // shared)}
