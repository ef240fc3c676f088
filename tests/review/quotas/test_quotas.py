"""What environments need of service quotas, and what an account says that it has."""

import pytest
from botocore.exceptions import ClientError, NoCredentialsError
from moto import mock_aws

from aistacks_catalog.aws.quotas import Quota
from aistacks_core.snapshot import Plan, Registration
from aistacks_review.quotas import Account, limits_of, needs_of
from aistacks_review.quotas.needs import Need
from aistacks_review.quotas.table import Verdict, requests, verdict

STANDARD, ON_DEMAND_G, SPOT_G, ON_DEMAND_P = "L-1216C47A", "L-DB2E81BA", "L-3819A6DF", "L-417A185B"


def resource(type_, name, inputs, **more):
    return Registration(type_, name, f"urn::{name}", "", True, inputs, frozenset(), **more)


def pool(name, types=None, capacities=("on-demand",), **limits):
    asked = [{"key": "karpenter.sh/capacity-type", "operator": "In", "values": list(capacities)}]
    if types:
        asked.append({"key": "node.kubernetes.io/instance-type", "operator": "In", "values": types})
    else:
        asked.append({"key": "karpenter.k8s.aws/instance-category", "operator": "In", "values": ["c", "m", "r"]})
    spec = {"template": {"spec": {"requirements": asked}}, "limits": limits}
    return resource("kubernetes:karpenter.sh/v1:NodePool", name, {"spec": spec})


def group(types, desired, most, capacity="ON_DEMAND"):
    inputs = {
        "instanceTypes": types,
        "capacityType": capacity,
        "scalingConfig": {"minSize": desired, "desiredSize": desired, "maxSize": most},
    }
    return resource("aws:eks/nodeGroup:NodeGroup", "system", inputs)


def needed(*resources):
    needs, _ = needs_of(Plan(list(resources), {}))
    return {need.quota.code: (need.first, need.most) for need in needs}


def test_system_nodes_alone_nearly_fill_a_new_account():
    assert needed(group(["m7i.large", "m6i.large"], 2, 3))[STANDARD] == (4, 6)
    assert needed(group(["m7i.large", "m7i.xlarge"], 3, 4))[STANDARD] == (12, 16)
    assert needed(group(["m7i.large"], 2, 3, "SPOT"))["L-34B43A08"] == (4, 6)


def test_the_general_pool_adds_a_node_and_its_limit():
    assert needed(group(["m7i.large"], 2, 3), pool("general", cpu="64"))[STANDARD] == (6, 70)


def test_a_static_pool_needs_its_nodes_from_the_start_and_one_more_while_it_replaces_one():
    fixed = pool("training", ["g5.xlarge", "g5.4xlarge"], ["on-demand"], nodes="4")
    fixed.inputs["spec"]["replicas"] = 3
    assert needed(fixed) == {ON_DEMAND_G: (12, 64)}


def test_a_gpu_pool_needs_its_largest_type_when_it_is_full_and_its_smallest_to_start():
    limits = {"nvidia.com/gpu": "8"}
    found = needed(pool("inference", ["g5.xlarge", "g5.4xlarge"], ["reserved", "spot", "on-demand"], **limits))
    assert found == {ON_DEMAND_G: (4, 128), SPOT_G: (4, 128)}
    found = needed(pool("training", ["p4d.24xlarge"], ["reserved"], **{"nvidia.com/gpu": "16"}))
    assert found == {ON_DEMAND_P: (96, 192)}


def test_a_pool_of_shared_gpus_needs_as_many_nodes_as_its_limit_says():
    assert needed(pool("parts", ["g5.xlarge", "g5.4xlarge"], ["on-demand"], nodes="8")) == {ON_DEMAND_G: (4, 128)}


def test_pools_of_one_family_add_up():
    limits = {"nvidia.com/gpu": "4"}
    found = needed(pool("a", ["g5.xlarge"], **limits), pool("b", ["g6.xlarge"], **limits))
    assert found == {ON_DEMAND_G: (8, 32)}


