"""Labels that every Kubernetes object of a component carries."""

from collections.abc import Mapping

PART_OF = "aistacks"

DOMAIN = "aistacks.io"
"""Of every label and annotation of our own. AWS's tag keys have a colon where Kubernetes has a domain
(``_aws.tags.COMPONENT_TAG``)."""
POOL = f"{DOMAIN}/pool"
"""Node label: the ``GpuNodePool`` that a node is of."""
NODES = f"{DOMAIN}/nodes"
"""Node label: what a node is for: ``system``, ``general``, ``inference`` or ``training``."""
CONFIG_DIGEST = f"{DOMAIN}/config-sha256"
"""Pod annotation: the configuration that the pod was started with."""

INFERENCE = {
    "app.kubernetes.io/component": "inference-server",
    "app.kubernetes.io/part-of": PART_OF,
}
"""By these `Monitoring` finds the pods of every `InferenceService`, in whatever namespace."""


def selector(app: str, instance: str) -> dict[str, str]:
    """The two labels by which a Deployment and a Service know their pods; they never change."""
    return {"app.kubernetes.io/name": app, "app.kubernetes.io/instance": instance}


def labels_for(app: str, instance: str, component: str, labels: Mapping[str, str]) -> dict[str, str]:
    """The caller's ``labels``, plus Kubernetes' recommended ones, which win over a caller's of the same key."""
    return {
        **labels,
        **selector(app, instance),
        "app.kubernetes.io/component": component,
        "app.kubernetes.io/part-of": PART_OF,
        "app.kubernetes.io/managed-by": "pulumi",
    }


def namespace_labels(level: str, labels: Mapping[str, str]) -> dict[str, str]:
    """The caller's ``labels`` and Pod Security admission at ``level`` (``restricted`` or ``privileged``)."""
    return {
        **labels,
        "app.kubernetes.io/part-of": PART_OF,
        "app.kubernetes.io/managed-by": "pulumi",
        "pod-security.kubernetes.io/enforce": level,
        "pod-security.kubernetes.io/warn": level,
        "pod-security.kubernetes.io/audit": level,
    }
