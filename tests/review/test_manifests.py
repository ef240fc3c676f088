"""Manifests and charts: what lies here is read and its objects are registered, the rest is named."""

import pulumi
import pulumi_kubernetes as k8s
import pytest
from pulumi_kubernetes.helm import v3, v4
from pulumi_kubernetes.yaml import ConfigFile, ConfigGroup
from pulumi_kubernetes.yaml import v2 as yaml2

from aistacks_catalog.kubernetes.sources import charts
from aistacks_catalog.kubernetes.sources.manifests import UnreadError, documents, files
from aistacks_review.record.answers import OfflineAnswers
from aistacks_review.record.recorder import record

MANIFEST = """
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: one}, data: {since: 2026-11-30}}
---
apiVersion: v1
kind: Secret
metadata: {name: hidden, namespace: other}
stringData: {key: value}
---
# empty
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: role}}
---
{apiVersion: example.com/v1, kind: Thing, metadata: {name: thing}}
"""
CHART = {
    "Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.2.3\n",
    "values.yaml": "replicas: 1\n",
    "crds/thing.yaml": (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.com}\n"
        "spec: {group: example.com, scope: Namespaced, names: {kind: Thing, plural: things}}\n"
    ),
    "templates/NOTES.txt": "Have fun\n",
    "templates/app.yaml": (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: {{ .Release.Name }}-app}\n"
        "spec: {replicas: {{ .Values.replicas }}}\n---\n"
        "apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: thing\n"
        "  annotations: {helm.sh/resource-policy: keep}\n"
    ),
    "templates/hook.yaml": (
        "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: hook\n  annotations: {helm.sh/hook: pre-install}\n"
    ),
}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "all.yaml").write_text(MANIFEST)
    for name, text in CHART.items():
        (tmp_path / "chart" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "chart" / name).write_text(text)
    return tmp_path


def recorded(program):
    return record(program, answers=OfflineAnswers(""), symbols=True)


def kinds(plan):
    return {r.type.removeprefix("kubernetes:"): r for r in plan.resources if r.custom and "providers" not in r.type}


@pytest.mark.parametrize(
    "make",
    [
        lambda opts: yaml2.ConfigFile("all", file="all.yaml", opts=opts),
        lambda opts: yaml2.ConfigGroup("all", files=["*.yaml"], opts=opts),
        lambda opts: yaml2.ConfigGroup("all", yaml=MANIFEST, opts=opts),
        lambda opts: yaml2.ConfigGroup("all", objs=documents(MANIFEST), opts=opts),
    ],
)
def test_the_objects_of_local_manifests_are_registered_as_the_provider_would(make):
    plan = recorded(lambda: make(pulumi.ResourceOptions(provider=k8s.Provider("far", namespace="apps"))))
    found = kinds(plan)
    assert {type_: r.name for type_, r in found.items()} == {
        "core/v1:ConfigMap": "all:apps/one",
        "core/v1:Secret": "all:other/hidden",
        "rbac.authorization.k8s.io/v1:ClusterRole": "all:role",
        "example.com/v1:Thing": "all:thing",
    }
    assert found["core/v1:ConfigMap"].inputs["metadata"] == {"name": "one", "namespace": "apps"}
    assert found["core/v1:ConfigMap"].inputs["data"] == {"since": "2026-11-30"}
    assert found["core/v1:Secret"].secrets == {"stringData"}
    component = next(r for r in plan.resources if r.remote)
    assert {r.parent for r in found.values()} == {component.urn}
    assert all(r.provider.split("::")[3] == "far" for r in found.values())
    assert plan.opaque == []


@pytest.mark.filterwarnings("ignore:explicit use of file_id:DeprecationWarning")
@pytest.mark.parametrize(
    "make", [lambda: ConfigFile("all", "all.yaml"), lambda: ConfigGroup("all", files=["all.yaml"])]
)
def test_the_sdks_own_components_read_them_too(make):
    plan = recorded(make)
    assert {"core/v1:Secret", "rbac.authorization.k8s.io/v1:ClusterRole", "example.com/v1:Thing"} <= set(kinds(plan))
    assert plan.opaque == []


