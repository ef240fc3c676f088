"""What the AWS stand-in answers the engine: names, differences, previews, refusals."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime import proto
from pulumi.runtime.proto import provider_pb2, status_pb2

from aistacks_core.diffs import Change
from aistacks_core.errors import UserError
from aistacks_core.property_values import UNKNOWN, Props
from aistacks_core.wire import from_struct, to_struct
from aistacks_sandbox.providers.autoname import AutonameError, Naming
from aistacks_sandbox.providers.aws import table
from aistacks_sandbox.providers.aws.cloud import AwsError
from aistacks_sandbox.providers.aws.provider import AwsProvider
from aistacks_sandbox.providers.aws.template import fill, first, unfill
from aistacks_sandbox.providers.failures import PartialFailure, ProviderError
from aistacks_sandbox.providers.provider import MARKER, NOT_EMULATED, Resource
from aistacks_sandbox.providers.server import start

REGION = "us-west-2"
AMI = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
BUCKET = "aws:s3/bucket:Bucket"


def at(token: str, name: str = "thing") -> Resource:
    return Resource(f"urn:pulumi:dev::project::{token}::{name}", token, name)


def named(provider: AwsProvider, token: str, inputs: Props, old: Props | None = None, name: str = "Thing") -> Props:
    return provider.check(at(token, name), old, inputs, Naming(name, b"seed"))


@pytest.mark.parametrize(
    ("token", "inputs", "key", "pattern"),
    [
        (BUCKET, {}, "bucket", r"thing-[0-9a-f]{7}"),
        ("aws:iam/role:Role", {}, "name", r"Thing-[0-9a-f]{7}"),
        ("aws:kms/alias:Alias", {}, "name", r"alias/Thing-[0-9a-f]{7}"),
        ("aws:sqs/queue:Queue", {"fifoQueue": True}, "name", r"Thing-[0-9a-f]{7}\.fifo"),
        ("aws:glue/catalogDatabase:CatalogDatabase", {}, "name", r"thing_[a-z]{8}"),
        ("aws:s3/bucketObject:BucketObject", {"bucket": "b"}, "key", r"Thing"),
        ("aws:eks/nodeGroup:NodeGroup", {}, "nodeGroupName", r"Thing-[0-9a-f]{7}"),
        ("aws:cloudwatch/eventTarget:EventTarget", {}, "targetId", r"Thing-[0-9a-f]{7}"),
        ("aws:quicksight/theme:Theme", {}, "name", r"Thing-[0-9a-f]{7}"),
    ],
)
def test_a_missing_name_is_made_as_the_vendor_makes_it(
    provider: AwsProvider, token: str, inputs: Props, key: str, pattern: str
) -> None:
    made = named(provider, token, inputs)
    assert re.fullmatch(pattern, made[key]), made
    assert named(provider, token, inputs, made) == made
    assert named(provider, token, {**inputs, key: "given"}, made)[key] == "given"
    assert provider.diff(at(token), "x", made, made, named(provider, token, inputs, made)).changes == {}


def test_a_name_prefix_and_a_type_without_a_name_get_none(provider: AwsProvider) -> None:
    assert "bucket" not in named(provider, BUCKET, {"bucketPrefix": "a-"})
    assert named(provider, "aws:route53/record:Record", {"type": "A"}) == {"type": "A"}
    assert named(provider, "aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16"}) == {"cidrBlock": "10.0.0.0/16"}


def test_a_name_that_would_be_too_long_is_refused(provider: AwsProvider) -> None:
    with pytest.raises(AutonameError, match=r"expected at most 64"):
        named(provider, "aws:iam/role:Role", {}, name="r" * 60)


def diff(provider: AwsProvider, token: str, old: Props, new: Props, state: Props | None = None) -> Any:
    return provider.diff(at(token), "x", old, {**old, **(state or {})}, new)


def test_a_fixed_name_is_deleted_before_its_replacement(provider: AwsProvider) -> None:
    token = "aws:iam/role:Role"
    found = diff(provider, token, {"name": "r", "path": "/a/"}, {"name": "r", "path": "/b/"})
    assert found.replaces == {"path"}
    assert found.delete_first
    made = named(provider, token, {"path": "/a/"})
    assert not diff(provider, token, made, {**made, "path": "/b/"}).delete_first
    attachment = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    assert diff(provider, attachment, {"role": "a", "policyArn": "x"}, {"role": "b", "policyArn": "x"}).delete_first


def test_order_white_space_and_awss_own_choices_are_no_difference(provider: AwsProvider) -> None:
    subnets = {"subnetIds": ["a", "b"], "clusterName": "c", "version": "1.34"}
    other = {"subnetIds": ["b", "a"], "clusterName": "c"}
    assert diff(provider, "aws:eks/nodeGroup:NodeGroup", subnets, other).changes == {}
    policy = {"role": "r", "policy": '{"Version": "2012-10-17"}', "name": "p"}
    assert (
        diff(
            provider, "aws:iam/rolePolicy:RolePolicy", policy, {**policy, "policy": '{"Version":"2012-10-17"}'}
        ).changes
        == {}
    )
    queue = {"name": "q", "visibilityTimeoutSeconds": 30}
    assert diff(provider, "aws:sqs/queue:Queue", queue, {"name": "q"}).changes == {}
    changed = diff(provider, "aws:sqs/queue:Queue", {"name": "q", "visibilityTimeoutSeconds": 60}, {"name": "q"})
    assert changed.changes == {"visibilityTimeoutSeconds": Change.UPDATE}


def test_an_unknown_value_replaces_where_a_change_would(provider: AwsProvider) -> None:
    found = diff(
        provider, "aws:ec2/subnet:Subnet", {"vpcId": "a", "cidrBlock": "b"}, {"vpcId": UNKNOWN, "cidrBlock": "b"}
    )
    assert found.replaces == {"vpcId"}


def test_another_region_replaces(provider: AwsProvider) -> None:
    state = {"bucket": "b", "region": REGION}
    assert diff(provider, BUCKET, {"bucket": "b"}, {"bucket": "b", "region": REGION}, state).changes == {}
    assert diff(provider, BUCKET, {"bucket": "b"}, {"bucket": "b", "region": "eu-west-1"}, state).replaces == {"region"}


def test_new_default_tags_change_what_has_tags(provider: AwsProvider) -> None:
    provider.configure({"region": REGION, "defaultTags": {"tags": {"owner": "us"}}})
    state = {"bucket": "b", "tagsAll": {"a": "b"}, "tags": {"a": "b"}}
    found = diff(provider, BUCKET, {"bucket": "b", "tags": {"a": "b"}}, {"bucket": "b", "tags": {"a": "b"}}, state)
    assert found.changes == {"tagsAll": Change.UPDATE}


def test_a_preview_knows_inputs_and_defaults_and_nothing_that_aws_chooses(provider: AwsProvider) -> None:
    inputs = named(provider, "aws:sqs/queue:Queue", {"kmsMasterKeyId": UNKNOWN})
    seen = provider.create(at("aws:sqs/queue:Queue"), inputs, preview=True, timeout=0)
    assert seen.id == ""
    assert seen.outputs["name"] == inputs["name"]
    assert seen.outputs["visibilityTimeoutSeconds"] == 30
    assert seen.outputs["region"] == REGION
    assert seen.outputs["tagsAll"] == {}
    unknown = {key for key, value in seen.outputs.items() if value is UNKNOWN}
    assert {"arn", "url", "policy", "kmsMasterKeyId"} <= unknown
    state = {**seen.outputs, "arn": "arn:x"}
    kept = provider.update(at("aws:sqs/queue:Queue"), "x", inputs, state, inputs, preview=True, timeout=0)
    assert kept["arn"] == "arn:x"


def test_the_preview_of_an_update_keeps_what_aws_filled_into_a_block(provider: AwsProvider) -> None:
    old = {"name": "c", "roleArn": "r", "vpcConfig": {"subnetIds": ["a"], "endpointPublicAccess": True}}
    state = {**old, "vpcConfig": {**old["vpcConfig"], "clusterSecurityGroupId": "sg-1"}}
    new = {**old, "vpcConfig": {"subnetIds": ["a"]}, "tags": {"a": "b"}}
    seen = provider.update(at("aws:eks/cluster:Cluster"), "c", old, state, new, preview=True, timeout=0)
    assert seen["vpcConfig"] == {"subnetIds": ["a"], "clusterSecurityGroupId": "sg-1"}


def test_what_is_not_in_the_table_never_passes_for_created(provider: AwsProvider) -> None:
    token = "aws:mq/broker:Broker"
    inputs = named(provider, token, {"engineType": "RabbitMQ", "tags": {"a": "b"}})
    made = provider.create(at(token), inputs, preview=False, timeout=0)
    assert made.outputs[MARKER] == NOT_EMULATED
    assert made.outputs["arn"].startswith("arn:aws:mq:us-west-2:123456789012:broker/")
    assert made.outputs["engineType"] == "RabbitMQ"
    assert made.outputs["tagsAll"] == {"a": "b"}
    found = provider.read(at(token), made.id, inputs, made.outputs)
    assert found is not None
    assert found.outputs == made.outputs
    new = {**inputs, "tags": {}}
    changed = provider.update(at(token), made.id, inputs, made.outputs, new, preview=False, timeout=0)
    assert changed["arn"] == made.outputs["arn"]
    assert changed["tagsAll"] == {}
    provider.delete(at(token), made.id, inputs, made.outputs, timeout=0)


class Host:
    def __init__(self) -> None:
        self.said: list[str] = []

    def warn(self, message: str, urn: str = "") -> None:
        self.said.append(message)

    def info(self, message: str, urn: str = "") -> None:
        self.said.append(message)


def test_an_input_that_no_call_takes_is_named(provider: AwsProvider) -> None:
    host = Host()
    provider.host, provider._warned = host, set()
    inputs: Props = {"bucket": "left-out", "website": {"indexDocument": "a"}}
    made = provider.create(at(BUCKET), inputs, preview=False, timeout=0)
    provider.delete(at(BUCKET), made.id, inputs, made.outputs, timeout=0)
    assert host.said == ["the sandbox doesn't emulate website of aws:s3/bucket:Bucket"]


def test_what_was_made_before_a_failure_is_kept(provider: AwsProvider) -> None:
    inputs: Props = {"name": "half", "role": "nobody-is-here", "path": "/"}
    token = "aws:iam/instanceProfile:InstanceProfile"
    with pytest.raises(PartialFailure, match="iam add_role_to_instance_profile: NoSuchEntity") as caught:
        provider.create(at(token), inputs, preview=False, timeout=0)
    assert caught.value.id == "half"
    assert caught.value.outputs["arn"].endswith(":instance-profile/half")
    provider.delete(at(token), "half", inputs, caught.value.outputs, timeout=0)
    assert provider.read(at(token), "half", inputs, {}) is None


def test_a_prefix_makes_a_name_at_creation_that_stays(provider: AwsProvider) -> None:
    inputs: Props = {"namePrefix": "some-", "assumeRolePolicy": '{"Version": "2012-10-17", "Statement": []}'}
    inputs["assumeRolePolicy"] = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", '
        '"Principal": {"Service": "ec2.amazonaws.com"}}]}'
    )
    token = "aws:iam/role:Role"
    made = provider.create(at(token), inputs, preview=False, timeout=0)
    assert made.id.startswith("some-") and len(made.id) == len("some-") + 26
    assert provider.diff(at(token), made.id, inputs, made.outputs, inputs).changes == {}
    new = {**inputs, "description": "changed"}
    outputs = provider.update(at(token), made.id, inputs, made.outputs, new, preview=False, timeout=0)
    assert (outputs["name"], outputs["description"]) == (made.id, "changed")
    provider.delete(at(token), made.id, new, outputs, timeout=0)


def test_a_full_bucket_goes_only_by_force(provider: AwsProvider, emulator: str) -> None:
    make: Any = boto3.client
    s3 = make("s3", endpoint_url=emulator, region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")
    inputs: Props = {"bucket": "full-bucket", "versioning": {"enabled": True}}
    made = provider.create(at(BUCKET), inputs, preview=False, timeout=0)
    s3.put_object(Bucket=made.id, Key="a", Body=b"1")
    s3.put_object(Bucket=made.id, Key="a", Body=b"2")
    s3.delete_object(Bucket=made.id, Key="a")
    s3.put_bucket_versioning(Bucket=made.id, VersioningConfiguration={"Status": "Suspended"})
    with pytest.raises(AwsError, match="s3 delete_bucket: BucketNotEmpty"):
        provider.delete(at(BUCKET), made.id, inputs, made.outputs, timeout=0)
    provider.delete(at(BUCKET), made.id, {**inputs, "forceDestroy": True}, made.outputs, timeout=0)
    assert provider.read(at(BUCKET), made.id, inputs, made.outputs) is None


def test_drift_shows_in_the_inputs(provider: AwsProvider, emulator: str) -> None:
    make: Any = boto3.client
    sqs = make("sqs", endpoint_url=emulator, region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")
    token = "aws:sqs/queue:Queue"
    inputs: Props = {"name": "drifting", "visibilityTimeoutSeconds": 60, "tags": {"a": "b"}}
    made = provider.create(at(token), inputs, preview=False, timeout=0)
    sqs.set_queue_attributes(QueueUrl=made.id, Attributes={"VisibilityTimeout": "90"})
    sqs.tag_queue(QueueUrl=made.id, Tags={"a": "c"})
    found = provider.read(at(token), made.id, inputs, made.outputs)
    assert found is not None
    assert found.inputs == {"name": "drifting", "visibilityTimeoutSeconds": 90, "tags": {"a": "c"}}
    provider.delete(at(token), made.id, inputs, made.outputs, timeout=0)


def test_an_older_token_means_the_newer_type(provider: AwsProvider) -> None:
    token = "aws:s3/bucketV2:BucketV2"
    inputs = named(provider, token, {"forceDestroy": True}, name="older")
    made = provider.create(at(token), inputs, preview=False, timeout=0)
    assert made.outputs["arn"] == f"arn:aws:s3:::{inputs['bucket']}"
    provider.delete(at(token), made.id, inputs, made.outputs, timeout=0)


@pytest.mark.parametrize(
    ("token", "args", "key", "value"),
    [
        ("aws:index/getCallerIdentity:getCallerIdentity", {}, "accountId", "123456789012"),
        ("aws:index/getPartition:getPartition", {}, "dnsSuffix", "amazonaws.com"),
        ("aws:index/getRegion:getRegion", {}, "region", REGION),
        (
            "aws:index/getAvailabilityZones:getAvailabilityZones",
            {"state": "available"},
            "names",
            [f"{REGION}{z}" for z in "abcd"],
        ),
        ("aws:index/getServicePrincipal:getServicePrincipal", {"serviceName": "s3"}, "name", "s3.amazonaws.com"),
        ("aws:ec2/getVpc:getVpc", {"default": True}, "cidrBlock", "172.31.0.0/16"),
        (
            "aws:ssm/getParameter:getParameter",
            {"name": AMI},
            "type",
            "String",
        ),
        ("aws:eks/getClusterAuth:getClusterAuth", {"name": "c"}, "name", "c"),
        ("aws:iam/getPolicy:getPolicy", {"name": "ReadOnlyAccess"}, "arn", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
        ("aws:ecr/getAuthorizationToken:getAuthorizationToken", {}, "userName", "AWS"),
    ],
)
def test_functions_answer_from_the_emulator(
    provider: AwsProvider, token: str, args: Props, key: str, value: Any
) -> None:
    assert provider.invoke(token, args, preview=False)[key] == value


def test_functions_find_what_was_made(provider: AwsProvider) -> None:
    bucket = provider.create(at(BUCKET), {"bucket": "found-bucket"}, preview=False, timeout=0)
    key = provider.create(at("aws:kms/key:Key"), {"description": "k"}, preview=False, timeout=0)
    vpc = provider.create(
        at("aws:ec2/vpc:Vpc"), {"cidrBlock": "10.77.0.0/16", "tags": {"Name": "me"}}, preview=False, timeout=0
    )
    inputs = {"vpcId": vpc.id, "cidrBlock": "10.77.1.0/24"}
    subnet = provider.create(at("aws:ec2/subnet:Subnet"), inputs, preview=False, timeout=0)
    assert provider.invoke("aws:s3/getBucket:getBucket", {"bucket": "found-bucket"}, preview=False)["region"] == REGION
    assert provider.invoke("aws:kms/getKey:getKey", {"keyId": key.id}, preview=False)["arn"] == key.outputs["arn"]
    assert provider.invoke("aws:ec2/getVpc:getVpc", {"tags": {"Name": "me"}}, preview=False)["id"] == vpc.id
    wanted = [{"name": "vpc-id", "values": [vpc.id]}]
    assert provider.invoke("aws:ec2/getSubnets:getSubnets", {"filters": wanted}, preview=False)["ids"] == [subnet.id]
    with pytest.raises(ProviderError, match=r"getVpc: got none; expected exactly one"):
        provider.invoke("aws:ec2/getVpc:getVpc", {"tags": {"Name": "nobody"}}, preview=False)
    for token, made in (("aws:ec2/subnet:Subnet", subnet), ("aws:ec2/vpc:Vpc", vpc), (BUCKET, bucket)):
        provider.delete(at(token), made.id, made.outputs, made.outputs, timeout=0)


@pytest.fixture
def stub(provider: AwsProvider) -> Iterator[Any]:
    server, port = start(provider)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield proto.ResourceProviderStub(channel)
    server.stop(0)


def test_over_the_wire_a_partial_failure_carries_its_id(stub: Any) -> None:
    token = "aws:iam/instanceProfile:InstanceProfile"
    request = provider_pb2.CreateRequest(
        urn=at(token).urn, type=token, name="thing", properties=to_struct({"name": "wired", "role": "nobody"})
    )
    with pytest.raises(grpc.RpcError) as caught:
        stub.Create(request)
    metadata = dict(caught.value.trailing_metadata())
    status = status_pb2.Status.FromString(metadata["grpc-status-details-bin"])
    detail = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(detail)
    assert detail.id == "wired"
    assert from_struct(detail.inputs) == {"name": "wired", "role": "nobody"}
    stub.Delete(provider_pb2.DeleteRequest(id="wired", urn=at(token).urn, type=token, properties=detail.properties))


def test_the_process_prints_its_port_first_and_answers_there() -> None:
    command = [sys.executable, "-m", "aistacks_sandbox.providers.aws"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE)
    try:
        assert process.stdout
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            assert proto.ResourceProviderStub(channel).GetPluginInfo(empty_pb2.Empty()).version == "7.51.1"
    finally:
        process.terminate()
        process.communicate(timeout=60)


WRONG = """
service: sqs
source: x
date: 2026-11-23
resources:
  aws:sqs/queue:Queue:
    create: {call: create_queue, wihtin: Attributes}
    read: []
    id: $name
"""


def test_a_wrong_row_is_refused_by_its_path(tmp_path: Path) -> None:
    file = tmp_path / "sqs.yaml"
    file.write_text(WRONG)
    with pytest.raises(UserError, match=r"sqs.yaml: resources.aws:sqs/queue:Queue.create.wihtin: got 'Attributes'"):
        table.parse(file)


def test_templates_are_filled_and_read_back() -> None:
    scope = {"role": "r", "name": "n", "answer": {"list": [{"id": 1}]}}
    assert fill("$role:$name", scope) == "r:n"
    assert fill({"a": "$answer.list.0.id", "b": "$nothing", "c": ["$$Latest"]}, scope) == {"a": 1, "c": ["$Latest"]}
    assert first("$nothing or ${role}_x", scope) == "r_x"
    assert unfill("$role:$name", "r:n:m") == {"role": "r", "name": "n:m"}
    assert unfill("$secretId|$answer.VersionId", "arn:x|v1") == {"secretId": "arn:x"}
    assert unfill("$role/$name", "nothing") == {}
