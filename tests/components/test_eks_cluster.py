"""The cluster's registrations. That nodes join and Karpenter starts some, only AWS shows."""

import json

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest

from aistacks import EksCluster
from aistacks.eks_cluster.karpenter_policy import Place, discovery, nodes, profiles, queue
from aistacks.eks_cluster.kubeconfig import credentials, kubeconfig_text
from aistacks_catalog.aws import facts as _facts
from aistacks_core.errors import UserError
from aistacks_core.snapshot import UNKNOWN
from graphs import waits_for

ACCOUNT = "111122223333"
FACTS = {
    "aws:index/getCallerIdentity:getCallerIdentity": {
        "accountId": ACCOUNT,
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/me/now",
    },
    "aws:iam/getSessionContext:getSessionContext": {"issuerArn": f"arn:aws:iam::{ACCOUNT}:role/me"},
    "aws:index/getPartition:getPartition": {"partition": "aws"},
    "aws:index/getRegion:getRegion": {"region": "eu-central-1"},
}
NAME = "test-test-ai"
"""The name in AWS of the cluster ``ai`` in the recorder's project and stack."""
ADMIN = f"arn:aws:iam::{ACCOUNT}:role/platform"


@pytest.fixture(scope="module")
def plans():
    """What was registered for the same arguments before."""
    return {}


@pytest.fixture
def cluster(record, plans):
    def run(opts=None, inside=None, **args):
        args = {"subnet_ids": ["subnet-1", "subnet-2"], "admin_role_arns": {"platform": ADMIN}, **args}
        key = repr((args, opts, inside))
        if key not in plans:
            after = inside or (lambda made: None)
            plans[key] = record(lambda: after(EksCluster("ai", args, opts)), answers=lambda token, *_: FACTS.get(token))
        return plans[key]

    return run


def policy(plan, name):
    return json.loads(plan.one("aws:iam/rolePolicy:RolePolicy", name).inputs["policy"])["Statement"]


def test_the_cluster_is_private_encrypted_and_logs_everything(cluster):
    made = cluster().one("aws:eks/cluster:Cluster", "ai")
    assert made.inputs == {
        "name": NAME,
        "version": "1.35",
        "roleArn": UNKNOWN,
        "vpcConfig": {
            "subnetIds": ["subnet-1", "subnet-2"],
            "endpointPrivateAccess": True,
            "endpointPublicAccess": False,
        },
        "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        "bootstrapSelfManagedAddons": False,
        "encryptionConfig": {"provider": {"keyArn": UNKNOWN}, "resources": ["secrets"]},
        "kubernetesNetworkConfig": {"ipFamily": "ipv4", "serviceIpv4Cidr": "172.20.0.0/16"},
        "enabledClusterLogTypes": ["api", "audit", "authenticator", "controllerManager", "scheduler"],
        "upgradePolicy": {"supportType": "STANDARD"},
        "deletionProtection": True,
        "tags": {"Name": "ai", "aistacks:component": "EksCluster/ai", "aistacks:stack": "test/test"},
    }


def test_the_api_is_public_only_to_stated_ranges(cluster):
    plan = cluster(public_access_cidrs=["203.0.113.0/24"])
    config = plan.one("aws:eks/cluster:Cluster", "ai").inputs["vpcConfig"]
    assert config["endpointPublicAccess"] is True
    assert config["publicAccessCidrs"] == ["203.0.113.0/24"]
    assert config["endpointPrivateAccess"] is True


def test_a_private_range_reaches_the_api_inside_the_network(cluster):
    plan = cluster(private_access_cidrs=["10.99.0.0/16"])
    (rule,) = plan.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert rule.name == "ai-api-10-99-0-0-16"
    assert {k: v for k, v in rule.inputs.items() if k != "tags"} == {
        "securityGroupId": UNKNOWN,
        "description": "Kubernetes API from 10.99.0.0/16",
        "cidrIpv4": "10.99.0.0/16",
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
    }


def test_the_log_group_is_there_first_keeps_a_year_and_is_encrypted(cluster):
    plan = cluster()
    group = plan["ai-logs"]
    assert (group.inputs["name"], group.inputs["retentionInDays"]) == (f"/aws/eks/{NAME}/cluster", 365)
    assert plan.one("aws:kms/key:Key", "ai-secrets").urn in group.property_dependencies["kmsKeyId"]
    assert group.urn in waits_for(plan, plan.one("aws:eks/cluster:Cluster", "ai"))


def test_a_log_group_that_is_there_already_is_taken_over_and_keeps_its_key_and_retention(cluster):
    group, made = cluster(adopt_log_group=True)["ai-logs"], cluster()["ai-logs"]
    assert (group.import_id, made.import_id) == (f"/aws/eks/{NAME}/cluster", "")
    assert set(group.inputs) == set(made.inputs) >= {"kmsKeyId", "retentionInDays", "tags"}


