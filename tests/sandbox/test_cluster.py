"""The real API server: what it accepts, refuses, keeps over a restart, and holds of ours."""

import os
import shutil
import stat
import subprocess
import time

import psutil
import pytest
from kubernetes.client import (
    ApiException,
    ApiextensionsV1Api,
    AppsV1Api,
    CoreV1Api,
    CustomObjectsApi,
    RbacAuthorizationV1Api,
    VersionApi,
)

from aistacks_core.errors import UserError
from aistacks_sandbox import processes
from aistacks_sandbox.cluster import server as cluster
from aistacks_sandbox.holdings import holdings
from aistacks_sandbox.programs import crds
from aistacks_sandbox.programs.facts import definitions
from aistacks_sandbox.state import State

RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
HARDENED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def pod(name, **security):
    return {
        "metadata": {"name": name},
        "spec": {"containers": [{"name": "main", "image": "example.org/x:1", "securityContext": security}]},
    }


@pytest.fixture
def namespace(api_server):
    """A namespace that enforces the restricted Pod Security Standard; gone when the test is over."""
    with cluster.client(api_server) as api:
        core = CoreV1Api(api)
        made = core.create_namespace({"metadata": {"generateName": "test-", "labels": RESTRICTED}})
        name = made.metadata.name
        # Pods are refused before the controllers have made the namespace's default account.
        processes.wait_until(lambda: _has_account(core, name), name, "a default account")
        yield api, name
        core.delete_namespace(name)
        processes.wait_until(lambda: _gone(core, name), name, "a namespace that finishes terminating")


def _has_account(core, namespace):
    return bool(core.list_namespaced_service_account(namespace).items)


def _gone(core, namespace):
    return namespace not in {item.metadata.name for item in core.list_namespace().items}


def test_it_says_the_version_that_was_asked_for(api_server):
    with cluster.client(api_server) as api:
        told = VersionApi(api).get_code()
    assert int(told.minor) >= 34
    assert told.git_version.startswith(f"v1.{told.minor}.")


def test_a_restricted_namespace_refuses_a_bad_pod_and_takes_a_hardened_one(namespace):
    api, name = namespace
    core = CoreV1Api(api)
    with pytest.raises(ApiException) as refused:
        core.create_namespaced_pod(name, pod("bad", privileged=True))
    assert refused.value.status == 403
    assert "violates PodSecurity" in refused.value.body
    assert "restricted:latest" in refused.value.body
    core.create_namespaced_pod(name, pod("good", **HARDENED))
    assert [item.metadata.name for item in core.list_namespaced_pod(name).items] == ["good"]


def test_controllers_work(namespace):
    api, name = namespace
    apps = AppsV1Api(api)
    spec = {
        "selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": pod("x", **HARDENED)["spec"]},
    }
    apps.create_namespaced_deployment(name, {"metadata": {"name": "d"}, "spec": spec})
    core = CoreV1Api(api)
    processes.wait_until(lambda: core.list_namespaced_pod(name).items, name, "a pod of the deployment")


def test_our_custom_objects_are_judged_by_the_operators_own_definitions(api_server):
    with cluster.client(api_server) as api:
        objects = CustomObjectsApi(api)
        wrong = {
            "apiVersion": "karpenter.sh/v1",
            "kind": "NodePool",
            "metadata": {"name": "wrong"},
            "spec": {"template": {"spec": {"expireAfter": "soon"}}},
        }
        with pytest.raises(ApiException) as refused:
            objects.create_cluster_custom_object("karpenter.sh", "v1", "nodepools", wrong)
        assert refused.value.status == 422
        assert "expireAfter" in refused.value.body


def test_permissive_definitions_are_accepted_too(api_server):
    with cluster.client(api_server) as api:
        extensions = ApiextensionsV1Api(api)
        for wanted in definitions():
            for kind in wanted.kinds:
                body = crds.permissive(kind)
                extensions.replace_custom_resource_definition(
                    kind.name,
                    {**body, "metadata": {**body["metadata"], "resourceVersion": _version(extensions, kind.name)}},
                    dry_run="All",
                )


def _version(extensions, name):
    return extensions.read_custom_resource_definition(name).metadata.resource_version


