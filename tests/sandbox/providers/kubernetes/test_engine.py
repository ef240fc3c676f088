"""The real engine against the stand-in and a real API server. It proves nothing about running pods."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from kubernetes.client import CoreV1Api

Program = Callable[..., str]

DEPLOYMENT = """
labels = {"app": %(app)r}
web = k8s.apps.v1.Deployment("web", metadata={"name": "web"}, spec={
    "replicas": %(replicas)d,
    "selector": {"match_labels": labels},
    "template": {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "web", "image": "web:1", "resources": {"limits": {"cpu": "1000m"}}}]},
    },
}, opts=o(provider=k))
"""


def test_a_deployment_lives_through_up_update_replace_and_destroy(
    stack: Any, namespace: str, provider_program: Program
) -> None:
    def program(app: str = "web", replicas: int = 1) -> str:
        return provider_program(namespace, DEPLOYMENT % {"app": app, "replicas": replicas})

    assert stack.up(program()).changes == {"create": 3}
    made = stack.resources()["web"]
    assert made["id"] == f"{namespace}/web"
    assert made["outputs"]["__aistacks"] == "created"
    assert made["outputs"]["spec"]["template"]["spec"]["restartPolicy"] == "Always"
    assert stack.up(refresh=True).changes == {"same": 3}
    updated = stack.up(program(replicas=2))
    assert updated.changes == {"same": 2, "update": 1}
    assert updated.event("web")["diffs"] == ["spec.replicas"]
    replaced = stack.up(program(app="other", replicas=2))
    assert replaced.ops("web") == ["delete-replaced", "replace", "create-replacement"]
    assert stack.resources()["web"]["outputs"]["spec"]["selector"] == {"matchLabels": {"app": "other"}}
    assert stack.destroy().changes == {"delete": 3}


FAMILY = """
ns = k8s.core.v1.Namespace("team", opts=o(provider=k))
config = k8s.core.v1.ConfigMap("config", metadata={"namespace": ns.metadata.name}, data={"a": %(value)r},
    opts=o(provider=k))
secret = k8s.core.v1.Secret("secret", string_data={"password": "hunter2"}, opts=o(provider=k))
env = [{"name": "KEY", "value": pulumi.Output.secret("hunter3")}]
pod = k8s.core.v1.PodTemplate("pod", template={"spec": {"containers": [
    {"name": "a", "image": "a:1", "env": env}]}}, opts=o(provider=k))
crd = k8s.apiextensions.v1.CustomResourceDefinition("crd",
    metadata={"name": "gadgets.%(group)s"},
    spec={"group": "%(group)s", "scope": "Namespaced",
        "names": {"kind": "Gadget", "plural": "gadgets"},
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"open_apiv3_schema": {
            "type": "object", "x_kubernetes_preserve_unknown_fields": True}}}]}, opts=o(provider=k))
gadget = k8s.apiextensions.CustomResource("gadget", api_version="%(group)s/v1", kind="Gadget",
    spec={"size": 1}, opts=o(provider=k))
patch = k8s.core.v1.NamespacePatch("label", metadata={"name": ns.metadata.name, "labels": {"team": "a"}},
    opts=o(provider=k))
release = k8s.helm.v3.Release("karpenter", chart="karpenter", version="1.0.0",
    values={"token": pulumi.Output.secret("hunter4"), "n": 1}, opts=o(provider=k))
