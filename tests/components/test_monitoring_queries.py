"""Every PromQL expression, parsed by Prometheus's grammar; every metric, known to be published."""

import json
import re

import pytest
import yaml

from aistacks._kubernetes.scheduling import Scheduling
from aistacks.monitoring.alerts import rule_groups
from aistacks.monitoring.dashboards import dashboards
from aistacks.monitoring.facts import monitoring_facts
from aistacks.monitoring.values import adapter_values

THRESHOLDS = {"latency_ms": 500, "queue_ms": 200, "error_percent": 5, "idle_minutes": 60}
LABELS = {  # those that a summary may name: what the expression groups by
    label: re.compile(rf"\b{label}\b")
    for label in (
        "model",
        "model_name",
        "namespace",
        "pod",
        "hostname",
        "gpu",
        "exported_namespace",
        "exported_pod",
        "nodepool",
        "resource_type",
        "controller",
        "provider",
    )
}


def rules():
    return [rule for spec in rule_groups(THRESHOLDS).values() for group in spec["groups"] for rule in group["rules"]]


def panels():
    return [
        (f"{key}: {panel['title']}: {target['legendFormat']}", target["expr"])
        for key, text in dashboards().items()
        for panel in json.loads(text)["panels"]
        for target in panel["targets"]
    ]


def queries():
    """Each expression as Prometheus gets it, its variables filled in."""
    found = [(f"alert {r['alert']}", r["expr"]) for r in rules()]
    found += [(name, expr.replace("$__rate_interval", "5m").replace("$namespace", ".*")) for name, expr in panels()]
    values = adapter_values("http://prometheus", Scheduling({}, []), {})
    for rule in values["rules"]["custom"]:
        filled = rule["metricsQuery"].replace("<<.LabelMatchers>>", 'namespace="a"').replace("<<.GroupBy>>", "pod")
        found += [(rule["name"]["as"], filled), (f"{rule['name']['as']} series", rule["seriesQuery"])]
    return found


@pytest.fixture(scope="session")
def promql():
    return pytest.importorskip("promql_parser")


def metrics(promql, expr):
    """Names of the series that an expression reads."""
    names: set[str] = set()

    def note(node):
        if isinstance(node, promql.VectorSelector):
            names.add(node.name)
        elif isinstance(node, promql.MatrixSelector):
            names.add(node.vector_selector.name)
        return True

    promql.walk(promql.parse(expr), note)
    return names


PUBLISHED = {m for p in monitoring_facts("metrics")["publishers"].values() for m in p["metrics"]}


@pytest.mark.parametrize(("name", "expr"), queries(), ids=lambda v: v if len(v) < 40 else "")
def test_it_is_promql_on_metrics_that_somebody_publishes(promql, name, expr):
    read = metrics(promql, expr)
    assert read, name
    assert read <= PUBLISHED


def test_no_published_metric_is_listed_without_use(promql):
    assert set().union(*(metrics(promql, expr) for _, expr in queries())) == PUBLISHED


def test_the_parser_refuses_what_prometheus_would(promql):
    for broken in ("sum(", "rate(up)", "up{pod=}"):
        with pytest.raises(ValueError):
            promql.parse(broken)


@pytest.mark.parametrize("rule", rules(), ids=lambda r: r["alert"])
def test_a_summary_names_only_labels_that_its_rule_keeps(rule):
    for label in re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]):
        assert label in LABELS
        grouped = re.findall(r"by \(([^)]*)\)", rule["expr"])
        # Without a grouping every label of the series is kept; a target's own are namespace and pod.
        kept = set(grouped[0].replace(" ", "").split(",")) if grouped else {"namespace", "pod"}
        assert label in kept


@pytest.mark.parametrize("rule", rules(), ids=lambda r: r["alert"])
def test_an_alert_says_how_bad_it_is_and_what_to_do(rule):
    assert rule["labels"]["severity"] in ("warning", "critical")
    assert rule["annotations"]["description"].endswith((".", "?"))
    assert "<<" not in yaml.safe_dump(rule)


def test_a_threshold_changes_its_rules_only():
    strict = {r["expr"] for r in rules()}
    loose = {
        r["expr"]
        for spec in rule_groups({**THRESHOLDS, "queue_ms": 999}).values()
        for group in spec["groups"]
        for r in group["rules"]
    }
    assert len(strict ^ loose) == 4
    assert sum("> 999 * 1000" in expr for expr in loose) == 2


@pytest.mark.parametrize("key", ["triton", "torchserve", "gpu", "capacity"])
def test_a_dashboards_panels_fill_a_grid_without_overlap(key):
    made = json.loads(dashboards()[key])
    places = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in made["panels"]]
    assert len(set(places)) == len(places)
    assert {x for x, _ in places} == {0, 12}
    assert len({p["id"] for p in made["panels"]}) == len(places)
    assert made["uid"] == f"aistacks-{key}"


def test_a_filter_takes_its_choices_from_a_series_of_its_dashboard():
    for text in dashboards().values():
        made = json.loads(text)
        asked = any("$namespace" in t["expr"] for p in made["panels"] for t in p["targets"])
        assert asked == bool(made["templating"]["list"])
