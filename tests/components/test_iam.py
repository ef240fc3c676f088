"""A boundary and a path, where the owner of an account asks for them, are those of every role that is made."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

import aistacks
from aistacks.component import Component, args_type
from aistacks.errors import UserError
from aistacks_core.facts import load

BOUNDARY = "arn:aws:iam::111122223333:policy/boundary"
PATH = "/teams/ml/"
NETWORK: dict[str, Any] = {"availability_zones": ["eu-west-1a", "eu-west-1b"], "cluster_name": "c"}


def types() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = load("aistacks._aws", "iam.yaml")["types"]
    return found


def test_the_facts_name_every_type_of_iam_with_a_path_that_a_component_could_make() -> None:
    modules = [
        importlib.import_module(f"pulumi_aws.iam.{each.name}") for each in pkgutil.iter_modules(aws.iam.__path__)
    ]
    made = {
        f"aws:iam/{kind[0].lower()}{kind[1:]}:{kind}"
        for module in modules
        for kind, of in vars(module).items()
        if isinstance(of, type) and issubclass(of, pulumi.CustomResource) and "path" in vars(of)
    }
    people = {"aws:iam/user:User", "aws:iam/group:Group", "aws:iam/virtualMfaDevice:VirtualMfaDevice"}
    of_services = {"aws:iam/serviceLinkedRole:ServiceLinkedRole", "aws:iam/serverCertificate:ServerCertificate"}
    assert made - people - of_services == set(types())


def test_every_component_that_makes_something_of_iam_takes_them() -> None:
    known = [getattr(aistacks, name) for name in aistacks.__all__]
    components = [each for each in known if isinstance(each, type) and issubclass(each, Component)]
    without = {each.__name__ for each in components if "iam_path" not in args_type(each).__annotations__}
    assert without == {"GpuNodePool"}
    unbounded = {
        each.__name__ for each in components if "permissions_boundary_arn" not in args_type(each).__annotations__
    }
    # It makes policies, and no role.
    assert unbounded == {"GpuNodePool", "ModelStore"}


def test_they_reach_the_role_and_without_them_nothing_is_stated(record: Any) -> None:
    bound = {"permissions_boundary_arn": BOUNDARY, "iam_path": PATH}
    role = record(lambda: aistacks.Network("net", {**NETWORK, **bound})).one("aws:iam/role:Role", "net-flow-logs")
    assert (role.inputs["permissionsBoundary"], role.inputs["path"]) == (BOUNDARY, PATH)
    role = record(lambda: aistacks.Network("net", {**NETWORK})).one("aws:iam/role:Role", "net-flow-logs")
    assert not {"permissionsBoundary", "path"} & set(role.inputs)


@pytest.mark.parametrize(
    ("argument", "value", "said"),
    [
        ("iam_path", "teams", "Network 'net': iam_path: got 'teams'; expected '/', or such as '/teams/ml/'"),
        ("iam_path", "/teams", "got '/teams'"),
        ("iam_path", "", "got ''"),
        ("iam_path", f"/{'a' * 511}/", "at most 512"),
        ("iam_path", "/a b/", "printable"),
        ("permissions_boundary_arn", "boundary", "Network 'net': permissions_boundary_arn: got 'boundary'; expected a"),
        ("permissions_boundary_arn", "arn:aws:iam::111122223333:role/boundary", "a policy's ARN"),
    ],
)
def test_what_iam_would_refuse_is_refused(argument: str, value: str, said: str) -> None:
    with pytest.raises(UserError) as told:
        aistacks.Network.validate("net", {**NETWORK, argument: value})
    assert said in str(told.value)


@pytest.mark.parametrize("value", ["/", "/a/", f"/{'a' * 510}/", "/a/b-c_d.e/"])
def test_what_iam_takes_is_taken(value: str) -> None:
    aistacks.Network.validate("net", {**NETWORK, "iam_path": value, "permissions_boundary_arn": BOUNDARY})
