"""What the cluster and the services have to know of an environment's GPU pools."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aistacks import Accelerator, GpuSharing, PoolLabel
from aistacks.settings import Section
from aistacks_core.errors import UserError

if TYPE_CHECKING:
    from aistacks_settings import Environment


def static(pools: Mapping[str, Section]) -> bool:
    """Whether a pool has a fixed number of nodes, for which Karpenter needs a feature gate."""
    return any("replicas" in pool.stated for pool in pools.values())


def label(service: Section, pools: Mapping[str, Section]) -> PoolLabel:
    """The label by which a service selects its pool's nodes: the one of all of its NodePools, where it may have others
    than that of its name."""
    pool = pools.get(service.stated.get("pool", ""))
    several = pool is not None and ("capacity" in pool.stated or "replicas" in pool.stated)
    return PoolLabel.GPU_NODE_POOL if several else PoolLabel.NODE_POOL


def require_static(found: "Environment", where: str) -> None:
    """The cluster's Karpenter runs with the feature gate that a pool of a fixed number of nodes needs."""
    fixed = [name for name, pool in found.pools.items() if "replicas" in pool.stated]
    if fixed and found.cluster.stated.get("static_capacity") is False:
        expected = f"true, because the pool {fixed[0]} states replicas"
        raise UserError(f"{where}.cluster.static_capacity", "False", expected, "Leave it out.")


def require_shareable(found: "Environment", where: str) -> None:
    """A service asks for what a pool's nodes give: one part of a shared GPU, none of a pool for resource claims."""
    for name, service in found.services.items():
        pool = found.pools.get(service.stated.get("pool", ""))
        if pool is not None and pool["accelerator"] is Accelerator.NEURON:
            expected = "a pool of NVIDIA GPUs: the images that serve models have no runtime for Neuron"
            raise UserError(f"{where}.services.{name}.pool", repr(service.stated["pool"]), expected)
        way = GpuSharing(pool.stated["sharing"]["mode"]) if pool and "sharing" in pool.stated else GpuSharing.EXCLUSIVE
        most = {GpuSharing.EXCLUSIVE: None, GpuSharing.DRA: 0}.get(way, 1)
        if most is not None and service["gpus"] > most:
            expected = f"{most}, because the pool {service.stated['pool']} shares its GPUs by {way}"
            todo = (
                "Services ask for nvidia.com/gpu, not by claims."
                if most == 0
                else "A service of several wants another pool."
            )
            raise UserError(f"{where}.services.{name}.gpus", repr(service["gpus"]), expected, todo)
