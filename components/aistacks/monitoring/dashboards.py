"""Grafana dashboards from `dashboards.yaml`."""

import json
from typing import Any

from .facts import monitoring_facts

PROMETHEUS = {"type": "prometheus", "uid": "prometheus"}
"""The data source that kube-prometheus-stack configures in Grafana."""
WIDTH, HEIGHT = 12, 8


def dashboards() -> dict[str, str]:
    """Short name to the dashboard's JSON."""
    known = monitoring_facts("dashboards")["dashboards"]
    return {key: json.dumps(_dashboard(key, facts), indent=1, sort_keys=True) for key, facts in known.items()}


def _dashboard(key: str, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "uid": f"aistacks-{key}",
        "title": facts["title"],
        "tags": ["aistacks"],
        "schemaVersion": 39,
        "editable": False,
        "refresh": "1m",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": [_namespace(facts["by"])] if "by" in facts else []},
        "panels": [_panel(i, panel) for i, panel in enumerate(facts["panels"])],
    }


def _panel(i: int, panel: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": i + 1,
        "type": "timeseries",
        "title": panel["title"],
        "datasource": PROMETHEUS,
        "gridPos": {"x": i % 2 * WIDTH, "y": i // 2 * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel["unit"], "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + n), "datasource": PROMETHEUS, "expr": expr, "legendFormat": legend}
            for n, (legend, expr) in enumerate(panel["queries"].items())
        ],
    }


def _namespace(series: str) -> dict[str, Any]:
    query = f"label_values({series}, namespace)"
    return {
        "name": "namespace",
        "label": "Namespace",
        "type": "query",
        "datasource": PROMETHEUS,
        "definition": query,
        "query": {"query": query, "refId": "namespace"},
        "refresh": 2,
        "includeAll": True,
        "multi": True,
        "current": {"text": "All", "value": "$__all"},
    }
