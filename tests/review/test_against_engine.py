"""A plan says what the real engine's preview says, edit by edit; the benchmark has random edits of environments."""

from aistacks_review.compare.comparison import compare
from aistacks_review.record.client import Job, Running

PROGRAM = """
import json
import pulumi
import pulumi_aws as aws

network = aws.ec2.Vpc("net", cidr_block="10.0.0.0/16", tags={"a": "1"})
aws.ec2.Subnet("sub", vpc_id=network.id, cidr_block="10.0.1.0/24", availability_zone="eu-west-1a")
data = aws.s3.Bucket("data", force_destroy=True)
aws.s3.BucketVersioning("versions", bucket=data.id, versioning_configuration={"status": "Enabled"})
aws.iam.Policy("policy", policy=data.arn.apply(lambda arn: json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": arn}]})))
aws.sqs.Queue("jobs", delay_seconds=5, tags={"t": "x"}, opts=pulumi.ResourceOptions(ignore_changes=["tags"]))
"""
EDITS = {
    "nothing": [],
    "an update": [('tags={"a": "1"}', 'tags={"a": "2"}')],
    "a replacement and what follows": [("10.0.0.0/16", "10.0.0.0/15")],
    "an action of a policy": [("s3:GetObject", "s3:*")],
    "an ignored change": [('{"t": "x"}', '{"t": "y"}')],
    "a rename with an alias": [
        (
            'aws.s3.Bucket("data", force_destroy=True)',
            'aws.s3.Bucket("renamed", force_destroy=True, '
            'opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="data")]))',
        ),
    ],
    "a rename without one": [('aws.s3.Bucket("data"', 'aws.s3.Bucket("renamed"')],
    "one more, one less": [('aws.sqs.Queue("jobs"', 'aws.sqs.Queue("others"')],
}
KINDS = ("create", "update", "replace", "delete")


def planned(stack):
    job = Job(stack.folder, stack.folder.name, stack.name, {"aws:region": "eu-west-1"})
    return Running(job).finish()


def previewed(result):
    """Name to step. A replacement is told in three parts, of which one is called so."""
    steps = {s["urn"].rsplit("::", 1)[-1]: s["op"] for s in result.steps if s["op"] in KINDS}
    return {name: op for name, op in steps.items() if not name.startswith("default")}


def test_edits_are_planned_as_the_engine_previews_them(stack):
    stack.up(PROGRAM)
    base = planned(stack)
    for said, edits in EDITS.items():
        text = PROGRAM
        for old, new in edits:
            assert old in text, said
            text = text.replace(old, new)
        stack.write(text)
        ours = {c.name: c.kind.value for c in compare(base, planned(stack)).changes if c.kind.value in KINDS}
        assert ours == previewed(stack.preview()), said