def test_prefix_and_skip():
    plan = recorded(lambda: yaml2.ConfigFile("all", file="all.yaml", resource_prefix="x", skip_await=True))
    role = kinds(plan)["rbac.authorization.k8s.io/v1:ClusterRole"]
    assert role.name == "x:role"
    assert role.inputs["metadata"]["annotations"] == {"pulumi.com/skipAwait": "true"}


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: yaml2.ConfigFile("far", file="https://example.com/a.yaml"), "far: https://example.com/a.yaml is read"),
        (lambda: yaml2.ConfigFile("far", file="nowhere.yaml"), "far: nowhere.yaml: no such file"),
        (lambda: yaml2.ConfigGroup("far", yaml="{"), "far: no YAML"),
        (lambda: k8s.kustomize.v2.Directory("far", directory="base"), "far: base is no folder here"),
        (lambda: k8s.kustomize.Directory("far", "base"), "base is no folder here"),
        (lambda: v3.Release("far", chart="nginx", version="1.0"), "far: chart nginx 1.0"),
        (lambda: v3.Chart("far", v3.ChartOpts(chart="nginx", version="1.0")), "its chart comes from the network"),
        (
            lambda: v4.Chart("far", chart="nginx", version="1.0", repository_opts={"repo": "https://charts.test"}),
            "far: chart nginx 1.0 of https://charts.test: it comes from the network",
        ),
        (
            lambda: v3.Chart("far", v3.LocalChartOpts(path="chart", values={"a": pulumi.Output.from_input(_UNKNOWN)})),
            "kubernetes:helm.sh/v3:Chart far",
        ),
    ],
)
def test_what_is_not_here_is_named(make, said):
    told = [f"{o.what}" for o in recorded(make).opaque]
    assert any(said in what for what in told), told


_UNKNOWN = pulumi.output.UNKNOWN if hasattr(pulumi.output, "UNKNOWN") else pulumi.UNKNOWN


@pytest.mark.parametrize(
    ("make", "hooks"),
    [
        (lambda: v4.Chart("shop", chart="./chart", namespace="apps", values={"replicas": 3}), set()),
        (
            # This one makes what runs before an installation as if it were any other object.
            lambda: v3.Chart("shop", v3.LocalChartOpts(path="./chart", namespace="apps", values={"replicas": 3})),
            {"batch/v1:Job"},
        ),
    ],
)
def test_a_local_chart_is_rendered_by_helm(make, hooks):
    pytest.importorskip("helm_python")
    plan = recorded(make)
    found = kinds(plan)
    assert set(found) == {
        "apps/v1:Deployment",
        "example.com/v1:Thing",
        "apiextensions.k8s.io/v1:CustomResourceDefinition",
        *hooks,
    }
    assert found["apps/v1:Deployment"].inputs["spec"] == {"replicas": 3}
    assert found["apps/v1:Deployment"].inputs["metadata"] == {"name": "shop-app", "namespace": "apps"}
    assert plan.opaque == []


def test_what_a_chart_keeps_is_kept():
    pytest.importorskip("helm_python")
    found = kinds(recorded(lambda: v4.Chart("shop", chart="./chart")))
    assert found["example.com/v1:Thing"].retain_on_delete
    assert not found["apps/v1:Deployment"].retain_on_delete
    assert found["apps/v1:Deployment"].name == "shop:default/shop-app"


def test_without_helm_it_is_named(monkeypatch):
    monkeypatch.setattr(charts, "find_spec", lambda _name: None)
    monkeypatch.setattr(charts.shutil, "which", lambda _name: None)
    (told,) = recorded(lambda: v4.Chart("shop", chart="./chart")).opaque
    assert told.what == (
        "kubernetes:helm.sh/v4:Chart shop: chart ./chart: it takes Helm to render it: helm on PATH, or the package"
        " helm-python-sdk"
    )


def test_the_command_renders_as_the_library_does(monkeypatch, tmp_path):
    command = tmp_path / "helm"
    command.write_text(
        "#!/bin/sh\n[ \"$1 $2 $3 $4 $5\" = 'template shop ./chart --namespace apps' ] || exit 1\n"
        '[ "$8 $9" = \'--include-crds \' ] || exit 1\ngrep -q \'"replicas": 3\' "$7" || exit 1\n'
        "echo '{apiVersion: v1, kind: ConfigMap, metadata: {name: made}}'\n"
    )
    command.chmod(0o755)
    monkeypatch.setattr(charts, "find_spec", lambda _name: None)
    monkeypatch.setattr(charts.shutil, "which", lambda _name: str(command))
    plan = recorded(lambda: v4.Chart("shop", chart="./chart", namespace="apps", values={"replicas": 3}))
    assert set(kinds(plan)) == {"core/v1:ConfigMap"}
    command.write_text("#!/bin/sh\necho 'no such value' >&2\nexit 1\n")
    (told,) = recorded(lambda: v4.Chart("shop", chart="./chart")).opaque
    assert told.what.endswith("Helm refuses it: no such value")


def test_what_is_no_manifest_is_refused(tmp_path):
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnreadError, match=r"bytes\.yaml"):
        files(["bytes.yaml"], patterns=False)
