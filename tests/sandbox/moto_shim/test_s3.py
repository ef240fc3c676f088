"""S3 as the shim serves it: conditional statements of a bucket policy don't close the bucket."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

Client = Callable[..., Any]


def policy(bucket: str, **statement: Any) -> str:
    rule = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}/*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [rule | statement]})


TLS_ONLY = {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}


def test_moto_still_refuses_whatever_a_conditional_statement_names():
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1", aws_access_key_id="t", aws_secret_access_key="t")
        s3.create_bucket(Bucket="tls-only")
        s3.put_bucket_policy(Bucket="tls-only", Policy=policy("tls-only", **TLS_ONLY))  # and the client speaks TLS
        with pytest.raises(ClientError, match="403"):
            s3.put_object(Bucket="tls-only", Key="k", Body=b"")


def test_bucket_that_denies_requests_without_tls_can_be_written_and_read(client: Client):
    s3 = client("s3")
    s3.create_bucket(Bucket="tls-only")
    s3.put_bucket_policy(Bucket="tls-only", Policy=policy("tls-only", **TLS_ONLY))
    s3.put_object(Bucket="tls-only", Key="k", Body=b"v")
    assert s3.get_object(Bucket="tls-only", Key="k")["Body"].read() == b"v"
    stored = json.loads(s3.get_bucket_policy(Bucket="tls-only")["Policy"])
    assert stored["Statement"][0]["Condition"] == TLS_ONLY["Condition"]
    s3.delete_object(Bucket="tls-only", Key="k")
    s3.delete_bucket(Bucket="tls-only")


def test_unconditional_deny_is_kept(client: Client):
    s3 = client("s3")
    s3.create_bucket(Bucket="closed")
    s3.put_bucket_policy(Bucket="closed", Policy=policy("closed"))
    with pytest.raises(ClientError, match="403"):
        s3.put_object(Bucket="closed", Key="k", Body=b"v")
    s3.delete_bucket(Bucket="closed")


DELIVERY = {
    "Effect": "Allow",
    "Principal": {"Service": "logging.s3.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": "arn:aws:s3:::receiver/*",
}


def _log(s3: Any, source: str) -> None:
    s3.create_bucket(Bucket="receiver")
    s3.create_bucket(Bucket=source)
    both = json.loads(policy("receiver", **TLS_ONLY))
    both["Statement"].append(DELIVERY)
    s3.put_bucket_policy(Bucket="receiver", Policy=json.dumps(both))
    target = {"TargetBucket": "receiver", "TargetPrefix": "source/"}
    s3.put_bucket_logging(Bucket=source, BucketLoggingStatus={"LoggingEnabled": target})


def test_moto_still_trips_over_a_star_principal_in_the_log_buckets_policy():
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1", aws_access_key_id="t", aws_secret_access_key="t")
        with pytest.raises(AttributeError):
            _log(s3, "source")


def test_log_bucket_may_deny_everybody_without_tls(client: Client):
    s3 = client("s3")
    _log(s3, "source")
    assert s3.get_bucket_logging(Bucket="source")["LoggingEnabled"]["TargetBucket"] == "receiver"
    s3.delete_bucket(Bucket="source")
    # The emulator really delivers: a log object for what was asked of the source since.
    for item in s3.list_objects_v2(Bucket="receiver").get("Contents", []):
        s3.delete_object(Bucket="receiver", Key=item["Key"])
    s3.delete_bucket(Bucket="receiver")
