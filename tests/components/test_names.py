"""Names in AWS: within AWS's limits, and no two stacks' alike. What botocore doesn't say, nothing here proves."""

import itertools
import re

import pulumi
import pytest

import aistacks
from aistacks._aws.names import name_rules, physical_name
from aistacks.warehouse import WarehouseMode
from aistacks_catalog.aws.types.facts import facts
from aistacks_catalog.aws.types.sdk import shape
from aistacks_core.facts import load

LONGEST = "n" * 32
ROLE = "arn:aws:iam::111122223333:role/r"
SUBNETS = {"vpc_id": "vpc-1", "subnet_ids": ["subnet-a", "subnet-b", "subnet-c"]}
GPU = {"cluster_name": "c", "node_role_name": "nodes", "instance_types": ["g5.xlarge"]}
EVERYTHING = [
    (
        "Backup",
        {
            "bucket_arns": {"b": "arn:aws:s3:::b"},
            "warehouse_arns": {"w" * 16: "arn:aws:redshift:eu-west-1:111122223333:namespace:n"},
            "cluster_identifiers": {"w" * 16: "w"},
            "second_region": "eu-central-1",
            "restore_tests_on": ["SUN"],
        },
    ),
    ("CiAccess", {"repository": "a/b", "state_bucket": "b", "environments": {"e" * 12: {"policy_arns": {"p": ROLE}}}}),
    ("DataLake", {"layers": ["l" * 14, "gold"], "permission_model": "hybrid"}),
    (
        "EksCluster",
        {
            "subnet_ids": ["a", "b"],
            "isolated_vpc": True,
            "access": {"a" * 12: {"principal_arn": ROLE, "policy": "view"}},
            "pod_identities": {"p" * 12: {"namespace": "x", "service_account": "y", "role_arn": ROLE}},
        },
    ),
    ("GpuNodePool", GPU),
    (
        "InferenceService",
        {
            "namespace": "x",
            "create_namespace": True,
            "model": "m",
            "model_digest": "sha256:" + "a" * 64,
            "model_store_bucket": "b",
            "cluster_name": "c",
            "read_policy_arn": ROLE,
            "client_namespaces": ["y"],
        },
    ),
    ("ModelStore", {"repositories": ["r" * 128]}),
    ("Monitoring", {"cluster_name": "c", "alert_topic_arn": "arn:aws:sns:eu-west-1:111122223333:t"}),
    (
        "Network",
        {"availability_zones": ["eu-west-1a", "eu-west-1b"], "interface_endpoints": ["ecr.api", "secretsmanager"]},
    ),
    ("Warehouse", SUBNETS),
    ("Warehouse", {**SUBNETS, "mode": "provisioned"}),
]
IDS = [f"{kind}-{i}" for i, (kind, _) in enumerate(EVERYTHING)]
REFERENCES = {
    "clusterIdentifier": "of the warehouse whose snapshots are copied",
    "clusterName": "of the cluster that a child belongs to",
    "serviceName": "AWS's",
    "addonName": "AWS's",
    "dbName": "inside the namespace",
    "databaseName": "inside the cluster",
    "instanceProfileName": "the role's",
    "bucketName": "another child's",
    "finalSnapshotIdentifier": "of a cluster whose identifier is held apart",
}
"""Inputs that end in a name and name nothing that is made."""


def registered(record, kind, args, name="x", project="shop", stack="dev"):
    made = record(lambda: getattr(aistacks, kind)(name, args), project=project, stack=stack)
    return [each for each in made.resources if each.type.startswith("aws:")]


def stated(resource):
    """The name that the component itself gives the resource, if it does."""
    rule = name_rules().get(resource.type)
    found = rule and resource.inputs.get(rule.property)
    return found if isinstance(found, str) else None


@pytest.mark.parametrize(("kind", "args"), EVERYTHING, ids=IDS)
def test_the_longest_component_name_leads_to_no_name_that_is_too_long(record, kind, args):
    for stack in ("dev", "s" * 100):
        for resource in registered(record, kind, args, LONGEST, "p" * 100, stack):
            named = facts(resource.type).autonaming
            if resource.type not in name_rules():
                assert named.property is None or named.property not in shape(resource.type).inputs, resource.type
                continue
            rule = name_rules()[resource.type]
            made = stated(resource)
            if made is None:
                assert named.property == rule.property, f"Pulumi names no {resource.type}"
                made = f"{named.prefix}{resource.name}{named.separator}{'0' * named.length}"
                assert not named.max_length or len(made) <= named.max_length, made
            assert rule.allows(made), made


