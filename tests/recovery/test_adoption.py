"""What becomes of operations that never ended, and that the engine takes the state in which it is done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest

from aistacks_recovery import adoption, integrity
from aistacks_recovery.adoption import Action
from aistacks_recovery.deployment import Resource, read
from aistacks_recovery.lookups import Found, NoLookup

VERSION = "v3.259.0"
STACK = "urn:pulumi:dev::cloud::pulumi:pulumi:Stack::cloud-dev"
PROVIDER = "urn:pulumi:dev::cloud::pulumi:providers:aws::default"


def urn(name: str, kind: str = "aws:sqs/queue:Queue") -> str:
    return f"urn:pulumi:dev::cloud::{kind}::{name}"


def queue(name: str, **more: Any) -> dict[str, Any]:
    return {
        "urn": urn(name),
        "custom": True,
        "type": "aws:sqs/queue:Queue",
        "inputs": {"name": name},
        "parent": STACK,
        "provider": f"{PROVIDER}::1",
        **more,
    }


def exported(*resources: dict[str, Any], pending: Sequence[tuple[str, dict[str, Any]]] = ()) -> dict[str, Any]:
    return {
        "manifest": {"time": "2026-11-30T00:00:00Z", "magic": integrity.magic(VERSION), "version": VERSION},
        "resources": [
            {"urn": STACK, "custom": False, "type": "pulumi:pulumi:Stack"},
            {"urn": PROVIDER, "custom": True, "type": "pulumi:providers:aws", "id": "1"},
            *resources,
        ],
        "pending_operations": [{"type": kind, "resource": resource} for kind, resource in pending],
        "metadata": {},
    }


def there(*found: Found) -> adoption.Find:
    return lambda _: list(found)


def found(identity: str, *, certain: bool = True) -> Found:
    return Found(identity, certain, dt.datetime.now(dt.UTC), identity)


def settled(state: dict[str, Any], find: adoption.Find) -> dict[str, Any]:
    return adoption.edited(state, adoption.steps(read(state), find))


def names(state: dict[str, Any]) -> list[str]:
    return [each["urn"].rpartition("::")[2] for each in state["resources"]]


def test_what_was_made_is_taken_in_by_its_id_and_read_by_the_next_run() -> None:
    state = exported(queue("a", id="url-a"), pending=[("creating", queue("b", dependencies=[urn("a")]))])
    after = settled(state, there(found("url-b")))
    made = after["resources"][-1]
    assert (made["id"], made["refreshBeforeUpdate"], "outputs" in made) == ("url-b", True, False)
    assert made["inputs"] == {"name": "b"} and "pending_operations" not in after
    assert "refreshBeforeUpdate" not in after["resources"][2]
    assert len(state["resources"]) == 3, "the deployment that was given stays as it is"


@pytest.mark.parametrize(
    ("find", "why"),
    [
        (there(), "it wasn't made"),
        (there(found("url-a")), "it wasn't made"),
    ],
)
def test_what_was_never_made_is_forgotten(find: adoption.Find, why: str) -> None:
    """What the state knows already is no second thing."""
    state = exported(queue("a", id="url-a"), pending=[("creating", queue("b"))])
    (step,) = adoption.steps(read(state), find)
    assert (step.action, step.why) == (Action.DROP, why)
    assert names(adoption.edited(state, [step])) == ["cloud-dev", "default", "a"]


@pytest.mark.parametrize("candidates", [[found("1"), found("2")], [found("1", certain=False)]])
def test_where_it_isnt_sure_somebody_is_asked_and_the_note_stays(candidates: list[Found]) -> None:
    state = exported(pending=[("creating", queue("b")), ("updating", queue("c"))])
    step, _ = steps = adoption.steps(read(state), there(*candidates))
    assert step.action is Action.ASK and step.found == tuple(candidates)
    after = adoption.edited(state, steps)
    assert [each["resource"]["urn"] for each in after["pending_operations"]] == [urn("b")]
    assert names(adoption.edited(state, [adoption.chosen(step, candidates[0])]))[-1] == "b"
    assert names(adoption.edited(state, [adoption.dismissed(step)]))[-1] == "default"


def test_what_nobody_can_look_up_is_asked() -> None:
    def find(resource: Resource) -> list[Found]:
        raise NoLookup(f"no look-up of {resource.type}")

    (step,) = adoption.steps(read(exported(pending=[("creating", queue("b"))])), find)
    assert (step.action, step.why) == (Action.ASK, "no look-up of aws:sqs/queue:Queue")


def test_an_account_that_cant_be_asked_is_no_account_in_which_nothing_is() -> None:
    def find(_: Resource) -> list[Found]:
        raise ConnectionError("no route")

    with pytest.raises(ConnectionError):
        adoption.steps(read(exported(pending=[("creating", queue("b"))])), find)


@pytest.mark.parametrize("operation", ["updating", "deleting"])
def test_what_was_changing_or_going_is_read_by_the_next_run(operation: str) -> None:
    state = exported(queue("a", id="url-a"), queue("b", id="url-b"), pending=[(operation, queue("b", id="url-b"))])
    after = settled(state, there(found("never asked")))
    assert [bool(each.get("refreshBeforeUpdate")) for each in after["resources"]] == [False, False, False, True]
    assert "pending_operations" not in after


@pytest.mark.parametrize("operation", ["reading", "importing"])
def test_what_only_looked_is_forgotten(operation: str) -> None:
    state = exported(pending=[(operation, queue("b", id="url-b"))])
    assert names(settled(state, there(found("never asked")))) == ["cloud-dev", "default"]


@pytest.mark.parametrize("kind", ["pulumi:providers:kubernetes", "pulumi:pulumi:StackReference", "aistacks:index:Lake"])
def test_what_makes_nothing_in_the_cloud_is_forgotten(kind: str) -> None:
    resource = {"urn": urn("b", kind), "custom": kind.startswith("pulumi:"), "type": kind}
    assert names(settled(exported(pending=[("creating", resource)]), there(found("x")))) == ["cloud-dev", "default"]


def test_a_replacement_that_was_made_first_is_followed_by_the_end_of_what_it_replaces() -> None:
    """The new one takes the URN and stands before its dependents; the old one is to go."""
    dependent = queue("c", id="url-c", dependencies=[urn("b")])
    state = exported(queue("b", id="old"), dependent, pending=[("creating", queue("b"))])
    after = settled(state, there(found("new")))
    assert names(after) == ["cloud-dev", "default", "b", "b", "c"]
    assert [(each["id"], each.get("delete", False)) for each in after["resources"][2:4]] == [
        ("new", False),
        ("old", True),
    ]


def test_a_replacement_whose_predecessor_was_deleted_first_takes_its_place() -> None:
    old = queue("b", id="old", pendingReplacement=True)
    state = exported(old, queue("c", id="url-c", dependencies=[urn("b")]), pending=[("creating", queue("b"))])
    after = settled(state, there(found("new")))
    assert names(after) == ["cloud-dev", "default", "b", "c"] and after["resources"][2]["id"] == "new"


def test_a_successor_may_have_the_id_of_what_was_deleted_before_it() -> None:
    """Its name is the same: what the state knows is no more, and what is found is the new one."""
    state = exported(queue("b", id="same", pendingReplacement=True), pending=[("creating", queue("b"))])
    after = settled(state, there(found("same")))
    assert [(each["id"], each.get("pendingReplacement")) for each in after["resources"][2:]] == [("same", None)]


def test_a_replacement_that_was_never_made_leaves_its_predecessor() -> None:
    old = queue("b", id="old", pendingReplacement=True)
    after = settled(exported(old, pending=[("creating", queue("b"))]), there())
    assert after["resources"][-1]["pendingReplacement"] and "pending_operations" not in after


def test_what_it_needs_comes_before_it_even_where_the_state_had_it_later() -> None:
    dependent = queue("z", id="url-z", dependencies=[])
    state = exported(
        dependent, queue("needed", id="n"), pending=[("creating", queue("b", dependencies=[urn("needed")]))]
    )
    assert names(settled(state, there(found("x"))))[-2:] == ["needed", "b"]


def test_a_provider_that_was_replaced_meanwhile_gives_way_to_its_successor() -> None:
    state = exported(pending=[("creating", queue("b", provider=f"{PROVIDER}::0"))])
    assert settled(state, there(found("x")))["resources"][-1]["provider"] == f"{PROVIDER}::1"


def test_what_it_depended_on_and_is_gone_is_left_out() -> None:
    gone = urn("gone")
    resource = queue("b", dependencies=[gone], propertyDependencies={"name": [gone]}, deletedWith=gone)
    made = settled(exported(pending=[("creating", resource)]), there(found("x")))["resources"][-1]
    assert (made["dependencies"], made["propertyDependencies"], "deletedWith" in made) == ([], {"name": []}, False)


def test_a_missing_parent_or_provider_is_told() -> None:
    state = exported(pending=[("creating", queue("b", parent=urn("gone")))])
    with pytest.raises(integrity.BrokenError, match="gone"):
        settled(state, there(found("x")))


def test_a_creation_that_the_engine_noted_twice_is_adopted_once() -> None:
    state = exported(pending=[("creating", queue("b")), ("creating", queue("b"))])
    after = settled(state, there(found("x")))
    assert names(after) == ["cloud-dev", "default", "b"] and "pending_operations" not in after


def test_real_providers_take_an_id_as_of_an_import_and_what_cant_be_imported_by_its_inputs() -> None:
    state = exported(pending=[("creating", queue("b"))])
    by_name = Found("arn-b", certain=True, import_id="b")
    steps = adoption.steps(read(state), there(by_name))
    assert [adoption.edited(state, steps, imports=way)["resources"][-1]["id"] for way in (True, False)] == [
        "b",
        "arn-b",
    ]
    never = Found("arn-b", certain=True, import_id="b", importable=False)
    made = adoption.edited(state, adoption.steps(read(state), there(never)), imports=True)["resources"][-1]
    assert (made["id"], made["outputs"]) == ("arn-b", {"name": "b", "id": "arn-b"})
