"""How components reach a Kubernetes cluster, and what must outlive them there."""

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as kubernetes

NAMESPACE_LIMITS = pulumi.CustomTimeouts(delete="30m")
"""A namespace goes when all in it is gone: pods with their grace, volumes that EBS detaches, load balancers. The
provider gives up after ten minutes ("customTimeouts", Pulumi's documentation of the Kubernetes provider)."""


class ClusterProvider(kubernetes.Provider):
    """Reaches a cluster that this library made, and says what everything else in it needs to be taken down.

    Objects that share a provider are deleted at once, in no order; so the children of our components that use this one
    depend on its ``prerequisites``, too: the nodes that their pods run on, the class of their disks.
    """

    prerequisites: Sequence[pulumi.Resource] = ()


def kubernetes_options(
    args: pulumi.ResourceTransformationArgs, cluster_provider: kubernetes.Provider | None
) -> pulumi.ResourceOptions:
    """The options of a Kubernetes child: on the component's ``own`` cluster, and gone before what it needs there."""
    parent = args.opts.parent
    given = args.opts.provider or cluster_provider
    provider = given or (parent.get_provider(args.type_) if parent is not None else None)
    needed = provider.prerequisites if isinstance(provider, ClusterProvider) else ()
    more = pulumi.ResourceOptions(provider=given, depends_on=list(needed) or None)
    return pulumi.ResourceOptions.merge(args.opts, more)
