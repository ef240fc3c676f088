"""Labels and tags of nodes: what Karpenter and the kubelet refuse, found before either is asked.

Karpenter 1.14.3, `pkg/apis/crds` and `pkg/utils/utils.go`; Kubernetes 1.35, `--node-labels` of the kubelet; both read
2026-11-30.
"""

from collections.abc import Mapping
from typing import Any

from .._arguments import wrong

# Karpenter refuses these on its own EC2NodeClass; it sets them itself.
_RESERVED_TAGS = (
    "eks:eks-cluster-name",
    "karpenter.sh/nodepool",
    "karpenter.sh/nodeclaim",
    "karpenter.k8s.aws/ec2nodeclass",
    "kubernetes.io/cluster",
)
_MOST_TAGS = 43
"""Of the 50 that an instance may have, two are the library's and five Karpenter's."""
_RESERVED_LABELS = ("karpenter.sh", "karpenter.k8s.aws")
_KUBELET = ("kubernetes.io", "k8s.io")
_KUBELETS_OWN = ("kubelet.kubernetes.io", "node.kubernetes.io")


def validate(name: str, a: Mapping[str, Any], kind: type) -> None:
    """Raise ``UserError`` for the first of ``tags`` and ``labels`` that a pool's nodes can't have."""
    for i, tag in enumerate(a["tags"]):
        if tag.startswith(_RESERVED_TAGS):
            raise wrong(name, kind, f"tags.{tag}", tag, f"none of {', '.join(_RESERVED_TAGS)}", "Karpenter sets it.")
        if i >= _MOST_TAGS:
            raise wrong(name, kind, f"tags.{tag}", tag, f"{_MOST_TAGS} tags at most", "Karpenter adds its own.")
    for label in a["labels"]:
        if label.split("/")[0].endswith(_RESERVED_LABELS) or label == "kubernetes.io/hostname":
            raise wrong(name, kind, f"labels.{label}", label, "a label that isn't Karpenter's own")


def of_managed_nodes(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels that nodes of an EKS node group can have: its kubelets start with no others of Kubernetes' domains,
    and never join. Karpenter leaves the same ones out by itself."""
    return {key: value for key, value in labels.items() if not _is_refused_by_kubelet(key)}


def _is_refused_by_kubelet(key: str) -> bool:
    domain, slash, _ = key.rpartition("/")
    return bool(slash) and _in(domain, _KUBELET) and not _in(domain, _KUBELETS_OWN)


def _in(domain: str, domains: tuple[str, ...]) -> bool:
    return any(domain == one or domain.endswith(f".{one}") for one in domains)
