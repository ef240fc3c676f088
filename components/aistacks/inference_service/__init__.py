"""A published model, served over HTTP and gRPC on a Kubernetes cluster."""

from enum import StrEnum
from typing import NotRequired, TypedDict

import pulumi

from .._arguments import checked
from .._kubernetes import images
from .._kubernetes.compatibility import kubernetes_version, validate_gpu_image
from ..component import Component
from . import torchserve, triton
from .checks import validate
from .children import Children
from .server import Server, facts


class Runtime(StrEnum):
    """The model server."""

    TRITON = "triton"
    """NVIDIA Triton Inference Server; recommended."""
    TORCHSERVE = "torchserve"
    """TorchServe, for models that exist as ``.mar`` files; no longer maintained upstream."""


class PoolLabel(StrEnum):
    """Node label by which pods select their pool."""

    NODE_POOL = "karpenter.sh/nodepool"
    """The one NodePool of that name, whoever made it."""
    GPU_NODE_POOL = "aistacks.io/pool"
    """Every NodePool of the `GpuNodePool` of that name: with ``capacity`` or ``replicas`` it has others than that of
    its name."""


class InferenceServiceArgs(TypedDict):
    """Arguments of ``InferenceService``."""

    namespace: pulumi.Input[str]
    """Kubernetes namespace; it may enforce the ``restricted`` Pod Security Standard."""
    model: str
    """Name of the published model: lower-case letters, digits, ``.``, ``_`` and hyphens."""
    model_digest: str
    """SHA-256 of the model's ``SHA256SUMS`` file, in hex, with or without ``sha256:``. Files that
    it doesn't list are not served, nor is a package that wasn't verified."""
    model_store_bucket: pulumi.Input[str]
    """Bucket that holds ``<prefix><model>/<digest>/``."""
    model_store_prefix: NotRequired[pulumi.Input[str]]
    """Key prefix of the models in the bucket (`ModelStore.prefix`): empty, or ending in ``/``. Default: ``""``."""
    kubeconfig: NotRequired[pulumi.Input[str]]
    """Kubeconfig of the cluster, for example an ``EksCluster``'s. Default: the cluster of ``opts.provider``."""
    kubernetes_version: NotRequired[str]
    """The cluster's Kubernetes minor version, for example ``"1.35"``; it decides which driver the nodes of a
    `GpuNodePool` have, against which the CUDA of ``image`` is held. Default: that of the ``EksCluster`` whose provider
    is in ``opts``; otherwise the driver isn't checked."""
    runtime: NotRequired[Runtime]
    """The model server. Default: ``"triton"``."""
    image: NotRequired[str]
    """The model server's image, preferably by digest; required for TorchServe, which needs one with ONNX Runtime.
    Default: Triton at the version that this release pins."""
    image_registry: NotRequired[str]
    """Registry mirror for the pinned images, for nodes that can't reach the public registries, for example
    ``"111122223333.dkr.ecr.eu-west-1.amazonaws.com/upstream"``; it holds each image under its upstream host's name.
    Default: ``""``."""
    create_namespace: NotRequired[bool]
    """Create the namespace, with Pod Security ``restricted`` and a default-deny network policy.
    Default: ``False``."""
    cluster_name: NotRequired[pulumi.Input[str]]
    """EKS cluster; with ``read_policy_arn`` it gives the pods a read-only role through Pod Identity.
    Default: no role is created."""
    read_policy_arn: NotRequired[pulumi.Input[str]]
    """ARN of the IAM policy that allows reading the model store (`ModelStore.read_policy_arn`). Default: no role is
    created."""
    service_account: NotRequired[pulumi.Input[str]]
    """Name of an existing service account. Default: a new one."""
    service_account_annotations: NotRequired[dict[str, str]]
    """Annotations of the service account, for example ``eks.amazonaws.com/role-arn`` in a cluster with IRSA.
    Default: ``{}``."""
    region: NotRequired[pulumi.Input[str]]
    """AWS Region of the model store. Default: the region that the cluster's Pod Identity webhook sets in the pod."""
    s3_endpoint: NotRequired[str]
    """URL of an S3-compatible store, for example ``"https://minio.storage:9000"``; empty for Amazon S3.
    Default: ``""``."""
    min_replicas: NotRequired[int]
    """Minimum number of pods, at least 1. Default: ``1``."""
    max_replicas: NotRequired[int]
    """Maximum number of pods. Default: ``4``."""
    target_queue_ms: NotRequired[int]
    """Target for the mean queue time of requests, in milliseconds, above which pods are added; 0 disables it, as is
    necessary without prometheus-adapter: an autoscaler never scales down while a metric is missing. Default: ``50``."""
    target_cpu_percent: NotRequired[int]
    """Target CPU utilization, in percent of the request, above which pods are added. Default: ``70``."""
    cpu: NotRequired[str]
    """CPU request and limit of a pod, as a Kubernetes quantity. Default: ``"2"``."""
    memory: NotRequired[str]
    """Memory request and limit of a pod, as a Kubernetes quantity. Default: ``"4Gi"``."""
    gpus: NotRequired[int]
    """NVIDIA GPUs per pod; 0 serves on CPUs. Default: ``0``."""
    gpu_instance_types: NotRequired[list[str]]
    """Instance types of ``pool`` (`GpuNodePoolArgs.instance_types`), against whose GPUs the CUDA of ``image`` is held;
    empty for no such check. Default: ``[]``."""
    pool: NotRequired[pulumi.Input[str]]
    """Karpenter node pool (`GpuNodePool.name`). Default: any node that fits."""
    pool_label: NotRequired[PoolLabel]
    """Label whose value ``pool`` is. Default: ``"karpenter.sh/nodepool"``."""
    node_selector: NotRequired[dict[str, str]]
    """Additional node selector labels. Default: ``{}``."""
    model_size_gib: NotRequired[int]
    """Ephemeral storage for the unpacked model, in GiB. Default: ``10``."""
    startup_minutes: NotRequired[int]
    """Minutes that a pod may take to load the model before it is restarted; ``pulumi up`` fails 15 minutes later.
    Default: ``10``."""
    client_namespaces: NotRequired[list[str]]
    """Namespaces whose pods may send requests; empty for the service's own namespace. With ``create_namespace`` nothing
    else runs there, so at least one of the ``client_…`` arguments is required. Default: ``[]``."""
    client_pod_labels: NotRequired[dict[str, str]]
    """Labels that client pods must have, in ``client_namespaces`` or in the service's own namespace.
    Default: ``{}``."""
    client_cidrs: NotRequired[list[str]]
    """IPv4 CIDR blocks outside the cluster that may send requests to the pods, for example a load balancer's
    subnets. Default: ``[]``."""
    monitoring_namespace: NotRequired[str]
    """Namespace whose pods may scrape the metrics. Default: ``"monitoring"``."""
    labels: NotRequired[dict[str, str]]
    """Labels on every Kubernetes object. Default: ``{}``."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Permissions boundary of each IAM role. Default: none."""
    iam_path: NotRequired[str]
    """Path of each IAM role, such as ``"/aistacks/"``; another one replaces them. Default: IAM's, ``/``."""
    tags: NotRequired[dict[str, str]]
    """Tags on every AWS resource, in addition to the component's own. Default: ``{}``."""


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
    "gpu_instance_types": [],
    "pool_label": PoolLabel.NODE_POOL,
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
    """A model server that serves one verified model and scales with its request queue.

    Runs on any Kubernetes cluster, given by ``kubeconfig`` or ``opts.provider``. Raises ``UserError`` for invalid
    arguments.
    """

    name: pulumi.Output[str]
    """Name of the Deployment and the Service."""
    namespace: pulumi.Output[str]
    """Namespace of the service."""
    url: pulumi.Output[str]
    """Base URL inside the cluster, for example ``http://digits.models.svc.cluster.local:8000``."""
    grpc_address: pulumi.Output[str]
    """Host and port inside the cluster for gRPC clients."""

    def __init__(self, name: str, args: InferenceServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        a = _normalized(checked(name, args, InferenceServiceArgs, _DEFAULTS))
        validate(name, InferenceServiceArgs, a)
        if a["gpus"]:
            kubernetes = kubernetes_version(name, InferenceServiceArgs, a, opts)
            validate_gpu_image(name, InferenceServiceArgs, _image(a), a["gpu_instance_types"], kubernetes)
        super().__init__(name, opts, a.get("kubeconfig"), iam=a)
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
    return triton.server(_image(a))


def _image(a: InferenceServiceArgs) -> str:
    """Triton's image."""
    return a.get("image") or images.mirrored(facts()["triton"]["image"], a["image_registry"])


def _normalized(a: InferenceServiceArgs) -> InferenceServiceArgs:
    return {**a, "model_digest": a["model_digest"].removeprefix("sha256:")}