def test_a_type_that_nobody_knows_is_told():
    needs, unknown = needs_of(Plan([pool("a", ["g99.xlarge"], **{"nvidia.com/gpu": "4"})], {}))
    assert (needs, unknown) == ([], ["g99.xlarge"])


def test_nat_gateways_count_in_each_zone():
    zones = [resource("aws:ec2/subnet:Subnet", zone, {"availabilityZone": zone}) for zone in ("a", "b")]
    nats = [
        resource("aws:ec2/natGateway:NatGateway", f"nat-{n}", {}, property_dependencies={"subnetId": (f"urn::{zone}",)})
        for n, zone in enumerate(["a", "a", "b"])
    ]
    assert needed(*zones, *nats)["L-FE5A380F"] == (2, 2)


def test_endpoints_count_by_their_kind():
    kinds = ["Interface", "Interface", "Gateway"]
    made = [resource("aws:ec2/vpcEndpoint:VpcEndpoint", f"e{i}", {"vpcEndpointType": k}) for i, k in enumerate(kinds)]
    found = needed(*made)
    assert (found["L-29B6F2EB"], found["L-1B52E74A"]) == ((2, 2), (1, 1))


def test_a_warehouse_counts_its_nodes():
    found, _ = needs_of(Plan([resource("aws:redshift/cluster:Cluster", "w", {"numberOfNodes": 4})], {}))
    assert [(need.quota.service, need.first) for need in found] == [("redshift", 4)]


QUOTA = Quota("vpc", "L-F678F1CE", "VPCs per Region", 5, True)
NEVER_RAISED = Quota("ec2", STANDARD, "Standard", 5, True)
NO_CODE = Quota("redshift", "", "Nodes", 200, True)
GLOBAL = Quota("iam", "L-FE177D64", "Roles per account", 1000, True, "us-east-1")


class Recorded:
    """Service Quotas as it answers: an applied value, none for what was never raised, and AWS's default."""

    def __init__(self, asked, region):
        self.asked, self.region = asked, region

    def get_service_quota(self, ServiceCode, QuotaCode):  # noqa: N803
        self.asked.append((self.region, QuotaCode))
        if QuotaCode == STANDARD:
            raise ClientError({"Error": {"Code": "NoSuchResourceException", "Message": "no"}}, "GetServiceQuota")
        return {"Quota": {"Value": 32.0}}

    def get_aws_default_service_quota(self, ServiceCode, QuotaCode):  # noqa: N803
        return {"Quota": {"Value": 5.0}}


def test_the_account_is_asked_in_the_region_that_knows_the_quota():
    asked = []
    found = limits_of([NEVER_RAISED, NO_CODE, GLOBAL], "eu-west-1", lambda region: Recorded(asked, region))
    assert found == Account({STANDARD: 5.0, "L-FE177D64": 32.0})
    assert asked == [("eu-west-1", STANDARD), ("us-east-1", "L-FE177D64")]


def test_the_real_client_s_call_is_what_service_quotas_takes(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        assert limits_of([QUOTA], "eu-west-1") == Account({"L-F678F1CE": 5.0})


@pytest.mark.parametrize(
    "error",
    [
        NoCredentialsError(),
        ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not\nyours"}}, "GetServiceQuota"),
    ],
)
def test_who_may_not_ask_gets_the_reason(error):
    class Refusing:
        def get_service_quota(self, **_):
            raise error

        get_aws_default_service_quota = get_service_quota

    found = limits_of([QUOTA], "eu-west-1", lambda region: Refusing())
    assert found.limits == {}
    assert found.problem
    assert "\n" not in found.problem


@pytest.mark.parametrize(
    ("has", "says"), [(None, Verdict.SHORT), (5, Verdict.SHORT), (6, Verdict.PART), (38, Verdict.ENOUGH)]
)
def test_without_the_account_s_own_a_new_account_s_quota_counts(has, says):
    need = Need(NEVER_RAISED, 6, 38)
    account = Account({} if has is None else {STANDARD: has})
    assert verdict(need, account) is says
    asked = [line.partition("--quota-code ")[2] for line in requests([need], account, "eu-west-1")]
    assert asked == ([] if says is Verdict.ENOUGH else ["L-1216C47A --desired-value 38"])
