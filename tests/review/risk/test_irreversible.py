"""Steps that reverting a change doesn't take back."""

import pytest

from aistacks_core.snapshot import UNKNOWN
from aistacks_review.findings import RiskKind, Severity

KEY, BUCKET = "aws:kms/key:Key", "aws:s3/bucket:Bucket"


def final(risks):
    return [r for r in risks if r.kind is RiskKind.IRREVERSIBLE]


def test_a_keys_deletion(resource, judge):
    key = resource(KEY, "k", inputs={"deletionWindowInDays": 7})
    (risk,) = final(judge([key], []))
    assert risk.severity is Severity.HIGH
    assert "gone for ever after 7 days" in risk.title
    logs = resource(
        "aws:cloudwatch/logGroup:LogGroup", "logs", inputs={"kmsKeyId": UNKNOWN}, refers={"kmsKeyId": [key]}
    )
    kept = resource("aws:cloudwatch/logGroup:LogGroup", "logs", inputs={"kmsKeyId": UNKNOWN})
    found = final(judge([key, logs], [kept]))
    assert [r.severity for r in found if "gone for ever" in r.title] == [Severity.CRITICAL]
    assert final(judge([key, logs], [])) == final(judge([key], []))


@pytest.mark.parametrize("options", [{"protect": True}, {"retain_on_delete": True}])
def test_a_key_that_stays(resource, judge, options):
    assert final(judge([resource(KEY, "k", inputs={}, **options)], [])) == []


@pytest.mark.parametrize(("days", "found"), [(0, 1), (7, 0), (None, 0)])
def test_a_secret_without_a_way_back(resource, judge, days, found):
    secret = resource("aws:secretsmanager/secret:Secret", "s", inputs={"recoveryWindowInDays": days})
    assert len(final(judge([secret], []))) == found


@pytest.mark.parametrize(("after", "found"), [("1.35", 1), ("1.33", 0), (UNKNOWN, 0)])
def test_a_clusters_version(resource, judge, after, found):
    one, two = (
        resource("aws:eks/cluster:Cluster", "c", inputs={"version": v, "vpcConfig": {"endpointPublicAccess": False}})
        for v in ("1.34", after)
    )
    risks = final(judge([one], [two]))
    assert [r.severity for r in risks] == [Severity.MEDIUM] * found
    assert all("7 days" in r.title for r in risks)


@pytest.mark.parametrize(
    ("before", "after", "found"), [("15.4", "16.1", 1), ("16.1", "15.4", 0), ("9.6", "10.1", 1), ("16", UNKNOWN, 0)]
)
def test_an_engine(resource, judge, before, after, found):
    one, two = (resource("aws:rds/instance:Instance", "db", inputs={"engineVersion": v}) for v in (before, after))
    assert len(final(judge([one], [two]))) == found


def test_an_engine_that_is_said_to_have_no_way_back(resource, judge):
    def risks(type_):
        one, two = (resource(type_, "x", inputs={"engineVersion": v}) for v in ("7.0", "7.1"))
        return [(r.certain, r.title) for r in final(judge([one], [two]))]

    assert risks("aws:elasticache/replicationGroup:ReplicationGroup") == [
        (True, "The cache x is upgraded; it can't go back to 7.0.")
    ]
    assert risks("aws:rds/instance:Instance") == [
        (False, "The database x is upgraded; no way back to 7.0 is documented.")
    ]


@pytest.mark.parametrize(
    ("type_", "before", "after", "found"),
    [
        ("aws:ebs/volume:Volume", {"size": 10}, {"size": 20}, 1),
        ("aws:ebs/volume:Volume", {"size": 20}, {"size": 10}, 0),
        ("aws:rds/instance:Instance", {"allocatedStorage": 10}, {"allocatedStorage": 20}, 1),
    ],
)
def test_storage(resource, judge, type_, before, after, found):
    one, two = (resource(type_, "x", inputs=v) for v in (before, after))
    assert [r.severity for r in final(judge([one], [two]))] == [Severity.LOW] * found


