"""Where plan and preview differ, in sentences."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aistacks_core.project import read_project
from aistacks_core.snapshot import ABSENT, UNKNOWN, Plan, Registration
from aistacks_core.symbols import mark
from aistacks_review.compare.changes import ChangeKind, PropertyChange, ResourceChange
from aistacks_review.compare.disagreements import Sight, disagreements
from aistacks_review.compare.uncompared import Uncompared
from aistacks_review.preview.engine_preview import from_preview, read_preview
from aistacks_review.preview.previewing import with_preview
from aistacks_review.review import Review

PREVIEWS = Path(__file__).parent / "previews"
QUEUE = "jobs (aws:sqs/queue:Queue)"


def queue(stack: str = "dev", **inputs: Any) -> Registration:
    return Registration(
        type="aws:sqs/queue:Queue",
        name="jobs",
        urn=f"urn:pulumi:{stack}::demo::aws:sqs/queue:Queue::jobs",
        parent="",
        custom=True,
        inputs={"name": "jobs", "tags": {}, "delaySeconds": 0, **inputs},
        secrets=frozenset(),
    )


def change(kind: ChangeKind, *properties: PropertyChange, stack: str = "dev", **more: Any) -> ResourceChange:
    before = None if kind is ChangeKind.CREATE else queue(stack)
    after = None if kind is ChangeKind.DELETE else queue(stack)
    return ResourceChange(kind, before, after, properties, **more)


def update(path: str = "delaySeconds", before: Any = 0, after: Any = 5, **more: Any) -> ResourceChange:
    return change(ChangeKind.UPDATE, PropertyChange(path, before, after, **more))


def previewed(name: str) -> list[ResourceChange]:
    return from_preview(read_preview(PREVIEWS / f"{name}.json"), name)[2]


def test_the_same_twice_is_no_disagreement() -> None:
    assert disagreements(previewed("changed"), previewed("changed")) == []
    assert disagreements([], []) == []


def test_a_rename_that_the_preview_does_not_show_is_none() -> None:
    assert disagreements(previewed("changed"), previewed("steps")) == []


@pytest.mark.parametrize(
    ("preview", "said"),
    [
        (update(), f"The cloud's preview changes {QUEUE} (delaySeconds), which the plan leaves as it is"),
        (change(ChangeKind.CREATE), f"The cloud's preview creates {QUEUE}, which the plan leaves as it is: it isn't"),
        (change(ChangeKind.DELETE), f"The cloud's preview deletes {QUEUE}, which neither revision of the program has"),
        (change(ChangeKind.REPLACE), f"The cloud's preview replaces {QUEUE}, which the plan leaves as it is"),
    ],
)
def test_what_only_the_preview_has(preview: ResourceChange, said: str) -> None:
    (sentence,) = disagreements([], [preview])
    assert sentence.startswith(said) and sentence.endswith(".")


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (update(), f"The plan changes {QUEUE} (delaySeconds), but the cloud's preview doesn't: in the cloud it is so"),
        (change(ChangeKind.CREATE), f"The plan creates {QUEUE}, but the cloud's preview doesn't: it is there already"),
        (
            change(ChangeKind.DELETE),
            f"The plan deletes {QUEUE}, but the cloud's preview doesn't: it isn't in the cloud",
        ),
    ],
)
def test_what_only_the_plan_has(plan: ResourceChange, said: str) -> None:
    (sentence,) = disagreements([plan], [])
    assert sentence.startswith(said)


def test_another_kind_says_which_property_replaces() -> None:
    replaced = change(ChangeKind.REPLACE, PropertyChange("name", "a", "b", replaces=True))
    assert disagreements([update()], [replaced]) == [
        f"The plan changes {QUEUE}; the cloud's preview replaces it (name)."
    ]
    unsure = replace(update(), may_replace=True)
    assert disagreements([unsure], [replaced]) == [
        f"The plan can't say whether {QUEUE} is replaced; the cloud's preview replaces it (name)."
    ]


def test_drift_of_a_property_that_changes_anyway() -> None:
    assert disagreements([update(before=0)], [update(before=9)]) == [
        f"In the cloud delaySeconds of {QUEUE} is 9, and 0 in the base revision."
    ]


@pytest.mark.parametrize("before", [UNKNOWN, ABSENT, f"arn:aws:s3:::{mark('x')}", {"a": 1}, [1]])
def test_a_value_that_only_deployment_makes_is_no_drift(before: Any) -> None:
    assert disagreements([update(before=before)], [update(before=9)]) == []


def test_drift_of_a_property_that_the_plan_leaves() -> None:
    more = replace(update(), properties=(*update().properties, PropertyChange("tags.Owner", "me", ABSENT)))
    (sentence,) = disagreements([update()], [more])
    assert sentence.startswith(f"The cloud's preview changes tags.Owner of {QUEUE} too")


def test_what_the_provider_computes_is_no_drift() -> None:
    more = replace(update(), properties=(*update().properties, PropertyChange("tagsAll", {}, {"a": "b"})))
    assert disagreements([update()], [more]) == []


def test_a_secret_never_occurs() -> None:
    ours, theirs = update(before="one-secret", secret=True), update(before="other-secret", secret=True)
    assert disagreements([ours], [theirs]) == []
    assert "secret" not in " ".join(disagreements([ours], []) + disagreements([], [theirs]))


def test_long_values_and_many_properties_are_cut() -> None:
    (sentence,) = disagreements([update(before="a" * 1000)], [update(before="b" * 1000)])
    assert len(sentence) < 300
    many = replace(update(), properties=tuple(PropertyChange(f"tags.t{i}", 1, 2) for i in range(50)))
    (sentence,) = disagreements([], [many])
    assert "tags.t0, tags.t1, tags.t2 and 47 more" in sentence


def test_the_preview_of_another_stack_is_one_sentence() -> None:
    ours = [change(ChangeKind.CREATE), update()]
    (sentence,) = disagreements(ours, [change(ChangeKind.CREATE, stack="prod")])
    assert sentence == "The preview is of demo/prod and the plan of demo/dev: they can't be compared."


def test_drift_that_the_engine_found_is_told() -> None:
    said = disagreements([], previewed("drift"))
    assert said[0].startswith(f"The cloud's preview changes {QUEUE} (visibilityTimeoutSeconds), which the plan leaves")
    assert any(s.startswith("The cloud's preview creates old-logs (aws:cloudwatch/logGroup:LogGroup)") for s in said)


WHY = "computed from port of db, which isn't known before deployment"


def test_what_the_plan_can_not_compare_is_no_drift() -> None:
    sight = Sight(uncompared={queue().urn: {"tags": WHY}})
    one = change(ChangeKind.UPDATE, PropertyChange("tags.port", 1, 2))
    (sentence,) = disagreements([], [one], sight)
    assert sentence.endswith(f"of which the plan can't say whether it changes: it is {WHY}.")
    both = replace(one, properties=(*one.properties, PropertyChange("name", "a", "b")))
    assert "in the cloud it isn't what the base" in disagreements([], [both], sight)[0]
    told = disagreements([update()], [replace(both, properties=(*both.properties, *update().properties))], sight)
    assert [("can't say" in said, "isn't what the base" in said) for said in told] == [(True, False), (False, True)]


def test_what_is_in_a_component_of_another_process_is_named_with_it() -> None:
    above = "urn:pulumi:dev::demo::awsx:ec2:Vpc::net"
    sight = Sight(
        urns=frozenset({above}),
        parents={queue().urn: "urn:between", "urn:between": above},
        remote={above: "net (awsx:ec2:Vpc)"},
    )
    assert disagreements([], [change(ChangeKind.CREATE)], sight) == [
        f"The cloud's preview creates {QUEUE}, which the plan can't see: it is in net (awsx:ec2:Vpc), which runs in a"
        " process of its own."
    ]
    alone = Sight(urns=frozenset({above}))
    assert (
        "the program decides it by what the plan doesn't know"
        in disagreements([], [change(ChangeKind.CREATE)], alone)[0]
    )
    looped = Sight(urns=frozenset(), parents={queue().urn: "urn:a", "urn:a": "urn:a"})
    assert len(disagreements([], [change(ChangeKind.DELETE)], looped)) == 1


@pytest.mark.parametrize(("ours", "theirs", "told"), [(True, False, 1), (True, True, 0), (None, True, 0)])
def test_another_order_of_a_replacement_is_told(ours: bool | None, theirs: bool, told: int) -> None:
    one = change(ChangeKind.REPLACE, PropertyChange("name", "a", "b", replaces=True))
    said = disagreements([replace(one, delete_first=ours)], [replace(one, delete_first=theirs)])
    assert (
        said == [f"Of {QUEUE} the plan deletes the old one first, the cloud's preview deletes the old one last."][:told]
    )


def test_the_engines_own_provider_is_no_resource_of_the_program() -> None:
    urn = "urn:pulumi:dev::demo::pulumi:providers:aws::default_7_51_1"
    made = replace(queue(), type="pulumi:providers:aws", name="default_7_51_1", urn=urn)
    assert disagreements([], [ResourceChange(ChangeKind.CREATE, None, made)]) == []


def test_a_review_of_a_preview_knows_what_its_plan_could_not_see(tmp_path: Path) -> None:
    """The queue of the recorded preview, of which the plan can't compare what drifted."""
    drifted = next(c for c in previewed("drift") if c.type == "aws:sqs/queue:Queue")
    path = drifted.properties[0].path
    plan = Plan([drifted.registration], {})
    unsure = [Uncompared(drifted.registration, path, WHY)]
    planned = Review("demo", "dev", plan, plan, uncompared=unsure)
    (tmp_path / "__main__.py").touch()
    (tmp_path / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
    made = with_preview(read_project(tmp_path), planned, PREVIEWS / "drift.json")
    assert any("can't say whether it changes" in said and WHY in said for said in made.disagreements)
    assert any("the program decides it by what the plan doesn't know" in said for said in made.disagreements)
