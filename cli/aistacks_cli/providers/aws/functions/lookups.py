"""Functions that find what exists in the emulator."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from aistacks_cli.providers.aws.cloud import AwsError, Cloud
from aistacks_cli.providers.aws.shapes import from_api
from aistacks_cli.providers.aws.tagging import parse
from aistacks_cli.providers.failures import ProviderError
from aistacks_cli.providers.properties import Props


def _one(name: str, found: list[Props]) -> Props:
    if len(found) != 1:
        got = "none" if not found else f"{len(found)}"
        raise ProviderError(f"{name}: got {got}; expected exactly one; change the filters")
    return found[0]


def _filters(args: Props, **named: str) -> list[Props]:
    filters = [{"Name": item["name"], "Values": item["values"]} for item in args.get("filters") or []]
    filters += [{"Name": f"tag:{key}", "Values": [value]} for key, value in (args.get("tags") or {}).items()]
    for key, name in named.items():
        if args.get(key) is not None:
            value = args[key]
            filters.append({"Name": name, "Values": [str(value).lower() if isinstance(value, bool) else value]})
    return filters


def _region(args: Props, cloud: Cloud) -> str:
    return str(args.get("region") or cloud.region)


def availability_zones(args: Props, cloud: Cloud) -> Props:
    """The region's zones."""
    place = _region(args, cloud)
    params = {"Filters": _filters(args, state="state")}
    zones = cloud.call("ec2", "describe_availability_zones", params, place)["AvailabilityZones"]
    left = {*(args.get("excludeNames") or []), *(args.get("excludeZoneIds") or [])}
    zones = sorted((z for z in zones if not {z["ZoneName"], z["ZoneId"]} & left), key=lambda z: z["ZoneName"])
    return {
        "id": place,
        "region": place,
        "names": [zone["ZoneName"] for zone in zones],
        "zoneIds": [zone["ZoneId"] for zone in zones],
        "groupNames": [place],
    }


def vpc(args: Props, cloud: Cloud) -> Props:
    """One network."""
    params: Props = {"Filters": _filters(args, default="is-default", cidrBlock="cidr", state="state")}
    if args.get("id"):
        params["VpcIds"] = [args["id"]]
    place = _region(args, cloud)
    found = _one("getVpc", cloud.call("ec2", "describe_vpcs", params, place)["Vpcs"])
    settings = {
        name: cloud.call("ec2", "describe_vpc_attribute", {"VpcId": found["VpcId"], "Attribute": name}, place)
        for name in ("enableDnsSupport", "enableDnsHostnames")
    }
    tables = [{"Name": "vpc-id", "Values": [found["VpcId"]]}, {"Name": "association.main", "Values": ["true"]}]
    main = cloud.call("ec2", "describe_route_tables", {"Filters": tables}, place)["RouteTables"]
    return {
        "id": found["VpcId"],
        "arn": f"arn:aws:ec2:{place}:{cloud.account}:vpc/{found['VpcId']}",
        "cidrBlock": found["CidrBlock"],
        "cidrBlockAssociations": [
            {"associationId": item["AssociationId"], "cidrBlock": item["CidrBlock"], "state": "associated"}
            for item in found.get("CidrBlockAssociationSet", [])
        ],
        "default": found["IsDefault"],
        "dhcpOptionsId": found.get("DhcpOptionsId", ""),
        "enableDnsSupport": settings["enableDnsSupport"]["EnableDnsSupport"]["Value"],
        "enableDnsHostnames": settings["enableDnsHostnames"]["EnableDnsHostnames"]["Value"],
        "enableNetworkAddressUsageMetrics": False,
        "instanceTenancy": found["InstanceTenancy"],
        "ipv6AssociationId": "",
        "ipv6CidrBlock": "",
        "mainRouteTableId": main[0]["RouteTableId"] if main else "",
        "ownerId": cloud.account,
        "region": place,
        "state": found["State"],
        "tags": parse(found.get("Tags")),
    }


def subnets(args: Props, cloud: Cloud) -> Props:
    """The ids of the subnets that fit."""
    place = _region(args, cloud)
    found = cloud.call("ec2", "describe_subnets", {"Filters": _filters(args)}, place)["Subnets"]
    return {"id": place, "region": place, "ids": [item["SubnetId"] for item in found], "tags": args.get("tags") or {}}


def subnet(args: Props, cloud: Cloud) -> Props:
    """One subnet."""
    named = {"vpcId": "vpc-id", "cidrBlock": "cidr", "availabilityZone": "availability-zone"}
    params: Props = {"Filters": _filters(args, **named)}
    if args.get("id"):
        params["SubnetIds"] = [args["id"]]
    found = _one("getSubnet", cloud.call("ec2", "describe_subnets", params, _region(args, cloud))["Subnets"])
    return {
        **from_api(found),
        "id": found["SubnetId"],
        "arn": found.get("SubnetArn", ""),
        "tags": parse(found.get("Tags")),
    }