def test_system_nodes_have_no_label_with_which_their_kubelets_would_not_start(cluster):
    """ "unknown 'kubernetes.io' or 'k8s.io' labels specified with --node-labels"."""
    labels = {"app.kubernetes.io/owner": "ml", "k8s.io/x": "y", "node.kubernetes.io/x": "y", "team": "ml"}
    plan = cluster(labels=labels)
    nodes = plan.one("aws:eks/nodeGroup:NodeGroup", "ai-system").inputs["labels"]
    assert nodes == {"node.kubernetes.io/x": "y", "team": "ml", "aistacks.io/nodes": "system"}
    assert plan["ai-gp3"].inputs["metadata"]["labels"]["app.kubernetes.io/owner"] == "ml"


def test_secrets_are_encrypted_by_a_given_key(cluster):
    key = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/k"
    plan = cluster(kms_key_arn=key)
    assert plan.one("aws:eks/cluster:Cluster", "ai").inputs["encryptionConfig"]["provider"] == {"keyArn": key}
    assert not plan.of("aws:kms/key:Key")


def test_what_is_hard_to_replace_is_guarded_unless_told_otherwise(cluster):
    guarded = {r.name for r in cluster().resources if r.protect and r.retain_on_delete}
    assert guarded == {"ai", "ai-karpenter-crd", "ai-logs", "ai-secrets"}
    plan = cluster(deletion_protection=False)
    assert not any(r.protect for r in plan.resources)
    assert plan.one("aws:eks/cluster:Cluster", "ai").inputs["deletionProtection"] is False


