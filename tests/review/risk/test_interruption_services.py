"""What stops when something that strangers run goes, is replaced, or changes in place."""

import json

import pytest

from aistacks_review.findings import RiskKind, Severity

CLUSTER = {"clusterIdentifier": "c", "engine": "aurora-mysql"}
GOES = [
    ("aws:cognito/userPool:UserPool", {"name": "p"}, "every sign-in"),
    ("aws:dynamodb/table:Table", {"name": "t"}, "every read and write"),
    ("aws:apigateway/restApi:RestApi", {"name": "a"}, "every request to it"),
    ("aws:docdb/cluster:Cluster", {"clusterIdentifier": "d"}, "every connection"),
    ("aws:elasticache/cluster:Cluster", {"clusterId": "c"}, "every connection"),
    ("aws:mq/broker:Broker", {"brokerName": "b"}, "every producer and consumer"),
    ("aws:route53/zone:Zone", {"name": "example.com"}, "whoever looks up a name in it"),
    ("aws:sfn/stateMachine:StateMachine", {"name": "s"}, "executions that run and those to come"),
]


@pytest.fixture
def interrupted(judge):
    return lambda base, head: [r for r in judge(base, head) if r.kind is RiskKind.INTERRUPTION]


@pytest.mark.parametrize(("type_", "inputs", "stops"), GOES)
def test_what_serves_and_goes(resource, interrupted, type_, inputs, stops):
    it = resource(type_, "x", inputs=inputs)
    (risk,) = interrupted([it], [])
    assert risk.title.endswith(f"is deleted; that stops {stops}.")
    assert interrupted([it], [it]) == interrupted([], [it]) == []


@pytest.mark.parametrize("service", ["rds", "docdb", "neptune"])
def test_another_class_of_a_clusters_instance(resource, interrupted, service):
    type_ = f"aws:{service}/clusterInstance:ClusterInstance"
    one, two = (resource(type_, "x", inputs={**CLUSTER, "instanceClass": f"db.r6g.{s}"}) for s in ("large", "xlarge"))
    (risk,) = interrupted([one], [two])
    assert risk.severity in (Severity.MEDIUM, Severity.LOW)
    assert "not available while it changes" in risk.title


def test_a_service_of_ecs_in_another_network_exchanges_its_tasks(resource, interrupted):
    type_ = "aws:ecs/service:Service"
    one, two = (
        resource(type_, "x", inputs={"name": "x", "networkConfiguration": {"subnets": [s]}}) for s in ("a", "b")
    )
    (risk,) = interrupted([one], [two])
    assert "exchanges its tasks" in risk.title


BROKERS = {
    "instanceType": "kafka.m7g.large",
    "clientSubnets": ["a", "b"],
    "securityGroups": ["s"],
    "storageInfo": {"ebsStorageInfo": {"volumeSize": 100}},
}


def brokers(resource, **more):
    inputs = {"clusterName": "k", "kafkaVersion": "3.8.x", "brokerNodeGroupInfo": {**BROKERS, **more}}
    return resource("aws:msk/cluster:Cluster", "k", inputs=inputs)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"instanceType": "kafka.m7g.xlarge"}, [("k restarts its brokers one after the other.", True)]),
        ({"storageInfo": {"ebsStorageInfo": {"volumeSize": 200}}}, []),
        (
            {"connectivityInfo": {"publicAccess": {"type": "SERVICE_PROVIDED_EIPS"}}},
            [("k may cut off connections while its ways in change.", False)],
        ),
        (
            {"securityGroups": ["t"]},
            [("The Kafka cluster k is replaced; that stops every producer and consumer.", True)],
        ),
    ],
)
def test_what_changes_of_brokers_says_what_stops(resource, interrupted, more, told):
    found = interrupted([brokers(resource)], [brokers(resource, **more)])
    assert [(risk.title, risk.certain) for risk in found] == told


def test_a_stop_is_uncertain_where_it_may_be_a_replacement(resource, interrupted):
    one, two = (
        resource("aws:ec2/instance:Instance", "m", inputs={"instanceType": t}) for t in ("t3.micro", "m7g.large")
    )
    (risk,) = interrupted([one], [two])
    assert (risk.title, risk.certain) == ("m is stopped and started.", False)


@pytest.mark.parametrize(
    ("type_", "of"),
    [
        ("aws:dsql/clusterPolicy:ClusterPolicy", "identifier"),
        ("aws:ecrpublic/repositoryPolicy:RepositoryPolicy", "repositoryName"),
        ("aws:codebuild/resourcePolicy:ResourcePolicy", "resourceArn"),
        ("aws:s3/vectorsVectorBucketPolicy:VectorsVectorBucketPolicy", "vectorBucketArn"),
    ],
)
def test_policies_of_newer_services_are_evaluated(resource, judge, type_, of):
    statement = {
        "Effect": "Allow",
        "Action": "*",
        "Resource": "*",
        "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
    }
    narrow, wide = (
        resource(type_, "p", inputs={of: "x", "policy": json.dumps({"Statement": s})})
        for s in ([statement], [statement, {**statement, "Principal": "*"}])
    )
    risks = [r for r in judge([narrow], [wide]) if r.kind is RiskKind.ACCESS]
    assert [r.severity for r in risks] == [Severity.CRITICAL]
    assert judge([wide], [narrow]) == []
