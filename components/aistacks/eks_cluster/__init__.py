"""An EKS cluster with Karpenter, with a private API endpoint by default."""

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
from .optional_addons import optional_addons
from .system_nodes import system_nodes


class ClusterPolicy(enum.StrEnum):
    """EKS access policies: what a principal may do with Kubernetes objects."""

    CLUSTER_ADMIN = "cluster-admin"
    """Everything."""
    ADMIN = "admin"
    """Nearly everything in a namespace, its roles included."""
    EDIT = "edit"
    """Reads and writes most objects of a namespace, including secrets."""
    ADMIN_VIEW = "admin-view"
    """Reads every object, including secrets, custom resources and cluster-scoped objects."""
    VIEW = "view"
    """Reads most built-in objects of a namespace, except secrets, custom resources and nodes."""


class ClusterAccessArgs(TypedDict):
    """An access entry: an IAM principal that may use the Kubernetes API."""

    principal_arn: pulumi.Input[str]
    """ARN of the IAM role or user."""
    policy: ClusterPolicy
    """EKS access policy of the principal."""
    namespaces: NotRequired[list[str]]
    """Namespaces that the policy applies to. Default: all namespaces."""


class PodIdentityArgs(TypedDict):
    """An EKS Pod Identity association: an IAM role for the pods of a service account."""

    namespace: pulumi.Input[str]
    """Namespace of the service account."""
    service_account: pulumi.Input[str]
    """Name of the service account."""
    role_arn: pulumi.Input[str]
    """ARN of a role whose trust policy allows ``pods.eks.amazonaws.com`` ``sts:AssumeRole`` and ``sts:TagSession``."""


class AddonArgs(TypedDict):
    """One of EKS's add-ons that a cluster doesn't have anyway."""

    version: NotRequired[str]
    """Version, such as ``v3.0.1-eksbuild.1``; ``aws eks describe-addon-versions`` lists them. Default: EKS's own for
    the cluster's Kubernetes when it is made, which then stays."""
    configuration: NotRequired[pulumi.Input[str]]
    """Values as JSON, by the add-on's schema (``aws eks describe-addon-configuration``). Default: none."""
    namespace: NotRequired[str]
    """Namespace of ``service_account``. Default: where the add-on is known to have it, else ``kube-system``."""
    service_account: NotRequired[str]
    """The service account whose pods get an IAM role of their own, through Pod Identity. Default: the one that the
    add-on is known to need it for, else none."""
    policy_arns: NotRequired[dict[str, pulumi.Input[str]]]
    """Policies of that role: a short label to the policy's ARN. Default: AWS's managed ones, where there are any."""