def test_an_admin_is_let_in_by_an_access_entry(cluster):
    plan = cluster()
    entry = plan.one("aws:eks/accessEntry:AccessEntry", "ai-admin-platform")
    assert (entry.inputs["principalArn"], entry.inputs["type"]) == (ADMIN, "STANDARD")
    granted = plan.one("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "ai-admin-platform").inputs
    assert granted["policyArn"] == "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    assert granted["accessScope"] == {"type": "cluster"}


def test_without_admins_the_role_behind_the_session_gets_in_and_is_not_exchanged_later(record):
    plan = record(
        lambda: EksCluster("ai", {"subnet_ids": ["subnet-1", "subnet-2"]}),
        answers=lambda token, *_: FACTS.get(token),
    )
    entry = plan.one("aws:eks/accessEntry:AccessEntry", "ai-creator")
    assert entry.inputs["principalArn"] == f"arn:aws:iam::{ACCOUNT}:role/me"
    assert entry.ignore_changes == ("principalArn",)


def test_others_are_let_in_where_they_work(cluster):
    who = f"arn:aws:iam::{ACCOUNT}:role/team"
    plan = cluster(access={"team": {"principal_arn": who, "policy": "edit", "namespaces": ["vision"]}})
    granted = plan.one("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "ai-access-team").inputs
    assert granted["policyArn"].endswith("/AmazonEKSEditPolicy")
    assert granted["accessScope"] == {"type": "namespace", "namespaces": ["vision"]}


def test_who_compares_the_cluster_with_the_state_reads_everything_in_it(cluster):
    who = f"arn:aws:iam::{ACCOUNT}:role/drift"
    plan = cluster(access={"drift": {"principal_arn": who, "policy": "admin-view"}})
    granted = plan.one("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "ai-access-drift").inputs
    assert granted["policyArn"].endswith(":cluster-access-policy/AmazonEKSAdminViewPolicy")
    assert granted["accessScope"] == {"type": "cluster"}


def test_a_service_account_gets_its_role(cluster):
    spec = {"namespace": "vision", "service_account": "reader", "role_arn": ADMIN}
    made = cluster(pod_identities={"reader": spec})["ai-pods-reader"]
    assert made.type == "aws:eks/podIdentityAssociation:PodIdentityAssociation"
    assert {k: v for k, v in made.inputs.items() if k != "tags"} == {
        "clusterName": NAME,
        "namespace": "vision",
        "serviceAccount": "reader",
        "roleArn": ADMIN,
    }


@pytest.mark.parametrize("version", _facts.eks_versions())
def test_every_add_on_is_at_the_version_pinned_for_the_cluster(cluster, version):
    plan = cluster(kubernetes_version=version)
    found = {a.inputs["addonName"]: a.inputs["addonVersion"] for a in plan.of("aws:eks/addon:Addon")}
    wanted = _facts.addon_versions(version)
    assert found == {name: wanted[name] for name in found}
    assert set(found) == {
        "vpc-cni",
        "kube-proxy",
        "eks-pod-identity-agent",
        "coredns",
        "metrics-server",
        "eks-node-monitoring-agent",
        "aws-ebs-csi-driver",
    }
    nodes = plan.one("aws:eks/nodeGroup:NodeGroup", "ai-system").inputs
    assert nodes["version"] == version
    assert nodes["releaseVersion"].startswith(f"{version}.")


def test_the_network_add_on_gives_prefixes_and_enforces_policies_by_a_role_of_its_own(cluster):
    plan = cluster()
    addon = plan.one("aws:eks/addon:Addon", "ai-vpc-cni").inputs
    assert json.loads(addon["configurationValues"]) == {
        "enableNetworkPolicy": "true",
        "env": {"ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"},
    }
    assert addon["podIdentityAssociations"] == [{"roleArn": UNKNOWN, "serviceAccount": "aws-node"}]
    trust = json.loads(plan.one("aws:iam/role:Role", "ai-vpc-cni").inputs["assumeRolePolicy"])["Statement"][0]
    tags = trust["Condition"]["StringEquals"]
    assert tags["aws:RequestTag/kubernetes-service-account"] == "aws-node"
    assert tags["aws:RequestTag/eks-cluster-name"] == NAME


@pytest.mark.parametrize("addon", ["ai-coredns", "ai-metrics-server", "ai-ebs-csi-driver"])
def test_a_controller_tolerates_the_system_nodes_taint_and_waits_for_them(cluster, addon):
    plan = cluster()
    made = plan.one("aws:eks/addon:Addon", addon)
    assert '{"key": "CriticalAddonsOnly", "operator": "Exists"}' in made.inputs["configurationValues"]
    assert plan.one("aws:eks/nodeGroup:NodeGroup", "ai-system").urn in made.dependencies


def test_system_nodes_are_tainted_pinned_and_on_demand(cluster):
    made = cluster(system_node_count=3).one("aws:eks/nodeGroup:NodeGroup", "ai-system").inputs
    assert made["taints"] == [{"key": "CriticalAddonsOnly", "value": "true", "effect": "NO_SCHEDULE"}]
    assert made["amiType"] == "AL2023_x86_64_STANDARD"
    assert made["capacityType"] == "ON_DEMAND"
    assert made["scalingConfig"] == {"desiredSize": 3, "minSize": 3, "maxSize": 4}
    assert "remoteAccess" not in made


def test_system_nodes_hide_their_credentials_from_pods_and_encrypt_their_disk(cluster):
    template = cluster().one("aws:ec2/launchTemplate:LaunchTemplate", "ai-system").inputs
    assert template["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
    }
    assert template["blockDeviceMappings"] == [
        {
            "deviceName": "/dev/xvda",
            "ebs": {"volumeSize": 50, "volumeType": "gp3", "encrypted": "true", "deleteOnTermination": "true"},
        }
    ]
    assert {t["resourceType"] for t in template["tagSpecifications"]} == {"instance", "volume", "network-interface"}
    assert "userData" not in template


@pytest.mark.parametrize("role", ["ai-system-node", "ai-karpenter-node"])
def test_a_node_may_join_and_pull_images_no_more(cluster, role):
    plan = cluster()
    urn = plan.one("aws:iam/role:Role", role).urn
    attached = {
        a.inputs["policyArn"].rsplit("/", 1)[1]
        for a in plan.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
        if urn in a.property_dependencies["role"]
    }
    assert attached == {"AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"}
    inline = [p for p in plan.of("aws:iam/rolePolicy:RolePolicy") if urn in p.property_dependencies["role"]]
    assert not inline


def test_nodes_become_ready_only_with_a_network(cluster):
    plan = cluster()
    nodes = waits_for(plan, plan.one("aws:eks/nodeGroup:NodeGroup", "ai-system"))
    for addon in ("ai-vpc-cni", "ai-kube-proxy", "ai-pod-identity-agent"):
        assert plan.one("aws:eks/addon:Addon", addon).urn in nodes


def test_what_lives_in_the_cluster_goes_before_karpenter_the_nodes_the_admins_and_the_cluster(cluster):
    def inside(made):
        opts = pulumi.ResourceOptions(provider=made.provider)
        kubernetes.core.v1.Namespace("team", metadata={"name": "team"}, opts=opts)

    plan = cluster(inside=inside)
    outlive = [
        plan.one("kubernetes:helm.sh/v3:Release", "ai-karpenter"),
        plan.one("kubernetes:helm.sh/v3:Release", "ai-karpenter-crd"),
        plan.one("aws:eks/nodeGroup:NodeGroup", "ai-system"),
        plan.one("aws:eks/addon:Addon", "ai-coredns"),
        plan.one("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "ai-admin-platform"),
        plan.one("aws:eks/cluster:Cluster", "ai"),
    ]
    for name in ("team", "ai-general", "ai-general-class", "ai-gp3"):
        assert {r.urn for r in outlive} <= waits_for(plan, plan[name]), name


def test_karpenter_goes_before_its_permissions_and_the_nodes_it_runs_on(cluster):
    plan = cluster()
    waits = waits_for(plan, plan.one("kubernetes:helm.sh/v3:Release", "ai-karpenter"))
    for kind, name in (
        ("aws:eks/nodeGroup:NodeGroup", "ai-system"),
        ("aws:eks/podIdentityAssociation:PodIdentityAssociation", "ai-karpenter"),
        ("aws:eks/accessEntry:AccessEntry", "ai-karpenter-node"),
        ("aws:iam/rolePolicy:RolePolicy", "ai-karpenter-nodes"),
        ("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "ai-admin-platform"),
    ):
        assert plan.one(kind, name).urn in waits, name


def test_what_dies_with_the_cluster_is_not_deleted_one_by_one(cluster):
    plan = cluster()
    made = plan.one("aws:eks/cluster:Cluster", "ai").urn
    kinds = ("addon:Addon", "accessEntry:AccessEntry", "accessPolicyAssociation:AccessPolicyAssociation")
    for kind in (*kinds, "podIdentityAssociation:PodIdentityAssociation"):
        children = plan.of(f"aws:eks/{kind}")
        assert children, kind
        assert [child.name for child in children if child.deleted_with != made] == []


def test_karpenter_is_pinned_and_runs_on_the_system_nodes(cluster):
    release = cluster().one("kubernetes:helm.sh/v3:Release", "ai-karpenter").inputs
    assert (release["chart"], release["version"]) == ("oci://public.ecr.aws/karpenter/karpenter", "1.14.3")
    assert release["namespace"] == "kube-system"
    assert release["skipCrds"] is True
    assert release["values"]["settings"] == {
        "clusterName": NAME,
        "interruptionQueue": UNKNOWN,
        "eksControlPlane": True,
    }
    assert release["values"]["tolerations"] == [{"key": "CriticalAddonsOnly", "operator": "Exists"}]


def test_karpenter_ends_only_this_cluster_s_instances(cluster):
    ends = {"ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"}
    ending = [s for s in policy(cluster(), "ai-karpenter-nodes") if ends & set(s["Action"])]
    assert ends <= {action for statement in ending for action in statement["Action"]}
    for statement in ending:
        assert statement["Condition"]["StringEquals"] == {f"aws:ResourceTag/kubernetes.io/cluster/{NAME}": "owned"}


def test_karpenter_passes_only_the_node_role_to_ec2(cluster, record):
    plan = cluster()
    profiles = plan.one("aws:iam/rolePolicy:RolePolicy", "ai-karpenter-profiles")
    assert plan.one("aws:iam/role:Role", "ai-karpenter-node").urn in profiles.property_dependencies["policy"]


@pytest.mark.parametrize("name", ["nodes", "discovery"])
def test_karpenter_s_policy_has_no_service_wildcard_and_changes_nothing_everywhere(cluster, name):
    for statement in policy(cluster(), f"ai-karpenter-{name}"):
        actions = statement["Action"]
        actions = [actions] if isinstance(actions, str) else actions
        assert not [a for a in actions if "*" in a]
        if statement["Resource"] == "*":
            assert all(a.split(":")[1].startswith(("Describe", "Get", "List")) for a in actions)


def test_the_policies_of_karpenter_fit_the_limit_of_inline_policies(record):
    # IAM quotas: 10,240 characters of inline policy a role, white space not counted.
    longest_arn = f"arn:aws-us-gov:iam::{ACCOUNT}:role/{'r' * 64}"
    size = []

    def measure():
        place = Place("c" * 63, *(pulumi.Output.from_input(x) for x in ("aws-us-gov", "us-gov-west-1", ACCOUNT)))
        arn = pulumi.Output.from_input(longest_arn)
        statements = [*nodes(place), *profiles(place, arn), *discovery(place), *queue(arn)]
        size.append(len(json.dumps(statements, default=lambda _: longest_arn, separators=(",", ":"))))

    record(measure)
    assert size[0] < 10_240


def test_ec2_s_warnings_reach_karpenter_by_an_encrypted_queue(cluster):
    plan = cluster()
    queue = plan.one("aws:sqs/queue:Queue", "ai-karpenter")
    assert queue.inputs["sqsManagedSseEnabled"] is True
    patterns = [json.loads(r.inputs["eventPattern"]) for r in plan.of("aws:cloudwatch/eventRule:EventRule")]
    assert {p["detail-type"][0] for p in patterns} == {
        "AWS Health Event",
        "EC2 Capacity Reservation Instance Interruption Warning",
        "EC2 Instance Rebalance Recommendation",
        "EC2 Instance State-change Notification",
        "EC2 Spot Instance Interruption Warning",
    }
    for target in plan.of("aws:cloudwatch/eventTarget:EventTarget"):
        assert queue.urn in target.property_dependencies["arn"]


def test_general_workloads_have_a_pool_and_a_disk_class(cluster):
    plan = cluster(general_max_vcpus=32)
    pool = plan.one("kubernetes:karpenter.sh/v1:NodePool", "ai-general").inputs["spec"]
    assert pool["limits"] == {"cpu": "32"}
    assert "taints" not in pool["template"]["spec"]
    disk = plan["ai-gp3"].inputs
    assert disk["parameters"] == {"type": "gp3", "encrypted": "true"}


def test_the_general_pool_can_be_left_out(cluster):
    plan = cluster(general_max_vcpus=0)
    assert not plan.of("kubernetes:karpenter.sh/v1:NodePool")
    assert plan["ai-gp3"]


def test_the_cluster_s_security_group_is_found_by_karpenter(cluster):
    tag = cluster()["ai-discovery"].inputs
    assert tag == {"resourceId": UNKNOWN, "key": "karpenter.sh/discovery", "value": NAME}


def test_another_name_in_aws_goes_everywhere(cluster):
    plan = cluster(cluster_name="vision-dev")
    assert plan.one("aws:eks/cluster:Cluster", "ai").inputs["name"] == "vision-dev"
    assert plan["ai-logs"].inputs["name"] == "/aws/eks/vision-dev/cluster"
    assert plan["ai-discovery"].inputs["value"] == "vision-dev"
    assert '"aws:RequestTag/kubernetes.io/cluster/vision-dev": "owned"' in json.dumps(
        policy(plan, "ai-karpenter-nodes")
    )


def test_the_kubeconfig_holds_no_secret_and_asks_for_a_token():
    text = kubeconfig_text("ai", "https://api", "Y2E=", "eu-central-1")
    config = json.loads(text)
    assert config["clusters"][0]["cluster"] == {"server": "https://api", "certificate-authority-data": "Y2E="}
    user = config["users"][0]["user"]
    assert set(user) == {"exec"}
    assert user["exec"]["command"] == "aws"
    assert user["exec"]["args"][:4] == ["--region", "eu-central-1", "eks", "get-token"]
    assert text == kubeconfig_text("ai", "https://api", "Y2E=", "eu-central-1")


def test_the_provider_is_replaced_only_with_the_cluster(cluster):
    plan = cluster()
    made = plan.one("aws:eks/cluster:Cluster", "ai").urn
    for name in ("ai", "ai-bootstrap"):
        provider = plan.one("pulumi:providers:kubernetes", name)
        assert made in provider.property_dependencies["clusterIdentifier"]


def test_outputs_are_registered(cluster):
    assert set(cluster().one("aistacks:index:EksCluster", "ai").outputs) == {
        "clusterName",
        "arn",
        "endpoint",
        "certificateAuthority",
        "kubeconfig",
        "clusterSecurityGroupId",
        "oidcIssuer",
        "kmsKeyArn",
        "nodeRoleName",
        "nodeInstanceProfileName",
    }


def test_a_transform_changes_one_child(cluster, review_record):
    def larger_disk(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ != "aws:ec2/launchTemplate:LaunchTemplate":
            return None
        disks = [{**d, "ebs": {**d["ebs"], "volumeSize": 100}} for d in args.props["blockDeviceMappings"]]
        return pulumi.ResourceTransformResult({**args.props, "blockDeviceMappings": disks}, args.opts)

    plan = cluster(pulumi.ResourceOptions(transforms=[larger_disk]))
    template = plan.one("aws:ec2/launchTemplate:LaunchTemplate", "ai-system").inputs
    assert template["blockDeviceMappings"][0]["ebs"]["volumeSize"] == 100


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"kubernetes_version": "9.99"}, "kubernetes_version: got '9.99'; expected a minor version such as"),
        ({"kubernetes_version": "1.35.2"}, "kubernetes_version: got '1.35.2'; expected a minor version such as"),
        ({"subnet_ids": ["subnet-1"]}, "subnet_ids: got ['subnet-1']; expected subnets in two zones"),
        ({"public_access_cidrs": ["0.0.0.0/0"]}, "public_access_cidrs[0]: got '0.0.0.0/0'; expected /8 or narrower"),
        ({"public_access_cidrs": ["128.0.0.0/1"]}, "public_access_cidrs[0]: got '128.0.0.0/1'; expected /8"),
        ({"public_access_cidrs": ["203.0.113.7/24"]}, "public_access_cidrs[0]: got '203.0.113.7/24'; expected an IPv4"),
        ({"private_access_cidrs": ["vpn"]}, "private_access_cidrs[0]: got 'vpn'; expected an IPv4 range"),
        ({"service_cidr": "8.8.0.0/16"}, "service_cidr: got '8.8.0.0/16'; expected /12 to /24 within"),
        ({"service_cidr": "10.0.0.0/8"}, "service_cidr: got '10.0.0.0/8'; expected /12 to /24 within"),
        ({"admin_role_arns": {}}, "admin_role_arns: got {}; expected one role at least"),
        ({"admin_role_arns": {"Ops": ADMIN}}, "admin_role_arns.Ops: got 'Ops'; expected a label"),
        ({"cluster_name": "a b"}, "cluster_name: got 'a b'; expected letters"),
        (
            {"access": {"x": {"principal_arn": ADMIN, "policy": "root"}}},
            "access.x.policy: got 'root'; expected one of cluster-admin, admin, edit, admin-view, view",
        ),
        (
            {"labels": {"karpenter.sh/x": "y"}},
            "labels.karpenter.sh/x: got 'karpenter.sh/x'; expected a label that isn't",
        ),
        ({"tags": {"kubernetes.io/cluster/ai": "owned"}}, "tags.kubernetes.io/cluster/ai: got"),
        ({"tags": {f"t{i}": "x" for i in range(44)}}, "tags.t43: got 't43'; expected 43 tags at most"),
        ({"pod_identities": {"x": {"namespace": "n"}}}, "pod_identities.x.service_account: got nothing"),
        (
            {"admin_role_arns": {"a": f"arn:aws:sts::{ACCOUNT}:assumed-role/me/now"}},
            "admin_role_arns.a: got 'arn:aws:sts::111122223333:assumed-role/me/now'; expected the ARN of an IAM role",
        ),
        (
            {"access": {"x": {"principal_arn": ADMIN, "policy": "view"}}},
            "expected each principal once; admin_role_arns",
        ),
        (
            {"access": {"x": {"principal_arn": f"{ADMIN}2", "policy": "view", "namespaces": ["A"]}}},
            "access.x.namespaces[0]: got 'A'; expected lower-case letters",
        ),
        (
            {"pod_identities": {"x": {"namespace": "kube-system", "service_account": "karpenter", "role_arn": ADMIN}}},
            "pod_identities.x: got 'kube-system/karpenter'; expected a service account that the cluster itself gives",
        ),
        (
            {
                "pod_identities": {
                    key: {"namespace": "a", "service_account": "b", "role_arn": ADMIN} for key in ("x", "y")
                }
            },
            "pod_identities.y: got 'a/b'; expected a service account that pod_identities.x gives no role",
        ),
        (
            {"private_access_cidrs": ["10.0.0.0/16", "10.0.0.0/16"]},
            "private_access_cidrs[1]: got '10.0.0.0/16'; expected each once",
        ),
        (
            {"public_access_cidrs": [f"203.0.113.{i}/32" for i in range(41)]},
            "public_access_cidrs: got 41; expected 40 ranges at most",
        ),
        ({"system_instance_types": ["m7i.large", "m7i.large"]}, "system_instance_types[1]: got 'm7i.large'; expected"),
        ({"system_instance_types": []}, "system_instance_types: got []; expected one type"),
        ({"system_instance_types": ["m7i"]}, "system_instance_types[0]: got 'm7i'; expected an EC2 instance type"),
        ({"system_instance_types": ["g6.xlarge"]}, "system_instance_types[0]: got 'g6.xlarge'; expected an x86-64"),
        ({"system_instance_types": ["c7g.large"]}, "system_instance_types[0]: got 'c7g.large'; expected an x86-64"),
        ({"system_node_count": 1}, "system_node_count: got 1; expected 2 to 10"),
        ({"general_max_vcpus": -1}, "general_max_vcpus: got -1; expected 0 or more"),
        ({"log_retention_days": 100}, "log_retention_days: got 100; expected one of 1, 3"),
        ({"version": "1.35"}, "got unknown key 'version'"),
    ],
)
def test_what_makes_no_sense_is_refused(cluster, args, message):
    with pytest.raises(UserError) as error:
        cluster(**args)
    assert message in str(error.value)
    assert "EksCluster 'ai'" in str(error.value)


def test_the_network_add_on_has_the_agent_that_brings_its_role(cluster):
    plan = cluster()
    agent = plan.one("aws:eks/addon:Addon", "ai-pod-identity-agent").urn
    assert agent in plan.one("aws:eks/addon:Addon", "ai-vpc-cni").dependencies


def in_exec(plan_outputs):
    return json.loads(plan_outputs)["users"][0]["user"]["exec"]


def test_what_hangs_on_the_kubeconfig_is_gone_before_the_nodes_karpenter_and_the_admins(cluster):
    def inside(made):
        there = kubernetes.Provider("there", kubeconfig=made.kubeconfig)
        kubernetes.core.v1.Namespace("team", metadata={"name": "team"}, opts=pulumi.ResourceOptions(provider=there))

    plan = cluster(inside=inside, private_access_cidrs=["10.0.0.0/16"])
    outlive = {
        plan[name].urn if name in ("ai-discovery", "ai-gp3", "ai-general", "ai-general-class") else plan.one(*key).urn
        for name, key in {
            "ai-gp3": (),
            "ai-general": (),
            "ai-general-class": (),
            "ai-discovery": (),
            "karpenter": ("kubernetes:helm.sh/v3:Release", "ai-karpenter"),
            "system": ("aws:eks/nodeGroup:NodeGroup", "ai-system"),
            "admin": ("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "ai-admin-platform"),
            "way": ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "ai-api-10-0-0-0-16"),
            "plane": ("aws:eks/cluster:Cluster", "ai"),
        }.items()
    }
    assert outlive <= waits_for(plan, plan["team"])


def test_pods_are_made_once_their_service_accounts_have_their_roles(cluster):
    """A pod that is there before the association stays without the role for its whole life."""
    wish = {"app": {"namespace": "apps", "service_account": "app", "role_arn": ADMIN}}

    def inside(made):
        there = kubernetes.Provider("there", kubeconfig=made.kubeconfig)
        kubernetes.core.v1.Namespace("apps", opts=pulumi.ResourceOptions(provider=there))

    plan = cluster(inside=inside, pod_identities=wish)
    role = plan.one("aws:eks/podIdentityAssociation:PodIdentityAssociation", "ai-pods-app")
    assert role.urn in waits_for(plan, plan["apps"])


def test_the_kubeconfig_names_no_credentials_where_the_environment_has_them():
    asked = in_exec(kubeconfig_text("ai", "https://api", "Q0E=", "eu-central-1"))
    assert "env" not in asked
    assert "--role-arn" not in asked["args"]


@pytest.fixture
def credentials_of(record):
    """Profile and role that the kubeconfig names, for a program that makes the provider and the arguments."""

    def run(args=None, provider=None, config=None):
        found = {}

        def program():
            opts = pulumi.ResourceOptions(provider=provider()) if provider else None
            parent = pulumi.ComponentResource("a:b:C", "c", None, opts)
            for what, value in zip(("profile", "role"), credentials(parent, args or {}), strict=True):
                value.apply(lambda known, what=what: found.update({what: known}))

        record(program, config=config or {})
        return found

    return run


ROLES = '[{"roleArn": "arn:aws:iam::111122223333:role/first"}, {"roleArn": "arn:aws:iam::111122223333:role/deploy"}]'
DEPLOY = f"arn:aws:iam::{ACCOUNT}:role/deploy"


def test_the_kubeconfig_takes_profile_and_role_of_the_stacks_config(credentials_of):
    found = credentials_of(config={"aws:profile": "work", "aws:assumeRoles": ROLES})
    assert found == {"profile": "work", "role": DEPLOY}


def test_the_kubeconfig_takes_the_profile_of_the_provider_given_and_says_what_it_cannot_read(
    credentials_of, monkeypatch
):
    said = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_: said.append(text))

    def provider():
        return aws.Provider("there", profile="other", assume_roles=[{"role_arn": DEPLOY}])

    found = credentials_of(provider=provider, config={"aws:profile": "work", "aws:assumeRoles": ROLES})
    assert found == {"profile": "other", "role": ""}
    assert "'there' assumes a role can't be read here. If it does, set aws_role_arn" in said[0]
    found = credentials_of({"aws_role_arn": DEPLOY}, provider)
    assert found == {"profile": "other", "role": DEPLOY}
    assert len(said) == 1


@pytest.mark.parametrize(
    ("config", "args", "told"),
    [
        ({"aws:accessKey": "AKIA", "aws:secretKey": "s"}, {}, "can't hold aws:accessKey"),
        ({"aws:sharedConfigFiles": '["/c"]'}, {}, "Set AWS_CONFIG_FILE, or name a profile"),
        ({"aws:sharedCredentialsFiles": '["/c"]'}, {}, "Set AWS_SHARED_CREDENTIALS_FILE"),
        ({"aws:assumeRoleWithWebIdentity": '{"roleArn": "r"}'}, {}, "Set AWS_WEB_IDENTITY_TOKEN_FILE"),
        ({"aws:assumeRoles": ROLES}, {}, "Of aws:assumeRoles a kubeconfig takes the last role alone"),
        ({"aws:assumeRoles": f'[{{"roleArn": "{DEPLOY}", "externalId": "x"}}]'}, {}, "no external id"),
        ({"aws:assumeRoles": f'[{{"roleArn": "{DEPLOY}"}}]'}, {}, ""),
        ({"aws:assumeRoles": ROLES}, {"aws_profile": "chain", "aws_role_arn": ""}, ""),
        ({"aws:accessKey": "AKIA", "aws:secretKey": "s"}, {"aws_profile": "mine"}, ""),
    ],
)
def test_credentials_that_no_kubeconfig_holds_are_said(credentials_of, monkeypatch, config, args, told):
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(variable, raising=False)
    said = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_: said.append(text))
    credentials_of(args, config=config)
    assert len(said) == bool(told)
    assert told in "".join(said)


