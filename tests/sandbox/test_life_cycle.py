"""A small program's life under the real engine: what the engine does, and what the stand-ins let it do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aistacks_sandbox.engine.operations import OperationError

SMALL = """
    import pulumi, pulumi_aws as aws
    data = aws.s3.Bucket("data", tags={{"Layer": {layer!r}}})
    vpc = aws.ec2.Vpc("net", cidr_block={cidr!r})
    subnet = aws.ec2.Subnet("a", vpc_id=vpc.id, cidr_block={cidr!r})
    pulumi.export("bucket", data.bucket)
    pulumi.export("vpc", vpc.id)
    pulumi.export("subnet", subnet.id)
"""


def ops(result: Any) -> dict[str, list[str]]:
    """The engine's steps by logical name."""
    steps: dict[str, list[str]] = {}
    for step in result.steps:
        steps.setdefault(step["urn"].split("::")[-1], []).append(step["op"])
    return steps


def test_up_nothing_update_replace_refresh_destroy(stack: Any, sandbox: Any) -> None:
    s3, ec2 = sandbox.aws("s3"), sandbox.aws("ec2")
    before = {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]}
    stack.write(SMALL.format(layer="bronze", cidr="10.1.0.0/16"))

    assert stack.preview().changes == {"create": 4}
    assert {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]} == before, "a preview made something"

    first = stack.up()
    assert first.changes == {"create": 4}
    bucket = first.outputs["bucket"]
    assert bucket.startswith("data-") and len(bucket) == len("data-") + 7
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "Layer", "Value": "bronze"}]
    assert ec2.describe_subnets(SubnetIds=[first.outputs["subnet"]])["Subnets"][0]["VpcId"] == first.outputs["vpc"]
    assert [e.how for e in first.inventory.entries] == ["emulated"] * 3

    again = stack.up()
    assert again.changed == 0 and again.changes == {"same": 4} and again.outputs == first.outputs

    updated = stack.up(SMALL.format(layer="silver", cidr="10.1.0.0/16"))
    assert updated.changes == {"same": 3, "update": 1}
    assert updated.outputs == first.outputs
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "Layer", "Value": "silver"}]

    replaced = stack.up(SMALL.format(layer="silver", cidr="10.2.0.0/16"))
    assert ops(replaced)["net"] == ["create-replacement", "replace", "delete-replaced"]
    assert ops(replaced)["a"] == ["create-replacement", "replace", "delete-replaced"]
    assert {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]} - before == {replaced.outputs["vpc"]}
    assert replaced.outputs["vpc"] != first.outputs["vpc"]

    s3.delete_bucket(Bucket=bucket)
    refreshed = stack.operate("refresh")
    assert ops(refreshed) == {} and [e.name for e in refreshed.inventory.entries] == ["net", "a"]
    rebuilt = stack.up()
    assert ops(rebuilt) == {"data": ["create"]}

    gone = stack.destroy()
    assert gone.changes == {"delete": 4}
    assert not stack.is_up
    assert {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]} == before
    with pytest.raises(ClientError, match="404"):
        s3.head_bucket(Bucket=rebuilt.outputs["bucket"])


BROKEN = """
    import json, pulumi, pulumi_aws as aws
    first = aws.sqs.Queue("first")
    trust = json.dumps({{"Version": "2012-10-17", "Statement": [
        {{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {{"Service": "ec2.amazonaws.com"}}}}]}})
    role = aws.iam.Role("role", assume_role_policy=trust)
    attached = aws.iam.RolePolicyAttachment("attached", role={role},
        policy_arn="arn:aws:iam::aws:policy/ReadOnlyAccess", opts=pulumi.ResourceOptions(depends_on=[first]))
    last = aws.sqs.Queue("last", opts=pulumi.ResourceOptions(depends_on=[attached]))
    pulumi.export("first", first.url)
"""


