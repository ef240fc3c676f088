"""When an upgrade that was tried out is to be looked at."""

from __future__ import annotations

from typing import Any

import pytest

from aistacks_review.findings import Risk, RiskKind, Severity
from aistacks_review.upgrade import Upgrade, is_stateful, judged

BUCKET, NODES, ROLE = "aws:s3/bucket:Bucket", "aws:eks/nodeGroup:NodeGroup", "aws:iam/role:Role"
URN = "urn:pulumi:dev::cloud::aistacks:index:EksCluster$"


def upgrade(
    replaced: dict[str, set[str]] | None = None,
    deleted: dict[str, set[str]] | None = None,
    updated: dict[str, set[str]] | None = None,
    changelog: str = "",
    risks: list[Risk] | None = None,
    ids: dict[tuple[str, str], tuple[str, str]] | None = None,
    **more: Any,
) -> Upgrade:
    changes = {"replaced": replaced or {}, "deleted": deleted or {}, "updated": updated or {}}
    more.setdefault("touched", {(NODES, "pool-nodes"): {"version"}})
    return judged("dev", changes, ids or {}, risks or [], changelog, **more)


def test_nothing_and_updates_pass() -> None:
    assert upgrade().passed
    assert upgrade(updated={BUCKET: {"tags"}}, replaced={ROLE: {"role"}}).passed


@pytest.mark.parametrize("part", ["replaced", "deleted"])
@pytest.mark.parametrize("kind", [BUCKET, "aws:s3/bucketV2:BucketV2", "kubernetes:core/v1:PersistentVolumeClaim"])
def test_what_holds_data_may_not_go(part: str, kind: str) -> None:
    found = upgrade(**{part: {kind: {"lake"}}})  # type: ignore[arg-type]
    assert not found.passed
    assert found.stateful == [f"{kind} lake is {part}"]


def test_a_changelog_excuses_no_loss_of_data() -> None:
    assert not upgrade(replaced={BUCKET: {"lake"}}, changelog="- The bucket lake is replaced.").passed


def test_another_id_without_a_step_is_a_loss_too() -> None:
    assert not upgrade(ids={(BUCKET, "lake"): ("lake-1", "lake-2")}).passed
    assert upgrade(ids={(BUCKET, "lake"): ("lake-1", "lake-1"), (ROLE, "r"): ("1", "2")}).passed


@pytest.mark.parametrize(
    ("changelog", "named"),
    [
        ("", False),
        ("- The node group gets another role.", False),
        ("- Buckets are replaced.", False),
        ("- A superpool-nodes-b is replaced.", False),
        ("- The node group is replaced, and its pods move.", True),
        ("- NodeGroup: nodes roll once.", True),
        ("- `pool-nodes` restarts\n  when it is upgraded.", True),
        ("- Nothing.\n- Node groups are\n  recreated one after the other.", True),
    ],
)
def test_an_interruption_passes_where_the_changelog_names_it(changelog: str, named: bool) -> None:
    found = upgrade(replaced={NODES: {"pool-nodes"}}, changelog=changelog)
    (told,) = found.interruptions
    assert bool(told.named) is named
    assert found.passed is named


def test_what_the_plan_says_is_interrupted_counts_and_what_it_calls_low_doesnt() -> None:
    risk = Risk(RiskKind.INTERRUPTION, Severity.MEDIUM, f"{URN}{NODES}::pool-nodes", "Its nodes roll.", "version")
    low = Risk(RiskKind.INTERRUPTION, Severity.LOW, f"{URN}{NODES}::other", "No.", "")
    cost = Risk(RiskKind.EXPOSURE, Severity.HIGH, f"{URN}{NODES}::third", "No.", "")
    found = upgrade(updated={NODES: {"version"}}, risks=[risk, low, cost])
    assert [(each.name, each.why) for each in found.unnamed] == [("pool-nodes", "Its nodes roll.")]


@pytest.mark.parametrize("touched", [{}, {(NODES, "pool-nodes"): {"tags", "tagsAll"}}])
def test_what_the_plan_feared_and_the_engine_didnt_do_is_only_told(touched: dict[tuple[str, str], set[str]]) -> None:
    risk = Risk(RiskKind.INTERRUPTION, Severity.MEDIUM, f"{URN}{NODES}::pool-nodes", "Its nodes roll.", "version")
    found = upgrade(risks=[risk], touched=touched)
    assert found.passed
    assert found.notes == ["the plan says, and the engine did nothing of it: Its nodes roll."]
    assert not upgrade(risks=[risk], touched={}, failure="it stopped half-way").passed


def test_what_doesnt_come_up_doesnt_pass() -> None:
    found = upgrade(failure="no")
    assert not found.passed
    assert found.to_document()["failure"] == "no"


def test_what_holds_data_is_known_by_its_type() -> None:
    assert is_stateful(BUCKET)
    assert not is_stateful(ROLE)


@pytest.mark.parametrize(
    ("kind", "properties", "stops"),
    [
        (NODES, {"releaseVersion", "tags"}, True),
        (NODES, {"tags", "tagsAll"}, False),
        ("aws:rds/instance:Instance", {"engineVersion"}, True),
        ("aws:eks/cluster:Cluster", {"version"}, True),
        (ROLE, {"version"}, False),
    ],
)
def test_without_a_plan_what_the_engine_changed_tells_what_stops(kind: str, properties: set[str], stops: bool) -> None:
    changed = {(kind, "it"): properties}
    found = upgrade(updated={kind: properties}, touched=changed, planned=False)
    assert found.passed is not stops
    noun = {"aws:rds/instance:Instance": "database", "aws:eks/cluster:Cluster": "Kubernetes cluster"}
    line = f"- Every {noun.get(kind, 'node group')} restarts once."
    assert upgrade(updated={kind: properties}, touched=changed, planned=False, changelog=line).passed
    assert upgrade(updated={kind: properties}, touched=changed).passed, "a plan knows better"
