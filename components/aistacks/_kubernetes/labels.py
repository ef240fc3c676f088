"""Labels of every Kubernetes object of a component."""

from collections.abc import Mapping

PART_OF = "aistacks"

DOMAIN = "aistacks.io"
"""Prefix of this library's labels and annotations. AWS tag keys use ``aistacks:`` instead
(``_aws.tags.COMPONENT_TAG``)."""
POOL = f"{DOMAIN}/pool"
"""Node label: the ``GpuNodePool`` that a node belongs to."""
NODES = f"{DOMAIN}/nodes"
"""Node label: the node's purpose, ``system``, ``general``, ``inference`` or ``training``."""
CONFIG_DIGEST = f"{DOMAIN}/config-sha256"
"""Pod annotation: SHA-256 of the pod's configuration; a change rolls the pods."""

INFERENCE = {
    "app.kubernetes.io/component": "inference-server",
    "app.kubernetes.io/part-of": PART_OF,
}
"""Labels by which `Monitoring` selects the pods of every `InferenceService`, in any namespace."""


def selector(app: str, instance: str) -> dict[str, str]:
    """The selector of a Deployment and its Service. A Deployment's selector is immutable."""
    return {"app.kubernetes.io/name": app, "app.kubernetes.io/instance": instance}


def labels_for(app: str, instance: str, component: str, labels: Mapping[str, str]) -> dict[str, str]:
    """The caller's ``labels`` plus Kubernetes' recommended labels, which take precedence."""
    return {
        **labels,
        **selector(app, instance),
        "app.kubernetes.io/component": component,
        "app.kubernetes.io/part-of": PART_OF,
        "app.kubernetes.io/managed-by": "pulumi",
    }


def namespace_labels(level: str, labels: Mapping[str, str]) -> dict[str, str]:
    """The caller's ``labels`` plus Pod Security admission labels for ``level`` (``restricted`` or ``privileged``)."""
    return {
        **labels,
        "app.kubernetes.io/part-of": PART_OF,
        "app.kubernetes.io/managed-by": "pulumi",
        "pod-security.kubernetes.io/enforce": level,
        "pod-security.kubernetes.io/warn": level,
        "pod-security.kubernetes.io/audit": level,
    }
