"""The HorizontalPodAutoscaler of an `InferenceService`."""

import pulumi
import pulumi_kubernetes as k8s


def autoscaler(
    deployment: pulumi.Input[str],
    replicas: tuple[int, int],
    cpu_percent: int,
    queue: tuple[str, int] | None,
) -> k8s.autoscaling.v2.HorizontalPodAutoscalerSpecArgsDict:
    """Scales up immediately, at most doubling (or by 4 pods) every 30 s; scales down by 25 % every 2 min, after 10 min.

    ``queue``: name of a Pods metric and its target per pod, in microseconds of queue time per request.
    """
    metrics: list[pulumi.Input[k8s.autoscaling.v2.MetricSpecArgsDict]] = []
    if queue:
        metric, target = queue
        metrics.append(
            {
                "type": "Pods",
                "pods": {"metric": {"name": metric}, "target": {"type": "AverageValue", "average_value": str(target)}},
            }
        )
    metrics.append(
        {
            "type": "Resource",
            "resource": {"name": "cpu", "target": {"type": "Utilization", "average_utilization": cpu_percent}},
        }
    )
    return {
        "scale_target_ref": {"api_version": "apps/v1", "kind": "Deployment", "name": deployment},
        "min_replicas": replicas[0],
        "max_replicas": replicas[1],
        "metrics": metrics,
        "behavior": {
            "scale_up": {
                "stabilization_window_seconds": 0,
                "select_policy": "Max",
                "policies": [
                    {"type": "Percent", "value": 100, "period_seconds": 30},
                    {"type": "Pods", "value": 4, "period_seconds": 30},
                ],
            },
            "scale_down": {
                "stabilization_window_seconds": 600,
                "select_policy": "Max",
                "policies": [{"type": "Percent", "value": 25, "period_seconds": 120}],
            },
        },
    }
