"""How clients reach a cluster's API."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from ._policy_documents import region


def kubeconfig(parent: pulumi.Resource, cluster: aws.eks.Cluster) -> pulumi.Output[str]:
    """A kubeconfig whose text depends on the cluster alone, so that a provider made of it isn't replaced."""
    facts = pulumi.Output.all(
        name=cluster.name,
        endpoint=cluster.endpoint,
        authority=cluster.certificate_authority.apply(lambda c: c.data),
        region=region(parent),
    )
    return facts.apply(lambda known: json.dumps(_config(**known), indent=2))


def _config(name: str, endpoint: str, authority: str, region: str) -> dict[str, Any]:
    token = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": ["--region", region, "eks", "get-token", "--cluster-name", name, "--output", "json"],
        "interactiveMode": "Never",
    }
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": {"server": endpoint, "certificate-authority-data": authority}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "users": [{"name": name, "user": {"exec": token}}],
    }
