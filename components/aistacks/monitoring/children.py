"""The children of a `Monitoring`."""

from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from .._kubernetes.cluster import NAMESPACE_LIMITS
from .._kubernetes.labels import INFERENCE, labels_for, namespace_labels
from .._kubernetes.scheduling import Scheduling
from .alert_routing import Routing, publisher
from .alerts import rule_groups
from .dashboards import dashboards
from .facts import monitoring_facts
from .values import (
    ADAPTER,
    CRDS,
    GPU_EXPORTER,
    STACK,
    Sizes,
    adapter_values,
    crd_values,
    gpu_values,
    stack_values,
    with_registry,
)

WEBHOOK_PORTS = (10250, 6443)
"""Ports of Prometheus operator's admission webhook and of prometheus-adapter, which the API server calls."""


class Children:
    """Each method creates one child, or a few related ones."""

    def __init__(
        self,
        name: str,
        namespace: str,
        labels: dict[str, str],
        tags: dict[str, str],
        protect: bool,
        registry: str,
        parent: pulumi.Resource,
    ) -> None:
        self.name = name
        self.namespace_name = namespace
        self.user_labels = labels
        self.labels = labels_for("monitoring", name, "monitoring", labels)
        self.tags = tags
        self.registry = registry
        self.parent = parent
        self.opts = pulumi.ResourceOptions(parent=parent)
        self.kept_opts = pulumi.ResourceOptions(parent=parent, protect=protect, retain_on_delete=protect)

    def namespaces(self) -> pulumi.Output[str]:
        self.namespace = self._namespace(f"{self.name}-namespace", self.namespace_name, "restricted", self.kept_opts)
        self.nodes_namespace = self._namespace(
            f"{self.name}-nodes", f"{self.namespace_name}-nodes", "privileged", self.opts
        )
        self._policy(f"{self.name}-network", self.namespace, [_within(), _from_api_server()])
        self._policy(f"{self.name}-nodes-network", self.nodes_namespace, [_from_namespace(self.namespace_name)])
        return self.namespace

    def _namespace(self, child: str, name: str, level: str, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
        made = k8s.core.v1.Namespace(
            child,
            metadata={"name": name, "labels": namespace_labels(level, self.user_labels)},
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(custom_timeouts=NAMESPACE_LIMITS)),
        )
        return made.metadata.apply(lambda m: str(m["name"]))

    def _policy(
        self,
        child: str,
        namespace: pulumi.Output[str],
        ingress: list[pulumi.Input[k8s.networking.v1.NetworkPolicyIngressRuleArgsDict]],
    ) -> None:
        k8s.networking.v1.NetworkPolicy(
            child,
            metadata={"name": self.name, "namespace": namespace, "labels": self.labels},
            spec={"pod_selector": {}, "policy_types": ["Ingress"], "ingress": ingress},
            opts=self.opts,
        )

    def publisher(self, routing: Routing, cluster: pulumi.Input[str]) -> list[pulumi.Resource]:
        return publisher(self.name, routing, cluster, self.namespace, self.tags, self.parent)

    def definitions(self) -> k8s.helm.v3.Release:
        """Prometheus operator's CRDs, in a separate release that upgrades them."""
        # Adopts existing CRDs that lack Helm's ownership metadata. With CRDs go all objects of their kinds.
        return self._release(
            f"{self.name}-crds", CRDS, self.namespace, crd_values(), self.kept_opts, take_ownership=True
        )

    def stack(
        self,
        sizes: Sizes,
        scheduling: Scheduling,
        cluster: pulumi.Input[str],
        alertmanager: dict[str, Any],
        identity: list[pulumi.Resource],
        definitions: pulumi.Resource,
    ) -> k8s.helm.v3.Release:
        opts = pulumi.ResourceOptions.merge(
            self.kept_opts,
            # The Pod Identity webhook only mutates pods created after the association; and the chart contains
            # custom resources of these CRDs.
            pulumi.ResourceOptions(depends_on=[*identity, definitions]),
        )
        values = stack_values(sizes, scheduling, cluster, self.nodes_namespace, alertmanager, self.user_labels)
        return self._release(self.name, STACK, self.namespace, values, opts)

    def adapter(self, prometheus: pulumi.Output[str], scheduling: Scheduling, stack: pulumi.Resource) -> None:
        values = adapter_values(prometheus, scheduling, self.user_labels)
        self._release(f"{self.name}-adapter", ADAPTER, self.namespace, values, self._after(stack))

    def gpu_exporter(self, stack: pulumi.Resource) -> None:
        self._release(
            f"{self.name}-gpu", GPU_EXPORTER, self.nodes_namespace, gpu_values(self.user_labels), self._after(stack)
        )

    def scrapes(self, stack: pulumi.Resource) -> None:
        """PodMonitors for inference pods and Karpenter, by label, in all namespaces."""
        labels = [f"app.kubernetes.io/{key}" for key in ("name", "instance", "component")]
        self._monitor("inference", INFERENCE, "metrics", labels, stack)
        self._monitor("karpenter", {"app.kubernetes.io/name": "karpenter"}, "http-metrics", [], stack)

    def _monitor(self, role: str, pods: dict[str, str], port: str, labels: list[str], stack: pulumi.Resource) -> None:
        spec = {
            "namespaceSelector": {"any": True},
            "selector": {"matchLabels": pods},
            "podTargetLabels": labels,
            "podMetricsEndpoints": [{"port": port, "path": "/metrics", "interval": "15s"}],
        }
        self._custom(f"{self.name}-{role}", "PodMonitor", spec, stack)

    def alerts(self, thresholds: dict[str, int], stack: pulumi.Resource) -> None:
        for group, spec in rule_groups(thresholds).items():
            self._custom(f"{self.name}-alerts-{group}", "PrometheusRule", spec, stack)

    def _custom(self, child: str, kind: str, spec: dict[str, Any], stack: pulumi.Resource) -> None:
        k8s.apiextensions.CustomResource(
            child,
            api_version="monitoring.coreos.com/v1",
            kind=kind,
            metadata={"name": child, "namespace": self.namespace, "labels": self.labels},
            spec=spec,
            opts=self._after(stack),
        )

    def dashboards(self) -> None:
        for key, text in dashboards().items():
            child = f"{self.name}-dashboard-{key}"
            k8s.core.v1.ConfigMap(
                child,
                metadata={
                    "name": child,
                    "namespace": self.namespace,
                    # Grafana's sidecar loads ConfigMaps with this label.
                    "labels": {**self.labels, "grafana_dashboard": "1"},
                },
                data={f"aistacks-{key}.json": text},
                opts=self.opts,
            )

    def _release(
        self,
        child: str,
        chart: str,
        namespace: pulumi.Output[str],
        values: dict[str, Any],
        opts: pulumi.ResourceOptions,
        take_ownership: bool | None = None,
    ) -> k8s.helm.v3.Release:
        pinned = monitoring_facts("charts")["charts"][chart]
        return k8s.helm.v3.Release(
            child,
            name=chart,
            chart=chart,
            version=str(pinned["version"]),
            repository_opts={"repo": pinned["repository"]},
            namespace=namespace,
            values=with_registry(chart, values, self.registry),
            take_ownership=take_ownership,
            # Helm's default is 300 seconds, for uninstalling, too; it heeds no custom_timeouts.
            timeout=900,
            opts=opts,
        )

    def _after(self, stack: pulumi.Resource) -> pulumi.ResourceOptions:
        """Options of custom resources: the operator's admission webhook must run before they are created."""
        return pulumi.ResourceOptions(parent=self.parent, depends_on=[stack])


def _within() -> k8s.networking.v1.NetworkPolicyIngressRuleArgsDict:
    return {"from_": [{"pod_selector": {}}]}


def _from_api_server() -> k8s.networking.v1.NetworkPolicyIngressRuleArgsDict:
    """The API server has no pod or namespace that a NetworkPolicy could select."""
    return {"ports": [{"port": port, "protocol": "TCP"} for port in WEBHOOK_PORTS]}


def _from_namespace(name: str) -> k8s.networking.v1.NetworkPolicyIngressRuleArgsDict:
    return {"from_": [{"namespace_selector": {"match_labels": {"kubernetes.io/metadata.name": name}}}]}
