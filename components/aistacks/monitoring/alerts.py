"""Alert rules, made of `alerts.yaml`."""

import re
from collections.abc import Mapping
from typing import Any

from .facts import monitoring_facts


def rule_groups(thresholds: Mapping[str, int]) -> dict[str, dict[str, Any]]:
    """A PrometheusRule's ``spec`` by group name, its ``<<name>>`` filled in from ``thresholds``."""
    return {
        group: {"groups": [{"name": f"aistacks-{group}", "rules": [_rule(r, thresholds) for r in rules]}]}
        for group, rules in monitoring_facts("alerts")["groups"].items()
    }


def _rule(rule: dict[str, Any], thresholds: Mapping[str, int]) -> dict[str, Any]:
    def filled(text: str) -> str:
        return re.sub(r"<<(\w+)>>", lambda m: str(thresholds[m[1]]), text)

    return {
        "alert": rule["alert"],
        "expr": filled(rule["expr"]),
        "for": rule["for"],
        "labels": {"severity": rule["severity"]},
        "annotations": {"summary": filled(rule["summary"]), "description": rule["action"]},
    }
