"""Settings that are encrypted or in an environment of ESC, where the program takes a number, a boolean or an object."""

import pytest

from aistacks_core.errors import UserError
from aistacks_core.project import read_project
from aistacks_review.record.planning import Limits, plan_environments

ENCRYPTED = "config: {shop:size: {secure: v1:aaaa:bbbb}}\n"
ELSEWHERE = "environment: [acme/dev]\nconfig: {}\n"


def planned(folder, settings, text):
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text(settings)
    (folder / "__main__.py").write_text(
        "import pulumi, pulumi_aws as aws\nsize = pulumi.Config().require" + text + "('size')\n"
        "aws.sqs.Queue('jobs', delay_seconds=size, tags={'a': 'b'})\n"
    )
    found, _, _ = plan_environments(read_project(folder), ["dev"], "", Limits(60, 4 << 30))
    (one,) = found
    if one.head.plan is None:
        raise UserError.line(one.head.error)
    return one.head.plan


@pytest.mark.parametrize("settings", [ENCRYPTED, ELSEWHERE])
@pytest.mark.parametrize("kind", ["int", "float"])
def test_a_number_stands_for_a_number(tmp_path, settings, kind):
    plan = planned(tmp_path, settings, f"_secret_{kind}")
    assert plan["jobs"].inputs["delaySeconds"] > 10**15
    assert "delaySeconds" in plan["jobs"].secrets
    again = planned(tmp_path, settings, f"_secret_{kind}")
    assert again["jobs"].inputs == plan["jobs"].inputs
    assert planned(tmp_path, settings, f"_{kind}")["jobs"].inputs["delaySeconds"] > 10**15


@pytest.mark.parametrize("settings", [ENCRYPTED, ELSEWHERE])
@pytest.mark.parametrize("kind", ["bool", "object"])
def test_nothing_stands_for_a_boolean_or_an_object(tmp_path, settings, kind):
    plan = planned(tmp_path, settings, f"_secret_{kind}")
    assert plan["jobs"].inputs["tags"] == {"a": "b"}
    assert not isinstance(plan["jobs"].inputs.get("delaySeconds"), str | int | float | dict)
    with pytest.raises(UserError, match=f"config shop:size: got a value that a plan can't read, as the plain {kind}"):
        planned(tmp_path, settings, f"_{kind}")
