"""Switches, endpoints, routes and blocks."""

import pytest

from aistacks_core.snapshot import UNKNOWN
from aistacks_review.findings import RiskKind, Severity


def exposed(risks):
    return [r for r in risks if r.kind is RiskKind.EXPOSURE]


@pytest.mark.parametrize(
    ("type_", "before", "after", "severity"),
    [
        ("aws:ec2/subnet:Subnet", {}, {"mapPublicIpOnLaunch": True}, Severity.MEDIUM),
        (
            "aws:ec2/launchTemplate:LaunchTemplate",
            {},
            {"networkInterfaces": [{"associatePublicIpAddress": "true"}]},
            Severity.MEDIUM,
        ),
        ("aws:rds/instance:Instance", {}, {"publiclyAccessible": True}, Severity.HIGH),
        ("aws:redshift/cluster:Cluster", {"publiclyAccessible": False}, {"publiclyAccessible": True}, Severity.HIGH),
        ("aws:redshiftserverless/workgroup:Workgroup", {}, {"publiclyAccessible": True}, Severity.HIGH),
        ("aws:lb/loadBalancer:LoadBalancer", {"internal": True}, {"internal": False}, Severity.HIGH),
        (
            "aws:lambda/functionUrl:FunctionUrl",
            {"authorizationType": "AWS_IAM"},
            {"authorizationType": "NONE"},
            Severity.HIGH,
        ),
        ("aws:s3/bucketAcl:BucketAcl", {"acl": "private"}, {"acl": "public-read"}, Severity.CRITICAL),
        (
            "aws:sagemaker/notebookInstance:NotebookInstance",
            {"directInternetAccess": "Disabled"},
            {"directInternetAccess": "Enabled"},
            Severity.MEDIUM,
        ),
        ("aws:opensearch/domain:Domain", {"vpcOptions": {"subnetIds": ["s"]}}, {}, Severity.HIGH),
        (
            "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass",
            {"spec": {"associatePublicIPAddress": False}},
            {"spec": {"associatePublicIPAddress": True}},
            Severity.MEDIUM,
        ),
    ],
)
def test_a_switch(resource, judge, type_, before, after, severity):
    one, two = (
        resource(type_, "x", inputs={"name": "x", **v} if type_.startswith("aws:") else v) for v in (before, after)
    )
    (risk,) = exposed(judge([one], [two]))
    assert risk.severity is severity
    assert risk.title.startswith("x ")
    assert exposed(judge([two], [one])) == []


def test_a_new_thing_is_exposed_too(resource, judge):
    new = resource("aws:lb/loadBalancer:LoadBalancer", "lb", inputs={"internal": False})
    assert [r.severity for r in judge([], [new])] == [Severity.HIGH]
    assert judge(None, [new]) == []
    public = resource("aws:rds/instance:Instance", "db", inputs={"publiclyAccessible": True})
    assert [r.severity for r in judge(None, [public])] == [Severity.HIGH]


def test_a_switch_that_isnt_known(resource, judge):
    one, two = (resource("aws:rds/instance:Instance", "db", inputs={"publiclyAccessible": v}) for v in (False, UNKNOWN))
    (risk,) = judge([one], [two])
    assert not risk.certain


def cluster(resource, **vpc):
    return [
        resource("aws:eks/cluster:Cluster", "c", inputs={"version": "1.35", "vpcConfig": {"subnetIds": ["s"], **vpc}})
    ]


@pytest.mark.parametrize(
    ("before", "after", "severity"),
    [
        ({"endpointPublicAccess": False}, {"endpointPublicAccess": True}, Severity.HIGH),
        (
            {"endpointPublicAccess": False},
            {"endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24"]},
            Severity.MEDIUM,
        ),
        ({"publicAccessCidrs": ["203.0.113.0/25"]}, {"publicAccessCidrs": ["203.0.113.0/24"]}, Severity.MEDIUM),
        ({"publicAccessCidrs": ["203.0.113.0/24"]}, {"publicAccessCidrs": ["0.0.0.0/0"]}, Severity.HIGH),
    ],
)
def test_a_clusters_endpoint(resource, judge, before, after, severity):
    (risk,) = judge(cluster(resource, **before), cluster(resource, **after))
    assert risk.severity is severity
    assert judge(cluster(resource, **after), cluster(resource, **before)) == []


