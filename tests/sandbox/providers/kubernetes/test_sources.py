"""Manifests, charts and kustomizations that lie beside the program, through the real engine and a real API server."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client import CoreV1Api

from aistacks_catalog.kubernetes.sources import charts

Program = Callable[..., str]

CHART = {
    "Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.2.3\n",
    "values.yaml": "greeting: hello\n",
    "templates/map.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}-map}\n"
        'data: {greeting: "{{ .Values.greeting }}", knows: "{{ .Capabilities.APIVersions.Has "shop/v9" }}",'
        ' version: "{{ .Capabilities.KubeVersion }}"}\n'
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: before, annotations: {helm.sh/hook: pre-install}}\n"
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: tried, annotations: {helm.sh/hook: test}}\n"
    ),
}
MANIFEST = """
apiVersion: example.com/v1
kind: Thing
metadata: {name: one}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Thing, plural: things}
  versions:
    - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
---
apiVersion: v1
kind: Secret
metadata: {name: hidden}
stringData: {password: hunter5}
"""


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    for path, text in CHART.items():
        file = tmp_path / "chart" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "all.yaml").write_text(MANIFEST)
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "kustomization.yaml").write_text("namePrefix: my-\nresources: [map.yaml]\n")
    (tmp_path / "base" / "map.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\n")
    return tmp_path


COMPONENTS = """
from pulumi_kubernetes.helm import v3, v4
from pulumi_kubernetes.yaml import v2 as yaml2

where = {where!r}
file = yaml2.ConfigFile("file", file=f"{{where}}/all.yaml", opts=o(provider=k))
group = yaml2.ConfigGroup("group", objs=[{{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {{"name": "obj"}},
    "data": {{"greeting": {greeting!r}}}}}], opts=o(provider=k))
chart = v4.Chart("shop", chart=f"{{where}}/chart", values={{"greeting": {greeting!r}}}, opts=o(provider=k))
old = v3.Chart("old", v3.LocalChartOpts(path=f"{{where}}/chart", api_versions=["shop/v9"], kube_version="1.30.1",
    namespace={namespace!r}), opts=o(provider=k))
pulumi.export("names", chart.resources.apply(lambda all: [one.metadata["name"] for one in all]))
"""


def test_components_become_their_objects(
    stack: Any, namespace: str, provider_program: Program, core: CoreV1Api, beside: Path
) -> None:
    def program(greeting: str) -> str:
        body = COMPONENTS.format(where=str(beside), greeting=greeting, namespace=namespace)
        return provider_program(namespace, body)

    assert stack.preview(program("hello")).changes["create"] == 13
    first = stack.up()
    assert first.outputs["names"] == ["shop-map"]
    made = {item.metadata.name: item.data for item in core.list_namespaced_config_map(namespace).items}
    assert made["shop-map"]["greeting"] == made["obj"]["greeting"] == "hello"
    # The old kind of chart makes what only runs before an installation, too; its tests it doesn't.
    assert {"before", "old-map"} <= set(made)
    assert "tried" not in made
    assert made["old-map"] == {"greeting": "hello", "knows": "true", "version": "v1.30.1"}
    assert made["shop-map"]["knows"] == "false"
    assert "hunter5" not in stack.raw_state()
    assert stack.up(refresh=True).changes == {"same": 13}
    second = stack.up(program("bye"))
    assert second.changes == {"same": 11, "replace": 2}
    stack.destroy()
    assert {item.metadata.name for item in core.list_namespaced_config_map(namespace).items} == {"kube-root-ca.crt"}


@pytest.mark.skipif(not (shutil.which("kustomize") or shutil.which("kubectl")), reason="no kustomize, no kubectl")
def test_kustomizations_are_built(
    stack: Any, namespace: str, provider_program: Program, core: CoreV1Api, beside: Path
) -> None:
    body = f"""
k8s.kustomize.Directory("one", {str(beside / "base")!r}, resource_prefix="one", opts=o(provider=k))
k8s.kustomize.v2.Directory("two", directory={str(beside / "base")!r}, namespace="default", opts=o(provider=k))
"""
    stack.up(provider_program(namespace, body))
    assert core.read_namespaced_config_map("my-map", namespace)
    assert core.read_namespaced_config_map("my-map", "default")
    assert set(stack.up().changes) == {"same"}
    stack.destroy()


def test_a_release_says_what_its_cluster_is(beside: Path) -> None:
    known = charts.Capabilities("1.30.1", ("shop/v9",))
    (found,) = charts.rendered(str(beside / "chart"), "a", "", {}, capabilities=known)
    assert found["data"] == {"greeting": "hello", "knows": "true", "version": "v1.30.1"}
    every = charts.rendered(str(beside / "chart"), "a", "", {}, hooks=True, tests=True)
    assert [one["metadata"]["name"] for one in every] == ["a-map", "before", "tried"]