def test_credentials_that_the_environment_has_too_are_not_warned_of(credentials_of, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setattr(pulumi.log, "warn", lambda *_: pytest.fail("warned"))
    credentials_of(config={"aws:accessKey": "AKIA", "aws:secretKey": "s"})


def test_the_arguments_name_profile_and_role_where_the_provider_does_not_know_them(credentials_of):
    found = credentials_of({"aws_profile": "mine", "aws_role_arn": ADMIN}, config={"aws:profile": "work"})
    assert found == {"profile": "mine", "role": ADMIN}


def test_neither_profile_nor_role_leaves_the_kubeconfig_as_it_was(credentials_of):
    assert credentials_of() == {"profile": "", "role": ""}


def test_profile_and_role_reach_the_command_that_fetches_tokens():
    asked = in_exec(kubeconfig_text("ai", "https://api", "Q0E=", "eu-central-1", "work", DEPLOY))
    assert asked["env"] == [{"name": "AWS_PROFILE", "value": "work"}]
    assert asked["args"][-2:] == ["--role-arn", DEPLOY]


PROFILE = "aws:iam/instanceProfile:InstanceProfile"


def test_without_nat_karpenter_is_given_the_profile_that_it_could_not_make(cluster):
    """IAM has no endpoint inside a network."""
    plan = cluster(isolated_vpc=True)
    profile = plan.one(PROFILE, "ai-karpenter-node")
    assert plan.one("aws:iam/role:Role", "ai-karpenter-node").urn in profile.property_dependencies["role"]
    shape = plan["ai-general-class"]
    assert "role" not in shape.inputs["spec"]
    assert profile.urn in shape.property_dependencies["spec"]
    release = plan.one("kubernetes:helm.sh/v3:Release", "ai-karpenter")
    assert release.inputs["values"]["settings"]["isolatedVPC"] is True
    assert profile.urn in release.dependencies


def test_with_nat_karpenter_makes_its_own_profiles(cluster):
    plan = cluster()
    assert plan.of(PROFILE) == []
    assert "instanceProfile" not in plan["ai-general-class"].inputs["spec"]
    assert "isolatedVPC" not in plan.one("kubernetes:helm.sh/v3:Release", "ai-karpenter").inputs["values"]["settings"]
    assert plan.one("aistacks:index:EksCluster", "ai").outputs["nodeInstanceProfileName"] == ""


def test_a_mirror_that_no_image_can_begin_with_is_refused(cluster):
    with pytest.raises(UserError, match="image_registry: got 'https://mirror'; expected a registry's host and path"):
        cluster(image_registry="https://mirror")


@pytest.fixture
def warned(monkeypatch):
    """What was warned of."""
    said = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_: said.append(text))
    return said