def security_group(args: Props, cloud: Cloud) -> Props:
    """One security group."""
    params: Props = {"Filters": _filters(args, vpcId="vpc-id", name="group-name")}
    if args.get("id"):
        params["GroupIds"] = [args["id"]]
    place = _region(args, cloud)
    found = _one("getSecurityGroup", cloud.call("ec2", "describe_security_groups", params, place)["SecurityGroups"])
    return {
        "id": found["GroupId"],
        "name": found["GroupName"],
        "description": found["Description"],
        "vpcId": found.get("VpcId", ""),
        "arn": f"arn:aws:ec2:{place}:{cloud.account}:security-group/{found['GroupId']}",
        "tags": parse(found.get("Tags")),
        "region": place,
    }


def ami(args: Props, cloud: Cloud) -> Props:
    """One image; with ``mostRecent`` the newest of those that fit."""
    params: Props = {"Filters": _filters(args)}
    if args.get("owners"):
        params["Owners"] = args["owners"]
    images = cloud.call("ec2", "describe_images", params, _region(args, cloud))["Images"]
    images.sort(key=lambda image: str(image.get("CreationDate", "")), reverse=True)
    found = _one("getAmi", images[:1] if args.get("mostRecent") else images)
    return {
        **from_api(found),
        "id": found["ImageId"],
        "arn": f"arn:aws:ec2:{_region(args, cloud)}::image/{found['ImageId']}",
        "owners": args.get("owners") or [],
        "blockDeviceMappings": [],
        "productCodes": [],
        "tags": parse(found.get("Tags")),
    }


def parameter(args: Props, cloud: Cloud) -> Props:
    """One SSM parameter."""
    decrypted = args.get("withDecryption", True)
    params = {"Name": args["name"], "WithDecryption": decrypted}
    found = cloud.call("ssm", "get_parameter", params, _region(args, cloud))["Parameter"]
    return {
        "id": found["Name"],
        "arn": found.get("ARN", ""),
        "name": found["Name"],
        "type": found["Type"],
        "value": found["Value"],
        "insecureValue": found["Value"] if found["Type"] != "SecureString" else "",
        "version": found["Version"],
        "withDecryption": decrypted,
        "region": _region(args, cloud),
    }


def eks_cluster(args: Props, cloud: Cloud) -> Props:
    """One cluster."""
    found = cloud.call("eks", "describe_cluster", {"name": args["name"]}, _region(args, cloud))["cluster"]
    answer = from_api(found)
    network = answer.get("resourcesVpcConfig") or {}
    return {
        **{key: value for key, value in answer.items() if key not in ("resourcesVpcConfig", "identity", "logging")},
        "id": found["name"],
        "certificateAuthorities": [answer.get("certificateAuthority") or {}],
        "identities": [{"oidcs": [(answer.get("identity") or {}).get("oidc") or {}]}],
        "vpcConfig": network,
        "enabledClusterLogTypes": [
            kind
            for entry in (found.get("logging") or {}).get("clusterLogging", [])
            if entry.get("enabled")
            for kind in entry.get("types", [])
        ],
        "tags": found.get("tags") or {},
    }


def eks_cluster_auth(args: Props, cloud: Cloud) -> Props:  # noqa: ARG001
    """A token in the right form; the sandbox's API server doesn't take it, nor need it."""
    digest = hashlib.sha256(str(args["name"]).encode()).digest()
    token = "k8s-aws-v1." + base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return {"id": args["name"], "name": args["name"], "token": token}


def bucket(args: Props, cloud: Cloud) -> Props:
    """One bucket."""
    name = args["bucket"]
    try:
        cloud.call("s3", "head_bucket", {"Bucket": name}, _region(args, cloud))
    except AwsError as error:
        if error.gone:
            raise ProviderError(f"getBucket: got {name}; expected a bucket that exists") from error
        raise
    place = cloud.call("s3", "get_bucket_location", {"Bucket": name}).get("LocationConstraint") or "us-east-1"
    return {
        "id": name,
        "bucket": name,
        "arn": f"arn:aws:s3:::{name}",
        "bucketDomainName": f"{name}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{name}.s3.{place}.amazonaws.com",
        "bucketRegion": place,
        "region": place,
    }


def key(args: Props, cloud: Cloud) -> Props:
    """One KMS key, by id, ARN or alias."""
    found = cloud.call("kms", "describe_key", {"KeyId": args["keyId"]}, _region(args, cloud))["KeyMetadata"]
    answer: Props = from_api(found)
    return {**answer, "id": found["KeyId"], "keyId": args["keyId"], "awsAccountId": found["AWSAccountId"]}


