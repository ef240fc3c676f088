"""Metrics, dashboards and alerts for a cluster and its inference services."""

from enum import StrEnum
from typing import NotRequired, TypedDict

import pulumi

from .._arguments import checked, validate_new_namespace, wrong
from .._kubernetes import images
from .._kubernetes.compatibility import kubernetes_version, validate_charts
from .._kubernetes.scheduling import Scheduling, tolerate
from ..component import Component
from .alert_routing import Routing, alertmanager_config
from .children import Children
from .values import ADAPTER, CRDS, GPU_EXPORTER, STACK, Sizes


class Severity(StrEnum):
    """Severity of an alert."""

    WARNING = "warning"
    """Needs attention within the day."""
    CRITICAL = "critical"
    """Needs attention at once: pages the on-call engineer."""


class MonitoringArgs(TypedDict):
    """Arguments of ``Monitoring``."""

    cluster_name: NotRequired[pulumi.Input[str]]
    """EKS cluster: value of Prometheus's external label ``cluster``, and the cluster of Alertmanager's Pod Identity
    association. Default: the external label is the component's name."""
    kubeconfig: NotRequired[pulumi.Input[str]]
    """Kubeconfig of the cluster, for example an ``EksCluster``'s. Default: the cluster of ``opts.provider``."""
    kubernetes_version: NotRequired[str]
    """The cluster's Kubernetes minor version, for example ``"1.35"``; one that is too old for the charts is refused.
    Default: that of the ``EksCluster`` whose provider is in ``opts``; otherwise nothing is checked."""
    namespace: NotRequired[str]
    """Namespace to create; a second one, ``<namespace>-nodes``, holds the DaemonSets that access the nodes.
    Default: ``"monitoring"``."""
    metric_retention_days: NotRequired[int]
    """Retention of metrics in days. Default: ``15``."""
    storage_gib: NotRequired[int]
    """Volume size of each Prometheus, in GiB; the oldest metrics are deleted at 85 % of it. Default: ``50``."""
    storage_class: NotRequired[str]
    """StorageClass of the volumes; empty for the cluster's default. Default: ``""``."""
    replicas: NotRequired[int]
    """Replicas of Prometheus and of Alertmanager; 2 or more are placed on different nodes. Default: ``1``."""
    cpu: NotRequired[str]
    """CPU request of each Prometheus, as a Kubernetes quantity. Default: ``"500m"``."""
    memory: NotRequired[str]
    """Memory request and limit of each Prometheus, as a Kubernetes quantity. Default: ``"2Gi"``."""
    node_selector: NotRequired[dict[str, str]]
    """Node selector of the pods. Default: ``{}``."""
    tolerated_taints: NotRequired[list[str]]
    """Keys of the taints that the pods tolerate, for a cluster without untainted nodes. Default: ``[]``."""
    image_registry: NotRequired[str]
    """Registry mirror for the charts' images, for nodes that can't reach the public registries, for example
    ``"111122223333.dkr.ecr.eu-west-1.amazonaws.com/upstream"``; it holds each image under its upstream host's name.
    Default: ``""``."""
    gpu_metrics: NotRequired[bool]
    """Install NVIDIA's dcgm-exporter on GPU nodes. Default: ``True``."""
    alert_topic_arn: NotRequired[pulumi.Input[str]]
    """ARN of the SNS topic that receives alerts; requires ``cluster_name``. Default: none."""
    alert_topic_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the customer managed KMS key of that topic. Default: the topic isn't encrypted with one."""
    alert_slack_secret: NotRequired[str]
    """Secret in ``namespace`` whose key ``url`` is a Slack webhook; mounted as a file. Default: ``""``."""
    alert_slack_channel: NotRequired[str]
    """Slack channel, with its ``#``. Default: ``"#alerts"``."""
    alert_severity: NotRequired[Severity]
    """Minimum severity of alerts that are sent; Alertmanager shows all. Default: ``"warning"``."""
    latency_alert_ms: NotRequired[int]
    """Alert threshold of the 99th percentile latency (TorchServe: mean latency), in milliseconds.
    Default: ``500``."""
    queue_alert_ms: NotRequired[int]
    """Alert threshold of the mean queue time, in milliseconds. Default: ``200``."""
    error_alert_percent: NotRequired[int]
    """Alert threshold of the share of failed requests, in percent. Default: ``5``."""
    idle_gpu_alert_minutes: NotRequired[int]
    """Minutes that a pod may hold an idle GPU before an alert. Default: ``60``."""
    deletion_protection: NotRequired[bool]
    """Protects stateful resources from deletion, and retains them in AWS when they are removed from the program.
    Default: ``True``."""
    deletion_allowed: NotRequired[dict[str, str]]
    """Resources that ``deletion_protection`` doesn't guard today: a resource's name in the program (or
    ``<kind>::<name>``, for example ``Bucket::lake-gold``) to today's date in UTC, for example ``2026-12-01``. Any other
    day is refused. Default: ``{}``."""
    labels: NotRequired[dict[str, str]]
    """Labels on every Kubernetes object. Default: ``{}``."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Permissions boundary of each IAM role. Default: none."""
    iam_path: NotRequired[str]
    """Path of each IAM role, such as ``"/aistacks/"``; another one replaces them. Default: IAM's, ``/``."""
    tags: NotRequired[dict[str, str]]
    """Tags on every AWS resource, in addition to the component's own. Default: ``{}``."""


