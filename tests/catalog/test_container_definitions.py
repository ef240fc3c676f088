"""When a task definition's containers are the same to the provider."""

import json

import pytest

from aistacks_catalog.aws.types.container_definitions import TASK_DEFINITION
from aistacks_catalog.aws.types.differ import diff

APP = {
    "name": "app",
    "image": "shop/app:1.2",
    "portMappings": [{"containerPort": 8080}],
    "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
    "healthCheck": {"command": ["CMD", "true"]},
}
SIDE = {"name": "side", "image": "shop/side:1", "essential": False}


def changed(before, after, mode="awsvpc"):
    old, new = (
        {"family": "f", "networkMode": mode, "containerDefinitions": json.dumps(side)} for side in (before, after)
    )
    return set(diff(TASK_DEFINITION, old, dict(old), new, {}).changes)


@pytest.mark.parametrize(
    "after",
    [
        [SIDE, APP],
        [{**APP, "essential": True}, SIDE],
        [{**APP, "cpu": 0, "mountPoints": [], "command": []}, SIDE],
        [{**APP, "environment": APP["environment"][::-1]}, SIDE],
        [{**APP, "portMappings": [{"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}]}, SIDE],
        [{**APP, "healthCheck": {"command": ["CMD", "true"], "interval": 30, "retries": 3, "timeout": 5}}, SIDE],
        [{key: APP[key] for key in reversed(APP)}, SIDE],
    ],
)
def test_the_same_written_otherwise(after):
    assert changed([APP, SIDE], after) == set()
    assert changed(after, [APP, SIDE]) == set()


@pytest.mark.parametrize(
    "after",
    [
        [APP],
        [{**APP, "image": "shop/app:1.3"}, SIDE],
        [{**APP, "essential": False}, SIDE],
        [{**APP, "environment": [{"name": "A", "value": "2"}, {"name": "B", "value": "1"}]}, SIDE],
        [{**APP, "portMappings": [{"containerPort": 8080, "protocol": "udp"}]}, SIDE],
        [{**APP, "command": ["b", "a"]}, SIDE],
        "not a list",
        ["x"],
    ],
)
def test_what_differs(after):
    assert changed([APP, SIDE], after)


def test_a_port_of_the_machine_is_one_of_its_own_outside_of_a_network_of_the_task():
    fixed = [{**APP, "portMappings": [{"containerPort": 8080, "hostPort": 8080}]}]
    assert changed([APP], fixed, "awsvpc") == set()
    assert changed([APP], fixed, "bridge")


def test_the_order_of_a_command_counts():
    assert changed([{**APP, "command": ["a", "b"]}], [{**APP, "command": ["b", "a"]}])
