# ruff: noqa: A002
"""The provider's own calls against a real API server."""

from __future__ import annotations

import base64
import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client import CoreV1Api

from aistacks_catalog.kubernetes import helm_releases
from aistacks_core.property_values import UNKNOWN, Props, Secret, contains_unknown, strip_secrets
from aistacks_sandbox.providers.autoname import Naming
from aistacks_sandbox.providers.failures import CheckError, ProviderError
from aistacks_sandbox.providers.kubernetes import waiting
from aistacks_sandbox.providers.kubernetes.cluster import ApiError, UnknownKindError
from aistacks_sandbox.providers.kubernetes.provider import KubernetesProvider
from aistacks_sandbox.providers.provider import Created, Resource

_groups = itertools.count(1)
POD = {"containers": [{"name": "main", "image": "main:1"}]}


@dataclass
class Warnings:
    lines: list[str] = field(default_factory=list)

    def warn(self, message: str, urn: str = "") -> None:
        self.lines.append(message)

    def info(self, message: str, urn: str = "") -> None:
        self.lines.append(message)


@dataclass
class Driver:
    """What the engine does around a provider's calls: check first, secrets stripped."""

    provider: KubernetesProvider
    namespace: str

    def resource(self, type: str, name: str = "thing") -> Resource:
        return Resource(f"urn:pulumi:dev::p::kubernetes:{type}::{name}", f"kubernetes:{type}", name)

    def check(self, type: str, props: Props, old: Props | None = None) -> Props:
        checked = self.provider.check(self.resource(type), old, props, Naming("thing", b"seed"))
        plain: Props = strip_secrets(checked)
        return plain

    def create(self, type: str, props: Props, *, preview: bool = False) -> tuple[Created, Props]:
        inputs = self.check(type, props)
        return self.provider.create(self.resource(type), inputs, preview=preview, timeout=0), inputs

    def delete(self, type: str, made: Created, inputs: Props, timeout: float = 0) -> None:
        state = strip_secrets(made.outputs)
        self.provider.delete(self.resource(type), made.id, inputs, state, timeout=timeout)


@pytest.fixture
def driver(kubeconfig: Path, namespace: str, monkeypatch: pytest.MonkeyPatch) -> Driver:
    monkeypatch.setenv("AISTACKS_SANDBOX_KUBECONFIG", str(kubeconfig))
    provider = KubernetesProvider("kubernetes", "4.0.0", host=Warnings())
    provider.configure({"namespace": namespace, "kubeconfig": "{}"})
    return Driver(provider, namespace)


@pytest.fixture
def definition(driver: Driver) -> Iterator[Props]:
    group = f"g{next(_groups)}.example.com"
    spec = {
        "group": group,
        "scope": "Namespaced",
        "names": {"kind": "Widget", "plural": "widgets", "singular": "widget"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x_kubernetes_preserve_unknown_fields": True}},
            }
        ],
    }
    yield {"metadata": {"name": f"widgets.{group}"}, "spec": spec}


def test_a_created_object_is_what_the_server_made_of_it(driver: Driver) -> None:
    made, _ = driver.create("core/v1:Service", {"spec": {"ports": [{"port": 80}], "selector": {"a": "b"}}})
    namespace, _, name = made.id.partition("/")
    assert namespace == driver.namespace
    assert name.startswith("thing-")
    assert made.outputs["spec"]["type"] == "ClusterIP"
    assert made.outputs["spec"]["clusterIP"].startswith("10.")
    assert made.outputs["__aistacks"] == "created"


def test_the_provider_s_namespace_is_for_namespaced_kinds_only(driver: Driver) -> None:
    assert driver.check("core/v1:ConfigMap", {})["metadata"]["namespace"] == driver.namespace
    assert "namespace" not in driver.check("rbac.authorization.k8s.io/v1:ClusterRole", {})["metadata"]
    other = driver.check("core/v1:ConfigMap", {"metadata": {"namespace": "other"}})
    assert other["metadata"]["namespace"] == "other"


