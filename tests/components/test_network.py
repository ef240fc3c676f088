"""The network's registrations. That packets go where the routes say, only AWS shows."""

import json

import pulumi
import pulumi_aws as aws
import pytest

from aistacks import Network
from aistacks_core.errors import UserError
from aistacks_core.snapshot import UNKNOWN

ZONES = ["eu-central-1a", "eu-central-1c"]
ACCOUNT = "111122223333"
FACTS = {
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT},
    "aws:index/getPartition:getPartition": {"partition": "aws"},
    "aws:index/getRegion:getRegion": {"region": "eu-central-1"},
}


@pytest.fixture
def network(record):
    def run(opts=None, **args):
        args = {"availability_zones": ZONES, **args}
        return record(lambda: Network("ai", args, opts), answers=lambda token, *_: FACTS.get(token))

    return run


def subnets(plan):
    return {s.name: s.inputs["cidrBlock"] for s in plan.of("aws:ec2/subnet:Subnet")}


def test_a_zone_has_a_subnet_in_each_tier_at_the_place_of_its_letter(network):
    assert subnets(network()) == {
        "ai-public-a": "10.0.192.0/21",
        "ai-public-c": "10.0.208.0/21",
        "ai-private-a": "10.0.0.0/20",
        "ai-private-c": "10.0.32.0/20",
        "ai-data-a": "10.0.128.0/21",
        "ai-data-c": "10.0.144.0/21",
    }


def test_another_zone_renumbers_none(network):
    before = subnets(network())
    after = subnets(network(availability_zones=["eu-central-1b", *ZONES]))
    assert before.items() < after.items()


def test_the_smallest_range_holds_every_subnet_that_aws_takes(network):
    assert subnets(network(cidr="192.168.8.0/21"))["ai-data-c"] == "192.168.12.128/26"


@pytest.mark.parametrize("tier", ["public", "private", "data"])
def test_what_lives_in_a_subnet_goes_before_the_subnets_ways_out(record, tier):
    def program():
        made = Network("ai", {"availability_zones": ZONES, "interface_endpoints": ["sts"]})
        aws.redshift.SubnetGroup("lodger", subnet_ids=getattr(made, f"{tier}_subnet_ids"))

    plan = record(program, answers=lambda token, *_: FACTS.get(token))
    waits = {urn.rsplit("::", 1)[-1] for urn in plan["lodger"].dependencies}
    assert {"ai-public-internet", "ai-private-a-nat", "ai-private-c-nat", "ai-s3", "ai-to-sts"} <= waits
    assert {f"ai-{tier}-a", "ai-endpoints-https"} <= waits


def test_no_subnet_gives_out_public_addresses(network):
    for subnet in network().of("aws:ec2/subnet:Subnet"):
        assert subnet.inputs["mapPublicIpOnLaunch"] is False


def test_subnets_are_tagged_for_who_looks_for_them(network):
    plan = network(cluster_name="main", tags={"Project": "p"})
    assert plan.one("aws:ec2/subnet:Subnet", "ai-private-a").inputs["tags"] == {
        "Project": "p",
        "kubernetes.io/role/internal-elb": "1",
        "karpenter.sh/discovery": "main",
        "Name": "ai-private-a",
        "aistacks:component": "Network/ai",
        "aistacks:stack": "test/test",
    }
    assert plan.one("aws:ec2/subnet:Subnet", "ai-public-a").inputs["tags"]["kubernetes.io/role/elb"] == "1"
    assert not [k for k in plan.one("aws:ec2/subnet:Subnet", "ai-data-a").inputs["tags"] if "kubernetes" in k]


def test_without_a_cluster_karpenter_finds_no_subnet(network):
    tags = [s.inputs["tags"] for s in network().of("aws:ec2/subnet:Subnet")]
    assert not any("karpenter.sh/discovery" in t for t in tags)


def test_the_default_security_group_is_emptied(network):
    group = network()["ai-default"]
    assert group.inputs == {
        "vpcId": UNKNOWN,
        "ingress": [],
        "egress": [],
        "tags": {"Name": "ai-default", "aistacks:component": "Network/ai", "aistacks:stack": "test/test"},
    }


@pytest.mark.parametrize(
    ("nat", "gateways"),
    [
        ("none", []),
        ("single", ["ai-nat-a"]),
        ("per_zone", ["ai-nat-a", "ai-nat-c"]),
    ],
)
def test_nat_gateways(network, nat, gateways):
    plan = network(nat=nat)
    assert [g.name for g in plan.of("aws:ec2/natGateway:NatGateway")] == gateways
    assert [e.name for e in plan.of("aws:ec2/eip:Eip")] == gateways
    out = [r for r in plan.of("aws:ec2/route:Route") if "natGatewayId" in r.inputs]
    assert len(out) == (len(ZONES) if gateways else 0)


