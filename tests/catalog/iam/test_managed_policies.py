from __future__ import annotations

import csv
from importlib.resources import files

from aistacks_catalog.aws.iam.documents import allowed
from aistacks_catalog.aws.iam.managed_policies import statements


def test_every_managed_policy_can_be_evaluated() -> None:
    lines = (files("aistacks_catalog.aws.iam") / "managed_policies.csv").read_text().splitlines()
    paths = [row["policy"] for row in csv.DictReader(line for line in lines if not line.startswith("#"))]
    assert len(paths) > 50
    for path in paths:
        assert allowed({"Statement": statements(path)}) is not None, path


def test_one_that_is_not_known_has_no_statements() -> None:
    assert statements("SomethingElse") is None
