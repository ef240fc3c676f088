"""The real API server judges what InferenceService and Monitoring ask for.

There is no kubelet: that an image starts, and that a policy stops a packet, is a cluster's to show.
"""

import json

import pytest
from kubernetes.client import AppsV1Api, CoreV1Api
from kubernetes.dynamic import DynamicClient

from aistacks import InferenceService, Monitoring
from aistacks_sandbox import processes
from aistacks_sandbox.cluster import server as cluster

DIGEST = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
RELEASE = "kubernetes:helm.sh/v3:Release"


@pytest.fixture
def applied(api_server, record):
    """Registers a program and creates its Kubernetes objects, namespaces first; they are gone afterwards."""
    with cluster.client(api_server) as api:
        client = DynamicClient(api)
        made = []

        def apply(program):
            plan = record(program)
            objects = [r.inputs for r in plan.resources if r.type.startswith("kubernetes:") and r.type != RELEASE]
            objects = json.loads(json.dumps(objects))
            for body in sorted(objects, key=lambda o: o["kind"] != "Namespace"):
                kind = client.resources.get(api_version=body["apiVersion"], kind=body["kind"])
                namespace = body["metadata"].get("namespace")
                made.append(kind.create(body=body, namespace=namespace, field_validation="Strict"))
                if body["kind"] == "Namespace":
                    _wait_for_account(CoreV1Api(api), body["metadata"]["name"])
            return api, made

        yield apply
        core = CoreV1Api(api)
        ours = {m.metadata.name for m in made if m.kind == "Namespace"}
        for name in ours:
            core.delete_namespace(name)
        processes.wait_until(lambda: not ours & _namespaces(core), "namespaces", "their end")


def _wait_for_account(core, namespace):
    def there():
        return bool(core.list_namespaced_service_account(namespace).items)

    processes.wait_until(there, namespace, "a default account")


def _namespaces(core):
    return {n.metadata.name for n in core.list_namespace().items}


def service(runtime):
    return InferenceService(
        "digits",
        {
            "namespace": f"models-{runtime}",
            "create_namespace": True,
            "model": "digits",
            "model_digest": DIGEST,
            "model_store_bucket": "store",
            "runtime": runtime,
            "image": "registry.example.com/digits:1",
            "pool": "l4",
            "client_namespaces": ["web"],
        },
    )


@pytest.mark.parametrize("runtime", ["triton", "torchserve"])
def test_a_namespace_that_enforces_restricted_admits_the_pods(applied, runtime):
    api, _ = applied(lambda: service(runtime))
    namespace = f"models-{runtime}"
    pods = CoreV1Api(api)
    processes.wait_until(lambda: bool(pods.list_namespaced_pod(namespace).items), "pods", "one of the Deployment's")
    (pod,) = pods.list_namespaced_pod(namespace).items
    assert pod.metadata.labels["app.kubernetes.io/name"] == runtime
    assert [v.name for v in pod.spec.volumes if v.name.startswith("kube-api-access")] == []
    (deployment,) = AppsV1Api(api).list_namespaced_deployment(namespace).items
    assert not [c for c in deployment.status.conditions or [] if c.type == "ReplicaFailure"]


def test_the_same_pod_with_more_rights_would_be_refused(applied):
    """Else the admission above proves nothing."""
    api, made = applied(lambda: service("triton"))
    (deployment,) = [m for m in made if m.kind == "Deployment"]
    template = deployment.to_dict()["spec"]["template"]
    template["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True
    template["metadata"]["name"] = "greedy"
    with pytest.raises(Exception, match="violates PodSecurity"):
        CoreV1Api(api).create_namespaced_pod("models-triton", template, dry_run="All")


def test_every_object_of_monitoring_is_taken(applied):
    _, made = applied(lambda: Monitoring("watch", {"namespace": "watching"}))
    kinds = [m.kind for m in made]
    assert {k: kinds.count(k) for k in set(kinds)} == {
        "Namespace": 2,
        "NetworkPolicy": 2,
        "ConfigMap": 4,
        "PodMonitor": 2,
        "PrometheusRule": 3,
    }
