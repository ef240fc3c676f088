"""Versions, lifecycles of objects, and images."""

import json

import pytest

from aistacks_core.snapshot import UNKNOWN
from aistacks_review.findings import Severity

BUCKET = "aws:s3/bucket:Bucket"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"


@pytest.fixture
def bucket(resource):
    return resource(BUCKET, "lake", inputs={"bucket": "lake"}, protect=True)


@pytest.fixture
def versioned(resource, bucket):
    def versioned_(status):
        inputs = {"bucket": "lake", "versioningConfiguration": {"status": status}}
        return [bucket, resource(VERSIONING, "v", inputs=inputs, refers={"bucket": [bucket]})]

    return versioned_


@pytest.mark.parametrize(("now", "certain"), [("Suspended", True), (UNKNOWN, False)])
def test_versioning_is_suspended(versioned, judge, now, certain):
    (risk,) = judge(versioned("Enabled"), versioned(now))
    assert (risk.severity, risk.certain) == (Severity.HIGH, certain)
    assert risk.title == "The bucket lake no longer keeps old versions of its objects."


def test_versioning_goes(versioned, bucket, judge):
    (risk,) = judge(versioned("Enabled"), [bucket])
    assert risk.severity is Severity.HIGH


def test_versioning_that_goes_with_its_bucket_is_told_by_the_bucket(versioned, judge):
    assert [r.title for r in judge(versioned("Enabled"), []) if "versions" in r.title] == []


@pytest.fixture
def lifecycle(resource, bucket):
    def lifecycle_(*rules):
        inputs = {"bucket": "lake", "rules": rules[0] if rules == (UNKNOWN,) else list(rules)}
        return [bucket, resource(LIFECYCLE, "l", inputs=inputs, refers={"bucket": [bucket]})]

    return lifecycle_


def expire(days, prefix="", status="Enabled", **more):
    return {"id": "r", "status": status, "filter": {"prefix": prefix}, "expiration": {"days": days}, **more}


@pytest.mark.parametrize(
    ("before", "after", "titles"),
    [
        ([], [expire(30)], ["The bucket lake deletes objects after 30 days (before: never)."]),
        ([expire(90)], [expire(30)], ["The bucket lake deletes objects after 30 days (before: after 90 days)."]),
        ([expire(30)], [expire(90)], []),
        (
            [expire(30)],
            [expire(10, "tmp/")],
            ["The bucket lake deletes objects below tmp/ after 10 days (before: after 30 days)."],
        ),
        ([expire(30)], [expire(30), expire(60, "tmp/")], []),
        (
            [expire(30, status="Disabled")],
            [expire(30)],
            ["The bucket lake deletes objects after 30 days (before: never)."],
        ),
        ([expire(30)], [expire(30, status="Disabled")], []),
        ([expire("30")], [expire(30)], []),
    ],
)
def test_objects_expire(lifecycle, judge, before, after, titles):
    risks = judge(lifecycle(*before), lifecycle(*after))
    assert [r.title for r in risks] == titles
    assert all(r.severity is Severity.HIGH for r in risks)


def test_old_versions_weigh_less(lifecycle, judge):
    def old(days):
        return {"id": "r", "status": "Enabled", "noncurrentVersionExpiration": {"noncurrentDays": days}}

    (risk,) = judge(lifecycle(old(90)), lifecycle(old(30)))
    assert risk.severity is Severity.MEDIUM
    assert judge(lifecycle(old(30)), lifecycle(old(90))) == []


def test_a_lifecycle_of_a_new_bucket_loses_nothing(lifecycle, judge):
    assert judge([], lifecycle(expire(1))) == []


def test_rules_that_arent_known(lifecycle, judge):
    (risk,) = judge(lifecycle(expire(30)), lifecycle(UNKNOWN))
    assert not risk.certain


@pytest.mark.parametrize(
    "rules", [[None], ["x"], [{}], [{"expiration": "soon"}], [{"filter": 3}], [UNKNOWN], [expire(None)]]
)
def test_odd_rules_dont_break(lifecycle, judge, rules):
    judge(lifecycle(), lifecycle(*rules))
    judge(lifecycle(*rules), lifecycle())


def images(count, kind="imageCountMoreThan"):
    return json.dumps({"rules": [{"selection": {"tagStatus": "any", "countType": kind, "countNumber": count}}]})


def test_images_expire(resource, judge):
    def policy(text):
        return [
            resource(
                "aws:ecr/lifecyclePolicy:LifecyclePolicy",
                "p",
                inputs={"repository": "r", "policy": text},
                delete_before_replace=True,
            )
        ]

    (risk,) = [r for r in judge(policy(images(100)), policy(images(10))) if "images" in r.title]
    assert "keeps only the newest 10" in risk.title
    assert [r for r in judge(policy(images(10)), policy(images(100))) if "images" in r.title] == []
    for odd in ("", "{", "[]", "{}", 3, None):
        judge(policy(images(10)), policy(odd))
