"""Node selectors and tolerations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s


@dataclass(frozen=True)
class Scheduling:
    """A pod's node selector and its tolerations (see `tolerate`)."""

    node_selector: Mapping[str, pulumi.Input[str]]
    tolerations: Sequence[k8s.core.v1.TolerationArgsDict]

    def values(self) -> dict[str, Any]:
        """``nodeSelector`` and ``tolerations`` as Helm values."""
        return {"nodeSelector": dict(self.node_selector), "tolerations": [dict(t) for t in self.tolerations]}


def tolerate(key: str, effect: str = "") -> k8s.core.v1.TolerationArgsDict:
    """A toleration for the taint ``key`` with any value; ``effect`` empty: for every effect."""
    found: k8s.core.v1.TolerationArgsDict = {"key": key, "operator": "Exists"}
    if effect:
        found["effect"] = effect
    return found
