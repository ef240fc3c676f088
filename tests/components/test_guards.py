"""What holds data is guarded from the first `up`, and what an entry of `deletion_allowed` takes away."""

import datetime as dt

import pulumi
import pytest

import aistacks
from aistacks import Backup, DataLake, EksCluster, ModelStore, Monitoring, Network, UserError, Warehouse

stateful = pytest.importorskip("aistacks_review.risk.data_loss").stateful
facts = pytest.importorskip("aistacks_review.risk.facts").facts

TODAY = dt.datetime.now(dt.UTC).date()
PROVISIONED = {"vpc_id": "vpc-1", "subnet_ids": ["subnet-1", "subnet-2"], "mode": "provisioned"}
SERVERLESS = {"vpc_id": "vpc-1", "subnet_ids": ["subnet-1", "subnet-2", "subnet-3"]}
SECOND = {"second_region": "eu-central-1"}
IN_CLUSTER = {"cluster_name": "dev", "kubeconfig": "{}"}
PROGRAMS = {
    "Backup": lambda **a: Backup("backup", {"bucket_arns": {"gold": "arn:aws:s3:::gold"}, **SECOND, **a}),
    "DataLake": lambda **a: DataLake("lake", {"permission_model": "lake_formation", **a}),
    "EksCluster": lambda **a: EksCluster("cluster", {"subnet_ids": ["subnet-1", "subnet-2"], **a}),
    "ModelStore": lambda **a: ModelStore("models", {"repositories": ["digits"], **a}),
    "Monitoring": lambda **a: Monitoring("monitoring", {**IN_CLUSTER, **a}),
    "Network": lambda **a: Network("network", {"availability_zones": ["eu-west-1a", "eu-west-1b"], **a}),
    "Warehouse": lambda **a: Warehouse("warehouse", {**PROVISIONED, **a}),
    "Warehouse, serverless": lambda **a: Warehouse("warehouse", {**SERVERLESS, **a}),
}
UNGUARDED = {
    "cluster-karpenter": "its messages are worth two minutes, and the controller's release keeps nothing",
    "monitoring-nodes": "exporters only, which keep nothing",
    "monitoring-gpu": "an exporter, which keeps nothing",
    "monitoring-adapter": "answers from Prometheus, and keeps nothing",
}
"""Of a kind that can hold data, without holding any."""


@pytest.fixture(autouse=True)
def one_day(monkeypatch):
    """Midnight may pass meanwhile."""
    monkeypatch.setattr("aistacks._deletions.today", lambda: TODAY)


@pytest.fixture(params=sorted(PROGRAMS))
def make(request):
    return PROGRAMS[request.param]


def test_every_component_with_a_switch_is_looked_at():
    switched = {
        name
        for name in aistacks.__all__
        if "deletion_protection" in getattr(getattr(aistacks, f"{name}Args", None), "__annotations__", {})
    }
    assert switched == {name.partition(",")[0] for name in PROGRAMS}


def test_what_holds_data_has_protect_and_retain_together(record, make):
    held = [r for r in record(make).resources if stateful(r) is not None and r.name not in UNGUARDED]
    assert held
    assert [(r.type, r.name) for r in held if not (r.protect and r.retain_on_delete)] == []


def test_what_is_not_guarded_though_it_could_hold_data_is_there_at_all(record):
    made = {r.name for program in PROGRAMS.values() for r in record(program).resources}
    assert set(UNGUARDED) <= made


def test_aws_itself_refuses_where_it_can(record, make):
    """By the review's facts: a property that protects is on, a switch that empties or skips a snapshot is off."""
    guards = {row["type"]: (row["property"], row.get("on", True)) for row in facts("retention")["protections"]}
    switches = {row["type"]: (row["property"], False) for row in facts("retention")["switches"] if row["bad"]}
    for r in record(make).resources:
        for property_, safe in filter(None, (guards.get(r.type), switches.get(r.type))):
            assert r.inputs.get(property_, False) == safe, (r.type, r.name, property_)
        if (window := (stateful(r) or {}).get("window")) is not None:
            assert r.inputs[window] == 30, r.name


def test_without_protection_nothing_is_guarded(record, make):
    plan = record(lambda: make(deletion_protection=False))
    assert [r.name for r in plan.resources if r.protect or r.retain_on_delete] == []


def test_one_entry_takes_the_guards_off_one_resource(record):
    plan = record(lambda: DataLake("lake", {"deletion_allowed": {"Bucket::lake-gold": str(TODAY)}}))
    bucket, silver = (plan.one("aws:s3/bucket:Bucket", name) for name in ("lake-gold", "lake-silver"))
    database = plan.one("aws:glue/catalogDatabase:CatalogDatabase", "lake-gold")
    assert (bucket.protect, bucket.retain_on_delete, bucket.inputs["forceDestroy"]) == (False, False, True)
    assert (silver.protect, silver.retain_on_delete, silver.inputs["forceDestroy"]) == (True, True, False)
    assert (database.protect, database.retain_on_delete) == (True, True)