def test_a_zone_leaves_by_its_own_gateway(network):
    plan = network(nat="per_zone")
    routes = {r.name: r for r in plan.of("aws:ec2/route:Route")}
    for letter in "ac":
        needs = routes[f"ai-private-{letter}-nat"].property_dependencies["natGatewayId"]
        assert plan.one("aws:ec2/natGateway:NatGateway", f"ai-nat-{letter}").urn in needs


def test_data_subnets_have_no_route_out(network):
    plan = network(nat="per_zone")
    table = plan.one("aws:ec2/routeTable:RouteTable", "ai-data").urn
    routes = plan.of("aws:ec2/route:Route")
    assert routes
    assert not [r for r in routes if table in r.property_dependencies["routeTableId"]]


def test_s3_is_reached_from_every_subnet_without_a_gateway(network):
    plan = network()
    endpoint = plan["ai-s3"]
    assert endpoint.inputs["serviceName"] == "com.amazonaws.eu-central-1.s3"
    assert endpoint.inputs["vpcEndpointType"] == "Gateway"
    tables = {t.urn for t in plan.of("aws:ec2/routeTable:RouteTable")}
    assert tables <= set(endpoint.property_dependencies["routeTableIds"])


def test_dynamodb_is_reached_likewise_where_asked(network):
    assert network(dynamodb_endpoint=True)["ai-dynamodb"].inputs["vpcEndpointType"] == "Gateway"


def interfaces(plan):
    return [
        e.inputs["serviceName"].removeprefix("com.amazonaws.eu-central-1.")
        for e in plan.of("aws:ec2/vpcEndpoint:VpcEndpoint")
        if e.inputs["vpcEndpointType"] == "Interface"
    ]


