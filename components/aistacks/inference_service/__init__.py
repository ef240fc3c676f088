"""A published model, served over HTTP and gRPC on a Kubernetes cluster."""

from enum import StrEnum
from typing import NotRequired, TypedDict

import pulumi

from .._arguments import checked
from .._kubernetes import images
from ..component import Component
from . import torchserve, triton
from .checks import validate
from .children import Children
from .server import Server, facts


class Runtime(StrEnum):
    """The model server."""

    TRITON = "triton"
    """NVIDIA Triton Inference Server: the default choice."""
    TORCHSERVE = "torchserve"
    """TorchServe: for models that exist as ``.mar`` files; upstream maintains it no more."""


class InferenceServiceArgs(TypedDict):
    """Arguments of ``InferenceService``."""

    namespace: pulumi.Input[str]
    """Kubernetes namespace; one that enforces the ``restricted`` Pod Security Standard admits these pods."""
    model: str
    """Name of the published model: lower-case letters, digits, ``.``, ``_`` and hyphens."""
    model_digest: str
    """SHA-256 of the model's ``SHA256SUMS`` file, in hex, with or without ``sha256:``. What it doesn't
    vouch for isn't served, nor a package that passed no gates."""
    model_store_bucket: pulumi.Input[str]
    """Bucket that holds ``<prefix><model>/<digest>/``."""
    model_store_prefix: NotRequired[pulumi.Input[str]]
    """Where in the bucket the models lie (`ModelStore.prefix`): empty, or ending in ``/``. Default: ``""``."""
    kubeconfig: NotRequired[pulumi.Input[str]]
    """Kubeconfig of the cluster, for example an ``EksCluster``'s. Default: the cluster of ``opts.provider``."""
    runtime: NotRequired[Runtime]
    """The model server. Default: ``"triton"``."""
    image: NotRequired[str]
    """The model server's image, best by digest; TorchServe needs one of your own, with ONNX Runtime.
    Default: Triton at the version that this release pins."""
    image_registry: NotRequired[str]
    """Mirror that pinned images are pulled from, where nodes can't reach the public registries, for example
    ``"111122223333.dkr.ecr.eu-west-1.amazonaws.com/upstream"``: it holds each below its upstream host.
    Default: ``""``."""
    create_namespace: NotRequired[bool]
    """Make the namespace too, enforcing ``restricted`` and closed to what no policy allows.
    Default: ``False``."""
    cluster_name: NotRequired[pulumi.Input[str]]
    """EKS cluster; with ``read_policy_arn`` it gives the pods a read-only role by Pod Identity.
    Default: no role is made."""
    read_policy_arn: NotRequired[pulumi.Input[str]]
    """IAM policy that may read the model store (`ModelStore.read_policy_arn`). Default: no role is made."""
    service_account: NotRequired[pulumi.Input[str]]
    """Bring your own service account. Default: one of this service's own."""
    service_account_annotations: NotRequired[dict[str, str]]
    """For example ``eks.amazonaws.com/role-arn``, where the cluster knows IRSA and not Pod Identity.
    Default: ``{}``."""
    region: NotRequired[pulumi.Input[str]]
    """Region of the model store. Default: what the cluster's identity webhook tells the pod."""
    s3_endpoint: NotRequired[str]
    """URL of another S3-compatible store, for example ``"https://minio.storage:9000"``. Default: ``""``."""
    min_replicas: NotRequired[int]
    """Pods kept when idle, at least 1. Default: ``1``."""
    max_replicas: NotRequired[int]
    """Pods at most. Default: ``4``."""
    target_queue_ms: NotRequired[int]
    """Milliseconds a request may wait for its turn, on average, before pods are added; 0 turns it off
    (where no prometheus-adapter serves the metric, the autoscaler would never shrink). Default: ``50``."""
    target_cpu_percent: NotRequired[int]
    """Share of the CPU asked for, in percent, above which pods are added. Default: ``70``."""
    cpu: NotRequired[str]
    """CPU of a pod, asked for and at most, as a Kubernetes quantity. Default: ``"2"``."""
    memory: NotRequired[str]
    """Memory of a pod, asked for and at most, as a Kubernetes quantity. Default: ``"4Gi"``."""
    gpus: NotRequired[int]
    """NVIDIA GPUs of a pod; 0 serves on CPUs. Default: ``0``."""
    pool: NotRequired[pulumi.Input[str]]
    """Karpenter node pool (`GpuNodePool.name`). Default: any node that fits."""
    node_selector: NotRequired[dict[str, str]]
    """More node labels to ask for. Default: ``{}``."""
    model_size_gib: NotRequired[int]
    """Room for the unpacked model on the node's disk, in GiB. Default: ``10``."""
    startup_minutes: NotRequired[int]
    """Minutes a pod may take to load the model before it is restarted; ``up`` gives up 15 minutes later.
    Default: ``10``."""
    client_namespaces: NotRequired[list[str]]
    """Namespaces whose pods may send requests; empty for the service's own, which nothing else runs in if
    ``create_namespace`` makes it, so then some client has to be named. Default: ``[]``."""
    client_pod_labels: NotRequired[dict[str, str]]
    """Only pods with all of these labels may send requests, in ``client_namespaces`` or in the service's own.
    Default: ``{}``."""
    client_cidrs: NotRequired[list[str]]
    """IPv4 ranges that may send requests to the pods from outside the cluster, for example a load balancer's
    subnets. Default: ``[]``."""
    monitoring_namespace: NotRequired[str]
    """Namespace that may read the metrics. Default: ``"monitoring"``."""
    labels: NotRequired[dict[str, str]]
    """Labels of every Kubernetes object. Default: ``{}``."""
    tags: NotRequired[dict[str, str]]
    """Tags of every AWS resource. Default: ``{}``."""


