"""The real engine against the stand-in and the emulator. It proves nothing about AWS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from aistacks_sandbox.programs import engine
from aistacks_sandbox.providers.aws.cloud import ENDPOINT

RUNNER = Path(__file__).parents[1] / "engine_runner.py"
REGION = "us-west-2"

PROGRAM = """
import json
import pulumi_aws as aws
key = aws.kms.Key("key", description=%(description)r, tags={"team": "a"})
lake = aws.s3.Bucket("Lake", bucket=%(bucket)r, force_destroy=True, tags=%(tags)r)
aws.s3.BucketVersioning("versions", bucket=lake.id, versioning_configuration={"status": "Enabled"})
who = aws.get_caller_identity()
role = aws.iam.Role("reader", assume_role_policy=aws.iam.get_policy_document(statements=[{
    "actions": ["sts:AssumeRole"],
    "principals": [{"type": "AWS", "identifiers": [f"arn:aws:iam::{who.account_id}:root"]}]}]).json)
aws.iam.RolePolicy("read", role=role.name, policy=lake.arn.apply(lambda arn: json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": arn + "/*"}]})))
secret = aws.secretsmanager.Secret("secret", kms_key_id=key.arn, recovery_window_in_days=0)
aws.secretsmanager.SecretVersion("value", secret_id=secret.id, secret_string=pulumi.Output.secret("hunter2"))
aws.s3.BucketObject("hello.txt", bucket=lake.id, source=pulumi.StringAsset("hello"))
quick = aws.quicksight.Group("people", group_name="people")
pulumi.export("bucket", lake.bucket)
pulumi.export("domain", lake.bucket_regional_domain_name)
pulumi.export("role", role.arn)
"""


@dataclass
class Stack:
    process: subprocess.Popen[str]
    folder: Path
    environment: dict[str, str]
    config: dict[str, str]
    program: str = ""

    def run(self, operation: str, program: str | None = None, **options: Any) -> dict[str, Any]:
        if program is not None:
            self.program = textwrap.dedent(program)
        answer = self.folder.parent / "answer.json"
        request = {
            "operation": operation,
            "program": self.program,
            "folder": str(self.folder),
            "stack": "dev",
            "config": {} if (self.folder / "Pulumi.dev.yaml").exists() else self.config,
            "options": options,
            "environment": self.environment,
            "answer": str(answer),
        }
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"
        found: dict[str, Any] = json.loads(answer.read_text())
        return found

    def changes(self, operation: str, program: str | None = None, **options: Any) -> dict[str, int]:
        result = self.run(operation, program, **options)
        assert "error" not in result, result["error"]
        changes: dict[str, int] = result["changes"]
        return changes

    def state(self) -> dict[str, dict[str, Any]]:
        file = self.folder / ".pulumi" / "stacks" / "project" / "dev.json"
        resources = json.loads(file.read_text())["checkpoint"]["latest"].get("resources") or []
        return {item["urn"].split("::")[-1]: item for item in resources if item.get("custom")}


@pytest.fixture
def stack(emulator: str, tmp_path: Path) -> Iterator[Stack]:
    found = engine.find()
    if found is None:
        pytest.skip("the Pulumi engine, on PATH or in the cache")
    plugins, folder = tmp_path / "bin", tmp_path / "stack"
    plugins.mkdir()
    folder.mkdir()
    wrapper = plugins / "pulumi-resource-aws"
    wrapper.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m aistacks_sandbox.providers.aws "$@"\n')
    wrapper.chmod(0o755)
    environment = {
        "PATH": os.pathsep.join([str(plugins), str(found.path.parent), os.environ["PATH"]]),
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "AISTACKS_SANDBOX_LOGS": str(tmp_path / "logs"),
        ENDPOINT: emulator,
    }
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", str(RUNNER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout and process.stdout.readline() == "ready\n"
    config = {"aws:region": REGION, "aws:defaultTags": '{"tags": {"owner": "us"}}'}
    made = Stack(process, folder, environment, config)
    yield made
    made.run("destroy", "")
    process.communicate()


def client(service: str, emulator: str) -> Any:
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=emulator,
        region_name=REGION,
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )


def program(**changed: Any) -> str:
    given: dict[str, Any] = {"description": "a", "bucket": None, "tags": {"a": "b"}, **changed}
    return PROGRAM % given


def test_a_program_lives_through_up_update_replace_loss_and_destroy(stack: Stack, emulator: str) -> None:
    s3 = client("s3", emulator)
    preview = stack.run("preview", program())
    assert preview["changes"] == {"create": 10}
    up = stack.run("up")
    assert up["changes"] == {"create": 10}, up
    state = stack.state()
    bucket = state["Lake"]["id"]
    assert bucket.startswith("lake-") and len(bucket) == len("lake-") + 7
    assert state["Lake"]["outputs"]["tagsAll"] == {"a": "b", "owner": "us"}
    assert {t["Key"]: t["Value"] for t in s3.get_bucket_tagging(Bucket=bucket)["TagSet"]} == {"a": "b", "owner": "us"}
    assert s3.get_object(Bucket=bucket, Key="hello.txt")["Body"].read() == b"hello"
    assert {
        name: item["outputs"].get("__aistacks") for name, item in state.items() if item["type"].startswith("aws:")
    } == {
        "key": "emulated",
        "Lake": "emulated",
        "versions": "emulated",
        "reader": "emulated",
        "read": "emulated",
        "secret": "emulated",
        "value": "emulated",
        "hello.txt": "emulated",
        "people": "not emulated",
    }
    assert "hunter2" not in (stack.folder / ".pulumi" / "stacks" / "project" / "dev.json").read_text()

    assert stack.changes("up") == {"same": 10}
    assert stack.changes("up", refresh=True) == {"same": 10}

    updated = stack.run("up", program(description="b", tags={"a": "c"}))
    assert updated["changes"] == {"update": 2, "same": 8}
    assert stack.state()["Lake"]["id"] == bucket
    tags = {t["Key"]: t["Value"] for t in s3.get_bucket_tagging(Bucket=bucket)["TagSet"]}
    assert tags == {"a": "c", "owner": "us"}

    changed = program(description="b", tags={"a": "c"}, bucket="another-name")
    replaced = stack.run("up", changed)
    assert replaced["changes"].get("replace", 0) >= 2, replaced
    names = {item["Name"] for item in s3.list_buckets()["Buckets"]}
    assert "another-name" in names and bucket not in names

    s3.delete_object(Bucket="another-name", Key="hello.txt")
    versions = s3.list_object_versions(Bucket="another-name")
    for item in [*versions.get("Versions", []), *versions.get("DeleteMarkers", [])]:
        s3.delete_object(Bucket="another-name", Key=item["Key"], VersionId=item["VersionId"])
    s3.delete_bucket(Bucket="another-name")
    recovered = stack.run("up", refresh=True)
    assert recovered["changes"].get("create", 0) >= 3, recovered
    assert s3.get_bucket_versioning(Bucket="another-name")["Status"] == "Enabled"
    assert stack.changes("up", refresh=True) == {"same": 10}

    assert stack.changes("destroy") == {"delete": 10}
    assert "another-name" not in {item["Name"] for item in s3.list_buckets()["Buckets"]}


IMPORT = """
import pulumi_aws as aws
aws.s3.Bucket("old", bucket="made-elsewhere", tags={"a": "b"},
    opts=pulumi.ResourceOptions(import_="made-elsewhere"%s))
aws.sqs.Queue("queue", name="made-elsewhere", visibility_timeout_seconds=60,
    opts=pulumi.ResourceOptions(import_=%r))
"""


def test_what_exists_is_imported_without_a_change(stack: Stack, emulator: str) -> None:
    s3, sqs = client("s3", emulator), client("sqs", emulator)
    where = {"LocationConstraint": REGION}
    s3.create_bucket(Bucket="made-elsewhere", CreateBucketConfiguration=where)
    tags = [{"Key": "a", "Value": "b"}, {"Key": "owner", "Value": "us"}]
    s3.put_bucket_tagging(Bucket="made-elsewhere", Tagging={"TagSet": tags})
    attributes = {"VisibilityTimeout": "60"}
    queue = sqs.create_queue(QueueName="made-elsewhere", Attributes=attributes, tags={"owner": "us"})["QueueUrl"]
    imported = stack.run("up", IMPORT % ("", queue))
    assert "error" not in imported, imported["error"]
    assert imported["changes"]["import"] == 2
    assert stack.state()["old"]["outputs"]["arn"] == "arn:aws:s3:::made-elsewhere"
    assert stack.changes("up") == {"same": 3}


FAILING = """
import pulumi_aws as aws
aws.iam.RolePolicyAttachment("nobody", role="nobody-is-here", policy_arn="arn:aws:iam::aws:policy/ReadOnlyAccess")
"""


def test_a_refusal_by_the_emulator_is_told_in_one_line(stack: Stack) -> None:
    failed = stack.run("up", FAILING)
    assert "iam attach_role_policy: NoSuchEntity: " in failed["error"]
    assert "Traceback" not in failed["error"].split("stdout:")[-1].split("stderr:")[0]
    assert "nobody" not in stack.state()


LOOKUP = """
import pulumi_aws as aws
aws.ec2.get_transit_gateway(id="x")
"""


def test_a_function_that_is_not_answered_is_named(stack: Stack) -> None:
    failed = stack.run("preview", LOOKUP.replace("ec2.get", "ec2transitgateway.get"))
    assert "aws:ec2transitgateway/getTransitGateway:getTransitGateway: the sandbox's aws provider" in failed["error"]
