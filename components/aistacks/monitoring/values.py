"""Values of the charts that `Monitoring` installs; tests hold each key against the pinned charts' own.

Helm merges mappings, replaces lists, and takes a null as "without the chart's own".
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
"""dcgm-exporter's: Go collects garbage before its memory limit; what DCGM itself takes lies between the two."""


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


def crd_values() -> dict[str, Any]:
    """prometheus-operator-crds: the definitions stay when the release goes, and with them everybody's monitors."""
    return {"crds": {"annotations": {"helm.sh/resource-policy": "keep"}}}


def stack_values(
    sizes: Sizes,
    scheduling: Scheduling,
    cluster: pulumi.Input[str],
    nodes_namespace: pulumi.Input[str],
    alertmanager: dict[str, Any],
    labels: Mapping[str, str],
) -> dict[str, Any]:
    """kube-prometheus-stack: Prometheus, Alertmanager, Grafana and what they watch."""
    return {
        "fullnameOverride": STACK,
        "commonLabels": dict(labels),
        # Helm never upgrades what lies in a chart's crds folder; a release of their own does.
        "crds": {"enabled": False},
        # AWS runs these; nothing of theirs can be reached from a pod.
        "kubeControllerManager": {"enabled": False},
        "kubeScheduler": {"enabled": False},
        "kubeEtcd": {"enabled": False},
        # EKS's kube-proxy serves its metrics on the node's loopback only.
        "kubeProxy": {"enabled": False},
        "prometheus": {"prometheusSpec": _prometheus(sizes, scheduling, cluster)},
        "alertmanager": _alertmanager(sizes, scheduling, alertmanager),
        "grafana": {
            **scheduling.values(),
            # No adminPassword: the chart makes a random one and keeps it across upgrades.
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
        # It reads the node itself, so it can't live where Pod Security is restricted.
        "prometheus-node-exporter": {"namespaceOverride": nodes_namespace, "resources": _size("node-exporter")},
    }


def adapter_values(prometheus: pulumi.Input[str], scheduling: Scheduling, labels: Mapping[str, str]) -> dict[str, Any]:
    """prometheus-adapter: the queue metrics, for the autoscalers of inference services, and no others."""
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
    """dcgm-exporter: on each node that has an NVIDIA GPU, whoever made it."""
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
        # Labels of the pod that holds the GPU come as exported_*; the plain ones are the exporter's own.
        "serviceMonitor": {"enabled": True, "interval": "15s", "honorLabels": False},
        # The chart's own CPU limit of 200m would outlive the merge.
        "resources": {**size, "limits": {**size["limits"], "cpu": None}},
        # Without a CPU limit Go would take every core of the node for its own.
        "extraEnv": [{"name": name, "value": value} for name, value in GO_LIMITS.items()],
    }


def with_registry(chart: str, values: dict[str, Any], registry: str) -> dict[str, Any]:
    """``values`` with each image of the chart's pods taken from ``registry``; empty for the images' own."""
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
        # Monitors and rules count whoever made them, not only this release.
        **{f"{kind}SelectorNilUsesHelmValues": False for kind in selectors},
        "replicas": sizes.replicas,
        "retention": f"{sizes.retention_days}d",
        # The oldest goes before the disk is full.
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
