"""What goes before what when an environment is destroyed, read from the dependencies that it registers.

The engine deletes a resource once everything that depends on it is gone. So what must clear its finalizers, move its
pods or delete its volumes has to depend, over however many steps, on all that does this for it.
"""

import pytest

from graphs import waits_for
from recorded import ENVIRONMENTS

# Type and name of what a workload needs until it is gone.
NEEDED = [
    ("kubernetes:karpenter.sh/v1:NodePool", "cluster-general"),
    ("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", "cluster-general-class"),
    ("kubernetes:storage.k8s.io/v1:StorageClass", "cluster-gp3"),
    ("kubernetes:helm.sh/v3:Release", "cluster-karpenter"),
    ("kubernetes:helm.sh/v3:Release", "cluster-karpenter-crd"),
    ("aws:iam/rolePolicy:RolePolicy", "cluster-karpenter-nodes"),
    ("aws:eks/podIdentityAssociation:PodIdentityAssociation", "cluster-karpenter"),
    ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "cluster-karpenter-node-join"),
    ("aws:sqs/queue:Queue", "cluster-karpenter"),
    ("aws:ec2/tag:Tag", "cluster-discovery"),
    ("aws:eks/nodeGroup:NodeGroup", "cluster-system"),
    ("aws:eks/addon:Addon", "cluster-vpc-cni"),
    ("aws:eks/addon:Addon", "cluster-coredns"),
    ("aws:eks/addon:Addon", "cluster-ebs-csi-driver"),
    ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "cluster-ebs-csi-driver"),
    ("aws:eks/cluster:Cluster", "cluster"),
]


def is_below(plan, registration, component):
    by_urn = {r.urn: r for r in plan.resources}
    while registration is not None:
        if registration.type == component:
            return True
        registration = by_urn.get(registration.parent)
    return False


def kubernetes_objects(plan):
    """What the environment has in its cluster, without what is the cluster's own."""
    return [
        r
        for r in plan.resources
        if r.custom and r.type.startswith("kubernetes:") and not is_below(plan, r, "aistacks:index:EksCluster")
    ]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_is_in_the_cluster_goes_before_all_that_takes_it_down(plans, environment):
    plan = plans(environment)
    needed = {plan.one(*key).urn: key[1] for key in NEEDED}
    needed |= {r.urn: r.name for r in plan.of("aws:ec2/natGateway:NatGateway")}
    needed |= {r.urn: r.name for r in plan.of("aws:ec2/routeTableAssociation:RouteTableAssociation")}
    needed |= {
        r.urn: r.name
        for r in plan.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        if is_below(plan, r, "aistacks:index:EksCluster")
    }
    needed |= {
        r.urn: r.name
        for r in plan.of("aws:eks/accessPolicyAssociation:AccessPolicyAssociation")
        if r.name.startswith(("cluster-admin-", "cluster-creator"))
    }
    objects = kubernetes_objects(plan)
    assert len(objects) > 10
    for made in objects:
        left_out = set(needed) - waits_for(plan, made)
        assert not left_out, (made.type, made.name, sorted(needed[urn] for urn in left_out))


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_clusters_own_pool_goes_before_the_controllers(plans, environment):
    plan = plans(environment)
    pool = plan.one("kubernetes:karpenter.sh/v1:NodePool", "cluster-general")
    later = {plan.one(*key).urn for key in NEEDED if key[1] not in ("cluster-general", "cluster-gp3")}
    assert later <= waits_for(plan, pool)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_pods_go_before_the_gpu_nodes_that_they_are_on(plans, environment):
    plan = plans(environment)
    pools = {r.inputs["metadata"]["name"]: r.urn for r in plan.of("kubernetes:karpenter.sh/v1:NodePool")}
    for made in plan.of("kubernetes:apps/v1:Deployment"):
        chosen = made.inputs["spec"]["template"]["spec"].get("nodeSelector", {}).get("karpenter.sh/nodepool")
        if chosen in pools:
            assert pools[chosen] in waits_for(plan, made), made.name