def test_a_kubernetes_version_that_is_not_known_is_taken_with_a_warning(record, warned):
    plan = record(lambda: EksCluster("ai", {"subnet_ids": ["a", "b"], "kubernetes_version": "1.39"}))
    assert plan.one("aws:eks/cluster:Cluster", "ai").inputs["version"] == "1.39"
    assert "releaseVersion" not in plan.one("aws:eks/nodeGroup:NodeGroup", "ai-system").inputs
    addons = plan.of("aws:eks/addon:Addon")
    assert len(addons) == 7
    assert not [a.name for a in addons if "addonVersion" in a.inputs]
    assert warned == [
        "EksCluster 'ai': kubernetes_version: '1.39' isn't one that add-ons and node images are pinned for "
        "(1.34, 1.35): EKS chooses them, and that can change."
    ]


def test_system_types_that_are_not_known_or_not_there_are_taken_with_a_warning(record, warned):
    args = {"subnet_ids": ["a", "b"], "system_instance_types": ["m99.large", "c8a.large"]}
    plan = record(lambda: EksCluster("ai", args), config={"aws:region": "af-south-1"})
    made = plan.one("aws:eks/nodeGroup:NodeGroup", "ai-system")
    assert made.inputs["instanceTypes"] == ["m99.large", "c8a.large"]
    assert "system_instance_types[0]: 'm99.large' isn't known here" in warned[0]
    assert "system_instance_types[1]: 'c8a.large' isn't offered in af-south-1" in warned[1]


def test_pools_of_a_fixed_size_need_a_feature_gate_that_is_off_by_default(cluster):
    def settings(**args):
        return cluster(**args).one("kubernetes:helm.sh/v3:Release", "ai-karpenter").inputs["values"]["settings"]

    assert settings(static_capacity=True)["featureGates"] == {"staticCapacity": True}
    assert settings(node_repair=True)["featureGates"] == {"nodeRepair": True}
    assert "featureGates" not in settings()


def test_karpenter_may_see_reservations_and_launch_into_those_that_another_account_shares(cluster):
    plan = cluster()
    statements = {
        each["Sid"]: each
        for r in plan.of("aws:iam/rolePolicy:RolePolicy")
        if r.name in ("ai-karpenter-nodes", "ai-karpenter-discovery")
        for each in json.loads(r.inputs["policy"])["Statement"]
    }
    assert "ec2:DescribeCapacityReservations" in statements["SeeTheRegion"]["Action"]
    launch = statements["LaunchFromWhatIsThere"]
    assert "ec2:RunInstances" in launch["Action"]
    assert [arn for arn in launch["Resource"] if arn.endswith(":*:capacity-reservation/*")]