def test_a_preview_gives_the_server_s_defaults_and_unknown_identities(driver: Driver, core: CoreV1Api) -> None:
    preview, _ = driver.create("core/v1:Service", {"spec": {"ports": [{"port": 80}]}}, preview=True)
    assert preview.id == ""
    assert preview.outputs["spec"]["type"] == "ClusterIP"
    assert preview.outputs["spec"]["clusterIP"] is UNKNOWN
    assert preview.outputs["metadata"]["uid"] is UNKNOWN
    assert "status" not in preview.outputs
    assert not core.list_namespaced_service(driver.namespace).items


def test_the_preview_of_an_update_is_known_whole(driver: Driver) -> None:
    resource = driver.resource("core/v1:Service")
    made, old = driver.create("core/v1:Service", {"spec": {"ports": [{"port": 80}]}})
    new = {**old, "metadata": {**old["metadata"], "labels": {"a": "b"}}}
    seen = driver.provider.update(resource, made.id, old, made.outputs, new, preview=True, timeout=0)
    assert seen["metadata"]["labels"] == {"a": "b"}
    assert seen["metadata"]["uid"] == made.outputs["metadata"]["uid"]
    assert not contains_unknown(seen)


@pytest.mark.parametrize(
    ("type", "props"),
    [
        ("core/v1:ConfigMap", {"data": {"a": UNKNOWN}}),
        ("core/v1:ConfigMap", {"metadata": {"namespace": "not-made-yet"}, "data": {"a": "b"}}),
        ("nobody.example.com/v1:Thing", {"spec": {"a": 1}}),
    ],
)
def test_a_preview_accepts_what_the_server_can_not_judge_yet(driver: Driver, type: str, props: Props) -> None:
    preview, inputs = driver.create(type, props, preview=True)
    assert {key: preview.outputs[key] for key in inputs} == inputs


def test_a_preview_refuses_what_the_server_would_refuse(driver: Driver) -> None:
    with pytest.raises(ApiError, match=r"spec\.replicas: Invalid value") as failure:
        driver.create("apps/v1:Deployment", deployment(replicas=-1), preview=True)
    assert failure.value.code == 422


def deployment(**spec: Any) -> Props:
    labels = {"app": "a"}
    template = {"metadata": {"labels": labels}, "spec": POD}
    return {"spec": {"selector": {"matchLabels": labels}, "template": template, **spec}}


def test_an_unknown_field_is_named(driver: Driver) -> None:
    with pytest.raises(ApiError, match=r"spec\.replicos: field not declared in schema"):
        driver.create("apps/v1:Deployment", deployment(replicos=1))


def test_a_kind_that_is_not_served_is_named(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "ORDERING_SECONDS", 0.2)
    with pytest.raises(UnknownKindError, match=r"nobody\.example\.com/v1 Thing.*CustomResourceDefinition"):
        driver.create("nobody.example.com/v1:Thing", {})


def test_a_definition_is_ready_for_its_objects_once_it_is_made(driver: Driver, definition: Props) -> None:
    made, inputs = driver.create("apiextensions.k8s.io/v1:CustomResourceDefinition", definition)
    widget, widget_inputs = driver.create(f"{definition['spec']['group']}/v1:Widget", {"spec": {"any": [1]}})
    assert widget.outputs["spec"] == {"any": [1]}
    driver.delete("apiextensions.k8s.io/v1:CustomResourceDefinition", made, inputs)
    driver.delete(f"{definition['spec']['group']}/v1:Widget", widget, widget_inputs)


def test_secrets_are_sent_encoded_and_hidden(driver: Driver, core: CoreV1Api) -> None:
    made, inputs = driver.create("core/v1:Secret", {"stringData": {"password": "hunter2"}})
    encoded = base64.b64encode(b"hunter2").decode()
    assert inputs["data"] == {"password": encoded}
    assert made.outputs["data"] == Secret({"password": encoded})
    assert core.read_namespaced_secret(made.id.split("/")[1], driver.namespace).data == {"password": encoded}


