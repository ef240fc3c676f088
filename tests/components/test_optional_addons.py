"""The add-ons that a cluster has on demand. That their pods get well, only EKS shows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aistacks import EksCluster
from aistacks_core.errors import UserError
from aistacks_core.facts import load
from graphs import waits_for

ACCOUNT = "111122223333"
FACTS = {
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:user/me"},
    "aws:iam/getSessionContext:getSessionContext": {"issuerArn": f"arn:aws:iam::{ACCOUNT}:user/me"},
    "aws:index/getPartition:getPartition": {"partition": "aws"},
    "aws:index/getRegion:getRegion": {"region": "eu-central-1"},
}
ADDON, ROLE = "aws:eks/addon:Addon", "aws:iam/role:Role"
ATTACHED = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ARGS: dict[str, Any] = {
    "subnet_ids": ["subnet-1", "subnet-2"],
    "admin_role_arns": {"me": f"arn:aws:iam::{ACCOUNT}:role/me"},
}
READ = {"read": f"arn:aws:iam::{ACCOUNT}:policy/read"}


@pytest.fixture
def cluster(record: Any) -> Any:
    def run(**addons: Any) -> Any:
        args = {**ARGS, "addons": {key.replace("_", "-"): value for key, value in addons.items()}}
        return record(lambda: EksCluster("ai", args), answers=lambda token, *_: FACTS.get(token))

    return run


def refused(addons: dict[str, Any], **args: Any) -> str:
    with pytest.raises(UserError) as told:
        EksCluster.validate("ai", {**ARGS, "addons": addons, **args})
    return str(told.value)


def test_a_known_one_has_a_role_with_aws_s_policy_for_its_own_service_account(cluster: Any) -> None:
    plan = cluster(aws_efs_csi_driver={})
    made = plan.one(ADDON, "ai-addon-efs-csi-driver")
    assert made.inputs["addonName"] == "aws-efs-csi-driver"
    assert [each["serviceAccount"] for each in made.inputs["podIdentityAssociations"]] == ["efs-csi-controller-sa"]
    assert "addonVersion" not in made.inputs and "configurationValues" not in made.inputs
    trust = json.loads(plan.one(ROLE, "ai-addon-efs-csi-driver").inputs["assumeRolePolicy"])
    assert "efs-csi-controller-sa" in json.dumps(trust) and "pods.eks.amazonaws.com" in json.dumps(trust)
    attached = [each for each in plan.of(ATTACHED) if each.name.startswith("ai-addon-")]
    assert [each.inputs["policyArn"] for each in attached] == [
        "arn:aws:iam::aws:policy/service-role/AmazonEFSCSIDriverPolicy"
    ]
    assert attached[0].urn in waits_for(plan, made)


def test_several_policies_are_attached_and_the_namespace_is_the_add_on_s(cluster: Any) -> None:
    plan = cluster(amazon_cloudwatch_observability={"version": "v6.2.0-eksbuild.1", "configuration": '{"agent": {}}'})
    made = plan.one(ADDON, "ai-addon-cloudwatch").inputs
    assert (made["addonVersion"], made["configurationValues"]) == ("v6.2.0-eksbuild.1", '{"agent": {}}')
    trust = plan.one(ROLE, "ai-addon-cloudwatch").inputs["assumeRolePolicy"]
    assert "amazon-cloudwatch" in trust and "cloudwatch-agent" in trust
    assert len([each for each in plan.of(ATTACHED) if each.name.startswith("ai-addon-cloudwatch-")]) == 2


def test_own_policies_take_the_place_of_aws_s(cluster: Any) -> None:
    plan = cluster(aws_fsx_csi_driver={"policy_arns": READ}, aws_mountpoint_s3_csi_driver={"policy_arns": READ})
    attached = {each.name: each.inputs["policyArn"] for each in plan.of(ATTACHED) if "addon" in each.name}
    assert attached == {"ai-addon-fsx-csi-driver-read": READ["read"], "ai-addon-s3-csi-driver-read": READ["read"]}


def test_one_that_is_not_known_has_a_role_only_where_its_account_is_stated(cluster: Any) -> None:
    plan = cluster(
        cert_manager={}, aws_privateca_connector_for_kubernetes={"service_account": "issuer", "policy_arns": READ}
    )
    assert "podIdentityAssociations" not in plan.one(ADDON, "ai-addon-cert-manager").inputs
    named = plan.one(ADDON, "ai-addon-privateca-connec").inputs
    assert [each["serviceAccount"] for each in named["podIdentityAssociations"]] == ["issuer"]


def test_they_come_after_nodes_that_karpenter_can_start_and_before_what_uses_the_cluster(cluster: Any) -> None:
    plan = cluster(aws_efs_csi_driver={})
    made = plan.one(ADDON, "ai-addon-efs-csi-driver")
    pool = plan.one("kubernetes:karpenter.sh/v1:NodePool", "ai-general")
    assert pool.urn in waits_for(plan, made)


@pytest.mark.parametrize("addon", ["vpc-cni", "coredns", "aws-ebs-csi-driver", "eks-node-monitoring-agent"])
def test_what_the_cluster_installs_anyway_is_refused(addon: str) -> None:
    told = refused({addon: {}})
    assert f"addons.{addon}" in told and "doesn't install by itself" in told


def test_the_list_of_its_own_is_whole(cluster: Any) -> None:
    from aistacks.eks_cluster.optional_addons import OWN

    assert {each.inputs["addonName"] for each in cluster().of(ADDON)} == set(OWN)


@pytest.mark.parametrize(
    ("addons", "said"),
    [
        ({"EFS": {}}, "an add-on's name in EKS"),
        ({"aws-mountpoint-s3-csi-driver": {}}, "policies of its role: s3:ListBucket"),
        ({"external-dns": {}}, "route53:ChangeResourceRecordSets"),
        ({"cert-manager": {"policy_arns": READ}}, "addons.cert-manager.service_account"),
        ({"cert-manager": {"service_account": "cert-manager"}}, "addons.cert-manager.policy_arns"),
        ({"cert-manager": {"service_account": "Cert", "policy_arns": READ}}, "addons.cert-manager.service_account"),
        ({"aws-efs-csi-driver": {"policy_arns": {"Read": "arn"}}}, "policy_arns.Read"),
        ({"aws-efs-csi-driver": {}, "eks-efs-csi-driver": {}}, "whose beginning isn't that of aws-efs-csi-driver"),
        ({"aws-efs-csi-driver": {"configuration": "{"}}, "configuration: got '{'; expected a JSON object"),
        ({"aws-efs-csi-driver": {"configuration": "[]"}}, "a JSON object"),
        ({"aws-efs-csi-driver": {"versions": "v1"}}, "versions"),
    ],
)
def test_what_cannot_work_is_refused(addons: dict[str, Any], said: str) -> None:
    assert said in refused(addons)


def test_a_service_account_gets_one_role() -> None:
    pair = {"namespace": "kube-system", "service_account": "efs-csi-controller-sa", "role_arn": "arn"}
    assert "addons.aws-efs-csi-driver" in refused({"aws-efs-csi-driver": {}}, pod_identities={"efs": pair})


def test_what_is_known_is_enough_to_make_each() -> None:
    for addon, about in load("aistacks.eks_cluster", "optional_addons.yaml")["addons"].items():
        assert {"namespace", "service_account"} <= set(about), addon
        assert bool(about.get("policies")) != bool(about.get("needs_policies")), addon
