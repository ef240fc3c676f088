from __future__ import annotations

from aistacks_catalog.kubernetes import helm_releases

RELEASE = {"name": "karpenter", "namespace": "kube-system", "chart": "karpenter", "version": "1.0.0"}


def test_a_release_is_replaced_with_its_name_or_namespace_and_else_upgraded() -> None:
    assert helm_releases.changes(RELEASE, {**RELEASE, "version": "1.1.0"}).replaces == frozenset()
    for key in ("name", "namespace"):
        assert helm_releases.changes(RELEASE, {**RELEASE, key: "other"}).replaces == {key}
