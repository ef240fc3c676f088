"""An EKS cluster with Karpenter, private unless told otherwise."""

import enum
from collections.abc import Sequence
from typing import NotRequired, TypedDict

import pulumi

from .._arguments import checked
from .._kubernetes.cluster import ClusterProvider
from ..component import Component
from .access import access
from .addons import addons_after_nodes, addons_before_nodes
from .checks import named_in_aws, validate
from .control_plane import control_plane
from .general_nodes import general_nodes
from .karpenter import karpenter
from .kubeconfig import kubeconfig
from .system_nodes import system_nodes


class ClusterPolicy(enum.StrEnum):
    """What a principal may do with Kubernetes objects (EKS access policies)."""

    CLUSTER_ADMIN = "cluster-admin"
    """Everything."""
    ADMIN = "admin"
    """Nearly everything in a namespace, its roles included."""
    EDIT = "edit"
    """Reads and writes most objects of a namespace, secrets included."""
    ADMIN_VIEW = "admin-view"
    """Reads every object: secrets, custom resources and what lies in no namespace, too."""
    VIEW = "view"
    """Reads most built-in objects of a namespace; neither secrets nor custom resources nor nodes."""


class ClusterAccessArgs(TypedDict):
    """A principal that may use the Kubernetes API."""

    principal_arn: pulumi.Input[str]
    """IAM role, or user."""
    policy: ClusterPolicy
    """What it may do."""
    namespaces: NotRequired[list[str]]
    """Where it may do it. Default: in every namespace."""


class PodIdentityArgs(TypedDict):
    """An IAM role that a service account's pods get."""

    namespace: pulumi.Input[str]
    """Namespace of the service account."""
    service_account: pulumi.Input[str]
    """Its name."""
    role_arn: pulumi.Input[str]
    """Role whose trust policy lets ``pods.eks.amazonaws.com`` assume and tag it."""


class EksClusterArgs(TypedDict):
    """Arguments of ``EksCluster``."""

    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Private subnets in two zones at least, for the control plane's interfaces and the system nodes. Karpenter finds
    its own subnets by the tag ``karpenter.sh/discovery: <cluster name>``."""
    cluster_name: NotRequired[str]
    """Name in AWS, unique in account and region; a ``Network`` wants the same one. Another name replaces the cluster.
    Default: project, stack and the component's name; a digest ends it where that could be another cluster's, too."""
    kubernetes_version: NotRequired[str]
    """Minor version. For 1.34 and 1.35 add-ons and node images are pinned here; for another EKS chooses them, with a
    warning. Default: ``"1.35"``."""
    admin_role_arns: NotRequired[dict[str, pulumi.Input[str]]]
    """IAM roles that administer the cluster, by a short label of their own; the one that runs Pulumi must be among
    them. Default: the identity that creates the cluster."""
    access: NotRequired[dict[str, ClusterAccessArgs]]
    """Further principals, by a short label. Default: ``{}``."""
    pod_identities: NotRequired[dict[str, PodIdentityArgs]]
    """Roles for service accounts, by a short label. Default: ``{}``."""
    public_access_cidrs: NotRequired[list[str]]
    """IPv4 ranges, ``/8`` or narrower, that reach the Kubernetes API from the internet. Default: ``[]``."""
    private_access_cidrs: NotRequired[list[str]]
    """IPv4 ranges (a VPN, a peer) that reach the Kubernetes API inside the network. Default: ``[]``."""
    aws_profile: NotRequired[pulumi.Input[str]]
    """Profile that the kubeconfig's ``aws`` uses. Default: that of the AWS provider in force."""
    aws_role_arn: NotRequired[pulumi.Input[str]]
    """Role that the kubeconfig's ``aws`` assumes. Default: the last that ``aws:assumeRoles`` names; none where
    an AWS provider is given through ``opts``, which doesn't tell its own."""
    service_cidr: NotRequired[str]
    """Range of Kubernetes service addresses, apart from every network that the cluster talks to.
    Default: ``"172.20.0.0/16"``."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """Key for secrets and control-plane logs; its policy must let CloudWatch Logs use it. Default: a new key."""
    log_retention_days: NotRequired[int]
    """Days that control-plane logs are kept, one of CloudWatch's choices. Default: ``365``."""
    adopt_log_group: NotRequired[bool]
    """Take over the log group that an earlier cluster of this name left, or that was kept: EKS writes its last lines
    when the cluster is gone, and makes the group again for them. It gets the key, the retention and the tags of this
    cluster. For one ``pulumi up``: where no such group is, it fails. Default: ``False``."""
    system_instance_types: NotRequired[list[str]]
    """x86-64 types of the nodes that run the controllers. Default: ``["m7i.large", "m6i.large"]``."""
    system_node_count: NotRequired[int]
    """How many of them, 2 to 10. Default: ``2``."""
    general_max_vcpus: NotRequired[int]
    """Upper bound, in vCPUs, of the nodes that Karpenter starts for whatever needs no GPU; 0 leaves that pool out.
    Default: ``64``."""
    isolated_vpc: NotRequired[bool]
    """The nodes' network has no NAT: they reach AWS by interface endpoints alone. Then the nodes' instance profile is
    made here, as IAM has no endpoint, and Karpenter looks up no prices. Default: ``False``."""
    image_registry: NotRequired[str]
    """Mirror that Karpenter's image is pulled from, below its upstream host; EKS's add-ons come from ECR in the region
    by themselves. Default: ``""``."""
    deletion_protection: NotRequired[bool]
    """Refuses to delete what can't be made again, and keeps what holds data when it leaves the stack.
    Default: ``True``."""
    tags: NotRequired[dict[str, str]]
    """Tags on every AWS resource. Default: ``{}``."""
    labels: NotRequired[dict[str, str]]
    """Labels on every Kubernetes object and on the nodes, there without those of Kubernetes' own domains that a kubelet
    refuses. Default: ``{}``."""


