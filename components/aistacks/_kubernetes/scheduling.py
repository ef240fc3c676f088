"""Which nodes a pod may run on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s


@dataclass(frozen=True)
class Scheduling:
    """Labels that a node must have, and the taints that are tolerated (see `tolerate`)."""

    node_selector: Mapping[str, pulumi.Input[str]]
    tolerations: Sequence[k8s.core.v1.TolerationArgsDict]

    def values(self) -> dict[str, Any]:
        """``nodeSelector`` and ``tolerations``, as every Helm chart here calls them."""
        return {"nodeSelector": dict(self.node_selector), "tolerations": [dict(t) for t in self.tolerations]}


def tolerate(key: str, effect: str = "") -> k8s.core.v1.TolerationArgsDict:
    """A toleration of the taint ``key``, whatever its value; of every effect unless one is given."""
    found: k8s.core.v1.TolerationArgsDict = {"key": key, "operator": "Exists"}
    if effect:
        found["effect"] = effect
    return found
