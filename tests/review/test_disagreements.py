"""Where plan and preview differ, in sentences."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aistacks_core.snapshot import ABSENT, UNKNOWN, Registration
from aistacks_core.symbols import mark
from aistacks_review.compare.changes import ChangeKind, PropertyChange, ResourceChange
from aistacks_review.compare.disagreements import disagreements
from aistacks_review.preview.engine_preview import from_preview, read_preview

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
