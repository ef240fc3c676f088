"""What is asked, and made, through another provider than the stack's own."""

import json

import pulumi
import pulumi_aws as aws
import pytest

from aistacks_core.stated_answers import parse
from aistacks_review.record.answers import OfflineAnswers
from aistacks_review.record.recorder import record

ROLE = "arn:aws:iam::123456789012:role/deploy"


def recorded(program, given=None, **config):
    answers = OfflineAnswers("eu-west-1", parse(given or {}, "answers"))
    plan = record(program, config={"aws:region": "eu-west-1", **config}, answers=answers, symbols=True)
    return plan, answers


def through(provider):
    return pulumi.InvokeOptions(provider=provider)


class Box(pulumi.ComponentResource):
    def __init__(self, name, opts):
        super().__init__("test:index:Box", name, {}, opts)


def ask(opts, output_opts=None):
    pulumi.export("region", aws.get_region(opts=opts).region)
    pulumi.export("late", aws.get_region_output(opts=opts).region)
    pulumi.export("zones", aws.get_availability_zones(opts=opts).names)
    pulumi.export("partition", aws.get_partition(opts=opts).partition)
    pulumi.export("account", aws.get_caller_identity_output(opts=opts).account_id)


FAR = {
    "region": "us-gov-west-1",
    "late": "us-gov-west-1",
    "partition": "aws-us-gov",
    "account": "000000000000",
}


def test_a_function_is_answered_for_the_provider_that_is_asked():
    plan, _ = recorded(lambda: ask(through(aws.Provider("far", region="us-gov-west-1"))))
    assert {k: v for k, v in plan.exports.items() if k != "zones"} == FAR
    assert all(zone.startswith("us-gov-west-1") for zone in plan.exports["zones"])


def test_a_function_is_answered_for_its_parents_provider():
    def program():
        far = aws.Provider("far", region="us-east-1")
        ask(pulumi.InvokeOptions(parent=Box("box", pulumi.ResourceOptions(providers=[far]))))

    exports = recorded(program)[0].exports
    assert (exports["region"], exports["late"], exports["zones"][0]) == ("us-east-1", "us-east-1", "us-east-1a")


def test_a_function_that_is_asked_for_a_region_is_answered_for_it():
    def program():
        far = through(aws.Provider("far", region="us-east-1"))
        pulumi.export("region", aws.get_region(region="us-west-2", opts=far).region)
        pulumi.export("zones", aws.get_availability_zones(region="us-west-2", opts=far).names)

    exports = recorded(program)[0].exports
    assert exports["region"] == "us-west-2"
    assert exports["zones"][0] == "us-west-2a"


def test_a_provider_without_a_region_takes_none_from_the_stack():
    def program():
        far = through(aws.Provider("far"))
        pulumi.export("region", aws.get_region_output(opts=far).region)
        pulumi.export("zones", aws.get_availability_zones_output(opts=far).names)
        pulumi.export("partition", aws.get_partition_output(opts=far).partition)

    plan, _ = recorded(program)
    assert "eu-west-1" not in str(plan.exports)
    assert plan.exports["region"].startswith("getRegion-zz")
    assert all(o.what.endswith("made-up values stand in") for o in plan.opaque)
    assert len(plan.opaque) == 3


@pytest.mark.parametrize(
    ("settings", "stack", "account"),
    [
        ({}, {}, "000000000000"),
        ({"profile": "other"}, {}, "getCallerIdentity-zz"),
        ({"access_key": "a", "secret_key": "b"}, {}, "getCallerIdentity-zz"),
        ({"profile": "same"}, {"aws:profile": "same"}, "000000000000"),
        ({}, {"aws:profile": "same"}, "getCallerIdentity-zz"),
        ({"assume_roles": [{"role_arn": ROLE}]}, {}, "123456789012"),
        ({"assume_roles": [{"role_arn": "x"}, {"role_arn": ROLE}]}, {}, "123456789012"),
        ({"assume_roles": [{"role_arn": ROLE}]}, {"aws:assumeRoles": json.dumps([{"roleArn": ROLE}])}, "000000000000"),
        ({"assume_role_with_web_identity": {"role_arn": ROLE}}, {}, "123456789012"),
        ({"allowed_account_ids": ["210987654321"]}, {}, "210987654321"),
        ({"allowed_account_ids": ["210987654321"]}, {"aws:allowedAccountIds": '["210987654321"]'}, "000000000000"),
        ({"allowed_account_ids": ["1", "2"], "profile": "p"}, {}, "getCallerIdentity-zz"),
    ],
)
def test_the_account_is_the_stacks_own_or_a_stated_one_or_unknown(settings, stack, account):
    def program():
        far = aws.Provider("far", region="us-east-1", **settings)
        pulumi.export("account", aws.get_caller_identity_output(opts=through(far)).account_id)

    found = recorded(program, **stack)[0].exports["account"]
    assert found == account or (found.startswith(account) and account.endswith("-zz"))


def test_an_answer_that_is_stated_for_every_provider_is_named():
    def program():
        far = aws.Provider("far", region="us-east-1")
        pulumi.export("ami", aws.ec2.get_ami(opts=through(far)).image_id)

    plan, answers = recorded(program, {"aws:ec2/getAmi:getAmi": {"id": "ami-1", "imageId": "ami-1"}})
    assert plan.exports["ami"] == "ami-1"
    assert answers.assumed == {"aws:ec2/getAmi:getAmi by far": "the answer that is stated for every provider"}


def test_the_arn_of_what_a_provider_makes_has_its_region():
    def program():
        far = pulumi.ResourceOptions(provider=aws.Provider("far", region="us-gov-west-1"))
        pulumi.export("arn", aws.sqs.Queue("queue", opts=far).arn)

    assert recorded(program)[0].exports["arn"].startswith("arn:aws-us-gov:sqs:us-gov-west-1:")
