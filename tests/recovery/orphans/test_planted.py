"""Everything that is planted for a stack is found, and nothing of its neighbour's."""

from __future__ import annotations

import pytest

import orphan_plants
from aistacks_recovery.deployment import Deployment, Resource
from aistacks_recovery.orphans import Stack, Standing, find
from orphan_plants import PLANTS

OURS, THEIRS = "shop/dev", "shop/dev-2"
NONE = Deployment((), ())


@pytest.fixture
def grounds(account):
    return (
        orphan_plants.ground(account, OURS, "ours", "shop-dev"),
        orphan_plants.ground(account, THEIRS, "theirs", "shop-dev-2"),
    )


def ids(finding):
    return {(each.thing.kind, each.thing.id) for each in finding.found}


def test_every_kind_is_found_and_none_of_a_neighbours(account, grounds):
    planted = {ground.stack: {(kind, plant(ground)) for kind, plant in PLANTS.items()} for ground in grounds}
    assert len(planted[OURS]) >= 20
    for name, cluster in ((OURS, "shop-dev"), (THEIRS, "shop-dev-2")):
        finding = find(Stack.of(name, NONE, "eu-west-1", clusters=[cluster]), account)
        assert not finding.unread
        assert planted[name] <= ids(finding)
        other = THEIRS if name == OURS else OURS
        assert not planted[other] & ids(finding)
        # The rest are parts of what was planted: the default group and table of a network of its own.
        parts = [each for each in finding.found if (each.thing.kind, each.thing.id) not in planted[name]]
        assert all(each.part_of for each in parts), parts
        assert all(each.standing is Standing.ORPHAN for each in finding.found)


def test_what_the_state_knows_is_no_orphan_and_neither_is_what_is_a_part_of_it(account, grounds):
    ours = grounds[0]
    planted = {(kind, plant(ours)) for kind, plant in PLANTS.items()}
    before = find(Stack.of(OURS, NONE, "eu-west-1", clusters=["shop-dev"]), account)
    resources = [
        Resource(
            f"urn:pulumi:dev::shop::{each.thing.type}::{i}",
            each.thing.type,
            each.thing.id,
            outputs={"arn": each.thing.arn, "name": "x"},
        )
        for i, each in enumerate(before.found)
        if (each.thing.kind, each.thing.id) in planted
    ]
    assert len(resources) == len(planted)
    after = find(Stack.of(OURS, Deployment(tuple(resources), ()), "eu-west-1", clusters=["shop-dev"]), account)
    assert not planted & ids(after)
    assert {each.standing for each in after.found} <= {Standing.BELONGS}


def test_a_copy_by_hand_is_found_beside_the_one_in_the_state(account, grounds):
    ours = grounds[0]
    kept = PLANTS["S3 bucket"](ours)
    copy = PLANTS["S3 bucket"](orphan_plants.Ground(**{**vars(ours), "number": 1}))
    resource = Resource("urn:pulumi:dev::shop::aws:s3/bucket:Bucket::lake", "aws:s3/bucket:Bucket", kept)
    found = find(Stack.of(OURS, Deployment((resource,), ()), "eu-west-1"), account)
    assert ids(found) == {("S3 bucket", copy)}


def test_a_name_of_the_state_hides_no_namesake_of_another_type(account, grounds):
    """A queue called like a role in the state is its own thing."""
    role = PLANTS["IAM role"](grounds[0])
    grounds[0].client("athena").create_work_group(Name=role, Configuration={}, Tags=grounds[0].pairs)
    resource = Resource("urn:pulumi:dev::shop::aws:iam/role:Role::r", "aws:iam/role:Role", role)
    found = find(Stack.of(OURS, Deployment((resource,), ()), "eu-west-1"), account)
    assert ids(found) == {("Athena workgroup", role)}
