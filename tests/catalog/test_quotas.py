"""The quotas' facts. moto has AWS's own list for VPC; the others were read from AWS's pages."""

import re

import pytest
from moto.servicequotas.resources.default_quotas.vpc import VPC_DEFAULT_QUOTAS

from aistacks_catalog.aws.facts import instances
from aistacks_catalog.aws.quotas import resource_quotas, vcpu_quotas

VPC = {row["QuotaCode"]: row for row in VPC_DEFAULT_QUOTAS}
OURS = [quota for quota in resource_quotas() if quota.service == "vpc"]


def test_every_code_is_a_code_and_stands_once():
    codes = [quota.code for quota in (*vcpu_quotas(), *resource_quotas()) if quota.code]
    assert len(codes) == len(set(codes)) > 15
    assert [code for code in codes if not re.fullmatch(r"L-[0-9A-F]{8}", code)] == []


@pytest.mark.parametrize("quota", OURS, ids=lambda quota: quota.code)
def test_the_quotas_of_a_vpc_are_as_aws_lists_them(quota):
    row = VPC[quota.code]
    assert (row["QuotaName"], row["Value"], row["Adjustable"]) == (quota.name, quota.default, quota.adjustable)


@pytest.mark.parametrize(
    ("type_", "capacity", "code"),
    [
        ("m7i.large", "on-demand", "L-1216C47A"),
        ("im4gn.large", "spot", "L-34B43A08"),
        ("g6e.xlarge", "on-demand", "L-DB2E81BA"),
        ("gr6.4xlarge", "reserved", "L-DB2E81BA"),
        ("g5.xlarge", "spot", "L-3819A6DF"),
        ("p5.48xlarge", "reserved", "L-417A185B"),
        ("p4d.24xlarge", "spot", "L-7212CCBC"),
        ("p5en.48xlarge", "spot", "L-C4BD4855"),
    ],
)
def test_a_type_counts_towards_one_quota(type_, capacity, code):
    assert [quota.code for quota in vcpu_quotas() if quota.covers(type_, capacity)] == [code]


@pytest.mark.parametrize("type_", ["inf2.xlarge", "trn1.2xlarge", "hpc7a.96xlarge", "x2idn.16xlarge", "dl1.24xlarge"])
def test_other_families_have_quotas_of_their_own(type_):
    assert [quota.code for quota in vcpu_quotas() if quota.covers(type_, "on-demand")] == []


def test_every_type_with_a_gpu_of_nvidia_s_counts_somewhere():
    gpus = [each.type for each in instances().values() if each.accelerator_kind == "gpu"]
    uncovered = [t for t in gpus if not any(quota.covers(t, "on-demand") for quota in vcpu_quotas())]
    assert gpus
    assert uncovered == []
