"""What a recorded run keeps, and what it names as opaque."""

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

from aistacks_core.errors import UserError
from aistacks_core.stated_answers import parse
from aistacks_review.record.answers import OfflineAnswers
from aistacks_review.record.recorder import default_tags, record


def recorded(program, **how):
    return record(program, config={"aws:region": "eu-west-1"}, answers=OfflineAnswers("eu-west-1"), **how)


def test_file_and_line_are_the_programs_own(tmp_path):
    program = tmp_path / "main.py"
    program.write_text("import pulumi_aws as aws\n\n\naws.s3.Bucket('data')\n")
    import runpy

    plan = recorded(lambda: runpy.run_path(str(program)), root=tmp_path)
    assert (plan["data"].file, plan["data"].line) == (str(program), 4)


def test_aliases_are_whole_urns():
    opts = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old"), pulumi.Alias(type_="aws:s3/bucketV2:BucketV2")])
    plan = recorded(lambda: aws.s3.Bucket("new", opts=opts))
    aliases = plan["new"].aliases
    assert "urn:pulumi:test::aistacks::aws:s3/bucket:Bucket::old" in aliases
    assert "urn:pulumi:test::aistacks::aws:s3/bucketV2:BucketV2::new" in aliases


def test_protection_is_inherited():
    class Box(pulumi.ComponentResource):
        def __init__(self, name, opts):
            super().__init__("test:index:Box", name, {}, opts)
            aws.s3.Bucket(name, opts=pulumi.ResourceOptions(parent=self))

    plan = recorded(lambda: Box("box", pulumi.ResourceOptions(protect=True, retain_on_delete=True)))
    child = plan.one("aws:s3/bucket:Bucket", "box")
    assert (child.protect, child.retain_on_delete) == (True, True)


def test_two_of_one_name_are_refused():
    def program():
        aws.s3.Bucket("data")
        aws.s3.Bucket("data")

    with pytest.raises(UserError, match="two resources of one type and name"):
        recorded(program)


def test_what_needs_no_cloud_is_answered_and_what_is_assumed_is_told():
    answers = OfflineAnswers("eu-west-1")

    def program():
        pulumi.export("region", aws.get_region().region)
        pulumi.export("partition", aws.get_partition().partition)
        pulumi.export("zones", aws.get_availability_zones().names)
        pulumi.export("account", aws.get_caller_identity_output().account_id)
        document = aws.iam.get_policy_document(statements=[{"actions": ["s3:GetObject"], "resources": ["*"]}])
        pulumi.export("policy", document.minified_json)

    exports = record(program, config={"aws:region": "eu-west-1"}, answers=answers, symbols=True).exports
    assert exports["region"] == "eu-west-1"
    assert exports["partition"] == "aws"
    assert exports["zones"] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    assert exports["account"] == "000000000000"
    assert '"Action":"s3:GetObject"' in exports["policy"]
    assert {token.split(":")[1] for token in answers.assumed} == {
        "index/getCallerIdentity",
        "index/getAvailabilityZones",
    }


def test_an_answer_that_is_given_is_taken():
    answers = OfflineAnswers("eu-west-1", parse({"aws:ec2/getAmi:getAmi": {"id": "ami-1", "imageId": "ami-1"}}, "dev"))
    plan = record(lambda: pulumi.export("ami", aws.ec2.get_ami().image_id), answers=answers)
    assert plan.exports["ami"] == "ami-1"


def test_what_only_the_cloud_knows_is_opaque():
    plan = recorded(lambda: pulumi.export("ami", aws.ec2.get_ami_output(owners=["self"]).id))
    assert [(o.kind, o.what) for o in plan.opaque] == [("invoke", "aws:ec2/getAmi:getAmi")]


def test_what_the_program_warns_of_is_part_of_the_plan(capsys):
    def program():
        pulumi.log.warn("this can't be checked")
        pulumi.log.warn("this can't be checked")
        pulumi.log.info("all is well")

    assert [(o.kind, o.what) for o in recorded(program).opaque] == [("warning", "this can't be checked")]
    assert capsys.readouterr().err == ""


def test_stack_references_reads_and_dynamic_providers_are_opaque():
    class Nothing(ResourceProvider):
        def create(self, props):
            return CreateResult("id", {})

    class Thing(Resource):
        def __init__(self, name):
            super().__init__(Nothing(), name, {})

    def program():
        pulumi.StackReference("org/project/prod")
        aws.s3.Bucket.get("theirs", "their-bucket")
        Thing("thing")

    kinds = [o.kind for o in recorded(program).opaque]
    assert sorted(kinds) == ["dynamic provider", "resource that is read", "stack reference"]


def test_files_are_told_apart_by_content(tmp_path):
    file = tmp_path / "a.txt"

    def program():
        aws.s3.BucketObject("object", bucket="b", source=pulumi.FileAsset(str(file)))

    file.write_text("one")
    first = recorded(program)["object"].inputs["source"]
    file.write_text("two")
    second = recorded(program)["object"].inputs["source"]
    assert first["hash"] != second["hash"]
    assert first["path"] == second["path"]


@pytest.mark.parametrize("text", [None, "no json", '"x"', '{"tags": 3}', {"tags": {"a": 1}}])
def test_default_tags_that_are_none(text):
    assert default_tags(text) == {}
