"""Values of the charts that `Monitoring` installs; each key was read in the pinned chart's values.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from .facts import monitoring_facts

STACK = "kube-prometheus-stack"
ALERTMANAGER_ACCOUNT = "alertmanager"


@dataclass(frozen=True)
class Sizes:
    """What the metrics take."""

    retention_days: int
    storage_gib: int
    storage_class: str
    """Empty for the cluster's default."""
    replicas: int
    cpu: str
    memory: str


@dataclass(frozen=True)
class Seats:
    """Where the pods run."""

    node_selector: Mapping[str, str]
    tolerated_taints: list[str]

    def values(self) -> dict[str, Any]:
        """``nodeSelector`` and ``tolerations``, as every chart here calls them."""
        return {
            "nodeSelector": dict(self.node_selector),
            "tolerations": [{"key": key, "operator": "Exists"} for key in self.tolerated_taints],
        }


def stack_values(
    sizes: Sizes,
    seats: Seats,
    cluster: pulumi.Input[str],
    nodes_namespace: pulumi.Input[str],
    alertmanager: dict[str, Any],
    labels: Mapping[str, str],
) -> dict[str, Any]:
    """kube-prometheus-stack: Prometheus, Alertmanager, Grafana and what they watch."""
    return {
        "fullnameOverride": STACK,
        "commonLabels": dict(labels),
        # AWS runs these; nothing of theirs can be reached from a pod.
        "kubeControllerManager": {"enabled": False},
        "kubeScheduler": {"enabled": False},
        "kubeEtcd": {"enabled": False},
        # EKS's kube-proxy serves its metrics on the node's loopback only.
        "kubeProxy": {"enabled": False},
        "prometheus": {"prometheusSpec": _prometheus(sizes, seats, cluster)},
        "alertmanager": _alertmanager(sizes, seats, alertmanager),
        "grafana": {
            **seats.values(),
            # No adminPassword: the chart makes a random one and keeps it across upgrades.
            "testFramework": {"enabled": False},
            "resources": _box("100m", "512Mi"),
            "sidecar": {"resources": _box("50m", "256Mi")},
        },
        "prometheusOperator": {
            **seats.values(),
            "resources": _box("100m", "256Mi"),
            "prometheusConfigReloader": {"resources": _box("20m", "64Mi")},
            "admissionWebhooks": {"patch": {**seats.values(), "resources": _box("50m", "64Mi")}},
        },
        "kube-state-metrics": {**seats.values(), "resources": _box("50m", "256Mi")},
        # It reads the node itself, so it can't live where Pod Security is restricted.
        "prometheus-node-exporter": {"namespaceOverride": nodes_namespace, "resources": _box("50m", "64Mi")},
    }


def adapter_values(prometheus: pulumi.Input[str], seats: Seats, labels: Mapping[str, str]) -> dict[str, Any]:
    """prometheus-adapter: the queue metrics, for the autoscalers of inference services, and no others."""
    return {
        **seats.values(),
        "fullnameOverride": "prometheus-adapter",
        "customLabels": dict(labels),
        "prometheus": {"url": prometheus, "port": 9090},
        "metricsRelistInterval": "1m",
        "resources": _box("100m", "256Mi"),
        "rules": {"default": False, "custom": [_pod_metric(m) for m in monitoring_facts("charts")["pod_metrics"]]},
    }


def gpu_values(labels: Mapping[str, str]) -> dict[str, Any]:
    """dcgm-exporter: on each node that has an NVIDIA GPU, whoever made it."""
    return {
        "fullnameOverride": "dcgm-exporter",
        "podLabels": dict(labels),
        "tolerations": [{"operator": "Exists", "effect": "NoSchedule"}],
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [
                        _nodes("karpenter.k8s.aws/instance-gpu-manufacturer", "nvidia"),
                        _nodes("nvidia.com/gpu.present", "true"),
                    ]
                }
            }
        },
        # Labels of the pod that holds the GPU come as exported_*; the plain ones are the exporter's own.
        "serviceMonitor": {"enabled": True, "interval": "15s", "honorLabels": False},
        "resources": _box("100m", "512Mi"),
    }


def _prometheus(sizes: Sizes, seats: Seats, cluster: pulumi.Input[str]) -> dict[str, Any]:
    selectors = ("rule", "serviceMonitor", "podMonitor", "probe", "scrapeConfig")
    return {
        **seats.values(),
        # Monitors and rules count whoever made them, not only this release.
        **{f"{kind}SelectorNilUsesHelmValues": False for kind in selectors},
        "replicas": sizes.replicas,
        "retention": f"{sizes.retention_days}d",
        # The oldest goes before the disk is full.
        "retentionSize": f"{max(1, sizes.storage_gib * 85 // 100)}GiB",
        "externalLabels": {"cluster": cluster},
        "storageSpec": _claim(sizes.storage_gib, sizes.storage_class),
        "resources": _box(sizes.cpu, sizes.memory),
        "podAntiAffinity": "hard" if sizes.replicas > 1 else "soft",
    }


def _alertmanager(sizes: Sizes, seats: Seats, routing: dict[str, Any]) -> dict[str, Any]:
    return {
        "serviceAccount": {"create": True, "name": ALERTMANAGER_ACCOUNT},
        "config": routing["config"],
        "alertmanagerSpec": {
            **seats.values(),
            "replicas": sizes.replicas,
            "secrets": routing["secrets"],
            "storage": _claim(2, sizes.storage_class),
            "resources": _box("50m", "128Mi"),
        },
    }


def _claim(gib: int, storage_class: str) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": f"{gib}Gi"}},
    }
    if storage_class:
        spec["storageClassName"] = storage_class
    return {"volumeClaimTemplate": {"spec": spec}}


def _box(cpu: str, memory: str) -> dict[str, Any]:
    """Memory is a hard limit; CPU is asked for, and more of it is used where it lies idle."""
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": memory}}


def _nodes(label: str, value: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": label, "operator": "In", "values": [value]}]}


def _pod_metric(metric: dict[str, str]) -> dict[str, Any]:
    def rate(series: str) -> str:
        return f"sum(rate({series}{{<<.LabelMatchers>>}}[2m])) by (<<.GroupBy>>)"

    return {
        "seriesQuery": f'{metric["series"]}{{namespace!="",pod!=""}}',
        "resources": {"overrides": {"namespace": {"resource": "namespace"}, "pod": {"resource": "pod"}}},
        "name": {"as": metric["name"]},
        "metricsQuery": f"{rate(metric['series'])} / clamp_min({rate(metric['requests'])}, 0.001)",
    }