def names(record, project, stack):
    """Every name that the components give in AWS by themselves."""
    return {
        (resource.type, made)
        for kind, args in EVERYTHING
        for resource in registered(record, kind, args, "main", project, stack)
        if (made := stated(resource))
    }


def test_no_two_stacks_of_an_account_give_the_same_name(record):
    places = [("shop", "dev"), ("shop", "prod"), ("till", "dev"), ("shop-dev", "x"), ("shop", "dev-x"), ("Shop", "dev")]
    places += [("p" * 90 + "1", "dev"), ("p" * 90 + "2", "dev")]
    found = {place: names(record, *place) for place in places}
    for here, there in itertools.combinations(places, 2):
        assert len(found[here]) == len(found[there]) >= 10
        assert found[here] & found[there] == set(), (here, there)


@pytest.mark.parametrize(("kind", "args"), EVERYTHING, ids=IDS)
def test_every_name_that_a_component_gives_is_one_of_the_tables(record, kind, args):
    """So that a new one is held apart, too."""
    for resource in registered(record, kind, args):
        rule = name_rules().get(resource.type)
        for key, value in resource.inputs.items():
            if not isinstance(value, str) or not re.search(r"^(name|bucket)$|(Name|Identifier)$", key):
                continue
            own = rule is not None and rule.property == key
            elsewhere = key in REFERENCES or value in {stated(each) for each in registered(record, kind, args)}
            assert own or elsewhere, (resource.type, key, value)


def text_of(service, words):
    operation, member = words
    return service.operation_model(operation).input_shape.members[member].documentation


@pytest.mark.parametrize("token", sorted(name_rules()))
def test_the_table_says_what_botocore_says(token):
    row = load("aistacks._aws", "names.yaml")["types"][token]
    assert row["property"] in shape(token).inputs
    if "guide" in row:
        return
    service, *words = (row.get("model") or row["documented"]).split()
    # Of the sandbox's extra; the rest of this file needs the library alone.
    botocore = pytest.importorskip("botocore.session")
    model = botocore.get_session().get_service_model(service)
    if "documented" in row:
        said = text_of(model, words)
        assert re.search(rf"\b{row['max']}\b(?= characters| alphanumeric)", said), said
        return
    limits = model.shape_for(*words).metadata
    pattern = limits.get("pattern", "")
    longest = limits.get("max") or int(re.search(r"\{\d+,(\d+)\}", pattern)[1])
    assert row["max"] == longest
    if token != "aws:glue/catalogDatabase:CatalogDatabase":
        assert row["pattern"] == pattern


@pytest.fixture
def named(monkeypatch):
    def name_of(project, stack, name, longest=63, separator="-"):
        monkeypatch.setattr(pulumi, "get_project", lambda: project)
        monkeypatch.setattr(pulumi, "get_stack", lambda: stack)
        return physical_name(name, longest, separator)

    return name_of


def test_a_name_is_project_stack_and_component(named):
    assert named("shop", "dev", "lake", separator="_") == "shop_dev_lake"
    assert named("shop", "dev", "main") == "shop-dev-main"


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (("ai-shop", "dev", "main"), "ai-shop-dev-main-"),
        (("Shop", "dev", "main"), "shop-dev-main-"),
        (("shop", "Team_A.dev", "main"), "shop-team-a-dev-main-"),
        (("3d", "dev", "main"), "x-3d-dev-main-"),
        (("p" * 99, "dev", "main"), "p" * 54 + "-"),
    ],
)
def test_a_name_that_another_stack_could_have_ends_in_a_digest(named, place, name):
    made = named(*place)
    assert re.fullmatch(re.escape(name) + "[0-9a-f]{8}", made)
    assert made == named(*place)
    assert len(made) <= 63


def test_both_kinds_of_warehouse_are_among_the_names():
    assert [args.get("mode", "serverless") for kind, args in EVERYTHING if kind == "Warehouse"] == [*WarehouseMode]
