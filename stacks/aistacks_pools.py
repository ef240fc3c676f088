"""What the cluster and the services have to know of an environment's GPU pools."""

from collections.abc import Mapping

from aistacks import PoolLabel
from aistacks.settings import Section


def static(pools: Mapping[str, Section]) -> bool:
    """Whether a pool has a fixed number of nodes, for which Karpenter needs a feature gate."""
    return any("replicas" in pool.stated for pool in pools.values())


def label(service: Section, pools: Mapping[str, Section]) -> PoolLabel:
    """The label by which a service selects its pool's nodes: the one of all of its NodePools, where it may have others
    than that of its name."""
    pool = pools.get(service.stated.get("pool", ""))
    several = pool is not None and ("capacity" in pool.stated or "replicas" in pool.stated)
    return PoolLabel.GPU_NODE_POOL if several else PoolLabel.NODE_POOL