def test_a_clusters_endpoint_that_isnt_known(resource, judge):
    before, after = cluster(resource, endpointPublicAccess=False), cluster(resource, endpointPublicAccess=UNKNOWN)
    (risk,) = judge(before, after)
    assert not risk.certain


def test_a_new_public_cluster(resource, judge):
    assert [r.severity for r in judge(None, cluster(resource))] == [Severity.HIGH]
    assert judge(None, cluster(resource, endpointPublicAccess=False)) == []


BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ALL = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def test_a_public_access_block(resource, judge):
    bucket = resource("aws:s3/bucket:Bucket", "lake", inputs={"bucket": "lake"})

    def block(**more):
        inputs = {"bucket": "lake", **dict.fromkeys(ALL, True), **more}
        return [bucket, resource(BLOCK, "b", inputs=inputs, refers={"bucket": [bucket]})]

    (risk,) = judge(block(), block(blockPublicPolicy=False))
    assert (risk.severity, risk.reason) == (Severity.HIGH, "blockPublicPolicy: true becomes false")
    assert risk.title == "The bucket lake may become public: what blocks that is loosened."
    assert judge(block(blockPublicPolicy=False), block()) == []
    assert [r.severity for r in judge(block(), [bucket])] == [Severity.HIGH]
    assert exposed(judge(block(), [])) == []


def test_a_guard_of_the_account_goes(resource, judge):
    guard = resource(
        "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess", "g", inputs={"state": "block-all-sharing"}
    )
    assert [r.severity for r in judge([guard], [])] == [Severity.HIGH]


@pytest.fixture
def network(resource):
    def network_(public, *, subnet=True):
        gateway = resource("aws:ec2/internetGateway:InternetGateway", "igw", inputs={})
        table = resource("aws:ec2/routeTable:RouteTable", "t", inputs={"vpcId": "v"})
        net = resource("aws:ec2/subnet:Subnet", "s", inputs={"vpcId": "v", "cidrBlock": "10.0.0.0/24"})
        joined = resource(
            "aws:ec2/routeTableAssociation:RouteTableAssociation",
            "a",
            inputs={"subnetId": UNKNOWN, "routeTableId": UNKNOWN},
            refers={"subnetId": [net], "routeTableId": [table]},
        )
        route = resource(
            "aws:ec2/route:Route",
            "r",
            inputs={"routeTableId": UNKNOWN, "gatewayId": UNKNOWN, "destinationCidrBlock": "0.0.0.0/0"},
            refers={"routeTableId": [table], "gatewayId": [gateway]},
        )
        return [gateway, table, *([net, joined] if subnet else []), *([route] if public else [])]

    return network_


def test_a_subnet_becomes_public(network, judge):
    (risk,) = exposed(judge(network(False), network(True)))
    assert (risk.severity, risk.title) == (Severity.HIGH, "The subnet s has a way to and from the internet.")
    assert exposed(judge(network(True), network(False))) == []
    assert exposed(judge(None, network(True))) == []
    (risk,) = exposed(judge(network(True, subnet=False), network(True)))
    assert risk.severity is Severity.LOW


def test_an_endpoints_policy(resource, document, judge):
    def endpoint(policy):
        inputs = {"vpcId": "v", "serviceName": "com.amazonaws.eu-west-1.s3", **({"policy": policy} if policy else {})}
        return [resource("aws:ec2/vpcEndpoint:VpcEndpoint", "e", inputs=inputs)]

    narrow = document({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"})
    wide = document({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"})
    assert [r.severity for r in judge(endpoint(narrow), endpoint(wide))] == [Severity.MEDIUM]
    assert judge(endpoint(wide), endpoint(narrow)) == []
    (risk,) = judge(endpoint(narrow), endpoint(UNKNOWN))
    assert not risk.certain
