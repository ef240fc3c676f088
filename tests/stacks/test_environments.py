"""Every committed environment builds, and keeps the house's promises. What AWS makes of it is not shown here."""

import importlib
import inspect

import pytest
from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS

from aistacks_settings import MANDATORY_TAGS
from recorded import ENVIRONMENTS, STACKS, settings

# Types whose auto-named children AWS limits most, with the limit (botocore's service models).
LIMITS = {
    "aws:iam/role:Role": 64,
    "aws:s3/bucket:Bucket": 63,
    "aws:eks/nodeGroup:NodeGroup": 63,
    "aws:sqs/queue:Queue": 80,
}
SUFFIX = 8


def custom(plan):
    return [r for r in plan.resources if r.custom and not r.type.startswith("pulumi:")]


def takes_tags(type_):
    """Whether the SDK's class of an AWS token has ``tags``."""
    _, module, kind = type_.split(":")
    sdk = importlib.import_module(f"pulumi_aws.{module.split('/')[0]}") if "index" not in module else None
    cls = getattr(sdk, kind, None)
    return cls is not None and "tags" in inspect.signature(cls._internal_init).parameters


def test_all_four_environments_are_there():
    assert ENVIRONMENTS == ["dev", "prod", "sandbox", "staging"]


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_child_is_named_after_its_parent(plans, name):
    by_urn = {r.urn: r for r in plans(name).resources}
    children = [(r, by_urn[r.parent]) for r in custom(plans(name)) if r.parent in by_urn]
    assert len(children) > 100
    for child, parent in children:
        assert child.name == parent.name or child.name.startswith(f"{parent.name}-"), child.urn


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_resource_is_somebodys_child(plans, name):
    orphans = [r.name for r in custom(plans(name)) if "pulumi:pulumi:Stack" in r.parent or not r.parent]
    assert orphans == []


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_taggable_resource_carries_the_mandatory_tags(plans, name):
    untagged = [
        f"{r.type} {r.name}"
        for r in custom(plans(name))
        if r.type.startswith("aws:")
        and takes_tags(r.type)
        and not set(MANDATORY_TAGS) <= set(r.inputs.get("tags") or {})
    ]
    assert untagged == []


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_kubernetes_object_carries_the_mandatory_tags_as_labels(plans, name):
    unlabelled = [
        f"{r.type} {r.name}"
        for r in custom(plans(name))
        if r.type.startswith("kubernetes:")
        and "helm.sh" not in r.type
        and not set(MANDATORY_TAGS.values()) <= set(r.inputs["metadata"].get("labels") or {})
    ]
    assert unlabelled == []


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_auto_named_child_fits_aws_limit(plans, name):
    too_long = [r.name for r in custom(plans(name)) if r.type in LIMITS and len(r.name) + SUFFIX > LIMITS[r.type]]
    assert too_long == []


@pytest.mark.parametrize("name", ["staging", "prod"])
def test_what_holds_data_is_protected_and_retained(plans, name):
    for type_ in ("aws:s3/bucket:Bucket", "aws:kms/key:Key", "aws:eks/cluster:Cluster"):
        found = plans(name).of(type_)
        assert found, type_
        assert [r.urn for r in found if not r.protect] == []
    for type_ in ("aws:s3/bucket:Bucket", "aws:kms/key:Key"):
        assert [r.urn for r in plans(name).of(type_) if not r.retain_on_delete] == []


@pytest.mark.parametrize("name", ["sandbox", "dev"])
def test_nothing_is_protected_where_nothing_is_worth_it(plans, name):
    assert [r.urn for r in plans(name).resources if r.protect or r.retain_on_delete] == []


@pytest.mark.parametrize(("name", "public"), [("dev", True), ("staging", False), ("prod", False), ("sandbox", False)])
def test_kubernetes_api_is_public_only_where_ranges_are_stated(plans, name, public):
    (cluster,) = plans(name).of("aws:eks/cluster:Cluster")
    access = cluster.inputs["vpcConfig"]
    assert access["endpointPrivateAccess"] is True
    assert bool(access["endpointPublicAccess"]) is public
    assert "0.0.0.0/0" not in (access.get("publicAccessCidrs") or [])


def test_environments_really_differ(plans):
    nat = {name: len(plans(name).of("aws:ec2/natGateway:NatGateway")) for name in ENVIRONMENTS}
    assert nat == {"sandbox": 1, "dev": 1, "staging": 1, "prod": 3}
    warehouses = {name: [r.type for r in plans(name).of("aws:redshift/cluster:Cluster")] for name in ENVIRONMENTS}
    assert [name for name, found in warehouses.items() if found] == ["prod"]
    capacity = {name: settings(name)["config"]["aistacks:environment"]["pools"] for name in ENVIRONMENTS}
    assert capacity["prod"]["inference"]["capacity_types"][0] == "reserved"
    assert capacity["dev"]["inference"]["capacity_types"][0] == "spot"
    routing = {n: settings(n)["config"]["aistacks:environment"]["monitoring"] for n in ENVIRONMENTS}
    assert "alert_topic_arn" in routing["prod"]
    assert "alert_slack_secret" in routing["staging"]
    assert not [k for k in routing["dev"] if k.startswith("alert_")]


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_the_warehouse_reaches_the_lakes_catalogue_without_nat(plans, name):
    found = [r.inputs["serviceName"] for r in plans(name).of("aws:ec2/vpcEndpoint:VpcEndpoint")]
    assert "com.amazonaws.eu-west-1.glue" in found


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_every_pool_has_a_type_that_its_region_offers(name):
    config = settings(name)["config"]
    offered = {each["InstanceType"] for each in INSTANCE_TYPE_OFFERINGS["region"][config["aws:region"]]}
    pools = config["aistacks:environment"]["pools"]
    assert pools
    for pool in pools.values():
        assert offered & set(pool["instance_types"]), pool


def test_no_program_asks_for_an_environments_name():
    text = (STACKS / "__main__.py").read_text() + (STACKS / "aistacks_settings.py").read_text()
    for name in ENVIRONMENTS:
        assert f'"{name}"' not in text
