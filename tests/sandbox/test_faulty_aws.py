"""A few runs through a network that spoils calls. The sweep is benchmarks/faulty_aws.py."""

import boto3
import botocore.retries.standard
import pytest
from botocore.exceptions import ClientError

import faulty_aws
from faulty import proxy as faulty

KEYS = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "eu-west-1"}


@pytest.fixture
def program(stack):
    stack.write(faulty_aws.PROGRAM)
    return stack


def made(aws):
    return {
        "vpcs": len([vpc for vpc in aws("ec2").describe_vpcs()["Vpcs"] if not vpc["IsDefault"]]),
        "gateways": len(aws("ec2").describe_nat_gateways()["NatGateways"]),
        "keys": len(aws("kms").list_keys()["Keys"]),
        "systems": len(aws("efs").describe_file_systems()["FileSystems"]),
    }


@pytest.mark.parametrize("seed", [1, 7, 14])
def test_it_converges_and_nothing_is_made_twice(program, monkeypatch, seed):
    before = made(program.sandbox.aws)
    proxy = faulty.Proxy(program.sandbox.endpoint, 0.15, seed)
    real = faulty_aws.cloud.start
    monkeypatch.setattr(faulty_aws.cloud, "start", lambda state: faulty_aws.replace(real(state), endpoint=proxy.url))
    try:
        for left in range(faulty_aws.TRIES - 1, -1, -1):
            try:
                program.up()
                break
            except faulty_aws.UserError:
                if not left:
                    raise
    finally:
        proxy.quiet = True
    assert sum(proxy.spoiled.values()) >= 5, "the proxy spoiled nothing"
    after = made(program.sandbox.aws)
    assert {kind: after[kind] - before[kind] for kind in after} == dict.fromkeys(after, 1)
    proxy.close()


@pytest.mark.parametrize("service", ["ec2", "s3", "sqs", "iam", "eks", "dynamodb", "kms", "lambda", "route53", "sns"])
@pytest.mark.parametrize("kind", ["error", "unavailable", "throttle"])
def test_the_proxys_errors_are_those_that_an_sdk_repeats(sandbox, monkeypatch, service, kind):
    """In each protocol's own form: what the SDK couldn't read, it wouldn't repeat, and nothing would be proved."""
    monkeypatch.setattr(botocore.retries.standard.ExponentialBackoff, "delay_amount", lambda *_: 0.01)
    monkeypatch.setattr(faulty, "KINDS", (kind,))
    proxy = faulty.Proxy(sandbox.endpoint, 1.0, 1)
    ask = {
        "ec2": "describe_vpcs",
        "s3": "list_buckets",
        "sqs": "list_queues",
        "iam": "list_roles",
        "eks": "list_clusters",
        "dynamodb": "list_tables",
        "kms": "list_keys",
        "lambda": "list_functions",
        "route53": "list_hosted_zones",
        "sns": "list_topics",
    }[service]
    config = botocore.config.Config(retries={"mode": "standard", "total_max_attempts": 3}, proxies={})
    client = boto3.client(service, endpoint_url=proxy.url, config=config, **KEYS)
    with pytest.raises(ClientError) as told:
        getattr(client, ask)()
    assert told.value.response["ResponseMetadata"]["RetryAttempts"] == 2
    assert told.value.response["Error"]["Code"] not in ("", "Unknown")
    proxy.close()


@pytest.mark.parametrize("kind", ["cut before", "cut after", "cut amid"])
def test_a_connection_that_is_cut_is_a_connection_error(sandbox, monkeypatch, kind):
    monkeypatch.setattr(faulty, "KINDS", (kind,))
    proxy = faulty.Proxy(sandbox.endpoint, 1.0, 1)
    config = botocore.config.Config(retries={"mode": "standard", "total_max_attempts": 1}, proxies={})
    client = boto3.client("iam", endpoint_url=proxy.url, config=config, **KEYS)
    with pytest.raises((botocore.exceptions.ConnectionError, botocore.exceptions.HTTPClientError)):
        client.list_roles()
    proxy.close()
