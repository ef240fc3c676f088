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
    """How much each of the counters grew, a series that began within the window from 0 on.

    The last value before the window is looked for over a whole window, so that a missed scrape there doesn't make an
    old series look new.
    """
    grown = [
        f"(({c} unless last_over_time({c}[{window}] offset {window})) or increase({c}[{window}]))" for c in counters
    ]
    if len(grown) == 1:
        return grown[0]
    # `or` drops a series whose labels are already there, and these differ in their names only.
    return " or ".join(f'label_replace({g}, "counter", "{c}", "", "")' for g, c in zip(grown, counters, strict=True))
