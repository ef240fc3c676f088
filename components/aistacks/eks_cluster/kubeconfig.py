"""How clients reach a cluster's API."""

import json

import pulumi
import pulumi_aws as aws

from .._aws.policy_documents import region


def kubeconfig(parent: pulumi.Resource, cluster: aws.eks.Cluster) -> pulumi.Output[str]:
    """A kubeconfig whose text depends on the cluster alone, so that a provider made of it isn't replaced."""
    authority = cluster.certificate_authority.apply(lambda c: c.data)
    facts = pulumi.Output.all(cluster.name, cluster.endpoint, authority, region(parent))
    return facts.apply(lambda known: kubeconfig_text(*known))


def kubeconfig_text(name: str, endpoint: str, authority: str, region_name: str) -> str:
    """A kubeconfig (JSON) whose user asks ``aws`` for a token each time."""
    token = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": ["--region", region_name, "eks", "get-token", "--cluster-name", name, "--output", "json"],
        "interactiveMode": "Never",
    }
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": {"server": endpoint, "certificate-authority-data": authority}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "users": [{"name": name, "user": {"exec": token}}],
    }
    return json.dumps(config, indent=2)
