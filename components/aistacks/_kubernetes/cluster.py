"""Providers through which components use a Kubernetes cluster, and the order in which objects are deleted."""

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as kubernetes

NAMESPACE_LIMITS = pulumi.CustomTimeouts(delete="30m")
"""A namespace goes when all in it is gone: pods with their grace, volumes that EBS detaches, load balancers. The
provider gives up after ten minutes ("customTimeouts", Pulumi's documentation of the Kubernetes provider)."""


class ClusterProvider(kubernetes.Provider):
    """The provider of an ``EksCluster``, with the resources that workloads in it need until they are deleted.

    Objects that share a provider are deleted in parallel. So children of this library's components that use this
    provider also depend on its ``prerequisites``: the nodes that their pods run on and the StorageClass.
    """

    prerequisites: Sequence[pulumi.Resource] = ()
    kubernetes_version: str | None = None
    """The cluster's Kubernetes minor version, against which components in it check what they install."""


def kubernetes_options(
    args: pulumi.ResourceTransformationArgs, cluster_provider: kubernetes.Provider | None
) -> pulumi.ResourceOptions:
    """The options of a Kubernetes child: its provider, and a dependency on that provider's prerequisites."""
    parent = args.opts.parent
    given = args.opts.provider or cluster_provider
    provider = given or (parent.get_provider(args.type_) if parent is not None else None)
    needed = provider.prerequisites if isinstance(provider, ClusterProvider) else ()
    more = pulumi.ResourceOptions(provider=given, depends_on=list(needed) or None)
    return pulumi.ResourceOptions.merge(args.opts, more)
