"""Removal: its order, what it spares, what it refuses, and what it looks at again."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

import orphan_plants
from aistacks_core.errors import UserError
from aistacks_recovery.deployment import Deployment, Resource
from aistacks_recovery.orphans import Stack, find, plan, remove
from aistacks_recovery.orphans.removal import Outcome
from orphan_plants import PLANTS

NAME = "shop/dev"
NONE = Deployment((), ())
GONE = "shop-dev"
TRIED = [
    "backup plan",
    "IAM role",
    "IAM policy",
    "security group",
    "load balancer",
    "target group",
    "volume",
    "S3 bucket",
    "event rule",
]


def stack(deployment=NONE):
    return Stack.of(NAME, deployment, "eu-west-1", clusters=[GONE])


@pytest.fixture
def ours(account):
    return orphan_plants.ground(account, NAME, "ours", GONE)


def test_what_holds_data_stays_until_it_is_named_and_the_rest_goes_in_order(account, ours):
    planted = {kind: PLANTS[kind](ours) for kind in TRIED}
    finding = find(stack(), account)
    removal = plan(finding)
    kinds = [each.thing.kind for each in removal.going]
    assert set(kinds) == set(TRIED) - {"volume", "S3 bucket"}
    assert kinds.index("load balancer") < kinds.index("target group") < kinds.index("security group")
    assert kinds.index("IAM role") < kinds.index("IAM policy")
    stays = {found.thing.kind: reason for found, reason in removal.staying}
    assert stays["volume"] == f"it holds data: --include {planted['volume']}"

    named = plan(finding, [planted["volume"], planted["S3 bucket"]])
    done = remove(named, account, stack, sleep=lambda _: None)
    assert {each.outcome for each in done} == {Outcome.REMOVED}, done
    assert find(stack(), account).found == ()


def test_an_id_that_is_nothing_or_mustnt_go_is_refused(account, ours):
    PLANTS["IAM role"](ours)
    finding = find(stack(), account)
    with pytest.raises(UserError, match="nothing with this id"):
        plan(finding, ["vol-1"])
    cluster = Resource("urn:pulumi:dev::shop::aws:eks/cluster:Cluster::c", "aws:eks/cluster:Cluster", GONE)
    node = PLANTS["instance"](ours)
    alive = find(Stack.of(NAME, Deployment((cluster,), ()), "eu-west-1"), account)
    with pytest.raises(UserError, match="Karpenter of shop-dev would make it again"):
        plan(alive, [node])
    assert node not in {each.thing.id for each in plan(alive).going}


def test_a_thing_is_looked_at_again_right_before_it_goes(account, ours):
    role, key_arn, queue = (PLANTS[kind](ours) for kind in ("IAM role", "IAM policy", "Athena workgroup"))
    removal = plan(find(stack(), account))
    assert len(removal.going) == 3
    # Meanwhile one was taken into the state, one became another stack's, and one went.
    known = Resource("urn:pulumi:dev::shop::aws:iam/role:Role::r", "aws:iam/role:Role", role)
    iam = account.client("iam")
    iam.tag_policy(PolicyArn=key_arn, Tags=[{"Key": "aistacks:stack", "Value": "shop/prod"}])
    account.client("athena").delete_work_group(WorkGroup=queue)
    done = remove(removal, account, lambda: stack(Deployment((known,), ())))
    assert {each.found.thing.id: (each.outcome, each.reason) for each in done} == {
        role: (Outcome.SPARED, "the state has it now"),
        key_arn: (Outcome.SPARED, "it carries another stack's tag now"),
        queue: (Outcome.GONE, ""),
    }
    assert iam.get_role(RoleName=role)
    assert iam.get_policy(PolicyArn=key_arn)


def test_a_bucket_with_content_stays_with_its_content(account, ours):
    name = PLANTS["S3 bucket"](ours)
    account.client("s3").put_object(Bucket=name, Key="data", Body=b"x")
    done = remove(plan(find(stack(), account), [name]), account, stack, sleep=lambda _: None)
    assert [each.outcome for each in done] == [Outcome.FAILED]
    assert "BucketNotEmpty" in done[0].reason
    assert account.client("s3").list_objects_v2(Bucket=name)["KeyCount"] == 1


def test_what_something_still_holds_is_tried_again_and_one_failure_stops_no_other(account, ours, monkeypatch):
    group, rule = PLANTS["security group"](ours), PLANTS["event rule"](ours)
    removal = plan(find(stack(), account))
    ec2 = account.client("ec2")
    real, tries = ec2.delete_security_group, []

    def held(**given):
        tries.append(given)
        if len(tries) < 3:
            raise ClientError({"Error": {"Code": "DependencyViolation", "Message": "m"}}, "DeleteSecurityGroup")
        return real(**given)

    monkeypatch.setattr(ec2, "delete_security_group", held)
    waits = []
    done = remove(removal, account, stack, sleep=waits.append)
    assert {each.found.thing.id: each.outcome for each in done} == {group: Outcome.REMOVED, rule: Outcome.REMOVED}
    assert len(waits) == 2

    again = PLANTS["security group"](ours)
    monkeypatch.setattr(
        ec2,
        "delete_security_group",
        lambda **_: (_ for _ in ()).throw(
            ClientError({"Error": {"Code": "DependencyViolation", "Message": "m"}}, "DeleteSecurityGroup")
        ),
    )
    rule = PLANTS["event rule"](orphan_plants.Ground(**{**vars(ours), "number": 1}))
    done = remove(plan(find(stack(), account)), account, stack, sleep=lambda _: None, patience=30)
    assert {each.found.thing.id: each.outcome for each in done} == {again: Outcome.FAILED, rule: Outcome.REMOVED}


def test_one_that_another_of_its_rank_holds_waits_for_that_one_only(account, ours, monkeypatch):
    """A security group that another orphan's rule names: by their ids the wrong one would come first."""
    first, second = sorted(
        PLANTS["security group"](orphan_plants.Ground(**{**vars(ours), "number": number})) for number in (0, 1)
    )
    ec2 = account.client("ec2")
    real, gone = ec2.delete_security_group, set()

    def held(GroupId):  # noqa: N803 (boto3's)
        if GroupId == first and second not in gone:
            raise ClientError({"Error": {"Code": "DependencyViolation", "Message": "m"}}, "DeleteSecurityGroup")
        gone.add(GroupId)
        return real(GroupId=GroupId)

    monkeypatch.setattr(ec2, "delete_security_group", held)
    waits = []
    done = remove(plan(find(stack(), account)), account, stack, sleep=waits.append)
    assert {each.found.thing.id: each.outcome for each in done} == dict.fromkeys((first, second), Outcome.REMOVED)
    assert waits == []