def test_a_refused_resource_keeps_what_was_made_and_the_next_up_goes_on(stack: Any, sandbox: Any) -> None:
    with pytest.raises(OperationError) as refused:
        stack.up(BROKEN.format(role='"nobody-there"'))
    assert len(refused.value.messages) == 1
    line = str(refused.value)
    assert "RolePolicyAttachment attached" in line and "nobody-there" in line and "\n" not in line
    held = {
        r["urn"].split("::")[-1] for r in json.loads(stack.checkpoint.read_text())["checkpoint"]["latest"]["resources"]
    }
    assert {"first", "role"} <= held and not {"attached", "last"} & held

    mended = stack.up(BROKEN.format(role="role.name"))
    assert ops(mended) == {"attached": ["create"], "last": ["create"]}
    assert sandbox.aws("sqs").get_queue_attributes(QueueUrl=mended.outputs["first"])


OPTIONS = """
    import pulumi, pulumi_aws as aws
    o = pulumi.ResourceOptions
    kept = aws.sqs.Queue("kept", delay_seconds={delay}, opts=o(protect={protect}))
    deaf = aws.sqs.Queue("deaf", delay_seconds={delay}, opts=o(ignore_changes=["delaySeconds"]))
    strict = aws.sqs.Queue("strict", delay_seconds={delay}, opts=o(replace_on_changes=["delaySeconds"]))
    taken = aws.s3.Bucket("taken", bucket={existing!r}, opts=o(import_={existing!r} if {take} else None))
    for queue in (kept, deaf, strict):
        pulumi.export(queue._name, queue.url)
"""


def test_protect_ignore_changes_replace_on_changes_and_import(stack: Any, sandbox: Any) -> None:
    s3, sqs = sandbox.aws("s3"), sandbox.aws("sqs")
    existing = "made-by-somebody-else"
    s3.create_bucket(Bucket=existing, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=existing, Key="kept", Body=b"as it was")

    def delay(result: Any, name: str) -> str:
        answer = sqs.get_queue_attributes(QueueUrl=result.outputs[name], AttributeNames=["DelaySeconds"])
        return str(answer["Attributes"]["DelaySeconds"])

    first = stack.up(OPTIONS.format(delay=1, protect=True, existing=existing, take=True))
    assert ops(first)["taken"] == ["import"]
    assert s3.get_object(Bucket=existing, Key="kept")["Body"].read() == b"as it was"

    second = stack.up(OPTIONS.format(delay=2, protect=True, existing=existing, take=False))
    assert ops(second) == {"kept": ["update"], "strict": ["create-replacement", "replace", "delete-replaced"]}
    assert [delay(second, name) for name in ("kept", "deaf", "strict")] == ["2", "1", "2"]

    with pytest.raises(OperationError, match=r"kept.*protect"):
        stack.destroy()
    assert delay(second, "kept") == "2"
    s3.delete_object(Bucket=existing, Key="kept")
    assert stack.up(OPTIONS.format(delay=2, protect=False, existing=existing, take=False)).changed <= 2
    assert stack.destroy().changes == {"delete": 5}
    assert existing not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]


SECRETS = """
    import pulumi, pulumi_aws as aws, pulumi_kubernetes as k8s
    word = pulumi.Output.secret("hunter2-" + "in-plain")
    parameter = aws.ssm.Parameter("parameter", type="SecureString", value=word)
    held = k8s.core.v1.Secret("held", metadata={"namespace": "default"}, string_data={"word": word})
    pulumi.export("word", word)
    pulumi.export("nested", {"list": [word]})
    pulumi.export("parameter", parameter.name)
    pulumi.export("held", held.metadata.name)
"""


def test_a_secret_is_nowhere_in_plain_text(stack: Any, sandbox: Any, capfd: pytest.CaptureFixture[str]) -> None:
    result = stack.up(SECRETS)
    assert result.outputs["word"] is None and result.outputs["nested"] is None
    word = "hunter2-in-plain"
    stored = sandbox.aws("ssm").get_parameter(Name=result.outputs["parameter"], WithDecryption=True)
    assert stored["Parameter"]["Value"] == word, "it got there all the same"
    printed = "".join(capfd.readouterr())
    assert "parameter" in printed and word not in printed
    state = sandbox.state
    files = [f for folder in (state.backend, state.workspace, state.logs) for f in folder.rglob("*") if f.is_file()]
    assert stack.checkpoint in files
    encoded = "aHVudGVyMi1pbi1wbGFpbg"
    leaked = [f.name for f in files if word in (text := f.read_text(errors="replace")) or encoded in text]
    assert leaked == []
