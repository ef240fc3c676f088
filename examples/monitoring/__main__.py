"""Prometheus, Grafana, dashboards and alert rules on a cluster of your own."""

import os

import pulumi
import pulumi_kubernetes as kubernetes

from aistacks import Monitoring

# Any kubeconfig: its text, or the path of a file.
there = kubernetes.Provider("there", kubeconfig=os.environ.get("KUBECONFIG", "~/.kube/config"))

watch = Monitoring(
    "watch",
    {
        "namespace": "watch",
        "metric_retention_days": 7,
        "storage_gib": 20,
        "latency_alert_ms": 250,
        # So that `pulumi destroy` takes the trial away again. Leave this line out for metrics you care for.
        "deletion_protection": False,
    },
    pulumi.ResourceOptions(provider=there),
)

pulumi.export("namespace", watch.namespace)
pulumi.export("prometheus", watch.prometheus_url)
pulumi.export("grafana", watch.grafana_service)