_DEFAULTS: dict[str, object] = {
    "namespace": "monitoring",
    "metric_retention_days": 15,
    "storage_gib": 50,
    "storage_class": "",
    "replicas": 1,
    "cpu": "500m",
    "memory": "2Gi",
    "node_selector": {},
    "tolerated_taints": [],
    "image_registry": "",
    "gpu_metrics": True,
    "alert_slack_secret": "",
    "alert_slack_channel": "#alerts",
    "alert_severity": "warning",
    "latency_alert_ms": 500,
    "queue_alert_ms": 200,
    "error_alert_percent": 5,
    "idle_gpu_alert_minutes": 60,
    "deletion_protection": True,
    "deletion_allowed": {},
    "labels": {},
    "tags": {},
}


class Monitoring(Component):
    """Prometheus, Alertmanager, Grafana, GPU metrics, dashboards, alert rules and the autoscalers' metrics.

    Install it once per cluster, because the charts contain cluster-scoped objects. Runs on any Kubernetes cluster,
    given by ``kubeconfig`` or ``opts.provider``. Raises ``UserError`` for invalid arguments.
    """

    namespace: pulumi.Output[str]
    """Namespace of Prometheus and Grafana."""
    prometheus_url: pulumi.Output[str]
    """Base URL of Prometheus inside the cluster."""
    grafana_service: pulumi.Output[str]
    """Name of Grafana's Service (port 80) in ``namespace``; the Secret of the same name has the admin password."""

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        a = _validate(name, checked(name, args, MonitoringArgs, _DEFAULTS))
        charts = [CRDS, STACK, ADAPTER, *([GPU_EXPORTER] if a["gpu_metrics"] else [])]
        validate_charts(name, MonitoringArgs, charts, kubernetes_version(name, MonitoringArgs, a, opts))
        super().__init__(name, opts, a.get("kubeconfig"), deletion_allowed=a["deletion_allowed"], iam=a)
        routing = _routing(a)
        cluster = a.get("cluster_name", name)
        children = Children(
            name, a["namespace"], a["labels"], a["tags"], a["deletion_protection"], a["image_registry"], self
        )
        self.namespace = children.namespaces()
        identity = children.publisher(routing, cluster)
        stack = children.stack(
            _sizes(a), _scheduling(a), cluster, alertmanager_config(routing), identity, children.definitions()
        )
        self.prometheus_url = pulumi.Output.concat("http://", self._host(f"{STACK}-prometheus"), ":9090")
        children.adapter(pulumi.Output.concat("http://", self._host(f"{STACK}-prometheus")), _scheduling(a), stack)
        if a["gpu_metrics"]:
            children.gpu_exporter(stack)
        children.scrapes(stack)
        children.alerts(_thresholds(a), stack)
        children.dashboards()
        self.grafana_service = pulumi.Output.from_input(f"{STACK}-grafana")

    def _host(self, service: str) -> pulumi.Output[str]:
        return pulumi.Output.concat(service, ".", self.namespace, ".svc.cluster.local")


def _routing(a: MonitoringArgs) -> Routing:
    return Routing(
        topic_arn=a.get("alert_topic_arn"),
        key_arn=a.get("alert_topic_key_arn"),
        slack_secret=a["alert_slack_secret"],
        slack_channel=a["alert_slack_channel"],
        severities=["warning", "critical"] if a["alert_severity"] == Severity.WARNING else ["critical"],
    )


def _sizes(a: MonitoringArgs) -> Sizes:
    return Sizes(
        retention_days=a["metric_retention_days"],
        storage_gib=a["storage_gib"],
        storage_class=a["storage_class"],
        replicas=a["replicas"],
        cpu=a["cpu"],
        memory=a["memory"],
    )


def _scheduling(a: MonitoringArgs) -> Scheduling:
    return Scheduling(node_selector=a["node_selector"], tolerations=[tolerate(key) for key in a["tolerated_taints"]])


def _thresholds(a: MonitoringArgs) -> dict[str, int]:
    return {
        "latency_ms": a["latency_alert_ms"],
        "queue_ms": a["queue_alert_ms"],
        "error_percent": a["error_alert_percent"],
        "idle_minutes": a["idle_gpu_alert_minutes"],
    }


def _validate(name: str, a: MonitoringArgs) -> MonitoringArgs:
    """Validate the arguments beyond their types."""
    for key in (
        "metric_retention_days",
        "storage_gib",
        "replicas",
        "latency_alert_ms",
        "queue_alert_ms",
        "error_alert_percent",
        "idle_gpu_alert_minutes",
    ):
        if a[key] < 1:
            raise wrong(name, MonitoringArgs, key, a[key], "1 or more")
    # `-nodes` follows in the second one's name.
    validate_new_namespace(name, MonitoringArgs, "namespace", a["namespace"], 57)
    images.validate(name, MonitoringArgs, a["image_registry"])
    if "alert_topic_arn" in a and "cluster_name" not in a:
        expected = "the EKS cluster, as alert_topic_arn is given"
        raise wrong(name, MonitoringArgs, "cluster_name", None, expected, "Its Pod Identity lets Alertmanager publish.")
    if "alert_topic_key_arn" in a and "alert_topic_arn" not in a:
        raise wrong(name, MonitoringArgs, "alert_topic_arn", None, "the topic whose key alert_topic_key_arn is")
    return a
