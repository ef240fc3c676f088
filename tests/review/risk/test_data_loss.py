"""What becomes of data when what holds it is deleted or replaced."""

import pytest

from aistacks_core.snapshot import UNKNOWN
from aistacks_review.findings import RiskKind, Severity

BUCKET, KEY = "aws:s3/bucket:Bucket", "aws:kms/key:Key"
WAREHOUSE, DATABASE = "aws:redshift/cluster:Cluster", "aws:rds/instance:Instance"


def only(risks, kind=RiskKind.DATA_LOSS):
    return [r for r in risks if r.kind is kind]


@pytest.mark.parametrize(
    ("type_", "inputs", "options", "severity", "certain"),
    [
        (BUCKET, {"forceDestroy": True}, {}, Severity.CRITICAL, True),
        (BUCKET, {"forceDestroy": "true"}, {}, Severity.CRITICAL, True),
        (BUCKET, {}, {}, Severity.HIGH, False),
        (BUCKET, {"forceDestroy": UNKNOWN}, {}, Severity.HIGH, False),
        (BUCKET, {"forceDestroy": True}, {"protect": True}, Severity.LOW, True),
        (BUCKET, {"forceDestroy": True}, {"retain_on_delete": True}, Severity.LOW, True),
        (KEY, {}, {}, Severity.HIGH, True),
        (KEY, {"deletionWindowInDays": 7}, {}, Severity.HIGH, True),
        ("aws:secretsmanager/secret:Secret", {"recoveryWindowInDays": 0}, {}, Severity.HIGH, True),
        ("aws:secretsmanager/secret:Secret", {}, {}, Severity.MEDIUM, True),
        (WAREHOUSE, {"skipFinalSnapshot": True}, {}, Severity.CRITICAL, True),
        (WAREHOUSE, {}, {}, Severity.LOW, True),
        (WAREHOUSE, {"finalSnapshotIdentifier": "last"}, {}, Severity.MEDIUM, True),
        (DATABASE, {"skipFinalSnapshot": True, "deletionProtection": True}, {}, Severity.LOW, True),
        (DATABASE, {"skipFinalSnapshot": True}, {}, Severity.CRITICAL, True),
        (DATABASE, {"skipFinalSnapshot": UNKNOWN}, {}, Severity.CRITICAL, False),
        ("aws:redshiftserverless/namespace:Namespace", {}, {}, Severity.CRITICAL, True),
        ("aws:dynamodb/table:Table", {}, {}, Severity.CRITICAL, True),
        ("aws:cognito/userPool:UserPool", {"deletionProtection": "ACTIVE"}, {}, Severity.LOW, True),
        ("aws:cognito/userPool:UserPool", {"deletionProtection": "INACTIVE"}, {}, Severity.CRITICAL, True),
        ("aws:ebs/volume:Volume", {"finalSnapshot": True}, {}, Severity.MEDIUM, True),
        ("aws:ebs/volume:Volume", {"finalSnapshot": False}, {}, Severity.CRITICAL, True),
        ("aws:efs/fileSystem:FileSystem", {}, {}, Severity.CRITICAL, True),
        ("aws:ecr/repository:Repository", {"forceDelete": True}, {}, Severity.CRITICAL, True),
        ("aws:cloudwatch/logGroup:LogGroup", {}, {}, Severity.HIGH, True),
        ("aws:cloudwatch/logGroup:LogGroup", {"skipDestroy": True}, {}, Severity.LOW, True),
        ("aws:glue/catalogTable:CatalogTable", {}, {}, Severity.MEDIUM, True),
        ("kubernetes:core/v1:PersistentVolumeClaim", {"metadata": {"name": "x"}}, {}, Severity.HIGH, False),
        ("kubernetes:core/v1:Namespace", {"metadata": {"name": "x"}}, {}, Severity.HIGH, True),
    ],
)
def test_deleted(resource, judge, type_, inputs, options, severity, certain):
    (risk,) = only(judge([resource(type_, "x", inputs=inputs, **options)], []))
    assert (risk.severity, risk.certain) == (severity, certain)
    assert (risk.file, risk.line) == ("/shop/__main__.py", 7)


SNAPSHOTS = [DATABASE, WAREHOUSE, *(f"aws:{module}/cluster:Cluster" for module in ("rds", "docdb", "neptune"))]


@pytest.mark.parametrize("type_", SNAPSHOTS)
@pytest.mark.parametrize(
    ("inputs", "words", "severity", "certain"),
    [
        ({}, "the provider refuses, for skipFinalSnapshot is off and finalSnapshotIdentifier isn't set", "low", True),
        ({"finalSnapshotIdentifier": "x"}, "a last snapshot is taken first", "medium", True),
        ({"finalSnapshotIdentifier": UNKNOWN}, "a last snapshot is taken first", "medium", False),
        ({"skipFinalSnapshot": True, "finalSnapshotIdentifier": "x"}, "no last snapshot is taken", "critical", True),
    ],
)
def test_a_last_snapshot_needs_a_name(resource, judge, type_, inputs, words, severity, certain):
    (risk,) = only(judge([resource(type_, "x", inputs=inputs)], []))
    assert words in risk.reason
    assert (risk.severity.value, risk.certain) == (severity, certain)