_DEFAULTS: dict[str, object] = {
    "runtime": "triton",
    "model_store_prefix": "",
    "image_registry": "",
    "create_namespace": False,
    "service_account_annotations": {},
    "s3_endpoint": "",
    "min_replicas": 1,
    "max_replicas": 4,
    "target_queue_ms": 50,
    "target_cpu_percent": 70,
    "cpu": "2",
    "memory": "4Gi",
    "gpus": 0,
    "node_selector": {},
    "model_size_gib": 10,
    "startup_minutes": 10,
    "client_namespaces": [],
    "client_pod_labels": {},
    "client_cidrs": [],
    "monitoring_namespace": "monitoring",
    "labels": {},
    "tags": {},
}


class InferenceService(Component):
    """A model server that serves one proven model and scales with its queue.

    Runs on any cluster: give it by ``kubeconfig`` or through ``opts.provider``. Raises ``UserError`` for arguments that
    make no sense.
    """

    name: pulumi.Output[str]
    """Name of its Deployment and Service."""
    namespace: pulumi.Output[str]
    """Namespace it runs in."""
    url: pulumi.Output[str]
    """Base URL inside the cluster, for example ``http://digits.models.svc.cluster.local:8000``."""
    grpc_address: pulumi.Output[str]
    """Host and port inside the cluster for gRPC clients."""

    def __init__(self, name: str, args: InferenceServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        a = _normalized(checked(name, args, InferenceServiceArgs, _DEFAULTS))
        validate(name, InferenceServiceArgs, a)
        super().__init__(name, opts, a.get("kubeconfig"))
        server = _server(a)
        children = Children(name, a, server, self)
        self.namespace = children.namespace()
        account = children.service_account()
        identity = children.identity(account)
        deployment = children.deployment(account, identity)
        self.name = deployment.metadata.apply(lambda m: str(m["name"]))
        service = children.service()
        children.autoscaler(self.name)
        children.disruption_budget()
        children.network_policy()
        host = pulumi.Output.concat(service.metadata["name"], ".", self.namespace, ".svc.cluster.local:")
        self.url = pulumi.Output.concat("http://", host, str(server.http_port))
        self.grpc_address = pulumi.Output.concat(host, str(server.grpc_port))


def _server(a: InferenceServiceArgs) -> Server:
    if a["runtime"] is Runtime.TORCHSERVE:
        return torchserve.server(a["image"], a["model"])
    return triton.server(a.get("image") or images.mirrored(facts()["triton"]["image"], a["image_registry"]))


def _normalized(a: InferenceServiceArgs) -> InferenceServiceArgs:
    return {**a, "model_digest": a["model_digest"].removeprefix("sha256:")}