def test_an_object_of_somebody_else_is_not_taken_over(driver: Driver, core: CoreV1Api) -> None:
    core.create_namespaced_config_map(driver.namespace, {"metadata": {"name": "theirs"}, "data": {"a": "1"}})
    props = {"metadata": {"name": "theirs"}, "data": {"a": "2"}}
    with pytest.raises(ProviderError, match=f"ConfigMap {driver.namespace}/theirs already exists; import it"):
        driver.create("core/v1:ConfigMap", props)
    driver.provider.switches["upsertExistingObjects"] = True
    with pytest.raises(ProviderError, match=r"another field manager owns \.data\.a .*patchForce") as failure:
        driver.create("core/v1:ConfigMap", props)
    assert "\n" not in str(failure.value)
    props["metadata"]["annotations"] = {"pulumi.com/patchForce": "true"}
    made, _ = driver.create("core/v1:ConfigMap", props)
    assert made.outputs["data"] == {"a": "2"}


def test_what_a_killed_run_had_made_already_is_made_its_own(driver: Driver) -> None:
    first, _ = driver.create("core/v1:ConfigMap", {"metadata": {"name": "mine"}, "data": {"a": "1"}})
    second, _ = driver.create("core/v1:ConfigMap", {"metadata": {"name": "mine"}, "data": {"a": "2"}})
    assert second.outputs["metadata"]["uid"] == first.outputs["metadata"]["uid"]
    assert second.outputs["data"] == {"a": "2"}


def test_a_namesake_that_is_going_is_waited_for(driver: Driver, core: CoreV1Api) -> None:
    first, _ = driver.create("core/v1:Namespace", {"metadata": {"name": f"{driver.namespace}-again"}})
    core.delete_namespace(first.id)
    second, inputs = driver.create("core/v1:Namespace", {"metadata": {"name": first.id}})
    assert second.outputs["metadata"]["uid"] != first.outputs["metadata"]["uid"]
    driver.delete("core/v1:Namespace", second, inputs)


def test_a_patch_changes_its_fields_and_gives_them_back(driver: Driver, core: CoreV1Api) -> None:
    core.create_namespaced_config_map(driver.namespace, {"metadata": {"name": "theirs"}, "data": {"a": "1"}})
    made, inputs = driver.create("core/v1:ConfigMapPatch", {"metadata": {"name": "theirs"}, "data": {"b": "2"}})
    assert core.read_namespaced_config_map("theirs", driver.namespace).data == {"a": "1", "b": "2"}
    driver.delete("core/v1:ConfigMapPatch", made, inputs)
    assert core.read_namespaced_config_map("theirs", driver.namespace).data == {"a": "1"}


def test_a_field_that_the_program_drops_is_removed(driver: Driver) -> None:
    made, old = driver.create("core/v1:ConfigMap", {"metadata": {"labels": {"a": "1", "b": "2"}}})
    new = driver.check("core/v1:ConfigMap", {"metadata": {"labels": {"a": "1"}}}, old)
    resource = driver.resource("core/v1:ConfigMap")
    outputs = driver.provider.update(resource, made.id, old, made.outputs, new, preview=False, timeout=0)
    assert outputs["metadata"]["labels"] == {"a": "1"}


def test_a_replacement_under_the_same_name_deletes_first(driver: Driver) -> None:
    resource = driver.resource("core/v1:ConfigMap")
    named = [driver.check("core/v1:ConfigMap", {"metadata": {"name": "n"}, "data": {"a": x}}) for x in "12"]
    diff = driver.provider.diff(resource, f"{driver.namespace}/n", named[0], {}, named[1])
    assert diff.replaces == {"data.a"}
    assert diff.delete_first
    first = driver.check("core/v1:ConfigMap", {"data": {"a": "1"}})
    second = driver.check("core/v1:ConfigMap", {"data": {"a": "2"}}, first)
    identifier = f"{driver.namespace}/{first['metadata']['name']}"
    diff = driver.provider.diff(resource, identifier, first, {}, second)
    assert diff.replaces == {"data.a"}
    assert not diff.delete_first


def test_leaving_the_default_namespace_out_is_no_change(driver: Driver) -> None:
    driver.provider.namespace = ""
    resource = driver.resource("core/v1:ConfigMap")
    spelled = driver.check("core/v1:ConfigMap", {"metadata": {"name": "n", "namespace": "default"}})
    silent = driver.check("core/v1:ConfigMap", {"metadata": {"name": "n"}})
    assert not driver.provider.diff(resource, "default/n", spelled, {}, silent).changes


