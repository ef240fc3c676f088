"""What roles, users and groups may do, by all their policies together."""

import json

import pytest

from aistacks_core.snapshot import UNKNOWN
from aistacks_review.findings import RiskKind, Severity

ROLE, POLICY = "aws:iam/role:Role", "aws:iam/policy:Policy"
INLINE, ATTACHMENT = "aws:iam/rolePolicy:RolePolicy", "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
TRUST = json.dumps(
    {"Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}}
)


@pytest.fixture
def role(resource):
    return resource(ROLE, "reader", inputs={"assumeRolePolicy": TRUST})


@pytest.fixture
def allow(document):
    return lambda action, on="*": document({"Effect": "Allow", "Action": action, "Resource": on})


def inline(resource, role, policy, name="p", identity=None):
    inputs = {"role": identity(role) if identity else UNKNOWN, "policy": policy}
    return resource(INLINE, name, inputs=inputs, refers={"role": [role]})


def test_a_policy_that_grows(resource, role, allow, identity, judge):
    before = [role, inline(resource, role, allow("s3:GetObject", "arn:aws:s3:::b/*"), identity=identity)]
    after = [
        role,
        inline(resource, role, allow(["s3:GetObject", "s3:DeleteObject"], "arn:aws:s3:::b/*"), identity=identity),
    ]
    (risk,) = judge(before, after)
    assert (risk.kind, risk.severity, risk.certain) == (RiskKind.ACCESS, Severity.MEDIUM, True)
    assert risk.title == "The role reader may now use s3:DeleteObject on s3:b/*."
    assert (risk.file, risk.line) == ("/shop/__main__.py", 7)
    assert judge(after, before) == []


def test_the_same_permission_from_another_policy_is_nothing_new(resource, role, allow, identity, judge):
    text = allow("s3:GetObject", "arn:aws:s3:::b/*")
    policy = resource(POLICY, "read", inputs={"policy": text})
    arn = f"arn:aws:iam::000000000000:policy/{identity(policy)}"
    attachment = resource(
        ATTACHMENT,
        "a",
        inputs={"role": identity(role), "policyArn": arn},
        refers={"role": [role], "policyArn": [policy]},
    )
    assert judge([role, inline(resource, role, text)], [role, policy, attachment]) == []


def test_a_statement_moved_between_two_policies_is_nothing_new(resource, role, allow, judge):
    one, two = allow("s3:GetObject", "arn:aws:s3:::b/*"), allow("sqs:SendMessage", "arn:aws:sqs:eu-west-1:1:q")
    both = json.dumps({"Statement": [*json.loads(one)["Statement"], *json.loads(two)["Statement"]]})
    assert (
        judge(
            [role, inline(resource, role, both, "p"), inline(resource, role, one, "q")],
            [role, inline(resource, role, one, "p"), inline(resource, role, two, "q")],
        )
        == []
    )


def test_an_administrators_policy_of_aws(resource, role, judge):
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    attachment = resource(ATTACHMENT, "a", inputs={"role": UNKNOWN, "policyArn": arn}, refers={"role": [role]})
    (risk,) = judge([role], [role, attachment])
    assert risk.severity is Severity.CRITICAL
    assert "AWS's policy AdministratorAccess" in risk.reason
    assert [r.severity for r in judge(None, [role, attachment])] == [Severity.CRITICAL]


def test_a_policy_of_aws_that_isnt_known(resource, role, judge):
    arn = "arn:aws:iam::aws:policy/SomethingNewFullAccess"
    attachment = resource(ATTACHMENT, "a", inputs={"role": UNKNOWN, "policyArn": arn}, refers={"role": [role]})
    (risk,) = judge([role], [role, attachment])
    assert (risk.severity, risk.certain) == (Severity.HIGH, False)


def test_a_document_that_isnt_known_is_told_only_where_it_changes(resource, role, allow, judge):
    unknown = inline(resource, role, UNKNOWN)
    (risk,) = judge([role, inline(resource, role, allow("s3:GetObject"))], [role, unknown])
    assert (risk.severity, risk.certain) == (Severity.MEDIUM, False)
    other = resource("aws:sqs/queue:Queue", "q", inputs={})
    assert judge([role, unknown], [role, unknown, other]) == []


def test_a_boundary_that_falls(resource, allow, judge):
    bound = resource(POLICY, "bound", inputs={"policy": allow("s3:Get*")})
    refers = {"permissionsBoundary": [bound]}
    inputs = {"assumeRolePolicy": TRUST, "permissionsBoundary": UNKNOWN}
    before = resource(ROLE, "r", inputs=inputs, refers=refers)
    after = resource(ROLE, "r", inputs={"assumeRolePolicy": TRUST})
    policy = inline(resource, before, allow("s3:*", "arn:aws:s3:::b/*"))
    found = judge([bound, before, policy], [bound, after, policy])
    assert [r.severity for r in found] == [Severity.HIGH, Severity.HIGH]
    assert any("loses the upper bound" in r.title for r in found)
    assert any("s3:PutObjectAcl" in r.reason for r in found)
    assert judge([bound, after, policy], [bound, before, policy]) == []


def test_what_a_boundary_keeps_back_is_no_gain(resource, allow, judge):
    bound = resource(POLICY, "bound", inputs={"policy": allow("s3:Get*")})
    refers = {"permissionsBoundary": [bound]}
    who = resource(ROLE, "r", inputs={"assumeRolePolicy": TRUST, "permissionsBoundary": UNKNOWN}, refers=refers)
    before = [bound, who, inline(resource, who, allow("s3:GetObject", "arn:aws:s3:::b/*"))]
    after = [bound, who, inline(resource, who, allow(["s3:GetObject", "iam:PassRole"], "arn:aws:s3:::b/*"))]
    assert judge(before, after) == []


def test_a_user_gets_what_his_group_gets(resource, allow, judge):
    group, user = resource("aws:iam/group:Group", "team"), resource("aws:iam/user:User", "anna")
    member = resource(
        "aws:iam/userGroupMembership:UserGroupMembership",
        "m",
        inputs={"user": "anna", "groups": ["team"]},
        refers={"user": [user], "groups": [group]},
    )
    named = [
        resource("aws:iam/group:Group", "team", inputs={"name": "team"}),
        resource("aws:iam/user:User", "anna", inputs={"name": "anna"}),
        member,
    ]
    policy = resource(
        "aws:iam/groupPolicy:GroupPolicy", "p", inputs={"group": "team", "policy": allow("sqs:PurgeQueue")}
    )
    titles = [r.title for r in judge(named, [*named, policy])]
    assert any(t.startswith("The group team") for t in titles)
    assert any(t.startswith("The user anna") for t in titles)


def test_a_role_that_only_the_program_names(resource, allow, judge):
    policy = resource(INLINE, "p", inputs={"role": "legacy", "policy": allow("iam:PassRole")})
    (risk,) = judge([], [policy])
    assert risk.title == "The role legacy may now use iam:PassRole on everything."


def test_a_new_role_is_called_new(resource, role, allow, judge):
    (risk,) = judge([], [role, inline(resource, role, allow("s3:GetObject", "arn:aws:s3:::b/*"))])
    assert risk.title.startswith("The new role reader may use ")
    assert risk.severity is Severity.LOW


def test_a_wholly_new_environment_tells_of_administrators_only(resource, role, allow, judge):
    assert judge(None, [role, inline(resource, role, allow(["s3:*", "iam:PassRole"]))]) == []
    (risk,) = judge(None, [role, inline(resource, role, allow("*"))])
    assert risk.severity is Severity.CRITICAL


def test_a_rename_changes_no_permission(resource, allow, identity, judge):
    old, new = (resource("aws:s3/bucket:Bucket", n) for n in ("lake", "pond"))
    new = resource("aws:s3/bucket:Bucket", "pond", aliases=(old.urn,))
    who = resource(ROLE, "r", inputs={"assumeRolePolicy": TRUST})
    policies = [
        resource(
            INLINE,
            "p",
            inputs={"role": UNKNOWN, "policy": allow("s3:GetObject", f"arn:aws:s3:::{identity(b)}/*")},
            refers={"role": [who], "policy": [b]},
        )
        for b in (old, new)
    ]
    assert [r for r in judge([old, who, policies[0]], [new, who, policies[1]]) if r.kind is RiskKind.ACCESS] == []


def test_policies_on_the_role_itself(resource, allow, judge):
    before = resource(ROLE, "r", inputs={"assumeRolePolicy": TRUST})
    after = resource(
        ROLE,
        "r",
        inputs={
            "assumeRolePolicy": TRUST,
            "inlinePolicies": [{"name": "x", "policy": allow("sqs:PurgeQueue", "arn:aws:sqs:eu-west-1:1:q")}],
            "managedPolicyArns": ["arn:aws:iam::aws:policy/AmazonS3FullAccess"],
        },
    )
    (risk,) = judge([before], [after])
    assert risk.severity is Severity.HIGH
    # The strongest comes first; what is written on the role weighs less, and is told, too.
    assert risk.reason.startswith("s3:BypassGovernanceRetention, s3:DeleteBucket, ")
    assert "; sqs:PurgeQueue on arn:aws:sqs:eu-west-1:1:q; " in risk.reason
    assert risk.reason.endswith("; from a policy written on it, AWS's policy AmazonS3FullAccess")
