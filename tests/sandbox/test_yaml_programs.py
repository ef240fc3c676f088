"""Programs in YAML: the real engine, its YAML host, and the components' provider beside the stand-in for AWS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aistacks_core.errors import UserError
from aistacks_sandbox.programs import obtain
from aistacks_sandbox.run import run

EXAMPLE = Path(__file__).parents[2] / "examples" / "yaml"


@pytest.fixture(autouse=True, scope="module")
def yaml_host() -> None:
    try:
        obtain.ensure("pulumi-language-yaml")
    except UserError as error:
        pytest.skip(f"no host of YAML programs on this machine: {error}")


def test_a_network_and_a_lake_go_up_change_nothing_the_second_time_and_are_gone(sandbox: Any) -> None:
    try:
        up = run(sandbox.project, EXAMPLE, "dev")
        buckets = up.outputs["buckets"]
        assert sorted(buckets) == ["bronze", "gold", "silver"]
        s3 = sandbox.aws("s3")
        assert s3.get_bucket_versioning(Bucket=buckets["gold"])["Status"] == "Enabled"
        (rule,) = [
            r for r in s3.get_bucket_lifecycle_configuration(Bucket=buckets["bronze"])["Rules"] if "Expiration" in r
        ]
        assert rule["Expiration"]["Days"] == 90
        assert sandbox.aws("glue").get_database(Name=up.outputs["goldDatabase"])
        subnets = sandbox.aws("ec2").describe_subnets(SubnetIds=up.outputs["privateSubnets"])["Subnets"]
        assert {subnet["VpcId"] for subnet in subnets} == {up.outputs["vpc"]}
        assert run(sandbox.project, EXAMPLE, "dev").changed == 0
    finally:
        run(sandbox.project, EXAMPLE, "dev", destroy=True)
    remaining = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    assert not remaining & set(buckets.values())


MISTAKES = {
    "unknown key": ("{layrs: [gold]}", "Pulumi.yaml:6: Property layrs does not exist on 'aistacks:index:DataLake'"),
    "item": (
        "{layers: [gold, 7]}",
        "aistacks:index:DataLake resource 'lake' has a problem: DataLake 'lake': layers[1]: got 7; expected a",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_wrong_argument_is_one_line(stack: Any, command: Callable[..., Any], mistake: str) -> None:
    properties, expected = MISTAKES[mistake]
    lake = f"  lake:\n    type: aistacks:DataLake\n    properties: {properties}\n"
    stack.write(f"name: shop\nruntime: yaml\nresources:\n{lake}", "Pulumi.yaml")
    line = command("sandbox", "run", "--preview", "--project", stack.sandbox.project, "--", stack.folder).mistake
    assert expected in line
