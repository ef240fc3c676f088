"""What stands for the answers of functions that only the cloud knows."""

import ipaddress
import json

import pulumi
import pulumi_aws as aws

from aistacks_core.property_values import UNKNOWN
from aistacks_core.stated_answers import parse
from aistacks_core.symbols import mark
from aistacks_review.record.answers import OfflineAnswers
from aistacks_review.record.recorder import record


def exports(program, given=None, *, symbols=True):
    answers = OfflineAnswers("eu-west-1", parse(given or {}, "answers"))
    plan = record(program, config={"aws:region": "eu-west-1"}, answers=answers, symbols=symbols)
    return plan.exports


def ami(owner):
    pulumi.export("ami", aws.ec2.get_ami(owners=[owner], most_recent=True).id)


def test_the_same_question_has_the_same_answer_and_another_another():
    assert exports(lambda: ami("self")) == exports(lambda: ami("self"))
    assert exports(lambda: ami("self")) != exports(lambda: ami("amazon"))


def test_what_the_settings_state_wins():
    assert exports(lambda: ami("self"), {"aws:ec2/getAmi:getAmi": {"id": "ami-1"}}) == {"ami": "ami-1"}


def test_what_the_question_states_in_another_type_is_in_the_answers_own():
    def program():
        found = aws.ec2.get_ami(owners=["self"], most_recent="true")
        pulumi.export("stated", found.most_recent)

    assert exports(program) == {"stated": True}


def test_what_the_question_states_is_in_the_answer():
    def program():
        vpc = aws.ec2.get_vpc(default=True, id="vpc-1")
        pulumi.export("stated", [vpc.default, vpc.id])

    assert exports(program) == {"stated": [True, "vpc-1"]}


def test_each_value_has_the_form_that_programs_rely_on():
    def program():
        vpc = aws.ec2.get_vpc()
        ipaddress.ip_network(vpc.cidr_block)
        ipaddress.ip_network(vpc.cidr_block_associations[0].cidr_block)
        assert vpc.tags.get("Name") is None
        assert vpc.owner_id == "000000000000"
        assert len(aws.ec2.get_subnets().ids) == 2
        assert aws.acm.get_certificate(domain="x").arn.split(":")[:5] == ["arn", "aws", "acm", "eu-west-1", "0" * 12]
        assert isinstance(aws.ec2.get_launch_template(name="x").latest_version, int)
        json.loads(aws.iam.get_policy(name="x").policy)
        pulumi.export("done", True)

    assert exports(program) == {"done": True}


def test_an_answer_about_a_resource_carries_its_mark():
    def program():
        bucket = aws.s3.Bucket("data")
        pulumi.export("arn", aws.s3.get_bucket_output(bucket=bucket.id).arn)

    assert mark("urn:pulumi:test::aistacks::aws:s3/bucket:Bucket::data") in exports(program)["arn"]


def test_without_symbols_and_for_what_is_only_computed_nothing_stands():
    def late():
        pulumi.export("ami", aws.ec2.get_ami_output(owners=["self"]).id)

    def wrong():
        pulumi.export("json", aws.iam.get_policy_document_output(statements=[{"effect": "Perhaps"}]).json)

    assert exports(late, symbols=False) == {"ami": UNKNOWN}
    assert exports(wrong)["json"] is UNKNOWN or "standsFor" not in exports(wrong)["json"]
