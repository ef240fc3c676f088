"""What each alert rule does, by Prometheus's own evaluation of it: `promtool test rules`."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from aistacks.monitoring.alerts import rule_groups

THRESHOLDS = {"latency_ms": 500, "queue_ms": 200, "error_percent": 5, "idle_minutes": 60}
RULES = [rule for spec in rule_groups(THRESHOLDS).values() for group in spec["groups"] for rule in group["rules"]]
CASES = yaml.safe_load(Path(__file__).with_name("alert_cases.yaml").read_text())
SLOWEST_SCRAPE_SECONDS = 30
"""Prometheus's own default, for kube-state-metrics; what we add is scraped twice as often."""


def rules_of(case):
    return [r for r in RULES if r["alert"] == case["rule"] and re.search(rf"\b{case['of']}\b", r["expr"])]


def repeated(values):
    return re.sub(r"NaNx(\d+)", lambda m: " ".join(["NaN"] * int(m[1])), values)


def unit(case):
    """The case as promtool has it."""
    (rule,) = rules_of(case)
    expected = {
        "exp_labels": {**case.get("labels", {}), **rule["labels"]},
        "exp_annotations": {"summary": case.get("summary"), "description": rule["annotations"]["description"]},
    }
    at = [(m, [expected]) for m in case.get("fires", [])] + [(m, []) for m in case["quiet"]]
    return {
        "interval": "1m",
        "input_series": [{"series": s, "values": repeated(v)} for s, v in case["series"].items()],
        "alert_rule_test": [
            {"eval_time": f"{minutes}m", "alertname": case["rule"], "exp_alerts": alerts}
            for minutes, alerts in sorted(at, key=lambda pair: pair[0])
        ],
    }


def run(promtool, folder, cases):
    """promtool's verdict on the cases: its exit code and what it printed."""
    units = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": [unit(case) for case in cases]}
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": RULES}]}))
    (folder / "unit.yaml").write_text(yaml.safe_dump(units))
    return subprocess.run([promtool, "test", "rules", "unit.yaml"], cwd=folder, capture_output=True, text=True)


@pytest.fixture(scope="module")
def all_hold(promtool, tmp_path_factory):
    """Whether every case holds, asked once: promtool takes longer to start than to judge."""
    return run(promtool, tmp_path_factory.mktemp("all"), CASES).returncode == 0


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['rule']}: {c['case']}")
def test_a_rule_fires_and_is_quiet_when_it_should(promtool, tmp_path, case, all_hold):
    if not all_hold:
        done = run(promtool, tmp_path, [case])
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("rule", RULES, ids=lambda r: f"{r['alert']} {r['annotations']['summary'][-30:]}")
def test_every_rule_has_a_case_in_which_it_fires_and_then_resolves(rule):
    assert any(
        min(case["quiet"]) < min(case["fires"]) and max(case["fires"]) < max(case["quiet"])
        for case in CASES
        if "fires" in case and rules_of(case) == [rule]
    )


def test_promtool_refuses_a_case_that_is_wrong(promtool, tmp_path):
    case = next(c for c in CASES if "fires" in c)
    wrong = {**case, "fires": case["quiet"], "quiet": case["fires"]}
    assert run(promtool, tmp_path, [wrong]).returncode == 1
    assert run(promtool, tmp_path, [case, wrong]).returncode == 1


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r["alert"])
def test_a_range_holds_at_least_four_scrapes(rule):
    units = {"s": 1, "m": 60, "h": 3600}
    ranges = [int(n) * units[unit] for n, unit in re.findall(r"\[(\d+)([smh])\]", rule["expr"])]
    assert all(seconds >= 4 * SLOWEST_SCRAPE_SECONDS for seconds in ranges)
