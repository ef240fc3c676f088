"""Objects of Kubernetes and Helm's releases are found by their names, on a real API server."""

from __future__ import annotations

import base64
import gzip
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes import config
from kubernetes.client import ApiClient, Configuration, CoreV1Api

from aistacks_core.errors import UserError
from aistacks_core.property_values import Props, strip_secrets
from aistacks_recovery.account import Account
from aistacks_recovery.deployment import Deployment, Resource
from aistacks_recovery.lookups import NoLookup, find
from aistacks_sandbox.providers import provider as providing
from aistacks_sandbox.providers.autoname import Naming
from aistacks_sandbox.providers.kubernetes.cluster import KUBECONFIG
from aistacks_sandbox.providers.kubernetes.provider import KubernetesProvider

NOTHING = Deployment((), ())
MAP = "kubernetes:core/v1:ConfigMap"
RELEASE = "kubernetes:helm.sh/v3:Release"
PROVIDER = "urn:pulumi:dev::project::pulumi:providers:kubernetes::cluster"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def core(kubeconfig: Path) -> Iterator[CoreV1Api]:
    settings = Configuration()
    config.load_kube_config(str(kubeconfig), client_configuration=settings)
    with ApiClient(settings) as api:
        yield CoreV1Api(api)
        api.rest_client.pool_manager.clear()


@pytest.fixture
def namespace(core: CoreV1Api) -> str:
    name = f"look-{next(_numbers)}"
    core.create_namespace({"metadata": {"name": name}})
    return name


@pytest.fixture
def account(kubeconfig: Path) -> Account:
    return Account("us-west-2", "http://127.0.0.1:9", str(kubeconfig))


def asked(token: str, inputs: Props, **more: Any) -> Resource:
    return Resource(f"urn:pulumi:dev::project::{token}::thing", token, inputs=inputs, **more)


def with_kubeconfig(kubeconfig: Any) -> Deployment:
    return Deployment(
        (Resource(PROVIDER, "pulumi:providers:kubernetes", id="1", inputs={"kubeconfig": kubeconfig}),), ()
    )


@pytest.mark.parametrize(
    ("token", "spec"),
    [
        (MAP, {"data": {"a": "b"}}),
        ("kubernetes:core/v1:Namespace", {}),
        ("kubernetes:apps/v1:Deployment", {"spec": None}),
        ("kubernetes:core/v1:Secret", {"stringData": {"a": "b"}}),
        ("kubernetes:networking.k8s.io/v1:NetworkPolicy", {"spec": {"podSelector": {}}}),
        ("kubernetes:storage.k8s.io/v1:StorageClass", {"provisioner": "ebs.csi.aws.com"}),
        ("kubernetes:policy/v1:PodDisruptionBudget", {"spec": {"maxUnavailable": 1}}),
    ],
)
def test_what_the_provider_made_is_found_by_its_inputs_alone(
    account: Account, kubeconfig: Path, namespace: str, token: str, spec: Props, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KUBECONFIG, str(kubeconfig))
    provider = KubernetesProvider(package="kubernetes", version="4.34.2")
    provider.configure({})
    if token.endswith(":Deployment"):
        pod = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "a", "image": "a:1"}]}}
        spec = {"spec": {"selector": {"matchLabels": {"a": "b"}}, "template": pod}}
    place = {} if token.endswith(("Namespace", "StorageClass")) else {"namespace": namespace}
    request = providing.Resource(f"urn:pulumi:dev::project::{token}::thing", token, "thing")
    inputs = strip_secrets(provider.check(request, None, {"metadata": place, **spec}, Naming("thing", b"seed")))
    plain = {key: value for key, value in inputs.items() if key not in ("data", "stringData")}
    assert find(asked(token, plain), account, NOTHING) == []
    created = provider.create(request, inputs, preview=False, timeout=0)
    found = find(asked(token, plain), account, NOTHING)
    assert [(each.id, each.certain) for each in found] == [(created.id, True)]
    known = Deployment((asked(token, plain, id=created.id),), ())
    assert find(asked(token, plain), account, known) == []
    provider.delete(request, created.id, inputs, created.outputs, timeout=30)
    assert find(asked(token, plain), account, NOTHING) == []


def test_somebody_elses_object_of_the_name_is_not_certain(account: Account, core: CoreV1Api, namespace: str) -> None:
    core.create_namespaced_config_map(namespace, {"metadata": {"name": "theirs"}}, field_manager="kubectl")
    found = find(asked(MAP, {"metadata": {"name": "theirs", "namespace": namespace}}), account, NOTHING)
    assert [(each.id, each.certain, each.shown) for each in found] == [
        (f"{namespace}/theirs", False, f"ConfigMap/{namespace}/theirs")
    ]