_DEFAULTS: dict[str, object] = {
    "kubernetes_version": "1.35",
    "access": {},
    "pod_identities": {},
    "public_access_cidrs": [],
    "private_access_cidrs": [],
    "service_cidr": "172.20.0.0/16",
    "log_retention_days": 365,
    "adopt_log_group": False,
    "system_instance_types": ["m7i.large", "m6i.large"],
    "system_node_count": 2,
    "general_max_vcpus": 64,
    "isolated_vpc": False,
    "image_registry": "",
    "deletion_protection": True,
    "tags": {},
    "labels": {},
}


class EksCluster(Component):
    """An EKS cluster: encrypted secrets, all logs, access entries, pinned add-ons, system nodes and Karpenter.

    Kubernetes components take it by ``kubeconfig``, or in Python by ``opts=pulumi.ResourceOptions(
    provider=cluster.provider)``; either way they are gone before the nodes, Karpenter, the admins' access and the
    cluster go. Raises ``UserError`` for arguments that make no sense.
    """

    cluster_name: pulumi.Output[str]
    """Name in AWS."""
    arn: pulumi.Output[str]
    """ARN of the cluster."""
    endpoint: pulumi.Output[str]
    """Address of the Kubernetes API."""
    certificate_authority: pulumi.Output[str]
    """The API's certificate authority, PEM in base64."""
    kubeconfig: pulumi.Output[str]
    """Kubeconfig (JSON) that gets its token from ``aws eks get-token``; holds no secret and changes only with the
    cluster. What takes it is taken down before anything that it needs here."""
    cluster_security_group_id: pulumi.Output[str]
    """Security group that EKS puts on the control plane and on every node."""
    oidc_issuer: pulumi.Output[str]
    """URL that signs the service accounts' tokens."""
    kms_key_arn: pulumi.Output[str]
    """Key of secrets and logs."""
    node_role_name: pulumi.Output[str]
    """Role of the nodes that Karpenter starts; what a ``GpuNodePool`` wants."""
    node_instance_profile_name: pulumi.Output[str]
    """Their instance profile, which a ``GpuNodePool`` wants with ``isolated_vpc``; without, it is empty."""

    def __init__(self, name: str, args: EksClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        a = checked(name, args, EksClusterArgs, _DEFAULTS)
        a["cluster_name"] = named_in_aws(name, a)
        validate(name, a, EksClusterArgs)
        super().__init__(name, opts)
        plane = control_plane(self, name, EksClusterArgs, a)
        admins, pods = access(self, name, a, plane)
        early = addons_before_nodes(self, name, a, plane)
        nodes = system_nodes(self, name, a, plane, early)
        late = addons_after_nodes(self, name, a, plane, nodes)
        config = kubeconfig(self, plane.cluster, a)
        ready = [*admins, *late, *plane.connectivity]
        releases, node_role, profile = karpenter(self, name, a, plane, config, ready)
        # Everything in the cluster hangs on this provider, so it is gone before the releases and the nodes are.
        self.provider = ClusterProvider(
            name,
            kubeconfig=config,
            cluster_identifier=plane.cluster.endpoint,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*ready, *releases]),
        )
        """The same as a provider, for ``opts``. Objects of your own that use it should ``depends_on`` this component,
        so that the nodes they run on go after them; this library's do so by themselves."""
        shared = general_nodes(self, name, a, self.provider, node_role.name, profile.name if profile else None)
        shared += pods
        self.provider.prerequisites = shared
        self.cluster_name = plane.cluster.name
        self.arn = plane.cluster.arn
        self.endpoint = plane.cluster.endpoint
        self.certificate_authority = plane.cluster.certificate_authority.apply(lambda c: c.data)
        self.kubeconfig = _after_dependents(config, [*ready, *releases, *shared])
        self.cluster_security_group_id = plane.security_group_id
        self.oidc_issuer = plane.cluster.identities.apply(lambda i: i[0].oidcs[0].issuer)
        self.kms_key_arn = plane.key_arn
        self.node_role_name = node_role.name
        self.node_instance_profile_name = pulumi.Output.from_input(profile.name if profile else "")


def _after_dependents(config: pulumi.Output[str], needed: Sequence[pulumi.Resource]) -> pulumi.Output[str]:
    """``config``, for what must be gone before any of ``needed`` goes. A URN is known in every preview, an id isn't."""
    return pulumi.Output.all(config, *[resource.urn for resource in needed]).apply(lambda known: str(known[0]))
