import math

import pytest

from aistacks_review.compare.changes import ChangeKind
from aistacks_review.cost.figures import Range
from aistacks_review.report.wording import (
    DASH,
    MINUS,
    amount,
    counted,
    happens,
    join_names,
    money,
    noun,
    plural,
    rate,
    span,
    title,
)


@pytest.mark.parametrize(
    ("token", "word"),
    [
        ("aws:s3/bucket:Bucket", "bucket"),
        ("aws:s3/bucketV2:BucketV2", "bucket"),
        ("aws:iam/role:Role", "IAM role"),
        ("aws:iam/rolePolicy:RolePolicy", "IAM role policy"),
        ("aws:ec2/vpc:Vpc", "VPC"),
        ("aws:ec2/vpcEndpoint:VpcEndpoint", "VPC endpoint"),
        ("aws:ec2/natGateway:NatGateway", "NAT gateway"),
        ("aws:ec2/instance:Instance", "EC2 instance"),
        ("aws:ec2/eip:Eip", "elastic IP address"),
        ("aws:eks/cluster:Cluster", "EKS cluster"),
        ("aws:redshift/cluster:Cluster", "Redshift cluster"),
        ("aws:glue/catalogDatabase:CatalogDatabase", "Glue catalog database"),
        ("kubernetes:core/v1:ConfigMap", "ConfigMap"),
        ("kubernetes:helm.sh/v3:Release", "Helm release"),
        ("pulumi:providers:kubernetes", "kubernetes provider"),
        ("random:index/randomPassword:RandomPassword", "random password"),
        ("odd", "odd"),
        ("", "resource"),
        ("a:b:", "a:b:"),
        ("::", "::"),
    ],
)
def test_a_token_in_words(token, word):
    assert noun(token) == word


def test_a_component_keeps_its_name():
    assert noun("aistacks:index:GpuNodePool", custom=False) == "GpuNodePool"
    assert title("aistacks:index:GpuNodePool", "inference") == "GpuNodePool inference"
    assert title("", "") == "outside any component"


def test_a_token_of_a_megabyte_is_short():
    assert len(noun("a:b:" + "X" * 1_000_000)) <= 60


@pytest.mark.parametrize(
    ("word", "many"),
    [
        ("bucket", "buckets"),
        ("IAM policy", "IAM policies"),
        ("KMS key", "KMS keys"),
        ("KMS alias", "KMS aliases"),
        ("elastic IP address", "elastic IP addresses"),
        ("bucket ownership controls", "bucket ownership controls"),
        ("Ingress", "Ingresses"),
        ("NetworkPolicy", "NetworkPolicies"),
    ],
)
def test_plurals(word, many):
    assert plural(word) == many


def test_counts_and_lists():
    assert counted(1, "bucket") == "1 bucket"
    assert counted(1200, "bucket") == "1,200 buckets"
    assert join_names([]) == ""
    assert join_names(["a"]) == "a"
    assert join_names(["a", "b", "c"]) == "a, b and c"


def test_what_happens_is_told_worst_first_and_short(registration, changed):
    buckets = [changed(ChangeKind.CREATE, registration("aws:s3/bucket:Bucket", f"b{i}")) for i in range(3)]
    role = changed(ChangeKind.DELETE, registration("aws:iam/role:Role", "r"))
    assert happens([*buckets, role]) == "1 IAM role deleted, 3 buckets created"
    many = [changed(ChangeKind.CREATE, registration(f"a:b:{kind}", "x")) for kind in "STUVWX"]
    assert happens(many).endswith("2 more")


@pytest.mark.parametrize(
    ("dollars", "text"),
    [
        (0, "$0"),
        (0.004, "less than $0.01"),
        (0.125, "$0.12"),
        (5, "$5"),
        (9.999, "$10"),
        (1234.4, "$1,234"),
        (-12, f"{MINUS}$12"),
        (math.nan, "unknown"),
        (math.inf, "unknown"),
    ],
)
def test_money(dollars, text):
    assert money(dollars) == text


def test_signed_money():
    assert money(120, signed=True) == "+$120"
    assert money(-0.5, signed=True) == f"{MINUS}$0.50"
    assert money(0.0001, signed=True) == "$0"


def test_ranges_rates_and_amounts():
    assert span(Range(1900, 2000, 3400)) == f"$1,900{DASH}3,400"
    assert span(Range(5, 5, 5)) == "$5"
    assert span(Range(-5, 0, 5)) == f"{MINUS}$5 to $5"
    assert rate(0.0000004) == "$0.0000004"
    assert rate(0.1) == "$0.10"
    assert amount(Range(730, 1460, 2920)) == f"1,460 (730{DASH}2,920)"
    assert amount(Range(2, 2, 2)) == "2"
    assert amount(Range(0, math.nan, 1)) == "unknown"
