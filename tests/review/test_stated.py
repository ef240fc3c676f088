"""Answers that a person states: by arguments, of other stacks, of look-ups, and what is wrong with them."""

import re

import pytest
import yaml

from aistacks_core.errors import UserError
from aistacks_core.project import read_project
from aistacks_core.stated_answers import file_of, parse
from aistacks_review.record.client import MEMORY
from aistacks_review.record.planning import Limits, plan_environments
from aistacks_review.record.read_fields import fields_read

PARAMETER = "aws:ssm/getParameter:getParameter"
PROGRAM = """
import pulumi
import pulumi_aws as aws
size = aws.ssm.get_parameter(name="/shop/size").value
other = aws.ssm.get_parameter(name="/shop/other", with_decryption=False).value
network = pulumi.StackReference("acme/network/prod")
vpc = aws.ec2.Vpc.get("main", "vpc-1")
aws.sqs.Queue("jobs", tags={"size": size, "other": other, "vpc": network.get_output("vpcId"), "cidr": vpc.cidr_block})
"""
ANSWERS = {
    PARAMETER: [
        {"args": {"name": "/shop/size"}, "result": {"value": "small"}},
        {"result": {"value": "any"}},
    ],
    "pulumi:pulumi:StackReference": {"acme/network/prod": {"vpcId": "vpc-9"}},
    "aws:ec2/vpc:Vpc": {"vpc-1": {"cidrBlock": "10.0.0.0/16"}},
}


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    return tmp_path


