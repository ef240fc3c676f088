"""A published model, served over HTTP and gRPC on a Kubernetes cluster."""

import re
from enum import StrEnum
from typing import NotRequired, TypedDict

import pulumi

from .._arguments import checked, wrong
from ..component import Component
from . import torchserve, triton
from .children import Children
from .server import Server


class Runtime(StrEnum):
    """The model server."""

    TRITON = "triton"
    """NVIDIA Triton Inference Server: the default choice."""
    TORCHSERVE = "torchserve"
    """TorchServe: for models that exist as ``.mar`` files; upstream maintains it no more."""


class InferenceServiceArgs(TypedDict):
    """Identity is an Input; shape is plain, so it is known before preview."""

    namespace: pulumi.Input[str]
    """Kubernetes namespace; one that enforces the ``restricted`` Pod Security Standard admits these pods."""
    model: str
    """Name of the published model: lower-case letters, digits, ``.``, ``_`` and hyphens."""
    model_digest: str
    """SHA-256 of the model's ``SHA256SUMS`` file, in hex, with or without ``sha256:``. What it doesn't
    vouch for isn't served, nor a package that passed no gates."""
    model_store_bucket: pulumi.Input[str]
    """Bucket that holds ``<model>/<digest>/``."""
    runtime: NotRequired[Runtime]
    """The model server. Default: ``"triton"``."""
    image: NotRequired[str]
    """The model server's image, best by digest. Default: the version that this release pins."""
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
    """Minutes a pod may take to load the model before it is restarted. Default: ``30``."""
    client_namespaces: NotRequired[list[str]]
    """Namespaces that may send requests. Default: the service's own."""
    monitoring_namespace: NotRequired[str]
    """Namespace that may read the metrics. Default: ``"monitoring"``."""
    labels: NotRequired[dict[str, str]]
    """Labels of every Kubernetes object. Default: ``{}``."""
    tags: NotRequired[dict[str, str]]
    """Tags of every AWS resource. Default: ``{}``."""


_DEFAULTS: dict[str, object] = {
    "runtime": "triton",
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
    "startup_minutes": 30,
    "monitoring_namespace": "monitoring",
    "labels": {},
    "tags": {},
}


class InferenceService(Component):
    """A model server that serves one proven model and scales with its queue.

    Runs on any cluster: give it through ``opts.provider``. Raises ``UserError`` for arguments that make no sense.
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
        a = _sensible(name, checked(name, args, InferenceServiceArgs, _DEFAULTS))
        super().__init__(name, opts)
        server = _server(a)
        children = Children(name, a, server, self)
        self.namespace = children.namespace()
        account = children.service_account()
        identity = children.identity(account)
        deployment = children.deployment(account, identity)
        self.name = deployment.metadata.apply(lambda m: str(m["name"]))
        service = children.service()
        children.guards(self.name)
        host = pulumi.Output.concat(service.metadata["name"], ".", self.namespace, ".svc.cluster.local:")
        self.url = pulumi.Output.concat("http://", host, str(server.http_port))
        self.grpc_address = pulumi.Output.concat(host, str(server.grpc_port))


def _server(a: InferenceServiceArgs) -> Server:
    image = a.get("image", "")
    if a["runtime"] == Runtime.TRITON:
        return triton.server(image)
    return torchserve.server(image, a["model"], a["gpus"])


def _sensible(name: str, a: InferenceServiceArgs) -> InferenceServiceArgs:
    """What types can't say; also strips the digest's prefix."""
    a["model_digest"] = a["model_digest"].removeprefix("sha256:")
    if not re.fullmatch(r"[0-9a-f]{64}", a["model_digest"]):
        raise wrong(
            name, InferenceServiceArgs, "model_digest", a["model_digest"], "a SHA-256: 64 lower-case hex digits"
        )
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", a["model"]):
        expected = "lower-case letters, digits, '.', '_' and hyphens"
        raise wrong(name, InferenceServiceArgs, "model", a["model"], expected)
    for least, keys in {
        1: ("min_replicas", "target_cpu_percent", "model_size_gib", "startup_minutes"),
        0: ("gpus", "target_queue_ms"),
    }.items():
        for key in keys:
            if a[key] < least:  # type: ignore[literal-required]
                raise wrong(name, InferenceServiceArgs, key, a[key], f"{least} or more")  # type: ignore[literal-required]
    if a["max_replicas"] < a["min_replicas"]:
        expected = f"at least min_replicas ({a['min_replicas']})"
        raise wrong(name, InferenceServiceArgs, "max_replicas", a["max_replicas"], expected)
    if ("cluster_name" in a) != ("read_policy_arn" in a):
        given, missing = ("cluster_name", "read_policy_arn")[:: 1 if "cluster_name" in a else -1]
        raise wrong(name, InferenceServiceArgs, missing, None, f"a value, as {given} is given", "Give both or neither.")
    if a["s3_endpoint"] and not re.fullmatch(r"https?://[^/]+/?", a["s3_endpoint"]):
        raise wrong(name, InferenceServiceArgs, "s3_endpoint", a["s3_endpoint"], "a URL like https://host:port")
    return a
