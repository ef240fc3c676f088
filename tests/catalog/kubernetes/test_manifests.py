from __future__ import annotations

import base64

import pytest

from aistacks_catalog.kubernetes import manifests
from aistacks_core.property_values import UNKNOWN


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("kubernetes:core/v1:Namespace", ("v1", "Namespace")),
        ("kubernetes:apps/v1:DeploymentPatch", ("apps/v1", "Deployment")),
        ("kubernetes:rbac.authorization.k8s.io/v1:Role", ("rbac.authorization.k8s.io/v1", "Role")),
        ("kubernetes:karpenter.sh/v1:NodePool", ("karpenter.sh/v1", "NodePool")),
    ],
)
def test_a_token_tells_api_version_and_kind(token: str, expected: tuple[str, str]) -> None:
    assert manifests.api_version_and_kind(token) == expected


def test_string_data_of_a_secret_becomes_data() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "data": {"b": "Yg=="}, "stringData": {"a": "a"}}
    assert manifests.normalized(secret)["data"] == {"a": base64.b64encode(b"a").decode(), "b": "Yg=="}
    unknown = {**secret, "stringData": {"a": UNKNOWN}}
    assert manifests.normalized(unknown) == unknown


def test_read_only_metadata_is_dropped_from_inputs() -> None:
    props = {"metadata": {"name": "a", "uid": "1", "resourceVersion": "2", "labels": {}}}
    assert manifests.normalized(props) == {"metadata": {"name": "a", "labels": {}}}


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("kubernetes:apps/v1:DeploymentPatch", True),
        ("kubernetes:apps/v1:Deployment", False),
        # A kind of somebody's own may be called so.
        ("kubernetes:example.com/v1:Patch", False),
    ],
)
def test_a_token_tells_whether_it_patches_what_others_own(token: str, expected: bool) -> None:
    assert manifests.is_patch(token) is expected