def state(shop, answers):
    config = {"aws:region": "eu-west-1", "shop:plan": {"answers": answers}}
    (shop / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": config}))


def planned(shop):
    found, _, _ = plan_environments(read_project(shop), ["dev"], "", Limits(60, MEMORY))
    return next(found).head


def tags(shop):
    head = planned(shop)
    assert head.error == ""
    return head.plan.one("aws:sqs/queue:Queue", "jobs").inputs["tags"]


def test_functions_stacks_and_look_ups_are_answered(shop):
    state(shop, ANSWERS)
    assert tags(shop) == {"size": "small", "other": "any", "vpc": "vpc-9", "cidr": "10.0.0.0/16"}
    assert not [
        o for o in planned(shop).plan.opaque if o.kind in ("stack reference", "resource that is read", "invoke")
    ]


def test_recorded_answers_lie_beside_the_settings_and_what_is_stated_wins(shop):
    state(shop, {PARAMETER: [{"args": {"name": "/shop/size"}, "result": {"value": "stated"}}]})
    recorded = {
        **ANSWERS,
        PARAMETER: [
            {"args": {"name": name}, "result": {"value": "recorded"}} for name in ("/shop/size", "/shop/other")
        ],
    }
    file = file_of(read_project(shop), "dev")
    file.write_text(yaml.safe_dump({"answers": recorded}))
    assert tags(shop) == {"size": "stated", "other": "recorded", "vpc": "vpc-9", "cidr": "10.0.0.0/16"}
    assert read_project(shop).stacks() == ["dev"]


def test_a_secret_that_was_left_out_is_the_same_everywhere_and_no_text_of_anybody_s(shop):
    left_out = {PARAMETER: {"value": {"secure": "left out"}}}
    state(shop, {"aws:ec2/vpc:Vpc": {}, **{k: v for k, v in ANSWERS.items() if k != PARAMETER}})
    file_of(read_project(shop), "dev").write_text(yaml.safe_dump({"answers": left_out}))
    assert re.fullmatch(r"encrypted-zz[0-9a-f]{12}zz", tags(shop)["size"])


def test_the_most_arguments_win_and_what_isn_t_given_is_null():
    answers = parse(
        {
            "a:b:get": [
                {"result": {"n": 0}},
                {"args": {"x": 1}, "result": {"n": 1}},
                {"args": {"x": 1, "filters": [{"name": "v", "values": ["a"]}]}, "result": {"n": 2}},
                {"args": {"y": None, "z": True}, "result": {"n": 3}},
            ]
        },
        "",
    )
    ask = lambda **args: answers.function("a:b:get", args)["n"]  # noqa: E731
    assert [ask(), ask(x=1.0), ask(x=2), ask(x=True)] == [0, 1, 0, 0]
    assert ask(x=1, filters=[{"name": "v", "values": ["a"], "other": None}]) == 2
    assert [ask(z=True), ask(z=True, y=1), ask(z=1)] == [3, 0, 0]
    assert answers.function("a:b:other", {}) is None


def test_a_stack_is_found_without_its_organization():
    answers = parse({"pulumi:pulumi:StackReference": {"acme/network/prod": {"a": 1}}}, "")
    for name in ("acme/network/prod", "network/prod", "prod"):
        assert answers.state("pulumi:pulumi:StackReference", name) == {"a": 1}
    assert answers.state("pulumi:pulumi:StackReference", "work/prod") is None


@pytest.mark.parametrize(
    ("answers", "line"),
    [
        ([1], "config.shop:plan.answers: got a list; expected a mapping of tokens"),
        ({"getAmi": {}}, "got the key 'getAmi'; expected a token such as aws:ec2/getAmi:getAmi"),
        ({1: {}}, "got the key '1'; expected a token"),
        ({PARAMETER: "x"}, f".{PARAMETER}: got 'x'; expected the answer"),
        ({PARAMETER: [{"result": {}}, {"args": {}}]}, f".{PARAMETER}[1]: got no result"),
        ({PARAMETER: [{"arg": {}, "result": {}}]}, f".{PARAMETER}[0]: got the key 'arg'; expected args and result"),
        ({PARAMETER: [{"args": [], "result": 1}]}, f".{PARAMETER}[0].result: got 1"),
        ({PARAMETER: [{"args": "x", "result": {}}]}, f".{PARAMETER}[0].args: got 'x'"),
        ({"aws:ec2/vpc:Vpc": [1]}, ".aws:ec2/vpc:Vpc: got a list; expected a mapping from a resource's id"),
        ({"pulumi:pulumi:StackReference": {"a/b/c": 1}}, "StackReference.a/b/c: got 1"),
    ],
)
def test_mistakes_are_one_line_with_file_and_path(shop, answers, line):
    state(shop, answers)
    error = planned(shop).error
    assert line in error
    assert "Pulumi.dev.yaml" in error
    assert "\n" not in error


def test_a_recorded_file_that_is_wrong_is_named(shop):
    state(shop, {})
    file_of(read_project(shop), "dev").write_text("answers: {x: 1}\n")
    assert "answers.dev.yaml: answers: got the key 'x'" in planned(shop).error


ASKING = """
import pulumi_aws as aws
image = aws.ec2.get_ami(
    owners=["self"],
    most_recent=True,
)
size = {"ami-1": "t3.micro"}[image.architecture]
aws.ec2.Instance("box", ami=image.image_id.lower(), instance_type=size)
"""


def test_the_refusal_prints_what_to_paste_and_pasting_it_helps(shop):
    state(shop, {})
    (shop / "__main__.py").write_text(ASKING)
    error = planned(shop).error
    assert error.startswith("__main__.py:3: got aws:ec2/getAmi:getAmi, which only the cloud can answer (with values")
    text = error.partition("environment's file: ")[2]
    assert text == (
        'config: {"shop:plan": {answers: {"aws:ec2/getAmi:getAmi": [{args: {"mostRecent": true, "owners": ["self"]}, '
        "result: {architecture: …, imageId: …}}]}}}"
    )
    filled = yaml.safe_load(text.replace("…", "ami-1"))
    filled["config"]["aws:region"] = "eu-west-1"
    (shop / "Pulumi.dev.yaml").write_text(yaml.safe_dump(filled))
    assert planned(shop).plan["box"].inputs["ami"] == "ami-1"


def test_fields_that_are_read_at_once(tmp_path):
    file = tmp_path / "p.py"
    file.write_text("a = get(1).vpc_id\nb = get(2)\nprint(b.cidr_block, b.items())\n")
    assert fields_read(str(file), 1) == ["vpcId"]
    assert fields_read(str(file), 2) == ["cidrBlock"]
    assert fields_read(str(tmp_path / "none.py"), 1) == []


def test_a_list_is_no_table():
    with pytest.raises(UserError, match="x: got a list"):
        parse([], "x")