def test_a_read_finds_drift_and_absence(driver: Driver, core: CoreV1Api) -> None:
    made, inputs = driver.create("apps/v1:Deployment", deployment(replicas=1))
    resource, state = driver.resource("apps/v1:Deployment"), made.outputs
    same = driver.provider.read(resource, made.id, inputs, state)
    assert same is not None
    assert same.inputs == inputs
    live = strip_secrets(same.outputs)
    driver.provider.cluster.apply(
        driver.provider.cluster.expect("apps/v1", "Deployment"),
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": live["metadata"]["name"], "namespace": driver.namespace},
            "spec": {"replicas": 3},
        },
        "somebody",
        force=True,
    )
    moved = driver.provider.read(resource, made.id, inputs, state)
    assert moved is not None
    assert moved.inputs == {**inputs, "spec": {**inputs["spec"], "replicas": 3}}
    driver.delete("apps/v1:Deployment", made, inputs)
    assert driver.provider.read(resource, made.id, inputs, state) is None


def test_an_import_gives_inputs_that_make_the_object(driver: Driver, core: CoreV1Api) -> None:
    body = {"metadata": {"name": "theirs", "labels": {"a": "b"}}, "data": {"a": "1"}}
    core.create_namespaced_config_map(driver.namespace, body)
    resource = driver.resource("core/v1:ConfigMap")
    found = driver.provider.read(resource, f"{driver.namespace}/theirs", {}, {})
    assert found is not None
    assert found.inputs == driver.check("core/v1:ConfigMap", body)
    assert driver.provider.read(resource, f"{driver.namespace}/nobody", {}, {}) is None


def test_deletion_waits_until_it_is_gone_and_twice_is_fine(driver: Driver, core: CoreV1Api) -> None:
    made, inputs = driver.create("core/v1:Namespace", {})
    driver.delete("core/v1:Namespace", made, inputs)
    assert made.id not in {item.metadata.name for item in core.list_namespace().items}
    driver.delete("core/v1:Namespace", made, inputs)


def test_a_finalizer_that_nobody_removes_is_named(driver: Driver, core: CoreV1Api) -> None:
    meta = {"name": "held", "finalizers": ["example.com/hold"]}
    made, inputs = driver.create("core/v1:ConfigMap", {"metadata": meta})
    with pytest.raises(ProviderError, match=r"ConfigMap held: still there 1 s .*finalizers example.com/hold"):
        driver.delete("core/v1:ConfigMap", made, inputs, timeout=1)
    core.patch_namespaced_config_map("held", driver.namespace, {"metadata": {"finalizers": None}})
    driver.delete("core/v1:ConfigMap", made, inputs)


def test_deletion_spares_a_namesake(driver: Driver, core: CoreV1Api) -> None:
    made, inputs = driver.create("core/v1:ConfigMap", {"metadata": {"name": "n"}})
    core.delete_namespaced_config_map("n", driver.namespace)
    core.create_namespaced_config_map(driver.namespace, {"metadata": {"name": "n"}})
    driver.delete("core/v1:ConfigMap", made, inputs)
    assert core.read_namespaced_config_map("n", driver.namespace)


def test_pod_security_refuses_a_pod_and_warns_of_a_deployment(driver: Driver, core: CoreV1Api) -> None:
    restricted = {"pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/warn": "restricted"}
    core.patch_namespace(driver.namespace, {"metadata": {"labels": restricted}})
    with pytest.raises(ApiError, match="violates PodSecurity") as failure:
        driver.create("core/v1:Pod", {"spec": POD})
    assert failure.value.code == 403
    driver.create("apps/v1:Deployment", deployment())
    host = driver.provider.host
    assert isinstance(host, Warnings)
    assert any("would violate PodSecurity" in line for line in host.lines)


def test_a_list_is_refused(driver: Driver) -> None:
    with pytest.raises(CheckError, match="a ConfigMapList can't be created"):
        driver.check("core/v1:ConfigMapList", {"items": []})


