"""When what was found is surely what was meant, and when nobody can tell."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from aistacks_core.errors import UserError
from aistacks_recovery.account import Account
from aistacks_recovery.deployment import Deployment, Resource
from aistacks_recovery.lookups import NoLookup, find

REGION = "us-west-2"
NOTHING = Deployment((), ())
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
TRUST = '{"Version": "2012-10-17", "Statement": []}'


def asked(token: str, inputs: dict[str, Any], **more: Any) -> Resource:
    return Resource(f"urn:pulumi:dev::project::{token}::thing", token, inputs=inputs, **more)


@pytest.fixture
def account(emulator: str, session: boto3.Session) -> Account:
    return Account(REGION, emulator, session=session)


def clients(emulator: str, service: str, region: str = REGION) -> Any:
    make: Any = boto3.Session("sandbox", "sandbox").client
    return make(service, region_name=region, endpoint_url=emulator)


def network(emulator: str, block: str, tags: dict[str, str]) -> str:
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    named = {"TagSpecifications": [{"ResourceType": "vpc", "Tags": pairs}]} if tags else {}
    made: str = clients(emulator, "ec2").create_vpc(CidrBlock=block, **named)["Vpc"]["VpcId"]
    return made


VPC = "aws:ec2/vpc:Vpc"


def test_of_two_networks_that_look_alike_none_is_certain(account: Account, emulator: str) -> None:
    both = {network(emulator, "10.60.0.0/16", {"Name": "twin"}) for _ in range(2)}
    found = find(asked(VPC, {"cidrBlock": "10.60.0.0/16", "tags": {"Name": "twin"}}), account, NOTHING)
    assert {each.id for each in found} == both
    assert not any(each.certain for each in found)


def test_of_two_of_which_the_state_has_one_the_other_is_certain(account: Account, emulator: str) -> None:
    old, new = (network(emulator, "10.61.0.0/16", {"Name": "pair"}) for _ in range(2))
    wanted = asked(VPC, {"cidrBlock": "10.61.0.0/16", "tags": {"Name": "pair"}})
    known = Deployment((asked(VPC, {"cidrBlock": "10.61.0.0/16"}, id=old),), ())
    assert [(each.id, each.certain) for each in find(wanted, account, known)] == [(new, True)]


def test_a_network_without_tags_is_found_and_not_certain(account: Account, emulator: str) -> None:
    made = network(emulator, "10.62.0.0/16", {})
    found = find(asked(VPC, {"cidrBlock": "10.62.0.0/16"}), account, NOTHING)
    assert [(each.id, each.certain) for each in found] == [(made, False)]


def test_a_network_of_other_tags_is_none(account: Account, emulator: str) -> None:
    network(emulator, "10.63.0.0/16", {"Name": "somebody's"})
    assert find(asked(VPC, {"cidrBlock": "10.63.0.0/16", "tags": {"Name": "mine"}}), account, NOTHING) == []


def test_the_providers_default_tags_count(account: Account, emulator: str) -> None:
    network(emulator, "10.64.0.0/16", {"Name": "a"})
    ours = network(emulator, "10.64.0.0/16", {"Name": "a", "Environment": "dev"})
    urn = "urn:pulumi:dev::project::pulumi:providers:aws::main"
    settings = {"region": REGION, "defaultTags": '{"tags": {"Environment": "dev"}}'}
    known = Deployment((Resource(urn, "pulumi:providers:aws", id="1", inputs=settings),), ())
    wanted = asked(VPC, {"cidrBlock": "10.64.0.0/16", "tags": {"Name": "a"}}, provider=f"{urn}::1")
    assert [(each.id, each.certain) for each in find(wanted, account, known)] == [(ours, True)]


def test_a_role_with_somebody_elses_tags_is_not_certain(account: Account, emulator: str) -> None:
    iam = clients(emulator, "iam")
    iam.create_role(RoleName="theirs", AssumeRolePolicyDocument=TRUST, Tags=[{"Key": "Project", "Value": "other"}])
    wanted = asked("aws:iam/role:Role", {"name": "theirs", "tags": {"Project": "ours"}})
    assert [(each.id, each.certain) for each in find(wanted, account, NOTHING)] == [("theirs", False)]


def test_a_bucket_that_was_made_and_not_yet_tagged_is_certain(account: Account, emulator: str) -> None:
    s3 = clients(emulator, "s3")
    place = {"CreateBucketConfiguration": {"LocationConstraint": REGION}}
    s3.create_bucket(Bucket="half-made-bucket", **place)
    wanted = asked("aws:s3/bucket:Bucket", {"bucket": "half-made-bucket", "tags": {"Project": "ours"}})
    assert [each.certain for each in find(wanted, account, NOTHING)] == [True]
    theirs = {"TagSet": [{"Key": "Project", "Value": "other"}]}
    s3.put_bucket_tagging(Bucket="half-made-bucket", Tagging=theirs)
    assert [each.certain for each in find(wanted, account, NOTHING)] == [False]


def test_a_key_that_is_to_be_deleted_is_none(account: Account, emulator: str) -> None:
    kms = clients(emulator, "kms")
    tags = [{"TagKey": "Name", "TagValue": "doomed"}]
    made = kms.create_key(Description="doomed", Tags=tags)["KeyMetadata"]["KeyId"]
    wanted = asked("aws:kms/key:Key", {"description": "doomed", "tags": {"Name": "doomed"}})
    assert [each.id for each in find(wanted, account, NOTHING)] == [made]
    kms.schedule_key_deletion(KeyId=made)
    assert find(wanted, account, NOTHING) == []


GROUP = "aws:cloudwatch/logGroup:LogGroup"


def test_the_same_name_in_another_region_is_another_thing(account: Account, emulator: str) -> None:
    for region in (REGION, "eu-north-1"):
        clients(emulator, "logs", region).create_log_group(logGroupName="/everywhere")
    here = asked(GROUP, {"name": "/everywhere"}, id="/everywhere")
    there = asked(GROUP, {"name": "/everywhere", "region": "eu-north-1"})
    assert [each.id for each in find(there, account, Deployment((here,), ()))] == ["/everywhere"]
    assert find(asked(GROUP, {"name": "/everywhere", "region": "eu-west-3"}), account, NOTHING) == []


def test_the_providers_region_decides(account: Account, emulator: str) -> None:
    clients(emulator, "logs", "eu-west-1").create_log_group(logGroupName="/abroad")
    urn = "urn:pulumi:dev::project::pulumi:providers:aws::abroad"
    provider = Resource(urn, "pulumi:providers:aws", id="1", inputs={"region": "eu-west-1"})
    wanted = asked(GROUP, {"name": "/abroad"}, provider=f"{urn}::1")
    assert [each.id for each in find(wanted, account, Deployment((provider,), ()))] == ["/abroad"]
    assert find(asked(GROUP, {"name": "/abroad"}), account, NOTHING) == []


def test_another_log_group_of_the_same_beginning_is_none(account: Account, emulator: str) -> None:
    clients(emulator, "logs").create_log_group(logGroupName="/begin/and-more")
    assert find(asked(GROUP, {"name": "/begin"}), account, NOTHING) == []


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        ({"name": {**SECRET, "ciphertext": "v1:abc"}}, "encrypted"),
        ({"name": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}, "not known yet"),
        ({"namePrefix": "logs-"}, "namePrefix"),
        ({}, "isn't among its inputs"),
    ],
)
def test_without_a_name_nobody_can_tell(account: Account, inputs: dict[str, Any], why: str) -> None:
    with pytest.raises(NoLookup, match=why):
        find(asked(GROUP, inputs), account, NOTHING)


def test_a_secret_that_is_told_is_used(account: Account, emulator: str) -> None:
    clients(emulator, "logs").create_log_group(logGroupName="/secret")
    wanted = asked(GROUP, {"name": {**SECRET, "plaintext": '"/secret"'}})
    assert [each.id for each in find(wanted, account, NOTHING)] == ["/secret"]


def test_a_group_with_a_prefix_is_found_by_its_tags(account: Account, emulator: str) -> None:
    ec2 = clients(emulator, "ec2")
    vpc = network(emulator, "10.65.0.0/16", {"Name": "prefixes"})
    tags = [{"ResourceType": "security-group", "Tags": [{"Key": "Name", "Value": "ours"}]}]
    made = ec2.create_security_group(GroupName="web-2026", Description="a", VpcId=vpc, TagSpecifications=tags)
    ec2.create_security_group(GroupName="other-2026", Description="a", VpcId=vpc, TagSpecifications=tags)
    wanted = asked(
        "aws:ec2/securityGroup:SecurityGroup",
        {"namePrefix": "web-", "description": "a", "vpcId": vpc, "tags": {"Name": "ours"}},
    )
    assert [(each.id, each.certain) for each in find(wanted, account, NOTHING)] == [(made["GroupId"], True)]


def test_a_type_that_nobody_described_says_so(account: Account) -> None:
    with pytest.raises(NoLookup, match="aws:medialive/channel:Channel"):
        find(asked("aws:medialive/channel:Channel", {}), account, NOTHING)
    with pytest.raises(NoLookup, match="docker"):
        find(asked("docker:index/image:Image", {}), account, NOTHING)


@pytest.mark.parametrize("token", ["random:index/randomPet:RandomPet", "command:local:Command", "pulumi:providers:aws"])
def test_what_is_in_the_state_only_was_not_made(account: Account, token: str) -> None:
    assert find(asked(token, {}), account, NOTHING) == []


class _Denied(Account):
    def client(self, service: str, region: str = "") -> Any:
        real = super().client(service, region)
        details = {"Error": {"Code": "AccessDenied", "Message": "not authorized to perform: iam:GetRole"}}

        class _Client:
            def can_paginate(self, call: str) -> bool:
                return bool(real.can_paginate(call))

            def get_role(self, **_params: Any) -> Any:
                raise ClientError(details, "GetRole")  # type: ignore[arg-type]

        return _Client() if service == "iam" else real


def test_a_refusal_is_no_answer(emulator: str, session: boto3.Session) -> None:
    with pytest.raises(UserError, match=r"AccessDenied.*iam:GetRole"):
        find(asked("aws:iam/role:Role", {"name": "hidden"}), _Denied(REGION, emulator, session=session), NOTHING)


def test_nobody_there_is_no_answer(session: boto3.Session) -> None:
    lonely = Account(REGION, "http://127.0.0.1:9", session=session)
    with pytest.raises(UserError, match="sts:GetCallerIdentity"):
        find(asked("aws:sqs/queue:Queue", {"name": "queue"}), lonely, NOTHING)