def test_nothing_is_held_of_a_fresh_server_and_everything_of_a_user(api_server):
    with cluster.client(api_server) as api:
        # Other tests may have used it just before, and what hung on their objects goes a moment later.
        processes.wait_until(lambda: holdings(api) == [], "a server that nobody uses", "nothing held")
        core, rbac = CoreV1Api(api), RbacAuthorizationV1Api(api)
        core.create_namespace({"metadata": {"name": "held"}})
        core.create_namespaced_config_map("kube-system", {"metadata": {"name": "aws-auth"}})
        rbac.create_cluster_role({"metadata": {"name": "held-role"}, "rules": []})
        CustomObjectsApi(api).create_cluster_custom_object(
            "karpenter.k8s.aws",
            "v1",
            "ec2nodeclasses",
            {
                "apiVersion": "karpenter.k8s.aws/v1",
                "kind": "EC2NodeClass",
                "metadata": {"name": "held-class"},
                "spec": {
                    "amiSelectorTerms": [{"alias": "bottlerocket@v1.50.0"}],
                    "subnetSelectorTerms": [{"id": "subnet-0123"}],
                    "securityGroupSelectorTerms": [{"id": "sg-0123"}],
                    "role": "node",
                },
            },
        )
        try:
            found = {f"{item.resource} {item.namespace}/{item.name}" for item in holdings(api)}
            assert found >= {
                "namespaces /held",
                "configmaps kube-system/aws-auth",
                "clusterroles.rbac.authorization.k8s.io /held-role",
                "ec2nodeclasses.karpenter.k8s.aws /held-class",
            }
            assert all("held" in name or "aws-auth" in name for name in found)
        finally:
            core.delete_namespace("held")
            core.delete_namespaced_config_map("aws-auth", "kube-system")
            rbac.delete_cluster_role("held-role")
            CustomObjectsApi(api).delete_cluster_custom_object(
                "karpenter.k8s.aws", "v1", "ec2nodeclasses", "held-class"
            )
        processes.wait_until(lambda: holdings(api) == [], "held", "nothing held")


def test_keys_and_kubeconfig_are_readable_by_their_owner_only(api_server):
    files = [*api_server.pki.iterdir(), api_server.kubeconfig]
    assert len(files) > 8
    assert [path.name for path in files if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


def test_it_listens_on_loopback_only(api_server):
    for process in processes.running(api_server):
        listening = [c for c in psutil.Process(process.pid).net_connections("inet") if c.status == "LISTEN"]
        assert {connection.laddr.ip for connection in listening} <= {"127.0.0.1"}


def test_a_stranger_without_a_token_is_refused(api_server):
    server = processes.find(api_server, cluster.APISERVER)
    with cluster.client(api_server) as api:
        api.configuration.api_key = {}
        with pytest.raises(ApiException) as refused:
            CoreV1Api(api).list_namespace()
    assert refused.value.status == 401
    assert server.is_running()


def test_kubectl_works_with_the_kubeconfig(api_server):
    kubectl = shutil.which("kubectl")
    if not kubectl:
        pytest.skip("kubectl isn't on this machine")
    done = subprocess.run(
        [kubectl, "get", "namespaces", "-o", "name"],
        env={**os.environ, "KUBECONFIG": str(api_server.kubeconfig)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "namespace/default" in done.stdout.split()


def test_a_second_start_changes_nothing(api_server):
    before = processes.running(api_server)
    cluster.start(api_server)
    assert processes.running(api_server) == before


def test_a_lost_api_server_comes_back_at_the_same_place_with_its_objects(api_server):
    with cluster.client(api_server) as api:
        CoreV1Api(api).create_namespaced_config_map("default", {"metadata": {"name": "kept"}})
    kubeconfig = api_server.kubeconfig.read_text()
    psutil.Process(processes.find(api_server, cluster.ETCD).pid).kill()
    psutil.Process(processes.find(api_server, cluster.APISERVER).pid).kill()
    deadline = time.monotonic() + 60
    while cluster.is_ready(api_server):
        assert time.monotonic() < deadline
    with pytest.raises(UserError, match="kube-apiserver: got no answer"):
        cluster.held(api_server)
    cluster.start(api_server)
    assert api_server.kubeconfig.read_text() == kubeconfig
    with cluster.client(api_server) as api:
        CoreV1Api(api).delete_namespaced_config_map("kept", "default")


def test_a_state_that_never_was_is_not_ready(tmp_path):
    assert not cluster.is_ready(State(tmp_path / "none"))
