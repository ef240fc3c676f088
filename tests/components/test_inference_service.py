"""What an InferenceService registers.

These prove the program's side only: that S3 lets the pod read, and that a GPU node comes, is the cloud's.
"""

import json

import pulumi
import pytest

from aistacks import InferenceService
from aistacks_core.errors import UserError

DIGEST = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
LABELS = {
    "app.kubernetes.io/name": "triton",
    "app.kubernetes.io/instance": "digits",
    "app.kubernetes.io/component": "inference-server",
    "app.kubernetes.io/part-of": "aistacks",
    "app.kubernetes.io/managed-by": "pulumi",
}
PODS = {"app.kubernetes.io/name": "triton", "app.kubernetes.io/instance": "digits"}
OWN = "registry.example.com/digits:1"
OPEN = {"create_namespace": True, "client_namespaces": ["apps"]}
EKS = {"cluster_name": "dev", "read_policy_arn": "arn:aws:iam::123456789012:policy/read"}


@pytest.fixture
def service(record):
    """Registers one service; keyword arguments are added to the required ones."""

    def make(opts=None, answers=lambda _token, _args: None, **args):
        given = {
            "namespace": "models",
            "model": "digits",
            "model_digest": DIGEST,
            "model_store_bucket": "store",
            **args,
        }
        return record(lambda: InferenceService("digits", given, opts), answers=answers)

    return make


def spec(plan):
    return plan.one("kubernetes:apps/v1:Deployment", "digits").inputs["spec"]


def pod(plan):
    return spec(plan)["template"]["spec"]


def server(plan):
    return pod(plan)["containers"][0]


def policy(plan):
    return plan["digits-network"].inputs["spec"]


def test_every_child_is_named_after_the_service(service):
    for runtime in ("triton", "torchserve"):
        plan = service(runtime=runtime, image=OWN, **OPEN, **EKS)
        component = plan.one("aistacks:index:InferenceService", "digits")
        children = plan.children(component.urn)
        assert len(children) == len(plan.resources) - 1
        assert all(c.name == "digits" or c.name.startswith("digits-") for c in children)


def test_it_tells_where_it_answers(service):
    plan = service()
    assert plan.one("aistacks:index:InferenceService", "digits").outputs == {
        "name": "digits",
        "namespace": "models",
        "url": "http://digits.models.svc.cluster.local:8000",
        "grpcAddress": "digits.models.svc.cluster.local:8001",
    }


def test_a_deployment_leaves_its_replicas_to_the_autoscaler(service):
    made = spec(service())
    assert {k: v for k, v in made.items() if k != "template"} == {
        "selector": {"matchLabels": PODS},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
        "progressDeadlineSeconds": 1200,
        "revisionHistoryLimit": 5,
    }
    assert made["template"]["metadata"] == {"labels": LABELS, "annotations": {}}