def test_a_kind_that_is_not_served_was_not_made(account: Account) -> None:
    token = "kubernetes:karpenter.sh/v9:NodePool"
    assert find(asked(token, {"metadata": {"name": "pool"}}), account, NOTHING) == []


def test_the_providers_kubeconfig_and_namespace_count(core: CoreV1Api, kubeconfig: Path, namespace: str) -> None:
    made = {"metadata": {"name": "here"}, "data": {"a": "b"}}
    core.create_namespaced_config_map(namespace, made, field_manager="pulumi-kubernetes-1")
    wanted = asked(MAP, {"metadata": {"name": "here"}}, provider=f"{PROVIDER}::1")
    told = {**SECRET, "plaintext": json.dumps(kubeconfig.read_text(encoding="utf-8"))}
    for given in (str(kubeconfig), kubeconfig.read_text(encoding="utf-8"), told):
        state = with_kubeconfig(given)
        state.resources[0].inputs["namespace"] = namespace  # type: ignore[index]
        assert [each.id for each in find(wanted, Account("us-west-2"), state)] == [f"{namespace}/here"]
        assert [each.certain for each in find(wanted, Account("us-west-2"), state)] == [True]


def test_without_its_cluster_nobody_can_tell() -> None:
    wanted = asked(MAP, {"metadata": {"name": "here"}}, provider=f"{PROVIDER}::1")
    with pytest.raises(NoLookup, match="cluster's kubeconfig is encrypted"):
        find(wanted, Account("us-west-2"), with_kubeconfig({**SECRET, "ciphertext": "v1:abc"}))
    with pytest.raises(NoLookup, match=r"metadata\.name"):
        find(asked(MAP, {"metadata": {}}), Account("us-west-2", None, "unread"), NOTHING)
    with pytest.raises(UserError, match="kubeconfig"):
        find(wanted, Account("us-west-2"), with_kubeconfig("/nowhere/kubeconfig"))


def test_a_patch_makes_nothing_of_its_own(account: Account) -> None:
    assert find(asked("kubernetes:core/v1:NamespacePatch", {"metadata": {"name": "default"}}), account, NOTHING) == []


def note(core: CoreV1Api, namespace: str, version: int, status: str, chart: str = "karpenter") -> None:
    """Helm's note of a release, as its driver for secrets writes it."""
    release = gzip.compress(json.dumps({"name": "web", "chart": {"metadata": {"name": chart}}}).encode())
    core.create_namespaced_secret(
        namespace,
        {
            "metadata": {
                "name": f"sh.helm.release.v1.web.v{version}",
                "labels": {"owner": "helm", "name": "web", "status": status, "version": str(version)},
            },
            "type": "helm.sh/release.v1",
            "data": {"release": base64.b64encode(base64.b64encode(release)).decode()},
        },
    )


@pytest.mark.parametrize(
    ("statuses", "chart", "found"),
    [
        (["deployed"], "karpenter", [True]),
        (["failed"], "karpenter", [True]),
        (["deployed"], "another", [False]),
        (["pending-install"], "karpenter", [False]),
        (["superseded", "pending-upgrade"], "karpenter", [False]),
        ([*["superseded"] * 9, "deployed"], "karpenter", [True]),
        (["uninstalling"], "karpenter", []),
        ([], "karpenter", []),
    ],
)
def test_a_release_is_what_helm_notes_of_it(
    core: CoreV1Api, kubeconfig: Path, namespace: str, statuses: list[str], chart: str, found: list[bool]
) -> None:
    for version, status in enumerate(statuses, 1):
        note(core, namespace, version, status, chart)
    inputs = {"name": "web", "namespace": namespace, "chart": "oci://public.ecr.aws/karpenter/karpenter"}
    wanted = asked(RELEASE, inputs, provider=f"{PROVIDER}::1")
    answer = find(wanted, Account("us-west-2"), with_kubeconfig(str(kubeconfig)))
    assert [each.certain for each in answer] == found
    assert all(each.id == f"{namespace}/web" for each in answer)
    if statuses and statuses[-1].startswith("pending"):
        assert f"helm uninstall web --namespace {namespace}" in answer[0].note


def test_the_sandbox_has_no_releases(account: Account) -> None:
    assert find(asked(RELEASE, {"name": "web", "namespace": "default", "chart": "a"}), account, NOTHING) == []
