"""Functions that find one thing by one call, told by a row each; the SDK's types say which members are wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aistacks_catalog.aws.types.words import dig
from aistacks_core.property_values import Props
from aistacks_sandbox.providers.failures import ProviderError

from .. import template
from ..cloud import AwsError, Cloud
from ..shapes import from_api
from ..tagging import parse
from .finding import one, place_of


@dataclass(frozen=True)
class Lookup:
    """One call. ``take``: where the thing is in the answer; a list there must have one item that ``fits``."""

    service: str
    call: str
    params: Mapping[str, Any]
    take: str
    id: str
    fits: Mapping[str, str] = field(default_factory=dict)
    """Member to argument: those of a list's items count that have what is asked for."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Output to member, dotted, where they are called otherwise."""

    def __call__(self, args: Props, cloud: Cloud) -> Props:
        """The thing. Raises ``ProviderError`` where there isn't exactly one."""
        try:
            answer = cloud.call(self.service, self.call, template.fill(dict(self.params), args), place_of(args, cloud))
        except AwsError as error:
            raise ProviderError(f"{self.call}: {error.code}: {error.message}") from error
        found = dig(answer, self.take)
        if isinstance(found, list):
            wanted = {member: args[name] for member, name in self.fits.items() if args.get(name) is not None}
            found = one(self.call, [item for item in found if all(_is(dig(item, k), v) for k, v in wanted.items())])
        if not isinstance(found, Mapping):
            raise ProviderError(f"{self.call}: got none; expected exactly one; change the arguments")
        named = {name: from_api(dig(found, member)) for name, member in self.names.items()}
        tags = {"tags": parse(found.get("Tags") or found.get("tags"))}
        full = {**from_api(found), **tags, **{key: value for key, value in named.items() if value is not None}}
        return {**args, **full, "id": str(dig(found, self.id)), "region": place_of(args, cloud)}


def _is(found: Any, wanted: Any) -> bool:
    if isinstance(found, str) and isinstance(wanted, str):
        # A zone's name ends with a dot, its id begins with its kind, and a topic has no name but its ARN's end.
        return found.rstrip(".") == wanted.rstrip(".") or wanted in (found.rpartition("/")[2], found.rpartition(":")[2])
    return bool(found == wanted)


def zone(args: Props, cloud: Cloud) -> Props:
    """One hosted zone, by its id or name."""
    fits = {"Id": "zoneId", "Name": "name", "Config.PrivateZone": "privateZone"}
    found = Lookup("route53", "list_hosted_zones", {}, "HostedZones", "Id", fits)(args, cloud)
    short = str(found["id"]).rpartition("/")[2]
    delegated = cloud.call("route53", "get_hosted_zone", {"Id": short}).get("DelegationSet") or {}
    arn = f"arn:aws:route53:::hostedzone/{short}"
    name = str(found["name"]).rstrip(".")
    servers = delegated.get("NameServers") or []
    return {**found, "id": short, "zoneId": short, "arn": arn, "name": name, "nameServers": servers}


def table(args: Props, cloud: Cloud) -> Props:
    """One DynamoDB table; its keys are a schema in AWS."""
    names = {"arn": "TableArn", "name": "TableName"}
    lookup = Lookup("dynamodb", "describe_table", {"TableName": "$name"}, "Table", "TableName", names=names)
    found = lookup(args, cloud)
    named = {"HASH": "hashKey", "RANGE": "rangeKey"}
    keys = {named[str(item["keyType"])]: item["attributeName"] for item in found.get("keySchema") or []}
    billing = (found.get("billingModeSummary") or {}).get("billingMode", "PROVISIONED")
    return {**found, **keys, "billingMode": billing}


def log_group(args: Props, cloud: Cloud) -> Props:
    """One log group; its ARN without the end that means all of its streams."""
    params, fits = {"logGroupNamePrefix": "$name"}, {"logGroupName": "name"}
    found = Lookup("logs", "describe_log_groups", params, "logGroups", "logGroupName", fits)(args, cloud)
    return {**found, "arn": str(found["arn"]).removesuffix(":*")}


