"""What functions answer has the types that the SDK declares, and is what exists."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

import pytest
from pulumi import _types
from pulumi.runtime import rpc

from aistacks_core.property_values import Props
from aistacks_sandbox.providers.aws.provider import AwsProvider
from aistacks_sandbox.providers.failures import ProviderError
from aistacks_sandbox.providers.provider import Resource


def made(provider: AwsProvider, token: str, inputs: Props) -> Props:
    resource = Resource(f"urn:pulumi:dev::project::{token}::functions", token, "functions")
    return provider.create(resource, inputs, preview=False, timeout=0).outputs


def asked(provider: AwsProvider, token: str, **args: Any) -> Props:
    return provider.invoke(token, args, preview=False)


def read(token: str, answer: Props) -> Any:
    """The answer as the SDK gives it to a program; raises where it can't."""
    _, place, name = token.split(":")
    module = place.split("/")[0]
    package = "pulumi_aws" if module == "index" else f"pulumi_aws.{'lambda_' if module == 'lambda' else module}"
    kind = getattr(importlib.import_module(package), f"Awaitable{name[0].upper()}{name[1:]}Result")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return rpc.translate_output_properties(answer, lambda key: key, _types.unwrap_optional_type(kind), True)


@pytest.fixture(scope="module")
def things() -> dict[str, Props]:
    return {}


NEEDS: dict[str, tuple[str, Props]] = {
    "vpc": ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.77.0.0/16"}),
    "zone": ("aws:route53/zone:Zone", {"name": "functions.example"}),
    "repository": ("aws:ecr/repository:Repository", {"name": "functions"}),
    "cluster": ("aws:ecs/cluster:Cluster", {"name": "functions"}),
    "certificate": ("aws:acm/certificate:Certificate", {"domainName": "functions.example", "validationMethod": "DNS"}),
    "secret": ("aws:secretsmanager/secret:Secret", {"name": "functions"}),
    "bucket": ("aws:s3/bucket:Bucket", {"bucket": "functions-of-the-sandbox", "forceDestroy": True}),
    "table": (
        "aws:dynamodb/table:Table",
        {
            "name": "functions",
            "hashKey": "id",
            "billingMode": "PAY_PER_REQUEST",
            "attributes": [{"name": "id", "type": "S"}],
        },
    ),
    "key": ("aws:kms/key:Key", {"description": "functions"}),
    "role": (
        "aws:iam/role:Role",
        {"name": "functions", "assumeRolePolicy": '{"Version": "2012-10-17", "Statement": []}'},
    ),
}

NEEDS |= {
    "topic": ("aws:sns/topic:Topic", {"name": "functions"}),
    "queue": ("aws:sqs/queue:Queue", {"name": "functions"}),
    "user": ("aws:iam/user:User", {"name": "functions-user"}),
    "logs": ("aws:cloudwatch/logGroup:LogGroup", {"name": "functions-logs"}),
    "instance": ("aws:ec2/instance:Instance", {"ami": "ami-12c6146b", "instanceType": "t3.micro"}),
    "template": ("aws:ec2/launchTemplate:LaunchTemplate", {"name": "functions", "imageId": "ami-12c6146b"}),
}

