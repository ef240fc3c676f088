"""What is to be done with each operation that never ended, and what is written; no engine, no cloud."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aistacks_core.errors import UserError
from aistacks_recovery import integrity, lookups
from aistacks_recovery.account import Account
from aistacks_recovery.deployment import Deployment, Resource
from aistacks_recovery.lookups import Found, NoLookup
from aistacks_recovery.recovering import report
from aistacks_recovery.recovering.carry_out import carry_out
from aistacks_recovery.recovering.engine import Engine
from aistacks_recovery.recovering.examine import Choice, Decision, Examined, examine
from aistacks_recovery.recovering.holders import Held

VERSION = "v3.259.0"
VPC = "aws:ec2/vpc:Vpc"
QUEUE = "aws:sqs/queue:Queue"
STACK = "urn:pulumi:dev::cloud::pulumi:pulumi:Stack::cloud-dev"
PROVIDER = "urn:pulumi:dev::cloud::pulumi:providers:aws::default"
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
NOBODY = Held()


def noted(token: str, name: str, **more: Any) -> dict[str, Any]:
    urn = f"urn:pulumi:dev::cloud::{token}::{name}"
    return {"urn": urn, "type": token, "custom": True, "parent": STACK, "provider": f"{PROVIDER}::1", **more}


def exported(*pending: tuple[str, dict[str, Any]], resources: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    head = [
        {"urn": STACK, "type": "pulumi:pulumi:Stack", "custom": False},
        {"urn": PROVIDER, "type": "pulumi:providers:aws", "custom": True, "id": "1"},
    ]
    operations = [{"type": kind, "resource": resource} for kind, resource in pending]
    manifest = {"time": "2026-11-30T12:00:00Z", "version": VERSION, "magic": integrity.magic(VERSION)}
    deployment = {"manifest": manifest, "resources": [*head, *resources], "pending_operations": operations}
    return {"version": 3, "deployment": deployment}


@dataclass(frozen=True)
class FakeEngine(Engine):
    """Keeps the state that it is given, and what it was asked to do."""

    now: dict[str, Any] = field(default_factory=dict)
    others: Sequence[dict[str, Any]] = ()
    asked: list[Any] = field(default_factory=list)

    def export(self, *, secrets: bool = False) -> dict[str, Any]:
        del secrets
        return copy.deepcopy(self.now)

    def put(self, exported: Mapping[str, Any]) -> None:
        self.now.clear()
        self.now.update(exported)
        self.asked.append("put")

    def neighbours(self) -> list[dict[str, Any]]:
        return list(self.others)

    def refresh(self, urns: Sequence[str]) -> None:
        self.asked.append(("refresh", [urn.rpartition("::")[2] for urn in urns]))

    def destroy(self, urns: Sequence[str]) -> None:
        self.asked.append(("destroy", [urn.rpartition("::")[2] for urn in urns]))


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Found]]:
    """What exists in the cloud, by the resource's name; nobody can look for what isn't named."""
    found: dict[str, list[Found]] = {}

    def find(resource: Resource, account: Account, known: Deployment) -> list[Found]:
        del account
        if resource.name not in found:
            raise NoLookup("nobody knows")
        ids = {each.id for each in known.resources}
        return [each for each in found[resource.name] if each.id not in ids]

    monkeypatch.setattr(lookups, "find", find)
    return found


def engine_with(state: dict[str, Any], *others: dict[str, Any]) -> FakeEngine:
    return FakeEngine(Path(), "dev", {}, state, others)


def looked(engine: Engine, *decisions: Decision, since: datetime | None = None) -> Examined:
    return examine(engine, Account("eu-west-1"), decisions, since)


def actions(examined: Examined) -> list[str]:
    return [item.step.action.value for item in examined.items]


def test_nothing_in_flight_asks_nobody() -> None:
    engine = engine_with(exported())
    assert looked(engine).items == ()
    assert looked(engine_with({"version": 3})).items == ()


def test_each_operation_has_its_action(there: dict[str, list[Found]]) -> None:
    there |= {"a": [Found("vpc-1", certain=True)], "b": [], "c": [Found("vpc-2", certain=False)]}
    old = noted(QUEUE, "d", id="q")
    engine = engine_with(
        exported(
            *(("creating", noted(VPC, name)) for name in "abcx"), ("updating", old), ("reading", old), resources=[old]
        )
    )
    examined = looked(engine)
    assert actions(examined) == ["adopt", "drop", "ask", "ask", "read", "drop"]
    assert [item.resource.name for item in examined.left] == ["c", "x"]
    assert report.choices(examined, "dev") == [
        "aistacks recover dev --take c=vpc-2",
        "aistacks recover dev --remove c=vpc-2",
        "aistacks recover dev --forget c",
        "aistacks recover dev --take x=ID",
        "aistacks recover dev --forget x",
    ]


def test_what_another_stack_has_is_not_ours(there: dict[str, list[Found]]) -> None:
    there["a"] = [Found("vpc-1", certain=True)]
    other = exported(resources=[noted(VPC, "a", id="vpc-1")])
    assert actions(looked(engine_with(exported(("creating", noted(VPC, "a"))), other))) == ["drop"]


@pytest.mark.parametrize(("before", "action"), [(timedelta(hours=1), "ask"), (timedelta(minutes=1), "adopt")])
def test_what_is_older_than_the_run_is_not_sure(there: dict[str, list[Found]], before: timedelta, action: str) -> None:
    there["a"] = [Found("vpc-1", certain=True, created=NOW - before)]
    examined = looked(engine_with(exported(("creating", noted(VPC, "a")))), since=NOW)
    assert actions(examined) == [action]


def test_decisions_and_what_is_written(there: dict[str, list[Found]]) -> None:
    there |= {name: [Found(f"vpc-{name}", certain=False)] for name in "abc"}
    engine = engine_with(exported(*(("creating", noted(VPC, name, protect=True)) for name in "abc")))
    examined = looked(
        engine, Decision(Choice.TAKE, "a"), Decision(Choice.REMOVE, "b", "vpc-b"), Decision(Choice.FORGET, "c")
    )
    assert not examined.left
    carry_out(engine, examined, NOBODY)
    assert engine.asked == ["put", ("refresh", ["a"]), ("destroy", ["b"])]
    made = {each["urn"].rpartition("::")[2]: each for each in engine.now["deployment"]["resources"]}
    assert {name: made[name]["id"] for name in ("a", "b")} == {"a": "vpc-a", "b": "vpc-b"}
    assert "c" not in made and "pending_operations" not in engine.now["deployment"]
    assert made["a"].get("protect") is True and not made["b"].get("protect")


def test_the_vendors_provider_gets_the_id_of_an_import(there: dict[str, list[Found]]) -> None:
    there["a"] = [Found("rtbassoc-1", certain=True, import_id="subnet-1/rtb-1")]
    engine = engine_with(exported(("creating", noted("aws:ec2/routeTableAssociation:RouteTableAssociation", "a"))))
    carry_out(engine, looked(engine), NOBODY)
    assert engine.now["deployment"]["resources"][-1]["id"] == "subnet-1/rtb-1"


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        (Decision(Choice.TAKE, "nobody", "vpc-1"), "what is being created: a, b, b"),
        (Decision(Choice.TAKE, "a", "vpc-9"), "vpc-1, vpc-2"),
        (Decision(Choice.TAKE, "a"), "one of: vpc-1, vpc-2"),
        (Decision(Choice.FORGET, "b"), "its URN"),
    ],
)
def test_a_decision_about_nothing_is_refused(there: dict[str, list[Found]], decision: Decision, said: str) -> None:
    there |= {"a": [Found("vpc-1", certain=True), Found("vpc-2", certain=True)], "b": []}
    engine = engine_with(
        exported(("creating", noted(VPC, "a")), ("creating", noted(VPC, "b")), ("creating", noted(QUEUE, "b")))
    )
    with pytest.raises(UserError, match=said):
        looked(engine, decision)


def test_an_id_that_nobody_found_can_be_taken(there: dict[str, list[Found]]) -> None:
    del there
    engine = engine_with(exported(("creating", noted("aws:medialive/channel:Channel", "a"))))
    assert actions(looked(engine, Decision(Choice.TAKE, "a", "12"))) == ["adopt"]


def test_a_state_that_changed_meanwhile_is_not_overwritten(there: dict[str, list[Found]]) -> None:
    there["a"] = []
    engine = engine_with(exported(("creating", noted(VPC, "a"))))
    examined = looked(engine)
    engine.now["deployment"]["resources"].append(noted(QUEUE, "new", id="q"))
    with pytest.raises(UserError, match="changed meanwhile"):
        carry_out(engine, examined, NOBODY)
    assert engine.asked == []


def test_the_report_tells_what_was_done(there: dict[str, list[Found]]) -> None:
    there["a"] = [Found("vpc-1", certain=True, created=NOW, shown="arn:vpc-1", note="tags")]
    examined = looked(engine_with(exported(("creating", noted(VPC, "a")))))
    (told,) = report.as_json(examined, "dev", NOBODY, done=True)["operations"]
    assert (told["name"], told["action"]) == ("a", "adopt")
    assert told["found"] == [
        {
            "id": "vpc-1",
            "import_id": "vpc-1",
            "certain": True,
            "created": NOW.isoformat(),
            "shown": "arn:vpc-1",
            "note": "tags",
        }
    ]


def test_a_state_that_the_engine_would_refuse_is_told_and_not_written(there: dict[str, list[Found]]) -> None:
    there["a"] = [Found("vpc-a", certain=True)]
    engine = engine_with(exported(("creating", noted(VPC, "a", parent=f"{STACK}-gone"))))
    with pytest.raises(UserError, match=r"stack dev: got a state that the engine would refuse: .*cloud-dev-gone"):
        carry_out(engine, looked(engine), NOBODY)
    assert engine.asked == []


@pytest.mark.parametrize(
    "told",
    [
        {"AWS_PROFILE": "nobody"},
        {"AWS_ACCESS_KEY_ID": "half"},
        {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_ENDPOINT_URL": "nonsense"},
        {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "REGION": "no region"},
    ],
)
def test_settings_of_aws_that_cannot_be_used_are_one_line(
    told: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / name))
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UserError, match=r"^AWS: got .*; expected a profile, credentials, a region and an endpoint"):
        Account(told.get("REGION", "eu-west-1")).client("sqs")


@pytest.mark.parametrize(
    ("said", "todo"),
    [
        ("no stack named 'dev' found", "`pulumi stack ls`"),
        ("failed to load checkpoint: unexpected end of JSON input", "`aistacks state restore dev`"),
        ("could not deserialize: passphrase must be set", "`pulumi up` of this stack"),
    ],
)
def test_what_the_engine_refuses_comes_with_what_to_do(tmp_path: Path, said: str, todo: str) -> None:
    program = tmp_path / "pulumi"
    program.write_text(f'#!/bin/sh\necho "error: {said}" >&2\nexit 255\n')
    program.chmod(0o755)
    with pytest.raises(UserError) as refused:
        Engine(tmp_path, "dev", {"PATH": str(tmp_path)}).export()
    assert said in str(refused.value) and todo in str(refused.value)
