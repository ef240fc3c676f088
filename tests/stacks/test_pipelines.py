"""The section `ci` of an environment's file: its roles, and their way into the cluster."""

import copy

import pytest

from recorded import record_environment, settings

POWER = {"power": "arn:aws:iam::aws:policy/PowerUserAccess"}
ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
ENTRY = "aws:eks/accessEntry:AccessEntry"


@pytest.fixture(scope="module")
def plan():
    table = copy.deepcopy(settings("dev")["config"]["aistacks:environment"])
    table["ci"] = {
        "repository": "my-company/platform",
        "environments": {"dev": {"policy_arns": POWER}, "prod": {"policy_arns": POWER, "branch": "release"}},
    }
    table["cluster"]["access"] = {"team": {"principal_arn": "arn:aws:iam::111122223333:role/team", "policy": "view"}}
    return record_environment("dev", table, symbols=True)


def policy(plan, name):
    return plan.one(ASSOCIATION, name).inputs["policyArn"].rpartition("/")[2]


def test_the_previewing_role_reads_everything_in_the_cluster(plan):
    assert policy(plan, "cluster-access-ci-preview") == "AmazonEKSAdminViewPolicy"
    (role,) = plan.one(ENTRY, "cluster-access-ci-preview").property_dependencies["principalArn"]
    assert role.endswith("aws:iam/role:Role::ci-preview")


def test_only_the_role_that_deploys_this_stack_rules_its_cluster(plan):
    assert policy(plan, "cluster-access-ci-deploy") == "AmazonEKSClusterAdminPolicy"
    roles = plan.one(ENTRY, "cluster-access-ci-deploy").property_dependencies["principalArn"]
    assert "ci-deploy-dev" in {role.rpartition("::")[2] for role in roles}
    entries = {each.name for each in plan.of(ENTRY) if each.name.startswith("cluster-access-ci")}
    assert entries == {"cluster-access-ci-preview", "cluster-access-ci-deploy"}


def test_who_the_file_lets_in_is_let_in_beside_them(plan):
    assert policy(plan, "cluster-access-team") == "AmazonEKSViewPolicy"


def test_without_the_section_no_pipeline_has_a_role(plans):
    assert [r.name for r in plans("dev").resources if r.name.startswith("ci")] == []
