"""Protection, backups and retention that a change takes back."""

import pytest

from aistacks_core.snapshot import UNKNOWN
from aistacks_review.findings import Severity

LOGS, WAREHOUSE = "aws:cloudwatch/logGroup:LogGroup", "aws:redshift/cluster:Cluster"
DATABASE, BUCKET = "aws:rds/instance:Instance", "aws:s3/bucket:Bucket"


@pytest.mark.parametrize(
    ("type_", "property_", "before", "after", "severity", "words"),
    [
        (LOGS, "retentionInDays", 365, 30, Severity.MEDIUM, "The logs of x are kept for 30 days instead of 365 days."),
        (LOGS, "retentionInDays", 0, 30, Severity.MEDIUM, "kept for 30 days instead of for ever"),
        (LOGS, "retentionInDays", None, 1, Severity.MEDIUM, "kept for 1 day instead of for ever"),
        (LOGS, "retentionInDays", 30, 0, None, ""),
        (LOGS, "retentionInDays", 30, 365, None, ""),
        (LOGS, "retentionInDays", "365", "30", Severity.MEDIUM, "30 days"),
        (WAREHOUSE, "automatedSnapshotRetentionPeriod", 35, 7, Severity.MEDIUM, "7 days instead of 35 days"),
        (WAREHOUSE, "automatedSnapshotRetentionPeriod", 35, 0, Severity.HIGH, "no longer kept"),
        (WAREHOUSE, "automatedSnapshotRetentionPeriod", 35, None, Severity.MEDIUM, "1 day instead of 35 days"),
        (WAREHOUSE, "manualSnapshotRetentionPeriod", -1, 10, Severity.MEDIUM, "instead of for ever"),
        (DATABASE, "backupRetentionPeriod", 7, 0, Severity.HIGH, "no longer kept"),
        # Left out, AWS keeps what it has.
        (DATABASE, "backupRetentionPeriod", 7, None, None, ""),
        (DATABASE, "skipFinalSnapshot", None, True, Severity.MEDIUM, "can be deleted without a last snapshot"),
        (DATABASE, "skipFinalSnapshot", True, False, None, ""),
        (DATABASE, "deletionProtection", True, None, Severity.MEDIUM, "AWS no longer refuses to delete x."),
        (DATABASE, "deletionProtection", False, True, None, ""),
        (BUCKET, "forceDestroy", False, True, Severity.MEDIUM, "x can be deleted together with all objects in it."),
        (BUCKET, "forceDestroy", True, False, None, ""),
        ("aws:kms/key:Key", "deletionWindowInDays", 30, 7, Severity.MEDIUM, "7 days instead of 30 days"),
        ("aws:kms/key:Key", "deletionWindowInDays", None, 30, None, ""),
        ("aws:kinesis/stream:Stream", "retentionPeriod", 168, 24, Severity.MEDIUM, "24 hours instead of 168 hours"),
        (
            "aws:dynamodb/table:Table",
            "pointInTimeRecovery",
            {"enabled": True},
            {"enabled": False},
            Severity.HIGH,
            "no longer backed up",
        ),
        (
            "aws:efs/backupPolicy:BackupPolicy",
            "backupPolicy",
            {"status": "ENABLED"},
            {"status": "DISABLED"},
            Severity.HIGH,
            "no longer backed up",
        ),
    ],
)
def test_a_setting(resource, judge, type_, property_, before, after, severity, words):
    one, two = (resource(type_, "x", inputs={} if v is None else {property_: v}) for v in (before, after))
    risks = judge([one], [two])
    if severity is None:
        assert risks == []
    else:
        (risk,) = risks
        assert risk.severity is severity
        assert words in risk.title
        assert property_ in risk.reason


@pytest.mark.parametrize("property_", ["retentionInDays", "deletionProtectionEnabled"])
def test_a_setting_that_isnt_known(resource, judge, property_):
    before = resource(LOGS, "x", inputs={"retentionInDays": 30, "deletionProtectionEnabled": True})
    after = resource(LOGS, "x", inputs=before.inputs | {property_: UNKNOWN})
    (risk,) = judge([before], [after])
    assert not risk.certain


def test_protection_falls_for_a_component_as_one(resource, judge):
    component = resource("shop:index:Lake", "lake", custom=False)

    def lake(keep):
        names = ("one", "two")
        return [
            component,
            *(resource(BUCKET, n, inputs={}, parent=component.urn, protect=keep, retain_on_delete=keep) for n in names),
        ]

    (risk,) = judge(lake(True), lake(False))
    assert risk.urn == component.urn
    assert risk.title == "one and two are no longer protected: a later change can delete them."
    assert risk.reason == "protect and retain_on_delete: true becomes false"
    assert judge(lake(False), lake(True)) == []


def test_protection_of_what_has_no_state_may_fall(resource, judge):
    before, after = (resource("aws:iam/role:Role", "r", inputs={}, protect=p) for p in (True, False))
    assert judge([before], [after]) == []


def test_a_backup_plan_goes(resource, judge):
    (risk,) = judge([resource("aws:backup/plan:Plan", "nightly", inputs={})], [])
    assert (risk.severity, risk.title) == (Severity.HIGH, "The backup plan nightly ends; no more copies are made.")


def test_volumes_go_with_their_claims(resource, judge):
    def class_(policy):
        return [
            resource(
                "kubernetes:storage.k8s.io/v1:StorageClass",
                "s",
                inputs={"metadata": {"name": "s"}, "reclaimPolicy": policy},
            )
        ]

    (risk,) = judge(class_("Retain"), class_("Delete"))
    assert risk.severity is Severity.MEDIUM
    assert judge(class_("Delete"), class_("Retain")) == []
