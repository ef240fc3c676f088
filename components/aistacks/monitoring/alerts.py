"""Alert rules from `alerts.yaml`."""

import re
from collections.abc import Mapping
from typing import Any

from .facts import monitoring_facts


def rule_groups(thresholds: Mapping[str, int]) -> dict[str, dict[str, Any]]:
    """Group name to a PrometheusRule's ``spec``, with each ``<<name>>`` replaced from ``thresholds``."""
    return {
        group: {"groups": [{"name": f"aistacks-{group}", "rules": [_rule(r, thresholds) for r in rules]}]}
        for group, rules in monitoring_facts("alerts")["groups"].items()
    }


def _rule(rule: dict[str, Any], thresholds: Mapping[str, int]) -> dict[str, Any]:
    def filled(text: str) -> str:
        text = re.sub(r"<<increase\[(\w+)\]: (.+?)>>", lambda m: _increase(m[2].split(" or "), m[1]), text)
        return re.sub(r"<<(\w+)>>", lambda m: str(thresholds[m[1]]), text)

    return {
        "alert": rule["alert"],
        "expr": filled(rule["expr"]),
        "for": rule["for"],
        "labels": {"severity": rule["severity"]},
        "annotations": {"summary": filled(rule["summary"]), "description": rule["action"]},
    }


def _increase(counters: list[str], window: str) -> str:
    """PromQL for the increase of each counter; a series that began within the window counts from 0.

    The last value before the window is searched over the length of a window, so that a missed scrape doesn't make an
    old series look new.
    """
    grown = [
        f"(({c} unless last_over_time({c}[{window}] offset {window})) or increase({c}[{window}]))" for c in counters
    ]
    if len(grown) == 1:
        return grown[0]
    # `or` drops series with equal label sets, and these differ in their metric name only.
    return " or ".join(f'label_replace({g}, "counter", "{c}", "", "")' for g, c in zip(grown, counters, strict=True))
