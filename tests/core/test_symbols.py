"""What stands for a value that only deployment makes."""

import json

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest

from aistacks_core.snapshot import UNKNOWN
from aistacks_core.symbols import holds_symbol, mark, marks, number, number_mark, without_marks
from aistacks_review.record.recorder import record

CONFIG = {"aws:region": "eu-west-1"}


def outputs(**named):
    """What named outputs of a program are: exports of one recorded run."""

    def program():
        for name, make in named.items():
            pulumi.export(name, make())

    return record(program, config=CONFIG, symbols=True).exports


def test_a_mark_survives_interpolation_and_json():
    text = mark("urn:a")
    assert list(marks({"a": [json.dumps({"r": f"arn:aws:s3:::x-{text}/*"})]})) == [text]
    assert holds_symbol([f"x{text}"])
    assert not holds_symbol({"a": ["zz", 1, None]})


def test_marks_differ_by_resource_and_stay_the_same():
    assert mark("urn:a") == mark("urn:a") != mark("urn:b")


def test_a_reader_sees_no_mark():
    assert without_marks(f"data-{mark('urn:a')}") == "data-…"


def test_ids_arns_and_names_are_texts_that_name_their_resource():
    found = outputs(
        arn=lambda: aws.s3.Bucket("data").arn,
        id=lambda: aws.ec2.Vpc("net", cidr_block="10.0.0.0/16").id,
        role=lambda: aws.iam.Role("role", assume_role_policy="{}").arn,
        queue=lambda: aws.sqs.Queue("queue", name="jobs").arn,
        name=lambda: aws.iam.Role("named", assume_role_policy="{}").name,
    )
    assert found["arn"].startswith("arn:aws:s3:::data-zz")
    assert found["id"].startswith("net-zz")
    assert found["role"].startswith("arn:aws:iam::000000000000:role/role-zz")
    assert found["queue"] == "arn:aws:sqs:eu-west-1:000000000000:jobs"
    assert found["name"].startswith("named-zz")


def test_a_number_names_its_resource_and_survives_arithmetic_and_json():
    found = number("urn:a", "port")
    assert found != number("urn:a", "size")
    assert float(found) == found < 2**53
    for value in (found, float(found), found + 3, str(found), json.dumps({"port": found}), [f"{found}/tcp"]):
        assert list(marks(value)) == [number_mark("urn:a")], value
    assert holds_symbol(found)
    assert without_marks(f"port {found}") == "port …"


def test_other_numbers_are_no_symbols():
    assert not any(holds_symbol(n) for n in (0, 5432, 123456789012, 7712345678901234567, 1764525600000, 7.7, True))


def test_numbers_booleans_lists_and_objects_are_of_their_declared_types():
    found = outputs(
        version=lambda: aws.ec2.LaunchTemplate("template").latest_version,
        authority=lambda: aws.eks.Cluster("c", role_arn="r", vpc_config={"subnet_ids": ["a"]}).certificate_authority,
        servers=lambda: aws.route53.Zone("z", name="a.b").name_servers,
        pending=lambda: aws.acm.Certificate("cert", domain_name="a.b").pending_renewal,
    )
    assert holds_symbol(found["version"])
    assert found["authority"]["data"].startswith("c-zz")
    assert len(set(found["servers"])) == 2
    assert found["pending"] is False


def test_a_table_whose_keys_nobody_declares_stays_unknown():
    assert outputs(tags=lambda: aws.s3.Bucket("data").tags_all) == {"tags": UNKNOWN}


def test_defaults_that_the_provider_fills_are_known():
    assert outputs(retention=lambda: aws.cloudwatch.LogGroup("log").retention_in_days) == {"retention": 0}


def test_an_unnamed_kubernetes_object_gets_a_symbol_for_a_name():
    found = outputs(
        made=lambda: kubernetes.core.v1.Namespace("space").metadata.name,
        given=lambda: kubernetes.core.v1.Namespace("other", metadata={"name": "apps"}).metadata.name,
    )
    assert found["made"].startswith("space-zz")
    assert found["given"] == "apps"


@pytest.mark.parametrize(("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-east-1", "aws-us-gov")])
def test_an_arn_is_of_its_partition(region, partition):
    def program():
        pulumi.export("arn", aws.sqs.Queue("queue").arn)

    arn = record(program, config={"aws:region": region}, symbols=True).exports["arn"]
    assert arn.startswith(f"arn:{partition}:sqs:{region}:")


def test_without_symbols_outputs_are_unknown():
    def program():
        pulumi.export("arn", aws.s3.Bucket("data").arn)

    assert record(program, config=CONFIG).exports["arn"] is UNKNOWN