def kms_alias(args: Props, cloud: Cloud) -> Props:
    """One alias, with its key."""
    listed = cloud.call("kms", "list_aliases", {}, _region(args, cloud))["Aliases"]
    found = _one("getAlias", [item for item in listed if item["AliasName"] == args["name"]])
    target = cloud.call("kms", "describe_key", {"KeyId": found["TargetKeyId"]}, _region(args, cloud))["KeyMetadata"]
    return {
        "id": found["AliasArn"],
        "arn": found["AliasArn"],
        "name": found["AliasName"],
        "targetKeyId": found["TargetKeyId"],
        "targetKeyArn": target["Arn"],
    }


def role(args: Props, cloud: Cloud) -> Props:
    """One IAM role."""
    found = cloud.call("iam", "get_role", {"RoleName": args["name"]})["Role"]
    answer: Props = from_api({k: v for k, v in found.items() if k not in ("AssumeRolePolicyDocument", "Tags")})
    policy = json.dumps(found["AssumeRolePolicyDocument"])
    return {
        **answer,
        "id": args["name"],
        "name": args["name"],
        "uniqueId": found["RoleId"],
        "assumeRolePolicy": policy,
        "permissionsBoundary": "",
        "tags": parse(found.get("Tags")),
    }


def session_context(args: Props, cloud: Cloud) -> Props:
    """The role behind a session; for anybody else the identity itself."""
    arn: str = args["arn"]
    answer = {"id": arn, "arn": arn, "issuerArn": arn, "issuerId": "", "issuerName": "", "sessionName": ""}
    if ":assumed-role/" not in arn:
        return answer
    name, session = arn.split(":assumed-role/")[1].split("/", 1)
    found = cloud.call("iam", "get_role", {"RoleName": name})["Role"]
    issuer = {"issuerArn": found["Arn"], "issuerId": found["RoleId"], "issuerName": name, "sessionName": session}
    return {**answer, **issuer}


def iam_policy(args: Props, cloud: Cloud) -> Props:
    """One IAM policy, by ARN or name."""
    if args.get("arn"):
        fits = [cloud.call("iam", "get_policy", {"PolicyArn": args["arn"]})["Policy"]]
    else:
        pages = cloud.client("iam").get_paginator("list_policies").paginate(Scope="All")
        fits = [item for page in pages for item in page["Policies"] if item["PolicyName"] == args.get("name")]
    found = _one("getPolicy", fits)
    params = {"PolicyArn": found["Arn"], "VersionId": found["DefaultVersionId"]}
    document = cloud.call("iam", "get_policy_version", params)["PolicyVersion"]["Document"]
    return {
        "id": found["Arn"],
        "arn": found["Arn"],
        "name": found["PolicyName"],
        "path": found["Path"],
        "policyId": found["PolicyId"],
        "description": found.get("Description", ""),
        "policy": json.dumps(document),
        "attachmentCount": found.get("AttachmentCount", 0),
        "tags": parse(found.get("Tags")),
    }


def authorization_token(args: Props, cloud: Cloud) -> Props:
    """Docker's credentials for the registry."""
    params: Any = {"registryIds": [args["registryId"]]} if args.get("registryId") else {}
    data = cloud.call("ecr", "get_authorization_token", params, _region(args, cloud))["authorizationData"][0]
    user, _, password = base64.b64decode(data["authorizationToken"]).decode().partition(":")
    return {
        "id": _region(args, cloud),
        "authorizationToken": data["authorizationToken"],
        "expiresAt": from_api(data["expiresAt"]),
        "userName": user,
        "password": password,
        "proxyEndpoint": data["proxyEndpoint"],
        "registryId": args.get("registryId") or cloud.account,
    }


def secret_version(args: Props, cloud: Cloud) -> Props:
    """A secret's value."""
    params = {"SecretId": args["secretId"]}
    found = cloud.call("secretsmanager", "get_secret_value", params, _region(args, cloud))
    return {
        "id": f"{args['secretId']}|AWSCURRENT",
        "arn": found["ARN"],
        "secretId": args["secretId"],
        "secretString": found.get("SecretString", ""),
        "secretBinary": "",
        "versionId": found["VersionId"],
        "versionStages": found.get("VersionStages", []),
        "createdDate": from_api(found["CreatedDate"]),
    }


FUNCTIONS = {
    "index/getAvailabilityZones": availability_zones,
    "ec2/getVpc": vpc,
    "ec2/getSubnets": subnets,
    "ec2/getSubnet": subnet,
    "ec2/getSecurityGroup": security_group,
    "ec2/getAmi": ami,
    "ssm/getParameter": parameter,
    "eks/getCluster": eks_cluster,
    "eks/getClusterAuth": eks_cluster_auth,
    "s3/getBucket": bucket,
    "kms/getKey": key,
    "kms/getAlias": kms_alias,
    "iam/getRole": role,
    "iam/getPolicy": iam_policy,
    "iam/getSessionContext": session_context,
    "ecr/getAuthorizationToken": authorization_token,
    "ecr/getCredentials": authorization_token,
    "secretsmanager/getSecretVersion": secret_version,
}
