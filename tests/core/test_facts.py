from __future__ import annotations

import pytest

from aistacks_core import facts


def test_a_file_of_facts_is_read_once() -> None:
    found = facts.load("aistacks_catalog.aws.iam", "actions.yaml")
    assert found["source"]
    assert facts.load("aistacks_catalog.aws.iam", "actions.yaml") is found


def test_a_file_that_is_not_there_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        facts.load("aistacks_catalog.aws.iam", "nothing.yaml")