def test_the_pod_is_what_the_restricted_standard_admits(service):
    made = pod(service())
    assert made["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "fsGroup": 10001,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert made["automountServiceAccountToken"] is False
    for container in made["initContainers"] + made["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "privileged": False,
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
        }
        for key in ("cpu", "memory"):
            assert container["resources"]["requests"][key] == container["resources"]["limits"][key]


def test_triton_serves_the_proven_model_and_loads_no_other(service):
    made = server(service())
    assert made["image"] == "nvcr.io/nvidia/tritonserver:26.07-py3"
    assert made["command"] == [
        "tritonserver",
        "--model-repository=/models/triton",
        "--model-control-mode=none",
        "--strict-readiness=true",
        "--exit-on-error=true",
        "--exit-timeout-secs=30",
        "--http-port=8000",
        "--grpc-port=8001",
        "--metrics-port=8002",
        "--metrics-config=summary_latencies=true",
    ]
    assert {"name": "models", "mountPath": "/models", "readOnly": True} in made["volumeMounts"]


def test_triton_is_probed_by_its_own_health_paths(service):
    made = server(service(startup_minutes=12))
    ready = {"path": "/v2/health/ready", "port": "http"}
    assert made["startupProbe"] == {"httpGet": ready, "periodSeconds": 10, "failureThreshold": 72}
    assert made["readinessProbe"] == {"httpGet": ready, "periodSeconds": 5, "failureThreshold": 3}
    assert made["livenessProbe"]["httpGet"] == {"path": "/v2/health/live", "port": "http"}


def test_torchserve_keeps_its_management_to_itself(service):
    plan = service(runtime="torchserve", image=OWN)
    properties = plan["digits-config"].inputs["data"]["config.properties"].splitlines()
    assert "management_address=http://127.0.0.1:8081" in properties
    assert "grpc_management_address=127.0.0.1" in properties
    assert "metrics_mode=prometheus" in properties
    made = server(plan)
    assert made["image"] == OWN
    assert made["command"][-2:] == ["--model-store=/models/torchserve", "--models=digits=digits.mar"]
    assert made["readinessProbe"]["httpGet"] == {"path": "/ping", "port": "http"}
    assert [p["containerPort"] for p in made["ports"]] == [8080, 7070, 8082]
    assert {"name": "config", "mountPath": "/etc/model-server", "readOnly": True} in made["volumeMounts"]
    assert list(spec(plan)["template"]["metadata"]["annotations"]) == ["aistacks.io/config-sha256"]


def test_the_model_comes_from_the_store_by_its_digest(service):
    step = pod(service(model_digest=f"sha256:{DIGEST}", region="eu-west-1"))["initContainers"][0]
    assert {e["name"]: e["value"] for e in step["env"]} == {
        "BUCKET": "store",
        "PREFIX": "",
        "MODEL": "digits",
        "DIGEST": DIGEST,
        "TARGET": "/models",
        "HOME": "/tmp",
        "AWS_REGION": "eu-west-1",
    }
    assert step["image"].startswith("public.ecr.aws/aws-cli/aws-cli:2.")


def test_another_store_is_reached_on_its_own_port(service):
    plan = service(s3_endpoint="http://minio.storage:9000")
    env = {e["name"]: e["value"] for e in pod(plan)["initContainers"][0]["env"]}
    assert env["AWS_ENDPOINT_URL_S3"] == "http://minio.storage:9000"
    assert [p["port"] for p in policy(plan)["egress"][1]["ports"]] == [443, 9000]


def test_on_cpus_it_asks_for_no_gpu(service):
    plan = service()
    assert pod(plan)["tolerations"] == []
    assert server(plan)["resources"]["limits"] == {"cpu": "2", "memory": "4Gi"}


def test_a_gpu_comes_with_its_pool_and_toleration(service):
    plan = service(gpus=2, pool="l4", node_selector={"disk": "fast"})
    assert server(plan)["resources"]["limits"] == {"cpu": "2", "memory": "4Gi", "nvidia.com/gpu": "2"}
    assert pod(plan)["tolerations"] == [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
    assert pod(plan)["nodeSelector"] == {"disk": "fast", "karpenter.sh/nodepool": "l4"}


def test_a_pool_is_tolerated_by_a_service_without_gpus_too(service):
    plan = service(pool="l4")
    assert pod(plan)["tolerations"] == [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
    assert "nvidia.com/gpu" not in server(plan)["resources"]["limits"]


def test_a_pool_of_several_node_pools_is_selected_by_its_label_and_tolerated(service):
    plan = service(pool="l4", pool_label="aistacks.io/pool")
    assert pod(plan)["nodeSelector"] == {"aistacks.io/pool": "l4"}
    assert pod(plan)["tolerations"] == [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]


def test_replicas_spread_over_zones_and_hosts_where_there_is_room(service):
    spread = pod(service())["topologySpreadConstraints"]
    assert [(s["topologyKey"], s["whenUnsatisfiable"]) for s in spread] == [
        ("topology.kubernetes.io/zone", "ScheduleAnyway"),
        ("kubernetes.io/hostname", "ScheduleAnyway"),
    ]
    assert all(s["labelSelector"] == {"matchLabels": PODS} for s in spread)


def test_it_grows_with_its_queue_and_shrinks_slowly(service):
    made = service(min_replicas=2, max_replicas=9, target_queue_ms=20)["digits-autoscaler"].inputs["spec"]
    assert made["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "digits"}
    assert (made["minReplicas"], made["maxReplicas"]) == (2, 9)
    assert made["metrics"] == [
        {
            "type": "Pods",
            "pods": {
                "metric": {"name": "triton_queue_microseconds_per_request"},
                "target": {"type": "AverageValue", "averageValue": "20000"},
            },
        },
        {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}},
    ]
    assert made["behavior"]["scaleUp"]["stabilizationWindowSeconds"] == 0
    assert made["behavior"]["scaleDown"]["stabilizationWindowSeconds"] == 600


def test_without_an_adapter_it_grows_with_the_cpu_alone(service):
    metrics = service(target_queue_ms=0)["digits-autoscaler"].inputs["spec"]["metrics"]
    assert [m["type"] for m in metrics] == ["Resource"]


def test_one_pod_at_a_time_may_be_evicted(service):
    made = service()["digits-budget"].inputs["spec"]
    assert made == {"maxUnavailable": 1, "selector": {"matchLabels": PODS}}


def test_only_its_own_namespace_may_ask_by_default(service):
    serving, metrics = policy(service())["ingress"]
    assert serving == {
        "from": [{"podSelector": {}}],
        "ports": [{"port": 8000, "protocol": "TCP"}, {"port": 8001, "protocol": "TCP"}],
    }
    assert metrics == {
        "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}],
        "ports": [{"port": 8002, "protocol": "TCP"}],
    }


def test_named_namespaces_may_ask(service):
    serving = policy(service(client_namespaces=["web", "batch"]))["ingress"][0]
    names = [p["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for p in serving["from"]]
    assert names == ["web", "batch"]


def test_only_pods_with_the_clients_labels_may_ask(service):
    serving = policy(service(client_namespaces=["web"], client_pod_labels={"app": "shop"}))["ingress"][0]
    assert serving["from"] == [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "web"}},
            "podSelector": {"matchLabels": {"app": "shop"}},
        }
    ]
    own = policy(service(client_pod_labels={"app": "shop"}))["ingress"][0]
    assert own["from"] == [{"podSelector": {"matchLabels": {"app": "shop"}}}]


def test_ranges_outside_the_cluster_may_ask_and_then_only_they(service):
    serving = policy(service(client_cidrs=["10.0.1.0/24"]))["ingress"][0]
    assert serving["from"] == [{"ipBlock": {"cidr": "10.0.1.0/24"}}]


@pytest.mark.parametrize(
    "clients", [{"client_namespaces": ["web"]}, {"client_pod_labels": {"a": "b"}}, {"client_cidrs": ["10.0.0.0/24"]}]
)
def test_a_namespace_of_its_own_wants_to_know_its_clients(service, clients):
    with pytest.raises(
        UserError, match=r"client_namespaces: got \[\]; expected namespaces whose pods may send requests"
    ):
        service(create_namespace=True)
    assert policy(service(create_namespace=True, **clients))["ingress"][0]["from"]


def test_the_model_is_found_below_the_stores_prefix(service):
    step = pod(service(model_store_prefix="models/"))["initContainers"][0]
    assert {"name": "PREFIX", "value": "models/"} in step["env"]


def test_up_gives_up_a_quarter_of_an_hour_after_the_longest_start(service):
    plan = service(startup_minutes=20)
    assert spec(plan)["progressDeadlineSeconds"] == 30 * 60
    assert spec(service())["progressDeadlineSeconds"] == 20 * 60


def test_it_reaches_names_the_store_and_its_identity_only(service):
    names, store, identity = policy(service())["egress"]
    assert [p["port"] for p in names["ports"]] == [53, 53]
    assert store == {
        "to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]}}],
        "ports": [{"port": 443, "protocol": "TCP"}],
    }
    assert identity == {
        "to": [{"ipBlock": {"cidr": "169.254.170.23/32"}}],
        "ports": [{"port": 80, "protocol": "TCP"}],
    }


def test_on_eks_its_pods_read_the_store_by_a_role_of_their_own(service):
    plan = service(**EKS, tags={"Project": "vision"})
    assert plan["digits-reader-store"].inputs["policyArn"] == EKS["read_policy_arn"]
    binding = plan["digits-reader-binding"].inputs
    assert (binding["clusterName"], binding["namespace"], binding["serviceAccount"]) == ("dev", "models", "digits")
    for child in ("digits-reader", "digits-reader-binding"):
        assert plan[child].inputs["tags"] == {
            "Project": "vision",
            "Name": child,
            "aistacks:component": "InferenceService/digits",
            "aistacks:stack": "test/test",
        }


def test_pods_wait_for_their_identity(service):
    plan = service(**EKS)
    deployment = plan.one("kubernetes:apps/v1:Deployment", "digits")
    assert plan["digits-reader-binding"].urn in deployment.dependencies


def test_elsewhere_no_aws_resource_is_made(service):
    plan = service(service_account_annotations={"eks.amazonaws.com/role-arn": "arn:x"})
    assert [r for r in plan.resources if r.type.startswith("aws:")] == []
    account = plan["digits-account"].inputs
    assert account["metadata"]["annotations"] == {"eks.amazonaws.com/role-arn": "arn:x"}
    assert account["automountServiceAccountToken"] is False


def test_a_service_account_can_be_brought(service):
    plan = service(service_account="ours")
    assert plan.of("kubernetes:core/v1:ServiceAccount") == []
    assert pod(plan)["serviceAccountName"] == "ours"


def test_a_namespace_it_makes_is_restricted_and_closed(service):
    plan = service(**OPEN)
    made = plan["digits-namespace"].inputs["metadata"]
    assert made["name"] == "models"
    assert made["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert plan["digits-default-deny"].inputs["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }


def test_the_callers_labels_are_on_every_object(service):
    plan = service(labels={"team": "vision"}, runtime="torchserve", image=OWN, **OPEN)
    objects = [r for r in plan.resources if r.type.startswith("kubernetes:")]
    assert len(objects) == 9
    assert all(r.inputs["metadata"]["labels"]["team"] == "vision" for r in objects)
    assert spec(plan)["template"]["metadata"]["labels"]["team"] == "vision"


@pytest.mark.parametrize("runtime", ["triton", "torchserve"])
@pytest.mark.parametrize("version", ["1.34", "1.35"])
def test_kubernetes_schemas_know_every_field(service, runtime, version):
    kubernetes_validate = pytest.importorskip("kubernetes_validate")
    plan = service(
        runtime=runtime, image=OWN, pool="l4", client_pod_labels={"a": "b"}, client_cidrs=["10.0.0.0/8"], **OPEN
    )
    objects = [r for r in plan.resources if r.type.startswith("kubernetes:")]
    assert len(objects) > 5
    for resource in objects:
        kubernetes_validate.validate(resource.inputs, version, strict=True)


def test_a_transform_changes_one_child(service, review_record):
    def wait_longer(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.name != "digits-autoscaler":
            return None
        down = {**args.props["spec"]["behavior"]["scaleDown"], "stabilizationWindowSeconds": 3600}
        behavior = {**args.props["spec"]["behavior"], "scaleDown": down}
        spec = {**args.props["spec"], "behavior": behavior}
        return pulumi.ResourceTransformResult({**args.props, "spec": spec}, args.opts)

    plan = service(pulumi.ResourceOptions(transforms=[wait_longer]))
    behavior = plan["digits-autoscaler"].inputs["spec"]["behavior"]
    assert behavior["scaleDown"]["stabilizationWindowSeconds"] == 3600
    assert behavior["scaleUp"]["stabilizationWindowSeconds"] == 0


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"model_digest": "latest"}, "model_digest: got 'latest'; expected a SHA-256: 64 lower-case hex digits"),
        ({"model_digest": DIGEST.upper()}, "model_digest: got "),
        ({"model": "../other"}, "model: got '../other'; expected lower-case letters"),
        ({"runtime": "vllm"}, "runtime: got 'vllm'; expected one of triton, torchserve"),
        ({"min_replicas": 0}, "min_replicas: got 0; expected 1 or more"),
        ({"min_replicas": 5}, "max_replicas: got 4; expected at least min_replicas (5)"),
        ({"gpus": -1}, "gpus: got -1; expected 0 or more"),
        ({"cluster_name": "dev"}, "read_policy_arn: got None; expected a value, as cluster_name is given"),
        ({"read_policy_arn": "arn:x"}, "cluster_name: got None; expected a value, as read_policy_arn is given"),
        ({"s3_endpoint": "minio:9000"}, "s3_endpoint: got 'minio:9000'; expected a URL like https://host:port"),
        ({"replicas": 3}, "unknown key 'replicas'"),
        ({"runtime": "torchserve"}, "image: got None; expected an image with ONNX Runtime"),
        ({"runtime": "torchserve", "image": OWN, "gpus": 1}, "gpus: got 1; expected 0: a TorchServe package"),
        ({"model_store_prefix": "models"}, "model_store_prefix: got 'models'; expected nothing, or"),
        ({"model_store_prefix": "/models/"}, "model_store_prefix: got '/models/'; expected nothing, or"),
        ({"client_namespaces": ["Web"]}, "client_namespaces[0]: got 'Web'; expected a namespace's name"),
        ({"client_pod_labels": {"a b": "c"}}, "client_pod_labels.a b: got 'c'; expected a Kubernetes label"),
        ({"client_cidrs": ["10.0.0.1/24"]}, "client_cidrs[0]: got '10.0.0.1/24'; expected an IPv4 range"),
        ({"client_cidrs": ["0.0.0.0/0"]}, "client_cidrs[0]: got '0.0.0.0/0'; expected a range of your own"),
        ({"cpu": "2 cores"}, "cpu: got '2 cores'; expected a Kubernetes quantity"),
        ({"cpu": "0"}, "cpu: got '0'; expected a Kubernetes quantity"),
        ({"memory": "4GB"}, "memory: got '4GB'; expected a Kubernetes quantity"),
        (
            {**OPEN, "namespace": "kube-system"},
            "namespace: got 'kube-system'; expected a namespace that isn't there yet",
        ),
        ({**OPEN, "namespace": "default"}, "Every cluster has this one already."),
        ({"namespace": "My_Models"}, "namespace: got 'My_Models'; expected lower-case letters"),
    ],
)
def test_what_makes_no_sense_is_refused(service, args, message):
    with pytest.raises(UserError) as error:
        service(**args)
    assert "InferenceService 'digits'" in str(error.value)
    assert message in str(error.value)


def test_only_this_service_of_this_cluster_may_wear_the_role(service):
    plan = service(**EKS, answers=lambda _token, _args: {"accountId": "123456789012"})
    (statement,) = json.loads(plan["digits-reader"].inputs["assumeRolePolicy"])["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Principal": {"Service": "pods.eks.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": {
            "StringEquals": {
                "aws:SourceAccount": "123456789012",
                "aws:RequestTag/eks-cluster-name": "dev",
                "aws:RequestTag/kubernetes-namespace": "models",
                "aws:RequestTag/kubernetes-service-account": "digits",
            }
        },
    }