@pytest.mark.parametrize(
    ("program", "key", "type_", "property_", "off"),
    [
        ("EksCluster", "cluster", "aws:eks/cluster:Cluster", "deletionProtection", False),
        ("EksCluster", "cluster-logs", "aws:cloudwatch/logGroup:LogGroup", "deletionProtectionEnabled", False),
        ("ModelStore", "models-digits", "aws:ecr/repository:Repository", "forceDelete", True),
        ("DataLake", "lake", "aws:athena/workgroup:Workgroup", "forceDestroy", True),
    ],
)
def test_aws_s_own_guard_goes_with_it(record, program, key, type_, property_, off):
    made = record(lambda: PROGRAMS[program](deletion_allowed={key: str(TODAY)})).one(type_, key)
    assert (made.protect, made.retain_on_delete, made.inputs[property_]) == (False, False, off)


def test_a_vault_s_lock_and_policy_are_named_with_it(record):
    """Retained, they would refuse to have the vault emptied."""
    keys = ("backup", "backup-lock", "backup-policy")
    plan = record(lambda: PROGRAMS["Backup"](deletion_allowed=dict.fromkeys(keys, str(TODAY))))
    named = [r for r in plan.resources if r.name in keys and r.type.startswith("aws:backup/vault")]
    assert [r.name for r in named if not (r.protect or r.retain_on_delete)] == [r.name for r in named]
    assert {r.name for r in named} == set(keys)
    assert plan.one("aws:backup/vault:Vault", "backup").inputs["forceDestroy"] is True
    others = [r for r in plan.resources if r.name in ("backup-copy", "backup-copy-lock", "backup-copy-policy")]
    assert [r.retain_on_delete for r in others] == [True, True, True]


def test_a_last_snapshot_is_still_taken(record):
    made = record(lambda: PROGRAMS["Warehouse"](deletion_allowed={"warehouse": str(TODAY)})).one(
        "aws:redshift/cluster:Cluster", "warehouse"
    )
    assert (made.protect, made.retain_on_delete, made.inputs["skipFinalSnapshot"]) == (False, False, False)


def test_a_kubernetes_child_is_named_likewise(record):
    plan = record(lambda: PROGRAMS["Monitoring"](deletion_allowed={"monitoring": str(TODAY)}))
    release = plan.one("kubernetes:helm.sh/v3:Release", "monitoring")
    namespace = plan.one("kubernetes:core/v1:Namespace", "monitoring-namespace")
    assert (release.protect, release.retain_on_delete) == (False, False)
    assert (namespace.protect, namespace.retain_on_delete) == (True, True)


def test_a_day_as_the_engine_hands_it_on(record):
    """YAML without quotes is a time to the engine, not a string."""
    plan = record(lambda: PROGRAMS["Network"](deletion_allowed={"network": f"{TODAY}T00:00:00Z"}))
    assert plan.one("aws:ec2/vpc:Vpc", "network").protect is False


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (str(TODAY - dt.timedelta(days=1)), "remove the entry"),
        (str(TODAY + dt.timedelta(days=1)), "on that day only"),
        ("today", "'today'"),
        ("2026-02-30", "'2026-02-30'"),
    ],
)
def test_another_day_is_refused_before_anything_is_registered(day, words):
    with pytest.raises(UserError) as refused:
        DataLake.validate("lake", {"deletion_allowed": {"lake-silver": day}})
    assert str(refused.value).startswith("DataLake 'lake': deletion_allowed.lake-silver: ")
    assert words in str(refused.value)
    assert str(TODAY) in str(refused.value)


@pytest.mark.parametrize("key", ["lake-platinum", "Bucket::lake-platinum", "Table::lake-gold", "lake-gold-policies"])
def test_an_entry_that_names_nothing_guarded_is_refused(record, key):
    with pytest.raises(UserError, match="no protected resource of that name") as refused:
        record(lambda: DataLake("lake", {"deletion_allowed": {key: str(TODAY)}}))
    assert key in str(refused.value)


def test_an_entry_that_names_two_is_refused_with_what_to_write(record):
    with pytest.raises(UserError, match="one of them: Bucket::lake-gold or CatalogDatabase::lake-gold"):
        record(lambda: DataLake("lake", {"deletion_allowed": {"lake-gold": str(TODAY)}}))


def test_the_base_of_a_plan_keeps_the_entries_of_its_day(record, monkeypatch):
    monkeypatch.setenv("AISTACKS_DEPLOYED", "1")
    plan = record(lambda: PROGRAMS["Network"](deletion_allowed={"network": "2026-01-01"}))
    assert plan.one("aws:ec2/vpc:Vpc", "network").protect is False


def test_in_somebody_s_own_component_the_guards_are_the_same(record):
    def program():
        outer = pulumi.ComponentResource("shop:index:Platform", "shop")
        DataLake("lake", {"deletion_allowed": {"Bucket::lake-gold": str(TODAY)}}, pulumi.ResourceOptions(parent=outer))

    plan = record(program)
    assert plan.one("aws:s3/bucket:Bucket", "lake-silver").protect is True
    assert plan.one("aws:s3/bucket:Bucket", "lake-gold").protect is False