@pytest.mark.parametrize(
    ("before", "after", "found"), [("10Gi", "20Gi", 1), ("1000Mi", "1Gi", 1), ("1Gi", "1000M", 0), ("x", "1Gi", 0)]
)
def test_a_volume_claim(resource, judge, before, after, found):
    one, two = (
        resource(
            "kubernetes:core/v1:PersistentVolumeClaim",
            "c",
            inputs={"metadata": {"name": "c"}, "spec": {"resources": {"requests": {"storage": v}}}},
        )
        for v in (before, after)
    )
    assert len(final(judge([one], [two]))) == found


def test_another_key(resource, judge):
    def warehouse(key):
        return resource("aws:sqs/queue:Queue", "q", inputs={"kmsMasterKeyId": key})

    (risk,) = final(judge([warehouse("a")], [warehouse("b")]))
    assert (risk.severity, risk.title) == (Severity.MEDIUM, "Messages in the queue of q stay under the old key.")
    assert final(judge([warehouse(None)], [warehouse("b")])) == []


def test_another_key_while_the_old_one_goes(resource, judge, identity):
    old, new = resource(KEY, "old", inputs={}), resource(KEY, "new", inputs={})

    def queue(key):
        return resource(
            "aws:sqs/queue:Queue", "q", inputs={"kmsMasterKeyId": identity(key)}, refers={"kmsMasterKeyId": [key]}
        )

    risks = final(judge([old, queue(old)], [new, queue(new)]))
    assert any(r.severity is Severity.HIGH and "stay under the old key" in r.title for r in risks)


@pytest.mark.parametrize(
    ("type_", "before", "after", "severity"),
    [
        (
            "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
            {"rule": {"defaultRetention": {"mode": "GOVERNANCE"}}},
            {"rule": {"defaultRetention": {"mode": "COMPLIANCE"}}},
            Severity.HIGH,
        ),
        (
            "aws:s3/bucketVersioning:BucketVersioning",
            {"bucket": "b", "versioningConfiguration": {"status": "Suspended"}},
            {"bucket": "b", "versioningConfiguration": {"status": "Enabled"}},
            Severity.LOW,
        ),
    ],
)
def test_a_switch_that_stays_on(resource, judge, type_, before, after, severity):
    one, two = (resource(type_, "x", inputs=v) for v in (before, after))
    assert [r.severity for r in final(judge([one], [two]))] == [severity]
    assert final(judge([two], [one])) == []
    assert final(judge(None, [two])) == []


@pytest.mark.parametrize(
    ("type_", "off", "on", "says"),
    [
        (BUCKET, {}, {"objectLockEnabled": True}, "x is replaced by one that keeps object lock for ever."),
        (
            BUCKET,
            {},
            {"objectLockConfiguration": {"objectLockEnabled": "Enabled"}},
            "x is replaced by one that keeps object lock for ever.",
        ),
        (KEY, {}, {"multiRegion": True}, "x is replaced by one that is a multi-region key for ever."),
    ],
)
def test_a_switch_that_replaces_is_of_the_new_one(resource, judge, type_, off, on, says):
    one, two = (resource(type_, "x", inputs=inputs) for inputs in (off, on))
    assert says in [r.title for r in final(judge([one], [two]))]


def test_a_bucket_that_lives_gets_its_lock_for_ever(resource, judge):
    bucket = resource(BUCKET, "b", inputs={"bucket": "b"})
    lock = resource("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", "l", inputs={"bucket": "b"})
    assert [r.title for r in final(judge([bucket], [bucket, lock]))] == [
        "l turns on the object lock of a bucket for ever."
    ]
    assert final(judge([bucket, lock], [bucket, lock])) == []


def test_a_vaults_lock(resource, judge):
    def lock(**more):
        return [
            resource(
                "aws:backup/vaultLockConfiguration:VaultLockConfiguration", "l", inputs={"backupVaultName": "v", **more}
            )
        ]

    assert [r.severity for r in judge([], lock(changeableForDays=3))] == [Severity.HIGH]
    assert judge([], lock()) == []


def test_a_name_is_given_up(resource, judge):
    named, other = (resource(BUCKET, "b", inputs={"bucket": n}) for n in ("shop-data", "shop-data-2"))
    assert len(final(judge([named], []))) == 1
    (risk,) = final(judge([named], [other]))
    assert risk.title.startswith("The name shop-data is given up")
    assert final(judge([resource(BUCKET, "b", inputs={})], [])) == []