QUESTIONS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "aws:ec2/getVpc:getVpc": ({"id": "vpc.id"}, {"id": "vpc.id", "cidr_block": "vpc.cidrBlock"}),
    "aws:ec2/getRouteTable:getRouteTable": ({"vpcId": "vpc.id"}, {"id": "vpc.mainRouteTableId"}),
    "aws:route53/getZone:getZone": ({"name": "zone.name"}, {"zone_id": "zone.zoneId", "name": "zone.name"}),
    "aws:ecr/getRepository:getRepository": (
        {"name": "repository.name"},
        {"repository_url": "repository.repositoryUrl"},
    ),
    "aws:ecs/getCluster:getCluster": ({"clusterName": "cluster.name"}, {"arn": "cluster.arn"}),
    "aws:acm/getCertificate:getCertificate": ({"domain": "certificate.domainName"}, {"arn": "certificate.arn"}),
    "aws:secretsmanager/getSecret:getSecret": ({"name": "secret.name"}, {"arn": "secret.arn"}),
    "aws:dynamodb/getTable:getTable": ({"name": "table.name"}, {"arn": "table.arn", "hash_key": "table.hashKey"}),
    "aws:s3/getBucket:getBucket": ({"bucket": "bucket.bucket"}, {"arn": "bucket.arn"}),
    "aws:kms/getKey:getKey": ({"keyId": "key.keyId"}, {"arn": "key.arn"}),
    "aws:sns/getTopic:getTopic": ({"name": "topic.name"}, {"arn": "topic.arn"}),
    "aws:sqs/getQueue:getQueue": ({"name": "queue.name"}, {"url": "queue.url"}),
    "aws:iam/getUser:getUser": ({"userName": "user.name"}, {"arn": "user.arn"}),
    "aws:cloudwatch/getLogGroup:getLogGroup": ({"name": "logs.name"}, {"arn": "logs.arn"}),
    "aws:ec2/getInstance:getInstance": ({"instanceId": "instance.id"}, {"private_ip": "instance.privateIp"}),
    "aws:ec2/getLaunchTemplate:getLaunchTemplate": ({"name": "template.name"}, {"id": "template.id"}),
    "aws:iam/getRole:getRole": ({"name": "role.name"}, {"arn": "role.arn"}),
}


@pytest.mark.parametrize("token", sorted(QUESTIONS))
def test_what_exists_is_found_and_read_by_the_sdk(provider: AwsProvider, things: dict[str, Props], token: str) -> None:
    question, expected = QUESTIONS[token]

    def value(path: str) -> Any:
        name, property_ = path.split(".")
        if name not in things:
            things[name] = made(provider, *NEEDS[name])
        return things[name][property_]

    answer = read(token, asked(provider, token, **{name: value(path) for name, path in question.items()}))
    assert {name: getattr(answer, name) for name in expected} == {name: value(path) for name, path in expected.items()}


@pytest.mark.parametrize(
    "token",
    [
        "aws:index/getCallerIdentity:getCallerIdentity",
        "aws:index/getRegion:getRegion",
        "aws:index/getPartition:getPartition",
        "aws:index/getAvailabilityZones:getAvailabilityZones",
        "aws:ec2/getSubnets:getSubnets",
        "aws:ecr/getAuthorizationToken:getAuthorizationToken",
    ],
)
def test_what_needs_nothing_is_read_by_the_sdk(provider: AwsProvider, token: str) -> None:
    answer = asked(provider, token)
    read(token, answer)
    assert answer["id"]


def test_an_image_that_the_emulator_lacks_stands_in_and_stays_the_same(provider: AwsProvider) -> None:
    token = "aws:ec2/getAmi:getAmi"
    arm = {
        "mostRecent": True,
        "owners": ["amazon"],
        "filters": [{"name": "name", "values": ["al2099-ami-*"]}, {"name": "architecture", "values": ["arm64"]}],
    }
    first, second = (read(token, asked(provider, token, **arm)) for _ in range(2))
    assert first.id == second.id
    assert first.id.startswith("ami-") and len(first.id) == 21
    assert (first.architecture, first.name, first.root_device_name) == ("arm64", "al2099-ami-x", "/dev/xvda")
    other = asked(provider, token, **{**arm, "owners": ["099720109477"]})
    assert other["id"] != first.id and other["ownerId"] == "099720109477"


def test_what_is_not_there_is_one_line(provider: AwsProvider) -> None:
    with pytest.raises(ProviderError, match="list_hosted_zones: got none; expected exactly one"):
        asked(provider, "aws:route53/getZone:getZone", name="nowhere.example")
    with pytest.raises(ProviderError, match="describe_repositories: RepositoryNotFoundException"):
        asked(provider, "aws:ecr/getRepository:getRepository", name="nowhere")


def test_a_function_that_nobody_answers_tells_how_to_state_its_answer(provider: AwsProvider) -> None:
    with pytest.raises(ProviderError, match="plan: answers: aws:outposts/getSites:getSites"):
        asked(provider, "aws:outposts/getSites:getSites")
