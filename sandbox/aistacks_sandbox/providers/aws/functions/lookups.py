"""Functions that find what exists in the emulator."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from aistacks_core.property_values import Props
from aistacks_sandbox.providers.failures import ProviderError

from ..cloud import AwsError, Cloud
from ..shapes import from_api
from ..tagging import parse
from .finding import one, place_of


def parameter(args: Props, cloud: Cloud) -> Props:
    """One SSM parameter."""
    decrypted = args.get("withDecryption", True)
    params = {"Name": args["name"], "WithDecryption": decrypted}
    found = cloud.call("ssm", "get_parameter", params, place_of(args, cloud))["Parameter"]
    return {
        "id": found["Name"],
        "arn": found.get("ARN", ""),
        "name": found["Name"],
        "type": found["Type"],
        "value": found["Value"],
        "insecureValue": found["Value"] if found["Type"] != "SecureString" else "",
        "version": found["Version"],
        "withDecryption": decrypted,
        "region": place_of(args, cloud),
    }


def eks_cluster(args: Props, cloud: Cloud) -> Props:
    """One cluster."""
    found = cloud.call("eks", "describe_cluster", {"name": args["name"]}, place_of(args, cloud))["cluster"]
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
        cloud.call("s3", "head_bucket", {"Bucket": name}, place_of(args, cloud))
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
    found = cloud.call("kms", "describe_key", {"KeyId": args["keyId"]}, place_of(args, cloud))["KeyMetadata"]
    answer: Props = from_api(found)
    return {**answer, "id": found["KeyId"], "keyId": args["keyId"], "awsAccountId": found["AWSAccountId"]}


def kms_alias(args: Props, cloud: Cloud) -> Props:
    """One alias, with its key."""
    listed = cloud.call("kms", "list_aliases", {}, place_of(args, cloud))["Aliases"]
    found = one("getAlias", [item for item in listed if item["AliasName"] == args["name"]])
    target = cloud.call("kms", "describe_key", {"KeyId": found["TargetKeyId"]}, place_of(args, cloud))["KeyMetadata"]
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
    found = one("getPolicy", fits)
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
    data = cloud.call("ecr", "get_authorization_token", params, place_of(args, cloud))["authorizationData"][0]
    user, _, password = base64.b64decode(data["authorizationToken"]).decode().partition(":")
    return {
        "id": place_of(args, cloud),
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
    found = cloud.call("secretsmanager", "get_secret_value", params, place_of(args, cloud))
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
