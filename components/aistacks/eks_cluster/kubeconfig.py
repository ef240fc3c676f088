"""The cluster's kubeconfig."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from .._aws.policy_documents import region


def kubeconfig(parent: pulumi.Resource, cluster: aws.eks.Cluster, a: Mapping[str, Any]) -> pulumi.Output[str]:
    """A kubeconfig that depends only on the cluster and on profile and role names, so that a provider that uses it
    isn't replaced."""
    authority = cluster.certificate_authority.apply(lambda c: c.data)
    facts = pulumi.Output.all(cluster.name, cluster.endpoint, authority, region(parent), *credentials(parent, a))
    return facts.apply(lambda known: kubeconfig_text(*known))


def credentials(parent: pulumi.Resource, a: Mapping[str, Any]) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    """AWS profile and role for the kubeconfig; empty if only environment variables provide credentials.

    The arguments ``aws_profile`` and ``aws_role_arn`` override those of the AWS provider. The identity that creates the
    cluster administers it, so a client with other credentials is rejected (``Unauthorized``).
    """
    provider = parent.get_provider("aws:eks/cluster:Cluster")
    if provider is None:
        profile, roles = aws.config.profile, aws.config.assume_roles
        for message in _out_of_reach(a):
            pulumi.log.warn(message, parent)
    else:
        # A program can read only those settings of a provider that are strings.
        profile, roles = getattr(provider, "profile", None), None
        if "aws_role_arn" not in a:
            _warn_unknown_role(parent, provider)
    profile_name = pulumi.Output.from_input(a.get("aws_profile", profile))
    assumed = pulumi.Output.from_input(a.get("aws_role_arn", roles))
    return profile_name.apply(lambda name: name or ""), assumed.apply(_last_role)


_BY_ENVIRONMENT = {
    "accessKey": "AWS_ACCESS_KEY_ID",
    "sharedConfigFiles": "AWS_CONFIG_FILE",
    "sharedCredentialsFiles": "AWS_SHARED_CREDENTIALS_FILE",
    "assumeRoleWithWebIdentity": "AWS_WEB_IDENTITY_TOKEN_FILE",
}
"""Settings of the AWS provider that say who calls, and what says the same to the ``aws`` of a kubeconfig."""


def _out_of_reach(a: Mapping[str, Any]) -> Iterator[str]:
    """What the stack's config says of credentials that no kubeconfig can say."""
    config = aws.config
    given = {
        "accessKey": config.access_key,
        "sharedConfigFiles": config.shared_config_files,
        "sharedCredentialsFiles": config.shared_credentials_files,
        "assumeRoleWithWebIdentity": config.assume_role_with_web_identity,
    }
    for setting, variable in _BY_ENVIRONMENT.items():
        if given[setting] and "aws_profile" not in a and variable not in os.environ:
            yield (
                f"A kubeconfig can't hold aws:{setting}, so its token may be another identity's, which the cluster "
                f"refuses. Set {variable}, or name a profile that says the same by aws_profile."
            )
    if "aws_role_arn" not in a and _more_than_an_arn(config.assume_roles):
        yield (
            "Of aws:assumeRoles a kubeconfig takes the last role alone: none before it, and no external id. Where that "
            'isn\'t enough, name a profile that assumes them by aws_profile, and set aws_role_arn to "".'
        )


def _more_than_an_arn(roles: str | Sequence[Mapping[str, Any]] | None) -> bool:
    """Whether a role is assumed by another, or with an external id: ``aws eks get-token`` has neither
    (aws/aws-cli#5942)."""
    chain = _chain(roles)
    return len(chain) > 1 or any(role.get("externalId") or role.get("external_id") for role in chain)


def _warn_unknown_role(parent: pulumi.Resource, provider: pulumi.ProviderResource) -> None:
    message = (
        f"Whether the AWS provider {provider._name!r} assumes a role can't be read here. If it does, set aws_role_arn, "
        "or the kubeconfig's token is another identity's and the cluster refuses it."
    )
    pulumi.log.warn(message, parent)


def _last_role(roles: str | Sequence[Mapping[str, Any]] | None) -> str:
    """The last role of the chain."""
    if isinstance(roles, str) and not roles.lstrip().startswith("["):
        return roles
    chain = _chain(roles)
    return str(chain[-1].get("roleArn") or chain[-1].get("role_arn") or "") if chain else ""


def _chain(roles: str | Sequence[Mapping[str, Any]] | None) -> list[Mapping[str, Any]]:
    """The provider's setting, a JSON list of roles."""
    if isinstance(roles, str):
        roles = json.loads(roles) if roles.lstrip().startswith("[") else []
    return [role for role in roles or [] if isinstance(role, Mapping)]


def kubeconfig_text(
    name: str, endpoint: str, authority: str, region_name: str, profile: str = "", role_arn: str = ""
) -> str:
    """A kubeconfig (JSON) that runs ``aws eks get-token`` with ``profile`` and ``role_arn``."""
    args = ["--region", region_name, "eks", "get-token", "--cluster-name", name, "--output", "json"]
    token: dict[str, Any] = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": [*args, *(["--role-arn", role_arn] if role_arn else [])],
        "interactiveMode": "Never",
    }
    if profile:
        token["env"] = [{"name": "AWS_PROFILE", "value": profile}]
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": {"server": endpoint, "certificate-authority-data": authority}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "users": [{"name": name, "user": {"exec": token}}],
    }
    return json.dumps(config, indent=2)