class EksClusterArgs(TypedDict):
    """Arguments of ``EksCluster``."""

    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Private subnets in at least two zones, for the control plane's network interfaces and the system nodes. Karpenter
    discovers its subnets by the tag ``karpenter.sh/discovery: <cluster name>``."""
    cluster_name: NotRequired[str]
    """Name of the cluster in AWS, unique in account and region; pass the same one to ``Network``. Changing it replaces
    the cluster. Default: project, stack and the component's name, with a digest where that could be another cluster's,
    too."""
    kubernetes_version: NotRequired[str]
    """Kubernetes minor version. Add-ons and node images are pinned for 1.34 and 1.35; for any other version EKS chooses
    them, and a warning says so. One that EKS or the pinned Karpenter no longer supports is refused.
    Default: ``"1.35"``."""
    admin_role_arns: NotRequired[dict[str, pulumi.Input[str]]]
    """IAM roles with cluster-admin access: a short label to the role's ARN. Must include the role that runs Pulumi.
    Default: the identity that creates the cluster."""
    access: NotRequired[dict[str, ClusterAccessArgs]]
    """Additional access entries, by a short label. Default: ``{}``."""
    pod_identities: NotRequired[dict[str, PodIdentityArgs]]
    """Pod Identity associations, by a short label. Default: ``{}``."""
    addons: NotRequired[dict[str, AddonArgs]]
    """More of EKS's add-ons, by their names in EKS, for example ``{"aws-efs-csi-driver": {}}``. Roles are known for
    ``aws-efs-csi-driver``, ``aws-fsx-csi-driver``, ``aws-mountpoint-s3-csi-driver``, ``external-dns`` and
    ``amazon-cloudwatch-observability``. Default: ``{}``."""
    public_access_cidrs: NotRequired[list[str]]
    """IPv4 CIDR blocks, ``/8`` or narrower, that may reach the public API endpoint. Without any there is none.
    Default: ``[]``."""
    private_access_cidrs: NotRequired[list[str]]
    """IPv4 CIDR blocks (a VPN, a peered VPC) that may reach the private API endpoint. Default: ``[]``."""
    aws_profile: NotRequired[pulumi.Input[str]]
    """AWS CLI profile in the kubeconfig. Default: the profile of the AWS provider that creates the cluster."""
    aws_role_arn: NotRequired[pulumi.Input[str]]
    """IAM role that the AWS CLI assumes in the kubeconfig. Default: the last one in ``aws:assumeRoles``; none if an AWS
    provider is passed through ``opts``, because a program can't read the role that it assumes."""
    service_cidr: NotRequired[str]
    """CIDR block of Kubernetes Services; must not overlap any network that the cluster connects to.
    Default: ``"172.20.0.0/16"``."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """KMS key for secrets and control plane logs; its policy must allow CloudWatch Logs. Default: a new key."""
    log_retention_days: NotRequired[int]
    """Retention of control plane logs in days; one of CloudWatch Logs' retention periods. Default: ``365``."""
    adopt_log_group: NotRequired[bool]
    """Import the log group of an earlier cluster with this name: EKS recreates a deleted group for its last log events,
    and a protected group is retained. It gets the key, retention and tags of this cluster. Set it for one ``pulumi
    up``; it fails if there is no such group. Default: ``False``."""
    system_instance_types: NotRequired[list[str]]
    """x86-64 instance types of the system nodes, which run the controllers. Default: ``["m7i.large", "m6i.large"]``."""
    system_node_count: NotRequired[int]
    """Number of system nodes, 2 to 10. Default: ``2``."""
    general_max_vcpus: NotRequired[int]
    """CPU limit, in vCPUs, of the general Karpenter node pool, for workloads without GPUs; 0 omits the pool.
    Default: ``64``."""
    static_capacity: NotRequired[bool]
    """Turns on Karpenter's feature gate ``staticCapacity``, which is alpha, for pools with a fixed number of nodes
    (`GpuNodePool`'s ``replicas``). Default: ``False``."""
    node_repair: NotRequired[bool]
    """Turns on Karpenter's feature gate ``nodeRepair``, which is alpha: a node that its kubelet or EKS's node
    monitoring agent calls unhealthy is replaced after 30 minutes, one with a broken GPU after 10, whatever budgets and
    grace periods say. Default: ``False``."""
    isolated_vpc: NotRequired[bool]
    """The VPC has no NAT, so nodes reach AWS through VPC endpoints only. The component then creates the nodes' instance
    profile, because IAM has no VPC endpoint, and Karpenter doesn't query prices. Default: ``False``."""
    image_registry: NotRequired[str]
    """Registry mirror for Karpenter's image, which it holds under the upstream host's name; images of EKS add-ons
    always come from ECR in the region. Default: ``""``."""
    deletion_protection: NotRequired[bool]
    """Protects stateful resources from deletion, and retains them in AWS when they are removed from the program.
    Default: ``True``."""
    deletion_allowed: NotRequired[dict[str, str]]
    """Resources that ``deletion_protection`` doesn't guard today: a resource's name in the program (or
    ``<kind>::<name>``, for example ``Bucket::lake-gold``) to today's date in UTC, for example ``2026-12-01``. Any other
    day is refused. Default: ``{}``."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Permissions boundary of each IAM role. Default: none."""
    iam_path: NotRequired[str]
    """Path of each IAM role and instance profile, such as ``"/aistacks/"``; another one replaces them. Default: IAM's,
    ``/``."""
    tags: NotRequired[dict[str, str]]
    """Tags on every AWS resource. Default: ``{}``."""
    labels: NotRequired[dict[str, str]]
    """Labels on every Kubernetes object and on the nodes, there without those of Kubernetes' own domains that a kubelet
    refuses. Default: ``{}``."""


_DEFAULTS: dict[str, object] = {
    "kubernetes_version": "1.35",
    "access": {},
    "pod_identities": {},
    "addons": {},
    "public_access_cidrs": [],
    "private_access_cidrs": [],
    "service_cidr": "172.20.0.0/16",
    "log_retention_days": 365,
    "adopt_log_group": False,
    "system_instance_types": ["m7i.large", "m6i.large"],
    "system_node_count": 2,
    "general_max_vcpus": 64,
    "static_capacity": False,
    "node_repair": False,
    "isolated_vpc": False,
    "image_registry": "",
    "deletion_protection": True,
    "deletion_allowed": {},
    "tags": {},
    "labels": {},
}


