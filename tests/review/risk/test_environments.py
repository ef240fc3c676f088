"""Edits of this repository's own environments, from the settings' table to the risks."""

import copy

import pytest

from aistacks_review.compare.comparison import compare
from aistacks_review.findings import RiskKind, Severity
from aistacks_review.risk import assess
from recorded import record_environment, settings


@pytest.fixture(scope="module")
def bases():
    """The environments as they are, recorded once."""
    found = {}

    def base(name):
        if name not in found:
            found[name] = record_environment(name, symbols=True)
        return found[name]

    return base


@pytest.fixture
def edited(bases):
    """``edited("prod", **{"lake.layers": […]})``: the risks of an edit of an environment's file."""

    def edited_(name, **edits):
        table = copy.deepcopy(settings(name)["config"]["aistacks:environment"])
        for path, value in edits.items():
            *above, last = path.split(".")
            place = table
            for key in above:
                place = place[key]
            place[last] = value
        head = record_environment(name, table, symbols=True)
        return assess(bases(name), head, compare(bases(name), head).changes)

    return edited_


def titles(risks, kind=None, severity=None):
    return [r.title for r in risks if kind in (None, r.kind) and severity in (None, r.severity)]


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_a_new_environment_alarms_nobody(bases, name):
    head = bases(name)
    risks = assess(None, head, compare(None, head).changes)
    # Only what every environment would hear: a Kubernetes API that is open to the internet.
    assert [r for r in risks if r.severity is Severity.CRITICAL] == []
    others = [r.title for r in risks if "can be reached from the whole internet" not in r.title]
    assert (others, head.resources != []) == ([], True)


def test_the_same_again_is_no_risk(bases):
    assert assess(bases("prod"), bases("prod"), compare(bases("prod"), bases("prod")).changes) == []


def test_protection_off_in_production(edited):
    risks = edited("prod", deletion_protection=False)
    assert {r.kind for r in risks} == {RiskKind.DATA_LOSS, RiskKind.ACCESS}
    # Whoever takes the environment down empties its vaults.
    vaults = [t for t in titles(risks, RiskKind.ACCESS) if "no longer refuses backup:deleterecoverypoint" in t]
    assert (
        sorted(t.split()[3] for t in vaults) == ["backup", "backup-copy"] and titles(risks, RiskKind.ACCESS) == vaults
    )
    assert {r.severity for r in risks} == {Severity.MEDIUM}
    assert any(t.startswith("warehouse-key") and "no longer protected" in t for t in titles(risks))
    assert "AWS no longer refuses to delete cluster." in titles(risks)
    assert {r.file.rpartition("/")[2] for r in risks} == {"__main__.py"}
    assert min(r.line for r in risks) > 0


def test_a_layer_goes(edited):
    risks = edited("prod", **{"lake.layers": ["bronze", "silver"]})
    assert "The bucket lake-gold is removed from the program but protected: the deployment stops there." in titles(
        risks
    )
    assert titles(risks, RiskKind.ACCESS) == []


def test_a_layer_more_is_read_by_the_warehouse(edited):
    risks = edited("prod", **{"lake.layers": ["bronze", "silver", "gold", "platinum"]})
    backup, warehouse = sorted(risks, key=lambda risk: risk.title)
    assert (warehouse.kind, warehouse.severity, warehouse.certain) == (RiskKind.ACCESS, Severity.LOW, True)
    assert warehouse.title.startswith("The role warehouse-role may now use ")
    assert backup.title.startswith("The role backup-role may now use s3:PutBucketNotification")
    assert all("lake-platinum" in risk.reason or "lake_platinum" in risk.reason for risk in risks)


def test_another_version_of_kubernetes(edited):
    version = settings("prod")["config"]["aistacks:environment"]["cluster"]["kubernetes_version"]
    assert version == "1.35", "the edit below goes back from here"
    risks = edited("prod", **{"cluster.kubernetes_version": "1.34"})
    assert any("goes back" in t for t in titles(risks, RiskKind.INTERRUPTION, Severity.HIGH))


def test_an_administrator_more(edited):
    risks = edited("prod", **{"cluster.admin_role_arns": {"deploy": "arn:aws:iam::111122223333:role/deploy"}})
    assert "role/deploy may do anything in the cluster aistacks-prod." in titles(risks, severity=Severity.CRITICAL)


def test_the_cluster_opened_to_another_network(edited):
    risks = edited("prod", **{"cluster.private_access_cidrs": ["10.200.0.0/16", "0.0.0.0/0"]})
    assert [r.severity for r in risks if r.kind is RiskKind.EXPOSURE] == [Severity.HIGH]


def test_less_is_kept(edited):
    risks = edited(
        "prod",
        **{
            "warehouse.snapshot_retention_days": 7,
            "cluster.log_retention_days": 30,
            "lake.noncurrent_version_retention_days": 30,
        },
    )
    assert "The automated snapshots of warehouse are kept for 7 days instead of 35 days." in titles(risks)
    assert "The logs of cluster-logs are kept for 30 days instead of 731 days." in titles(risks)
    assert sum("deletes old versions after 30 days" in t for t in titles(risks)) >= 3


def test_another_network(edited):
    risks = edited("prod", **{"network.cidr": "10.44.0.0/16"})
    assert "The network network would be replaced, but is protected: the deployment stops there." in titles(risks)
    # What only follows is named there, not told one by one.
    assert titles(risks, RiskKind.INTERRUPTION, Severity.MEDIUM).count("subnet") == 0
    assert any("may be replaced" in t or "is replaced" in t for t in titles(risks))


def test_fewer_replicas_of_a_service(edited):
    risks = edited("prod", **{"services.digits.min_replicas": 1})
    assert any("at least 1 pod instead of 3" in t for t in titles(risks, RiskKind.INTERRUPTION))


def test_more_of_everything_is_no_risk(edited):
    assert edited("prod", **{"cluster.log_retention_days": 1096, "pools.inference.max_gpus": 64}) == []
