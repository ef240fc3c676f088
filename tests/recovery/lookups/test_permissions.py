"""The permissions that recovery needs: real actions, reading ones only, and those that the page lists."""

from __future__ import annotations

import json
from pathlib import Path

from aistacks_catalog.aws.iam.catalogue import Level, of_pattern
from aistacks_recovery.lookups import table
from aistacks_recovery.lookups.permissions import actions

PAGE = Path(__file__).parents[3] / "docs" / "recovery.md"


def test_every_action_exists_and_only_reads() -> None:
    for name in actions():
        (found,) = of_pattern(name)
        # API Gateway has one action for each verb of HTTP.
        assert found.level <= Level.READ or name == "apigateway:GET", name
        assert found.name == name


def test_the_page_has_the_policy() -> None:
    text = PAGE.read_text(encoding="utf-8")
    policy = json.loads(text.partition("```json\n")[2].partition("```")[0])
    (statement,) = policy["Statement"]
    assert statement["Action"] == ["sts:GetCallerIdentity", *actions()]
    assert (statement["Effect"], statement["Resource"]) == ("Allow", "*")


def test_the_page_names_what_is_never_sure_and_what_is_never_imported() -> None:
    text = PAGE.read_text(encoding="utf-8")
    lookups = table.lookups()
    for token, lookup in lookups.items():
        if lookup.certain == "never" or not lookup.importable:
            assert f"`{token}`" in text, token
    assert f"{len(lookups)} of AWS have one" in text
