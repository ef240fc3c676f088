"""Which nodes a pod may run on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi


@dataclass(frozen=True)
class Scheduling:
    """Labels that a node must have, and keys of the taints that are tolerated whatever their value and effect."""

    node_selector: Mapping[str, pulumi.Input[str]]
    tolerated_taints: Sequence[str]

    def values(self) -> dict[str, Any]:
        """``nodeSelector`` and ``tolerations``, as Kubernetes and every Helm chart here call them."""
        return {
            "nodeSelector": dict(self.node_selector),
            "tolerations": [{"key": key, "operator": "Exists"} for key in self.tolerated_taints],
        }
