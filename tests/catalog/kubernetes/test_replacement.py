from __future__ import annotations

from typing import Any

import pytest

from aistacks_catalog.kubernetes.replacement import forces, properties


@pytest.mark.parametrize(
    ("api_version", "kind", "path", "value", "expected"),
    [
        ("apps/v1", "Deployment", "spec.selector.matchLabels.app", "x", True),
        ("apps/v1", "Deployment", "spec.selector", {}, True),
        ("apps/v1", "Deployment", "spec.replicas", 2, False),
        ("apps/v1", "Deployment", "spec", {"selector": {"matchLabels": {}}}, True),
        ("apps/v1", "Deployment", "spec", {"replicas": 1}, False),
        ("apps/v1", "StatefulSet", "spec.volumeClaimTemplates[0].metadata.name", "x", True),
        ("apps/v1", "StatefulSet", "spec.replicas", 2, False),
        ("batch/v1", "Job", "spec.template.spec.containers[0].image", "x", True),
        ("batch/v1", "Job", "spec.ttlSecondsAfterFinished", 1, False),
        ("v1", "Pod", "spec.containers[3].image", "x", True),
        ("v1", "Pod", "spec.activeDeadlineSeconds", 1, False),
        ("v1", "Service", "spec.clusterIP", "None", True),
        ("v1", "Service", "spec.type", "NodePort", False),
        ("v1", "PersistentVolumeClaim", "spec.storageClassName", "x", True),
        ("v1", "PersistentVolumeClaim", "spec.resources.requests.storage", "2Gi", False),
        ("storage.k8s.io/v1", "StorageClass", "parameters.type", "gp3", True),
        ("rbac.authorization.k8s.io/v1", "RoleBinding", "roleRef.name", "x", True),
        ("policy/v1", "PodDisruptionBudget", "spec.minAvailable", 1, False),
        ("policy/v1beta1", "PodDisruptionBudget", "spec.minAvailable", 1, True),
        ("karpenter.sh/v1", "NodePool", "metadata.name", "x", True),
        ("karpenter.sh/v1", "NodePool", "spec.selector", "x", False),
        ("v1", "ConfigMap", 'data["a.b"]', "x", True),
        ("v1", "ConfigMap", "metadata.labels.a", "x", False),
        ("v1", "Secret", "data.password", "x", True),
    ],
)
def test_what_the_real_provider_replaces(api_version: str, kind: str, path: str, value: Any, expected: bool) -> None:
    forced = properties({"apiVersion": api_version, "kind": kind}, {})
    assert forces(path, value, forced) is expected


def test_config_maps_are_updated_where_the_provider_says_so_and_they_are_not_immutable() -> None:
    manifest = {"apiVersion": "v1", "kind": "ConfigMap"}
    mutable = {"enableConfigMapMutable": True}
    assert not forces("data.a", "x", properties(manifest, mutable))
    assert forces("data.a", "x", properties({**manifest, "immutable": True}, mutable))


def test_a_mutable_secret_is_still_replaced_with_its_type() -> None:
    forced = properties({"apiVersion": "v1", "kind": "Secret"}, {"enableSecretMutable": True})
    assert forces("type", "x", forced)
    assert not forces("data.a", "x", forced)


def test_a_patch_is_replaced_only_with_what_it_patches() -> None:
    forced = properties({"apiVersion": "apps/v1", "kind": "Deployment"}, {}, patch=True)
    assert forced == {"metadata.name", "metadata.namespace"}
