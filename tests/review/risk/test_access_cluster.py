"""Who gets into a cluster by EKS, and which pods get a role."""

import pytest

from aistacks_core.snapshot import UNKNOWN
from aistacks_review.findings import Severity

ENTRY = "aws:eks/accessEntry:AccessEntry"
ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
IDENTITY = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
ANNA = "arn:aws:iam::000000000000:role/anna"


@pytest.fixture
def association(resource):
    def association_(policy, scope="cluster", namespaces=None, principal=ANNA):
        inputs = {
            "clusterName": "c",
            "principalArn": principal,
            "policyArn": f"arn:aws:eks::aws:cluster-access-policy/{policy}" if isinstance(policy, str) else policy,
            "accessScope": {"type": scope, **({"namespaces": namespaces} if namespaces else {})},
        }
        return [resource(ASSOCIATION, "a", inputs=inputs)]

    return association_


@pytest.mark.parametrize(
    ("policy", "severity"),
    [
        ("AmazonEKSClusterAdminPolicy", Severity.CRITICAL),
        ("AmazonEKSAdminPolicy", Severity.HIGH),
        ("AmazonEKSViewPolicy", Severity.LOW),
        ("AmazonEKSNewPolicy", Severity.MEDIUM),
    ],
)
def test_a_new_association(association, judge, policy, severity):
    (risk,) = judge([], association(policy))
    assert risk.severity is severity
    assert risk.title.startswith("role/anna may ")


def test_a_wider_scope(association, judge):
    small, large = association("AmazonEKSEditPolicy", "namespace", ["a"]), association("AmazonEKSEditPolicy")
    (risk,) = judge(small, large)
    assert risk.severity is Severity.HIGH
    assert judge(large, small) == []
    (risk,) = judge(small, association("AmazonEKSEditPolicy", "namespace", ["a", "b"]))
    assert "in a, b" in risk.title


def test_a_weaker_policy_is_no_risk(association, judge):
    assert judge(association("AmazonEKSClusterAdminPolicy"), association("AmazonEKSViewPolicy")) == []
    (risk,) = judge(association("AmazonEKSViewPolicy"), association("AmazonEKSClusterAdminPolicy"))
    assert risk.severity is Severity.CRITICAL


def test_somebody_who_isnt_known(association, judge):
    (risk,) = judge([], association("AmazonEKSViewPolicy", principal=UNKNOWN))
    assert not risk.certain


def test_groups_of_an_entry(resource, judge):
    def entry(*groups, kind="STANDARD"):
        inputs = {"clusterName": "c", "principalArn": ANNA, "type": kind, "kubernetesGroups": list(groups)}
        return [resource(ENTRY, "e", inputs=inputs)]

    assert judge([], entry()) == []
    assert judge([], entry("system:nodes", kind="EC2_LINUX")) == []
    (risk,) = judge(entry("a"), entry("a", "system:masters"))
    assert risk.severity is Severity.CRITICAL
    (risk,) = judge([], entry("a"))
    assert risk.severity is Severity.MEDIUM
    assert judge(entry("a", "b"), entry("a")) == []


def test_the_mode_of_a_cluster(resource, judge):
    def cluster(mode):
        inputs = {
            "version": "1.35",
            "accessConfig": {"authenticationMode": mode},
            "vpcConfig": {"endpointPublicAccess": False},
        }
        return [resource("aws:eks/cluster:Cluster", "c", inputs=inputs)]

    assert [r.title for r in judge(cluster("API"), cluster("API_AND_CONFIG_MAP"))] == [
        "The cluster c also admits whom its aws-auth ConfigMap names."
    ]
    assert judge(cluster("API_AND_CONFIG_MAP"), cluster("API")) == []


def test_pods_get_a_role(resource, judge):
    def identity(role):
        inputs = {
            "clusterName": "c",
            "namespace": "n",
            "serviceAccount": "s",
            "roleArn": f"arn:aws:iam::000000000000:role/{role}",
        }
        return [resource(IDENTITY, "i", inputs=inputs)]

    assert [r.severity for r in judge([], identity("a"))] == [Severity.LOW]
    assert [r.severity for r in judge(identity("a"), identity("b"))] == [Severity.MEDIUM]
    assert judge(identity("a"), identity("a")) == []
