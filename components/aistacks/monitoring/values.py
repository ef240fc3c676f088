"""Helm values of the charts that `Monitoring` installs; tests compare each key with the pinned charts' keys.

Helm merges mappings and replaces lists; a null removes the chart's default.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from .._kubernetes.images import mirrored
from .._kubernetes.scheduling import Scheduling
from .facts import monitoring_facts

CRDS = "prometheus-operator-crds"
STACK = "kube-prometheus-stack"
ADAPTER = "prometheus-adapter"
GPU_EXPORTER = "dcgm-exporter"
ALERTMANAGER_ACCOUNT = "alertmanager"
GO_LIMITS = {"GOMEMLIMIT": "768MiB", "GOMAXPROCS": "2"}
"""Environment of dcgm-exporter: Go's soft memory limit is below the container's, because DCGM's native memory adds to
it."""


@dataclass(frozen=True)
class Sizes:
    """Sizes of Prometheus and Alertmanager."""

    retention_days: int
    storage_gib: int
    storage_class: str
    """Empty for the cluster's default."""
    replicas: int
    cpu: str
    memory: str


def crd_values() -> dict[str, Any]:
    """prometheus-operator-crds: CRDs are kept when the release is deleted, and with them all monitors and rules."""
    return {"crds": {"annotations": {"helm.sh/resource-policy": "keep"}}}


def stack_values(
    sizes: Sizes,
    scheduling: Scheduling,
    cluster: pulumi.Input[str],
    nodes_namespace: pulumi.Input[str],
    alertmanager: dict[str, Any],
    labels: Mapping[str, str],
) -> dict[str, Any]:
    """kube-prometheus-stack: Prometheus, Alertmanager, Grafana and exporters."""
    return {
        "fullnameOverride": STACK,
        "commonLabels": dict(labels),
        # Helm never upgrades CRDs in a chart's crds folder; the release of prometheus-operator-crds does.
        "crds": {"enabled": False},
        # Managed by EKS; their metrics can't be scraped from a pod.
        "kubeControllerManager": {"enabled": False},
        "kubeScheduler": {"enabled": False},
        "kubeEtcd": {"enabled": False},
        # On EKS kube-proxy serves its metrics on loopback only.
        "kubeProxy": {"enabled": False},
        "prometheus": {"prometheusSpec": _prometheus(sizes, scheduling, cluster)},
        "alertmanager": _alertmanager(sizes, scheduling, alertmanager),
        "grafana": {
            **scheduling.values(),
            # No adminPassword: the chart generates one and keeps it across upgrades.
            "testFramework": {"enabled": False},
            "resources": _size("grafana"),
            "sidecar": {"resources": _size("grafana-sidecar")},
        },
        "prometheusOperator": {
            **scheduling.values(),
            "resources": _size("prometheus-operator"),
            "prometheusConfigReloader": {"resources": _size("config-reloader")},
            "admissionWebhooks": {"patch": {**scheduling.values(), "resources": _size("webhook-certificate")}},
        },
        "kube-state-metrics": {**scheduling.values(), "resources": _size("kube-state-metrics")},
        # It needs host access, which Pod Security "restricted" forbids.
        "prometheus-node-exporter": {"namespaceOverride": nodes_namespace, "resources": _size("node-exporter")},
    }


def adapter_values(prometheus: pulumi.Input[str], scheduling: Scheduling, labels: Mapping[str, str]) -> dict[str, Any]:
    """prometheus-adapter: only the queue metrics for the autoscalers of inference services."""
    return {
        **scheduling.values(),
        "fullnameOverride": ADAPTER,
        "customLabels": dict(labels),
        "prometheus": {"url": prometheus, "port": 9090},
        "metricsRelistInterval": "1m",
        "resources": _size("prometheus-adapter"),
        "rules": {"default": False, "custom": [_pod_metric(m) for m in monitoring_facts("charts")["pod_metrics"]]},
    }


def gpu_values(labels: Mapping[str, str]) -> dict[str, Any]:
    """dcgm-exporter: on every node with an NVIDIA GPU."""
    size = _size(GPU_EXPORTER)
    return {
        "fullnameOverride": GPU_EXPORTER,
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
        # Labels of the pod that uses the GPU are prefixed exported_; the unprefixed ones are the exporter's.
        "serviceMonitor": {"enabled": True, "interval": "15s", "honorLabels": False},
        # Removes the chart's default CPU limit of 200m, which Helm would merge.
        "resources": {**size, "limits": {**size["limits"], "cpu": None}},
        # Without a CPU limit Go would use a thread per core of the node.
        "extraEnv": [{"name": name, "value": value} for name, value in GO_LIMITS.items()],
    }


def with_registry(chart: str, values: dict[str, Any], registry: str) -> dict[str, Any]:
    """``values`` with the images of the chart's pods pulled from ``registry``; unchanged if it is empty."""
    if not registry:
        return values
    values = copy.copy(values)
    for path, upstream in monitoring_facts("charts")["images"][chart].items():
        *parents, last = path.split(".")
        inner = values
        for key in parents:
            inner[key] = dict(inner.get(key, {}))
            inner = inner[key]
        inner[last] = mirrored(upstream, registry)
    return values


def _prometheus(sizes: Sizes, scheduling: Scheduling, cluster: pulumi.Input[str]) -> dict[str, Any]:
    selectors = ("rule", "serviceMonitor", "podMonitor", "probe", "scrapeConfig")
    return {
        **scheduling.values(),
        # Select monitors and rules of all releases, not only this one.
        **{f"{kind}SelectorNilUsesHelmValues": False for kind in selectors},
        "replicas": sizes.replicas,
        "retention": f"{sizes.retention_days}d",
        # Deletes the oldest blocks before the volume is full.
        "retentionSize": f"{max(1, sizes.storage_gib * 85 // 100)}GiB",
        "externalLabels": {"cluster": cluster},
        "storageSpec": _claim(sizes.storage_gib, sizes.storage_class),
        "resources": _resources(sizes.cpu, sizes.memory),
        "podAntiAffinity": _anti_affinity(sizes.replicas),
    }


def _alertmanager(sizes: Sizes, scheduling: Scheduling, routing: dict[str, Any]) -> dict[str, Any]:
    return {
        "serviceAccount": {"create": True, "name": ALERTMANAGER_ACCOUNT},
        "config": routing["config"],
        "alertmanagerSpec": {
            **scheduling.values(),
            "replicas": sizes.replicas,
            "secrets": routing["secrets"],
            "storage": _claim(2, sizes.storage_class),
            "resources": _size("alertmanager"),
            "podAntiAffinity": _anti_affinity(sizes.replicas),
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


def _anti_affinity(replicas: int) -> str:
    return "hard" if replicas > 1 else "soft"


def _size(part: str) -> dict[str, Any]:
    size = monitoring_facts("charts")["sizes"][part]
    return _resources(size["cpu"], size["memory"])


def _resources(cpu: str, memory: str) -> dict[str, Any]:
    """Requests for CPU and memory, and a limit for memory only, so that idle CPU can be used."""
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