class EksCluster(Component):
    """An EKS cluster: encrypted secrets, all logs, access entries, pinned add-ons, system nodes and Karpenter.

    Kubernetes components use it through ``kubeconfig``, or in Python through ``opts=pulumi.ResourceOptions(
    provider=cluster.provider)``. Either way they are deleted before the nodes, Karpenter, the administrators' access
    entries and the cluster. Raises ``UserError`` for invalid arguments.
    """

    cluster_name: pulumi.Output[str]
    """Name of the cluster in AWS."""
    arn: pulumi.Output[str]
    """ARN of the cluster."""
    endpoint: pulumi.Output[str]
    """URL of the Kubernetes API."""
    certificate_authority: pulumi.Output[str]
    """Certificate authority of the Kubernetes API: PEM, base64-encoded."""
    kubeconfig: pulumi.Output[str]
    """Kubeconfig (JSON) that gets tokens from ``aws eks get-token``; contains no secret and changes only with the
    cluster. Resources that use it are deleted before the nodes and access entries that they need."""
    cluster_security_group_id: pulumi.Output[str]
    """ID of the security group that EKS attaches to the control plane and to every node."""
    oidc_issuer: pulumi.Output[str]
    """Issuer URL of the service accounts' tokens."""
    kms_key_arn: pulumi.Output[str]
    """ARN of the KMS key for secrets and logs."""
    node_role_name: pulumi.Output[str]
    """IAM role of the nodes that Karpenter launches, for ``GpuNodePool``."""
    node_instance_profile_name: pulumi.Output[str]
    """Instance profile of these nodes, for ``GpuNodePool``; empty unless ``isolated_vpc``."""

    def __init__(self, name: str, args: EksClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        a = checked(name, args, EksClusterArgs, _DEFAULTS)
        a["cluster_name"] = named_in_aws(name, a)
        validate(name, a, EksClusterArgs)
        super().__init__(name, opts, deletion_allowed=a["deletion_allowed"], iam=a)
        plane = control_plane(self, name, a)
        admins, pods = access(self, name, a, plane)
        early = addons_before_nodes(self, name, a, plane)
        nodes = system_nodes(self, name, a, plane, early)
        late = addons_after_nodes(self, name, a, plane, nodes)
        config = kubeconfig(self, plane.cluster, a)
        ready = [*admins, *late, *plane.connectivity]
        releases, node_role, profile = karpenter(self, name, a, plane, config, ready)
        # Everything in the cluster depends on this provider, so it is deleted before Karpenter and the nodes.
        self.provider = ClusterProvider(
            name,
            kubeconfig=config,
            cluster_identifier=plane.cluster.endpoint,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*ready, *releases]),
        )
        """A Kubernetes provider for the cluster. Your own objects that use it should ``depends_on`` this component, so
        that they are deleted before the nodes they run on; this library's components do so themselves."""
        self.provider.kubernetes_version = a["kubernetes_version"]
        shared = general_nodes(self, name, a, self.provider, node_role.name, profile.name if profile else None)
        shared += pods
        shared += optional_addons(self, name, a, plane, [*ready, *releases, *shared])
        self.provider.prerequisites = shared
        self.cluster_name = plane.cluster.name
        self.arn = plane.cluster.arn
        self.endpoint = plane.cluster.endpoint
        self.certificate_authority = plane.cluster.certificate_authority.apply(lambda c: c.data)
        self.kubeconfig = _depending_on(config, [*ready, *releases, *shared])
        self.cluster_security_group_id = plane.security_group_id
        self.oidc_issuer = plane.cluster.identities.apply(lambda i: i[0].oidcs[0].issuer)
        self.kms_key_arn = plane.key_arn
        self.node_role_name = node_role.name
        self.node_instance_profile_name = pulumi.Output.from_input(profile.name if profile else "")


def _depending_on(config: pulumi.Output[str], needed: Sequence[pulumi.Resource]) -> pulumi.Output[str]:
    """``config`` with a dependency on ``needed``: by URNs, which are known in every preview; IDs aren't."""
    return pulumi.Output.all(config, *[resource.urn for resource in needed]).apply(lambda known: str(known[0]))
