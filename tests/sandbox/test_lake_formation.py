"""A lake that Lake Formation governs, brought up by the real engine. Whom it lets read, only AWS shows."""

import pytest

PROGRAM = """
from aistacks import DataLake

DataLake("lake", {{"layers": ["gold"], "permission_model": "{model}", "deletion_protection": False}})
"""


def grants(sandbox):
    found = sandbox.aws("lakeformation").list_permissions()["PrincipalResourcePermissions"]
    return [(f["Principal"]["DataLakePrincipalIdentifier"], next(iter(f["Resource"])), f["Permissions"]) for f in found]


def registered(sandbox):
    found = sandbox.aws("lakeformation").list_resources()["ResourceInfoList"]
    return [resource["ResourceArn"].rpartition(":::")[2].rpartition("-")[0] for resource in found]


@pytest.mark.parametrize("model", ["hybrid", "lake_formation"])
def test_its_buckets_are_registered_and_gone_with_it(stack, sandbox, model):
    before, known = grants(sandbox), registered(sandbox)
    stack.up(PROGRAM.format(model=model))
    assert [r for r in registered(sandbox) if r not in known] == ["lake-gold"]
    made = [g for g in grants(sandbox) if g not in before]
    assert made == ([("IAM_ALLOWED_PRINCIPALS", "Database", ["ALL"])] if model == "hybrid" else [])
    assert stack.up().changed == 0
    stack.destroy()
    assert (grants(sandbox), registered(sandbox)) == (before, known)