@pytest.mark.parametrize(
    ("type_", "inputs", "words"),
    [
        (
            "aws:fsx/lustreFileSystem:LustreFileSystem",
            {"skipFinalBackup": False},
            "no last snapshot is taken of one whose",
        ),
        (
            "aws:fsx/lustreFileSystem:LustreFileSystem",
            {"skipFinalBackup": False, "deploymentType": "PERSISTENT_2"},
            "a last snapshot is taken first",
        ),
        ("aws:ec2/instance:Instance", {"disableApiTermination": True}, "AWS refuses as long as disableApiTermination"),
        ("aws:ec2/instance:Instance", {"disableApiTermination": True, "forceDestroy": True}, "nothing keeps its data"),
        (
            "aws:dsql/cluster:Cluster",
            {"deletionProtectionEnabled": True, "forceDestroy": True},
            "nothing keeps its data",
        ),
        ("aws:cloudtrail/eventDataStore:EventDataStore", {}, "AWS refuses as long as terminationProtectionEnabled"),
        (
            "aws:cloudtrail/eventDataStore:EventDataStore",
            {"terminationProtectionEnabled": False},
            "got back for 7 days",
        ),
        ("aws:sagemaker/domain:Domain", {}, "AWS keeps them, for retentionPolicy.homeEfsFileSystem isn't Delete"),
        (
            "aws:sagemaker/domain:Domain",
            {"retentionPolicy": {"homeEfsFileSystem": "Delete"}},
            "retentionPolicy.homeEfsFileSystem has them deleted",
        ),
    ],
)
def test_what_the_provider_does_itself(resource, judge, type_, inputs, words):
    (risk,) = only(judge([resource(type_, "x", inputs=inputs)], []))
    assert words in risk.reason


def test_what_stays_is_not_told_as_deleted(resource, judge):
    (risk,) = only(judge([resource("aws:sagemaker/domain:Domain", "x", inputs={})], []))
    assert risk.title == "The SageMaker domain x is deleted; its members' files stay in the account."


def test_titles_are_plain(resource, judge):
    gone = resource(BUCKET, "lake-bronze", inputs={"forceDestroy": True})
    (risk,) = only(judge([gone], []))
    assert risk.title == "The bucket lake-bronze and all objects in it are deleted."
    assert "forceDestroy" in risk.reason


@pytest.mark.parametrize(
    ("options", "severity", "words"),
    [
        ({}, Severity.CRITICAL, "is replaced by an empty one, and all its items are lost"),
        ({"protect": True}, Severity.LOW, "protected: the deployment stops"),
        ({"retain_on_delete": True}, Severity.MEDIUM, "the old one stays in the account"),
    ],
)
def test_replaced(resource, judge, options, severity, words):
    before, after = (
        resource("aws:dynamodb/table:Table", "t", inputs={"name": "t", "hashKey": k}, **options) for k in ("a", "b")
    )
    (risk,) = only(judge([before], [after]))
    assert risk.severity is severity
    assert words in risk.title
    assert "hashKey can't be changed in place" in risk.reason


def test_what_was_kept_only_by_the_new_program_is_lost(resource, judge):
    # The engine goes by what it did before, not by what the same change says.
    before = resource("aws:dynamodb/table:Table", "t", inputs={"name": "t", "hashKey": "a"})
    after = resource("aws:dynamodb/table:Table", "t", inputs={"name": "t", "hashKey": "b"}, retain_on_delete=True)
    assert only(judge([before], [after]))[0].severity is Severity.CRITICAL


def test_an_update_loses_nothing(resource, judge):
    before, after = (resource(BUCKET, "b", inputs={"bucket": "b", "tags": {"k": v}}) for v in ("1", "2"))
    assert judge([before], [after]) == []


def test_what_has_no_state_is_no_loss(resource, judge):
    assert only(judge([resource("aws:iam/role:Role", "r", inputs={})], [])) == []


@pytest.mark.parametrize(("scaled", "found"), [("Delete", 1), ("Retain", 0)])
def test_a_set_takes_its_claims(resource, judge, scaled, found):
    def set_(replicas):
        spec = {
            "replicas": replicas,
            "serviceName": "s",
            "persistentVolumeClaimRetentionPolicy": {"whenScaled": scaled, "whenDeleted": "Retain"},
        }
        return [resource("kubernetes:apps/v1:StatefulSet", "s", inputs={"metadata": {"name": "s"}, "spec": spec})]

    assert len(only(judge(set_(3), set_(1)))) == found
    assert only(judge(set_(1), set_(3))) == []
    assert only(judge(set_(1), [])) == []
