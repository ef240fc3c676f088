"""What is known of AWS resource types: what replaces them, and what a change in place makes unknown."""

from __future__ import annotations

from aistacks_catalog.aws.types.facts import ANY, Facts, facts


def test_a_type_without_rules_may_be_replaced_by_any_change() -> None:
    about = facts("aws:nothing/atAll:AtAll")
    assert not about.known
    assert about.may_force_replacement("anything")
    assert not about.forces_replacement("anything")


def test_what_surely_replaces_is_not_told_as_perhaps() -> None:
    about = Facts(known=True, replaces=frozenset({"name"}), may_replace=frozenset({ANY}))
    assert not about.may_force_replacement("name")
    assert about.may_force_replacement("size")


def test_a_conditional_path_counts_below_and_around_it() -> None:
    about = Facts(known=True, may_replace=frozenset({"storage.clas"}))
    assert about.may_force_replacement("storage.class[0].x")
    assert about.may_force_replacement("storage")
    assert not about.may_force_replacement("storage.size")


def test_outputs_change_with_their_inputs() -> None:
    template = facts("aws:ec2/launchTemplate:LaunchTemplate")
    assert template.known
    assert "latestVersion" in template.changed_outputs(["imageId"])
    assert "defaultVersion" in template.changed_outputs(["updateDefaultVersion"])