def test_yaml_is_decoded_and_charts_from_the_network_are_refused(driver: Driver) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n# nothing\n---\n{}\n"
    args = {"text": text, "defaultNamespace": "n"}
    result = driver.provider.invoke("kubernetes:yaml:decode", args, preview=False)
    assert result == {
        "result": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "n"}}]
    }
    with pytest.raises(CheckError, match="text: not YAML"):
        driver.provider.invoke("kubernetes:yaml:decode", {"text": "{"}, preview=False)
    with pytest.raises(ProviderError, match=r"its chart comes from the network; .* records a helm\.v3\.Release"):
        driver.provider.invoke("kubernetes:helm:template", {"jsonOpts": '{"chart": "nginx"}'}, preview=False)
    with pytest.raises(ProviderError, match="nowhere is no folder here"):
        driver.provider.invoke("kubernetes:kustomize:directory", {"directory": "nowhere"}, preview=False)


@pytest.mark.parametrize(
    ("token", "inputs", "said"),
    [
        ("yaml/v2:ConfigFile", {"file": "https://example.com/a.yaml"}, "is read from the network"),
        ("helm.sh/v4:Chart", {"chart": "nginx"}, "it comes from the network; use helm.v3.Release"),
        ("kustomize/v2:Directory", {"directory": "github.com/a/b"}, "no folder here"),
        ("x:Other", {}, "lives inside the vendor's plugin"),
    ],
)
def test_components_that_are_not_here_are_refused(token: str, inputs: dict[str, str], said: str) -> None:
    provider = KubernetesProvider("kubernetes", "4.0.0")
    with pytest.raises(ProviderError, match=said):
        provider.construct(f"kubernetes:{token}", "x", dict(inputs))


def test_a_component_whose_inputs_are_not_known_has_no_children_yet() -> None:
    provider = KubernetesProvider("kubernetes", "4.0.0")
    assert provider.construct("kubernetes:yaml/v2:ConfigFile", "x", {"file": UNKNOWN}) is None


def test_a_release_is_recorded_as_not_emulated(driver: Driver) -> None:
    release = {"chart": "oci://host/charts/karpenter", "version": "1.2.3", "values": {"a": 1}}
    made, inputs = driver.create("helm.sh/v3:Release", release)
    assert made.id == f"{driver.namespace}/{inputs['name']}"
    assert made.outputs["__aistacks"] == "not emulated"
    assert made.outputs["values"] == {"a": 1}
    assert made.outputs["status"]["status"] == "deployed"
    assert made.outputs["status"]["chart"] == "karpenter"
    resource = driver.resource("helm.sh/v3:Release")
    kept = driver.provider.read(resource, made.id, inputs, made.outputs)
    assert kept is not None
    assert kept.outputs == made.outputs
    with pytest.raises(ProviderError, match="Helm releases aren't emulated"):
        driver.provider.read(resource, made.id, {}, {})
    assert helm_releases.changes(inputs, {**inputs, "name": "other"}).replaces == {"name"}


def test_a_cluster_that_does_not_answer_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = tmp_path / "kubeconfig"
    nowhere.write_text(
        "{apiVersion: v1, kind: Config, clusters: [{name: a, cluster: {server: 'http://127.0.0.1:1'}}], "
        "contexts: [{name: a, context: {cluster: a, user: a}}], users: [{name: a, user: {}}], current-context: a}"
    )
    monkeypatch.setenv("AISTACKS_SANDBOX_KUBECONFIG", str(nowhere))
    provider = KubernetesProvider("kubernetes", "4.0.0")
    provider.configure({})
    with pytest.raises(ProviderError, match=r"127\.0\.0\.1:1 doesn't answer .*aistacks sandbox up") as failure:
        provider.invoke(
            "kubernetes:yaml:decode",
            {"text": "{apiVersion: v1, kind: A, metadata: {}}", "defaultNamespace": "n"},
            preview=False,
        )
    assert "\n" not in str(failure.value)


def test_without_a_cluster_the_user_is_told_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AISTACKS_SANDBOX_KUBECONFIG", raising=False)
    assert "AISTACKS_SANDBOX_KUBECONFIG" not in os.environ
    with pytest.raises(ProviderError, match="aistacks sandbox run"):
        KubernetesProvider("kubernetes", "4.0.0").configure({})