pulumi.export("namespace", ns.metadata.name)
pulumi.export("config", config.id)
pulumi.export("uid", config.metadata.uid)
pulumi.export("release", release.status.status)
"""


def test_a_family_of_objects(stack: Any, namespace: str, provider_program: Program, core: CoreV1Api) -> None:
    def program(value: str) -> str:
        return provider_program(namespace, FAMILY % {"value": value, "group": f"{namespace}.example.com"})

    assert stack.preview(program("1")).changes == {"create": 10}
    first = stack.up()
    team = first.outputs["namespace"]
    assert team.startswith("team-")
    assert first.outputs["config"].startswith(f"{team}/config-")
    assert first.outputs["release"] == "deployed"
    assert core.read_namespace(team).metadata.labels["team"] == "a"

    resources = stack.resources()
    kinds = {name: item["outputs"]["__aistacks"] for name, item in resources.items()}
    assert kinds.pop("karpenter") == "not emulated"
    assert set(kinds.values()) == {"created"}
    state = stack.raw_state()
    for hidden in ("hunter2", "hunter3", "hunter4"):
        assert hidden not in state
        assert base64.b64encode(hidden.encode()).decode() not in state
    stored = core.read_namespaced_secret(resources["secret"]["id"].split("/")[1], namespace)
    assert base64.b64decode(stored.data["password"]) == b"hunter2"

    assert stack.up(refresh=True).changes == {"same": 10}
    second = stack.up(program("2"))
    assert second.ops("config") == ["create-replacement", "replace", "delete-replaced"]
    assert second.outputs["config"] != first.outputs["config"]
    assert second.outputs["uid"] != first.outputs["uid"]
    stack.destroy()
    assert team not in {item.metadata.name for item in core.list_namespace().items}


def test_what_was_deleted_or_changed_behind_its_back_is_made_again(
    stack: Any, namespace: str, provider_program: Program, core: CoreV1Api
) -> None:
    body = """
    for name in ("a", "b"):
        k8s.core.v1.ConfigMap(name, metadata={"name": name}, data={"key": name}, opts=o(provider=k))
    """
    stack.up(provider_program(namespace, body))
    core.delete_namespaced_config_map("a", namespace)
    core.patch_namespaced_config_map("b", namespace, {"data": {"key": "changed"}})
    refreshed = stack.refresh()
    assert {name: refreshed.ops(name)[-1] for name in "ab"} == {"a": "refresh", "b": "refresh"}
    assert set(stack.resources()) == {"b"}
    again = stack.up()
    assert again.ops("a") == ["create"]
    assert core.read_namespaced_config_map("b", namespace).data == {"key": "b"}


def test_import_protect_and_ignore_changes(
    stack: Any, namespace: str, provider_program: Program, core: CoreV1Api
) -> None:
    core.create_namespaced_config_map(namespace, {"metadata": {"name": "theirs"}, "data": {"key": "1"}})

    def program(value: str, options: str) -> str:
        body = f"""
        k8s.core.v1.ConfigMap("theirs", metadata={{"name": "theirs"}}, data={{"key": {value!r}}},
            opts=o(provider=k, {options}))
        """
        return provider_program(namespace, body, ", enable_config_map_mutable=True")

    imported = stack.up(program("1", f"import_='{namespace}/theirs', protect=True"))
    assert imported.changes == {"create": 2, "import": 1}
    assert stack.resources()["theirs"]["outputs"]["__aistacks"] == "created"
    ignored = stack.up(program("2", "protect=True, ignore_changes=['data']"))
    assert ignored.changes == {"same": 3}
    updated = stack.up(program("3", "protect=True"))
    assert updated.changes == {"same": 2, "update": 1}
    assert core.read_namespaced_config_map("theirs", namespace).data == {"key": "3"}
    assert "is protected" in stack.fails("destroy").error
    assert core.read_namespaced_config_map("theirs", namespace)
    stack.up(program("3", "retain_on_delete=True"))
    stack.destroy()
    assert core.read_namespaced_config_map("theirs", namespace)


RESTRICTED = """
"security_context": {"run_as_non_root": True, "seccomp_profile": {"type": "RuntimeDefault"}}, "containers": [
    {"name": "a", "image": "a:1", "security_context": {
        "allow_privilege_escalation": False, "capabilities": {"drop": ["ALL"]}}}]
"""


def test_a_failure_in_the_middle_is_recovered_from(
    stack: Any, namespace: str, provider_program: Program, core: CoreV1Api
) -> None:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    core.patch_namespace(namespace, {"metadata": {"labels": labels}})

    def program(spec: str) -> str:
        body = f"""
        first = k8s.core.v1.ConfigMap("first", data={{}}, opts=o(provider=k))
        pod = k8s.core.v1.Pod("pod", spec={{{spec}}}, opts=o(provider=k, depends_on=[first]))
        last = k8s.core.v1.ConfigMap("last", data={{}}, opts=o(provider=k, depends_on=[pod]))
        """
        return provider_program(namespace, "\n".join(line.strip() for line in body.splitlines()))

    failed = stack.fails("up", program('"containers": [{"name": "a", "image": "a:1"}]'))
    assert "violates PodSecurity" in failed.output
    assert "Traceback" not in failed.output
    assert set(stack.resources()) == {"first"}
    recovered = stack.up(program(" ".join(RESTRICTED.split())))
    assert recovered.ops("first") == ["same"]
    assert set(stack.resources()) == {"first", "pod", "last"}


def test_what_only_the_vendor_s_plugin_can_do_is_named(stack: Any, namespace: str, provider_program: Program) -> None:
    body = "k8s.helm.v4.Chart('c', chart='oci://registry.invalid/charts/web', opts=o(provider=k))"
    assert "use helm.v3.Release" in stack.fails("preview", provider_program(namespace, body)).error


def test_manifests_in_yaml_are_created(stack: Any, namespace: str, provider_program: Program, core: CoreV1Api) -> None:
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "from-yaml"}, "data": {"a": "1"}}
    body = f"k8s.yaml.ConfigGroup('g', yaml=[{json.dumps(manifest)!r}], opts=o(provider=k))"
    stack.up(provider_program(namespace, body))
    assert core.read_namespaced_config_map("from-yaml", namespace).data == {"a": "1"}