def test_without_nat_whatever_the_components_call_has_an_endpoint(network):
    cluster = ["ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "elasticloadbalancing", "logs", "sqs", "ssm", "sts"]
    assert interfaces(network(nat="none")) == [*cluster, "sns", "glue", "kms", "secretsmanager"]


def test_with_nat_none_has_one_unless_it_is_asked_for(network):
    assert interfaces(network()) == []
    assert interfaces(network(interface_endpoints=["glue"])) == ["glue"]


def test_without_nat_a_cluster_is_refused_the_endpoints_that_it_lacks(network):
    with pytest.raises(
        UserError, match=r"interface_endpoints: got \['ec2', 'glue'\]; expected ecr.api, ecr.dkr, eks, "
    ):
        network(nat="none", cluster_name="main", interface_endpoints=["ec2", "glue"])
    assert interfaces(network(nat="none", interface_endpoints=["glue"])) == ["glue"]


def test_an_interface_endpoint_answers_https_from_the_network_only(network):
    plan = network(interface_endpoints=["ecr.api"])
    endpoint = plan["ai-to-ecr-api"]
    assert endpoint.inputs["privateDnsEnabled"] is True
    assert endpoint.inputs["securityGroupIds"] == [UNKNOWN]
    (rule,) = plan.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert {k: v for k, v in rule.inputs.items() if k != "tags"} == {
        "securityGroupId": UNKNOWN,
        "description": "HTTPS from within the network",
        "cidrIpv4": "10.0.0.0/16",
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
    }
    assert not plan.of("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")


def test_flow_logs_record_everything_and_are_kept_a_year_under_a_key(network):
    plan = network()
    log = plan.one("aws:ec2/flowLog:FlowLog", "ai-flow-logs")
    assert (log.inputs["trafficType"], log.inputs["maxAggregationInterval"]) == ("ALL", 60)
    group = plan.one("aws:cloudwatch/logGroup:LogGroup", "ai-flow-logs")
    assert group.inputs["retentionInDays"] == 365
    assert plan.one("aws:kms/key:Key", "ai-flow-logs").urn in group.property_dependencies["kmsKeyId"]
    assert group.protect
    assert group.retain_on_delete


def test_flow_logs_go_under_a_given_key(network):
    key = "arn:aws:kms:eu-central-1:111122223333:key/k"
    plan = network(kms_key_arn=key)
    assert plan.one("aws:cloudwatch/logGroup:LogGroup", "ai-flow-logs").inputs["kmsKeyId"] == key
    assert not plan.of("aws:kms/key:Key")


def test_only_this_account_s_flow_logs_may_use_the_role(network):
    role = network().one("aws:iam/role:Role", "ai-flow-logs")
    (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_the_vpc_is_guarded_unless_told_otherwise(network):
    assert network().one("aws:ec2/vpc:Vpc", "ai").protect
    assert not any(r.protect for r in network(deletion_protection=False).resources)


def test_outputs_are_registered(network):
    assert set(network().one("aistacks:index:Network", "ai").outputs) == {
        "vpcId",
        "cidr",
        "publicSubnetIds",
        "privateSubnetIds",
        "dataSubnetIds",
        "privateRouteTableIds",
    }


def test_a_transform_changes_one_child(network, review_record):
    def slower_flow_logs(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ != "aws:ec2/flowLog:FlowLog":
            return None
        return pulumi.ResourceTransformResult({**args.props, "maxAggregationInterval": 600}, args.opts)

    plan = network(pulumi.ResourceOptions(transforms=[slower_flow_logs]))
    assert plan.one("aws:ec2/flowLog:FlowLog", "ai-flow-logs").inputs["maxAggregationInterval"] == 600


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"cidr": "10.0.0.0"}, "cidr: got '10.0.0.0'; expected a private IPv4 range of /16 to /21"),
        ({"cidr": "banana"}, "cidr: got 'banana'; expected a private IPv4 range"),
        ({"cidr": "10.0.0.1/16"}, "cidr: got '10.0.0.1/16'; expected a private IPv4 range"),
        ({"cidr": "10.0.0.0/22"}, "cidr: got '10.0.0.0/22'; expected a private IPv4 range of /16 to /21"),
        ({"cidr": "10.0.0.0/8"}, "cidr: got '10.0.0.0/8'; expected a private IPv4 range of /16 to /21"),
        ({"cidr": "8.8.0.0/16"}, "cidr: got '8.8.0.0/16'; expected a private IPv4 range"),
        ({"cidr": "172.20.0.0/16"}, "cidr: got '172.20.0.0/16'; expected a range apart from 172.20.0.0/16"),
        (
            {"reserved_cidrs": ["10.0.240.0/24"]},
            "cidr: got '10.0.0.0/16'; expected a range apart from 10.0.240.0/24 (reserved_cidrs[0])",
        ),
        ({"reserved_cidrs": ["x"]}, "reserved_cidrs[0]: got 'x'; expected an IPv4 range"),
        ({"availability_zones": []}, "availability_zones: got []; expected at least one zone"),
        ({"availability_zones": ["eu-central-1"]}, "availability_zones[0]: got 'eu-central-1'; expected a zone such"),
        (
            {"availability_zones": ["eu-central-1z"]},
            "availability_zones[0]: got 'eu-central-1z'; expected a zone of the",
        ),
        (
            {"availability_zones": ["eu-central-1a", "eu-central-1a"]},
            "availability_zones[1]: got 'eu-central-1a'; expected each zone once",
        ),
        (
            {"availability_zones": ["eu-central-1a", "eu-west-1a"]},
            "availability_zones[1]: got 'eu-west-1a'; expected a zone of eu-central-1",
        ),
        ({"nat": "two"}, "nat: got 'two'; expected one of none, single, per_zone"),
        ({"flow_log_retention_days": 100}, "flow_log_retention_days: got 100; expected one of 1, 3, 5"),
        ({"interface_endpoints": ["s3"]}, "interface_endpoints[0]: got 's3'; expected a service without"),
        ({"interface_endpoints": ["sts", "sts"]}, "interface_endpoints[1]: got 'sts'; expected each service once"),
        ({"interface_endpoints": ["com/x"]}, "interface_endpoints[0]: got 'com/x'; expected the end of"),
        ({"zones": ZONES}, "got unknown key 'zones'"),
    ],
)
def test_what_makes_no_sense_is_refused(network, args, message):
    with pytest.raises(UserError) as error:
        network(**args)
    assert message in str(error.value)
    assert "Network 'ai'" in str(error.value)


@pytest.mark.parametrize("region", ["eu-north-9", "eu-central-1", "eusc-de-east-2"])
def test_a_zone_that_is_not_known_is_taken_with_a_warning(record, monkeypatch, region):
    said = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_: said.append(text))
    zone = f"{region}f"
    plan = record(lambda: Network("ai", {"availability_zones": [zone]}))
    assert plan.one("aws:ec2/subnet:Subnet", "ai-private-f").inputs["availabilityZone"] == zone
    assert said == [
        f"Network 'ai': availability_zones[0]: '{zone}' isn't a zone that is known here, so it can't be checked."
    ]
