"""What the autoscalers read, by Prometheus's own evaluation of it."""

import subprocess

import pytest
import yaml

from aistacks._kubernetes.scheduling import Scheduling
from aistacks.monitoring.values import adapter_values

QUERIES = {
    rule["name"]["as"]: rule["metricsQuery"]
    .replace("<<.LabelMatchers>>", 'namespace="serving",pod=~"a|b"')
    .replace("<<.GroupBy>>", "pod")
    for rule in adapter_values("http://prometheus", Scheduling({}, []), {})["rules"]["custom"]
}
COUNTERS = {
    "triton_queue_microseconds_per_request": ("nv_inference_queue_duration_us", "nv_inference_request_success"),
    "torchserve_queue_microseconds_per_request": ("ts_queue_latency_microseconds", "ts_inference_requests_total"),
}


def test_each_pod_metric_is_tried():
    assert set(QUERIES) == set(COUNTERS)


@pytest.mark.parametrize("metric", COUNTERS)
def test_it_is_the_wait_of_a_request_and_none_when_nothing_is_asked(promtool, tmp_path, metric):
    waited, asked = COUNTERS[metric]
    series = {
        # A request a second that waits 50 ms, for five minutes; then nothing.
        f'{waited}{{namespace="serving",pod="a"}}': "0+750000x20 15000000x40",
        f'{asked}{{namespace="serving",pod="a"}}': "0+15x20 300x40",
        # A pod whose counter of answers has no series yet is left out rather than guessed at.
        f'{waited}{{namespace="serving",pod="b"}}': "0+750000x60",
        f'{waited}{{namespace="other",pod="a"}}': "0+99999999x60",
        f'{asked}{{namespace="other",pod="a"}}': "0+1x60",
    }
    tests = [
        {"expr": QUERIES[metric], "eval_time": "5m", "exp_samples": [{"labels": '{pod="a"}', "value": 50000}]},
        {"expr": QUERIES[metric], "eval_time": "12m", "exp_samples": [{"labels": '{pod="a"}', "value": 0}]},
    ]
    unit = {
        "evaluation_interval": "15s",
        "tests": [
            {
                "interval": "15s",
                "input_series": [{"series": s, "values": v} for s, v in series.items()],
                "promql_expr_test": tests,
            }
        ],
    }
    (tmp_path / "unit.yaml").write_text(yaml.safe_dump(unit))
    done = subprocess.run([promtool, "test", "rules", "unit.yaml"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