FUNCTIONS: dict[str, Callable[[Props, Cloud], Props]] = {
    "route53/getZone": zone,
    "ec2/getRouteTable": Lookup(
        "ec2",
        "describe_route_tables",
        {},
        "RouteTables",
        "RouteTableId",
        {"RouteTableId": "routeTableId", "VpcId": "vpcId", "Associations.0.SubnetId": "subnetId"},
    ),
    "ec2/getInternetGateway": Lookup(
        "ec2",
        "describe_internet_gateways",
        {},
        "InternetGateways",
        "InternetGatewayId",
        {"InternetGatewayId": "internetGatewayId"},
    ),
    "ecr/getRepository": Lookup(
        "ecr",
        "describe_repositories",
        {"repositoryNames": ["$name"]},
        "repositories.0",
        "repositoryName",
        names={"arn": "repositoryArn", "name": "repositoryName", "repositoryUrl": "repositoryUri"},
    ),
    "ecs/getCluster": Lookup(
        "ecs",
        "describe_clusters",
        {"clusters": ["$clusterName"]},
        "clusters.0",
        "clusterArn",
        names={"arn": "clusterArn"},
    ),
    "lb/getLoadBalancer": Lookup(
        "elbv2",
        "describe_load_balancers",
        {},
        "LoadBalancers",
        "LoadBalancerArn",
        {"LoadBalancerArn": "arn", "LoadBalancerName": "name"},
        {"arn": "LoadBalancerArn", "name": "LoadBalancerName", "dnsName": "DNSName", "zoneId": "CanonicalHostedZoneId"},
    ),
    "acm/getCertificate": Lookup(
        "acm",
        "list_certificates",
        {},
        "CertificateSummaryList",
        "CertificateArn",
        {"DomainName": "domain"},
        {"arn": "CertificateArn", "domain": "DomainName"},
    ),
    "secretsmanager/getSecret": Lookup(
        "secretsmanager",
        "list_secrets",
        {},
        "SecretList",
        "ARN",
        {"ARN": "arn", "Name": "name"},
        {"arn": "ARN"},
    ),
    "lambda/getFunction": Lookup(
        "lambda",
        "get_function",
        {"FunctionName": "$functionName"},
        "Configuration",
        "FunctionName",
        names={"arn": "FunctionArn", "functionName": "FunctionName"},
    ),
    "dynamodb/getTable": table,
    "rds/getInstance": Lookup(
        "rds",
        "describe_db_instances",
        {"DBInstanceIdentifier": "$dbInstanceIdentifier"},
        "DBInstances.0",
        "DBInstanceIdentifier",
        names={"address": "Endpoint.Address", "port": "Endpoint.Port", "dbInstanceArn": "DBInstanceArn"},
    ),
    "sns/getTopic": Lookup("sns", "list_topics", {}, "Topics", "TopicArn", {"TopicArn": "name"}, {"arn": "TopicArn"}),
    "sqs/getQueue": Lookup("sqs", "get_queue_url", {"QueueName": "$name"}, "", "QueueUrl", names={"url": "QueueUrl"}),
    "iam/getUser": Lookup(
        "iam",
        "get_user",
        {"UserName": "$userName"},
        "User",
        "UserId",
        names={"userName": "UserName", "arn": "Arn", "userId": "UserId"},
    ),
    "cloudwatch/getLogGroup": log_group,
    "ec2/getInstance": Lookup(
        "ec2",
        "describe_instances",
        {"InstanceIds": ["$instanceId"]},
        "Reservations.0.Instances",
        "InstanceId",
        names={"ami": "ImageId", "publicIp": "PublicIpAddress", "privateIp": "PrivateIpAddress"},
    ),
    "ec2/getElasticIp": Lookup(
        "ec2",
        "describe_addresses",
        {"AllocationIds": ["$id"]},
        "Addresses",
        "AllocationId",
        {"PublicIp": "publicIp"},
    ),
    "ec2/getNatGateway": Lookup(
        "ec2",
        "describe_nat_gateways",
        {},
        "NatGateways",
        "NatGatewayId",
        {"NatGatewayId": "id", "SubnetId": "subnetId", "VpcId": "vpcId"},
    ),
    "ec2/getLaunchTemplate": Lookup(
        "ec2",
        "describe_launch_templates",
        {},
        "LaunchTemplates",
        "LaunchTemplateId",
        {"LaunchTemplateId": "id", "LaunchTemplateName": "name"},
        {
            "name": "LaunchTemplateName",
            "latestVersion": "LatestVersionNumber",
            "defaultVersion": "DefaultVersionNumber",
        },
    ),
    "s3/getObject": Lookup(
        "s3", "head_object", {"Bucket": "$bucket", "Key": "$key"}, "", "ETag", names={"etag": "ETag"}
    ),
}
