"""What the library offers for tests, on the stock SDK: registrations come whole, and nothing stays behind."""

import re
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pytest

from aistacks import DataLake, UserError
from aistacks.testing import UNKNOWN, record

PAGE = Path(__file__).parents[2] / "docs" / "testing.md"
PLACE = {
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": "111122223333"},
    "aws:index/getPartition:getPartition": {"partition": "aws"},
    "aws:index/getRegion:getRegion": {"region": "eu-central-1"},
}


def test_a_component_s_children_come_whole():
    plan = record(lambda: DataLake("lake", {}), answers=lambda token, _args: PLACE.get(token))
    (lake,) = plan.of("aistacks:index:DataLake")
    bucket = plan.one("aws:s3/bucket:Bucket", "lake-bronze")
    assert (bucket.parent, bucket.protect, bucket.retain_on_delete) == (lake.urn, True, True)
    assert bucket.urn == "urn:pulumi:test::test::aistacks:index:DataLake$aws:s3/bucket:Bucket::lake-bronze"
    versioning = plan.one("aws:s3/bucketVersioning:BucketVersioning", "lake-bronze-versioning")
    assert versioning.inputs["bucket"] is UNKNOWN
    assert versioning.property_dependencies["bucket"] == (bucket.urn,)
    assert set(lake.outputs) >= {"bucketNames", "kmsKeyArn"}


def test_what_a_program_asks_of_the_cloud_is_answered_by_the_test():
    def program():
        region = aws.get_region_output().region
        pulumi.export("region", region)
        aws.sqs.Queue("events", name=pulumi.Output.concat("events-", region))

    plan = record(program, answers=lambda token, _args: PLACE.get(token))
    assert plan.exports == {"region": "eu-central-1"}
    assert plan["events"].inputs["name"] == "events-eu-central-1"
    assert record(program)["events"].inputs["name"] is UNKNOWN


def test_secrets_and_options_are_kept():
    def program():
        old = pulumi.Alias(name="old")
        options = pulumi.ResourceOptions(aliases=[old], ignore_changes=["tags"], protect=True)
        aws.ssm.Parameter("token", type="SecureString", value=pulumi.Output.secret("x"), opts=options)

    token = record(program, project="shop", stack="dev")["token"]
    assert token.inputs["value"] == "x"
    assert token.secrets == {"value"}
    assert token.aliases == ("urn:pulumi:dev::shop::aws:ssm/parameter:Parameter::old",)
    assert (token.ignore_changes, token.protect) == (("tags",), True)


def test_a_program_reads_the_test_s_settings_and_leaves_none():
    def program():
        pulumi.export("size", pulumi.Config().require_int("size"))

    assert record(program, project="shop", config={"shop:size": "3"}).exports == {"size": 3}
    with pytest.raises(pulumi.ConfigMissingError):
        record(program, project="shop")


def test_what_the_program_raises_comes_out_and_harms_no_later_recording():
    def wrong():
        aws.sqs.Queue("first")
        DataLake("lake", {"layer": ["bronze"]})

    with pytest.raises(UserError, match="unknown key 'layer'"):
        record(wrong)
    assert [r.name for r in record(lambda: aws.sqs.Queue("second")).resources] == ["second"]


def test_two_resources_of_one_name_are_refused_as_the_engine_refuses_them():
    def program():
        aws.sqs.Queue("events")
        aws.sqs.Queue("events")

    with pytest.raises(ValueError, match="two resources of one type and name"):
        record(program)


def test_the_page_s_own_tests_pass():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    namespace = {}
    exec(code, namespace)
    tests = [test for name, test in namespace.items() if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        test()
