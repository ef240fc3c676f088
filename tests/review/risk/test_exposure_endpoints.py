"""What answers without a sign-in."""

import json

import pytest

from aistacks_core.snapshot import UNKNOWN
from aistacks_review.findings import RiskKind, Severity

METHOD, ROUTE = "aws:apigateway/method:Method", "aws:apigatewayv2/route:Route"
REST, HTTP = "aws:apigateway/restApi:RestApi", "aws:apigatewayv2/api:Api"
GRAPH = "aws:appsync/graphQLApi:GraphQLApi"
BALANCER, LISTENER = "aws:lb/loadBalancer:LoadBalancer", "aws:lb/listener:Listener"
CACHE, KAFKA = "aws:elasticache/replicationGroup:ReplicationGroup", "aws:msk/cluster:Cluster"
POOL, SNAPSHOT = "aws:cognito/identityPool:IdentityPool", "aws:rds/snapshot:Snapshot"
GET = {"httpMethod": "GET", "restApi": "r", "resourceId": "x"}
FORWARD = [{"type": "forward", "targetGroupArn": "t"}]
CASES = [
    (METHOD, {**GET, "authorization": "AWS_IAM"}, {**GET, "authorization": "NONE"}, Severity.MEDIUM),
    (
        METHOD,
        {**GET, "authorization": "AWS_IAM"},
        {**GET, "authorization": "NONE", "apiKeyRequired": True},
        Severity.MEDIUM,
    ),
    (ROUTE, {"routeKey": "GET /", "authorizationType": "JWT"}, {"routeKey": "GET /"}, Severity.MEDIUM),
    (GRAPH, {"authenticationType": "AWS_IAM"}, {"authenticationType": "API_KEY"}, Severity.MEDIUM),
    (
        POOL,
        {"identityPoolName": "p"},
        {"identityPoolName": "p", "allowUnauthenticatedIdentities": True},
        Severity.MEDIUM,
    ),
    (CACHE, {"userGroupIds": ["team"]}, {"engine": "redis"}, Severity.MEDIUM),
    (
        KAFKA,
        {"clientAuthentication": {"sasl": {"iam": True}}},
        {"clientAuthentication": {"sasl": {"iam": True}, "unauthenticated": True}},
        Severity.MEDIUM,
    ),
    (SNAPSHOT, {"sharedAccounts": ["111122223333"]}, {"sharedAccounts": ["all"]}, Severity.CRITICAL),
]


@pytest.fixture
def exposed(judge):
    return lambda base, head: [r for r in judge(base, head) if r.kind is RiskKind.EXPOSURE]


@pytest.mark.parametrize(("type_", "closed", "open_", "severity"), CASES)
def test_what_begins_to_answer_everybody(resource, exposed, type_, closed, open_, severity):
    one, two = resource(type_, "x", inputs=closed), resource(type_, "x", inputs=open_)
    (risk,) = exposed([one], [two])
    assert (risk.severity, risk.certain) == (severity, True)
    assert risk.title.startswith("x ")
    assert [r.severity for r in exposed([], [two])] == [severity]
    # What is closed, stays open, or is closed again is none.
    assert exposed([two], [one]) == exposed([two], [two]) == exposed([], [one]) == []


def test_a_renamed_open_thing_stays_what_it_was(resource, exposed):
    old = resource(METHOD, "old", inputs={**GET, "authorization": "NONE"})
    new = resource(METHOD, "new", inputs={**GET, "authorization": "NONE"}, aliases=(old.urn,))
    assert exposed([old], [new]) == []


def test_an_api_whose_policy_goes_opens_its_methods(resource, identity, exposed):
    api = resource(REST, "api")
    inputs = {"restApiId": identity(api), "policy": json.dumps({"Statement": []})}
    policy = resource("aws:apigateway/restApiPolicy:RestApiPolicy", "p", inputs=inputs, refers={"restApiId": [api]})
    inputs = {**GET, "restApi": identity(api), "authorization": "NONE"}
    method = resource(METHOD, "get", inputs=inputs, refers={"restApi": [api]})
    assert [r.title for r in exposed([api, policy, method], [api, method])] == ["get can be called by everybody."]


def test_a_listener_on_the_internet_is_worth_a_look(resource, identity, exposed):
    def side(internal, actions):
        balancer = resource(BALANCER, "lb", inputs={"internal": internal})
        inputs = {"loadBalancerArn": identity(balancer), "protocol": "HTTPS", "defaultActions": actions}
        return [balancer, resource(LISTENER, "https", inputs=inputs, refers={"loadBalancerArn": [balancer]})]

    asks = [{"type": "authenticate-oidc"}, *FORWARD]
    (risk,) = exposed(side(False, asks), side(False, FORWARD))
    assert (risk.severity, risk.title) == (Severity.LOW, "https answers everybody.")
    assert exposed(side(True, asks), side(True, FORWARD)) == []


def test_what_is_not_known_is_told_as_such_where_it_was_closed(resource, exposed):
    one = resource(METHOD, "x", inputs={**GET, "authorization": "AWS_IAM"})
    (risk,) = exposed([one], [resource(METHOD, "x", inputs={**GET, "authorization": UNKNOWN})])
    assert not risk.certain
    assert "isn't known before deployment" in risk.title


def test_a_wholly_new_environment_tells_of_open_apis_and_not_of_websites(resource, identity, exposed):
    balancer = resource(BALANCER, "lb", inputs={"internal": False})
    inputs = {"loadBalancerArn": identity(balancer), "protocol": "HTTPS", "defaultActions": FORWARD}
    listener = resource(LISTENER, "https", inputs=inputs, refers={"loadBalancerArn": [balancer]})
    route = resource(ROUTE, "all", inputs={"routeKey": "$default"})
    assert [r.title for r in exposed(None, [balancer, listener, route])] == ["all can be called by everybody."]


@pytest.mark.parametrize(("port", "name"), [(5432, "PostgreSQL"), (3306, "MySQL"), (6379, "Redis"), (22, "SSH")])
def test_a_port_by_which_data_is_kept_is_critical_for_the_whole_internet(resource, exposed, port, name):
    rule = {"protocol": "tcp", "fromPort": port, "toPort": port, "cidrBlocks": ["0.0.0.0/0"]}
    (risk,) = exposed([], [resource("aws:ec2/securityGroup:SecurityGroup", "db", inputs={"ingress": [rule]})])
    assert risk.severity is Severity.CRITICAL
    assert name in risk.reason


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        ("aws:ecs/service:Service", {"networkConfiguration": {"subnets": ["s"], "assignPublicIp": True}}),
        (
            "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration",
            {"bucket": "b", "indexDocument": {"suffix": "i"}},
        ),
        ("aws:ecrpublic/repository:Repository", {"repositoryName": "r"}),
        ("aws:neptunegraph/graph:Graph", {"publicConnectivity": True}),
        ("aws:ssm/document:Document", {"permissions": {"type": "Share", "account_ids": "All"}}),
    ],
)
def test_a_switch_of_what_strangers_run(resource, exposed, type_, inputs):
    assert len(exposed([], [resource(type_, "x", inputs=inputs)])) == 1
