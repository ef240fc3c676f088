"""What an identity had and has still, however it is attached: nothing is gained by a move."""

import json

import pytest

from aistacks_core.snapshot import UNKNOWN
from aistacks_review.findings import RiskKind, Severity

ROLE, USER, GROUP, POLICY = ("aws:iam/role:Role", "aws:iam/user:User", "aws:iam/group:Group", "aws:iam/policy:Policy")
INLINE, ATTACHMENT = "aws:iam/rolePolicy:RolePolicy", "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
MANY = "aws:iam/policyAttachment:PolicyAttachment"
EXCLUSIVE = "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive"
USER_ATTACHMENT = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
GROUP_ATTACHMENT = "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"
MEMBERSHIP = "aws:iam/userGroupMembership:UserGroupMembership"
FUNCTION = "aws:lambda/function:Function"
KNOWN, UNHEARD, FOREIGN = (
    "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
    "arn:aws:iam::aws:policy/service-role/SomethingNewFullAccess",
    "arn:aws:iam::111122223333:policy/made-elsewhere",
)


def trust(principal="lambda.amazonaws.com", **more):
    who = {"Service": principal} if "." in principal else {"AWS": principal}
    return json.dumps({"Statement": [{"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRole", **more}]})


@pytest.fixture
def build(resource, identity):
    """Makes roles and what hangs on them."""

    class Build:
        def role(self, called="reader", **inputs):
            options = {k: inputs.pop(k) for k in ("aliases", "parent") if k in inputs}
            return resource(ROLE, called, inputs={"assumeRolePolicy": trust(), **inputs}, **options)

        def attach(self, role, arn, name="a", **options):
            inputs = {"role": role if isinstance(role, str) else identity(role), "policyArn": arn}
            refers = {} if isinstance(role, str) else {"role": [role]}
            return resource(ATTACHMENT, name, inputs=inputs, refers=refers, **options)

        def inline(self, role, policy, name="p", **options):
            inputs = {"role": identity(role), "policy": policy}
            return resource(INLINE, name, inputs=inputs, refers={"role": [role]}, **options)

        def exclusive(self, role, *arns, name="all"):
            inputs = {"roleName": identity(role), "policyArns": list(arns)}
            return resource(EXCLUSIVE, name, inputs=inputs, refers={"roleName": [role]})

        def many(self, roles, arn, name="many"):
            inputs = {"roles": [identity(r) for r in roles], "policyArn": arn, "name": name}
            return resource(MANY, name, inputs=inputs, refers={"roles": list(roles)})

        def policy(self, text, name="own", **options):
            return resource(POLICY, name, inputs={"policy": text}, **options)

        def arn(self, policy):
            return f"arn:aws:iam::000000000000:policy/{identity(policy)}"

    return Build()


@pytest.fixture
def access(judge):
    return lambda base, head: [r for r in judge(base, head) if r.kind is RiskKind.ACCESS]


def ways(build, arn, extra=()):
    """One policy on one role, in each way to attach it."""
    plain, listed = build.role(), build.role(managedPolicyArns=[arn])
    yield "attachment", [plain, build.attach(plain, arn), *extra]
    yield "another attachment", [plain, build.attach(plain, arn, name="b"), *extra]
    yield "list on the role", [listed, *extra]
    yield "exclusive list", [plain, build.exclusive(plain, arn), *extra]
    yield "attachment to many", [plain, build.many([plain], arn), *extra]


@pytest.mark.parametrize("arn", [KNOWN, UNHEARD, FOREIGN])
def test_a_policy_that_is_attached_otherwise_is_no_gain(build, access, arn):
    for one, base in ways(build, arn):
        for other, head in ways(build, arn):
            assert access(base, head) == [], f"{one} → {other}"


@pytest.mark.parametrize("text", ['{"Statement": []}', UNKNOWN, "reads"])
def test_a_policy_of_the_program_that_is_attached_otherwise_is_no_gain(build, access, document, text):
    reads = document({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})
    own = build.policy(reads if text == "reads" else text)
    for one, base in ways(build, build.arn(own), [own]):
        for other, head in ways(build, build.arn(own), [own]):
            assert access(base, head) == [], f"{one} → {other}"


@pytest.mark.parametrize("arn", [KNOWN, UNHEARD])
def test_what_is_attached_for_the_first_time_is_told_in_each_way(build, access, arn):
    for way, head in ways(build, arn):
        (risk,) = access([build.role()], head)
        assert risk.severity in (Severity.HIGH, Severity.MEDIUM, Severity.LOW), way


def test_a_second_policy_beside_one_that_moves_is_told_alone(build, access):
    plain = build.role()
    base = [plain, build.attach(plain, UNHEARD)]
    head = [build.role(managedPolicyArns=[UNHEARD, FOREIGN])]
    (risk,) = access(base, head)
    assert "made-elsewhere" in risk.title and "SomethingNew" not in risk.title


def test_a_role_that_goes_by_another_name_keeps_what_it_had(build, access):
    old = build.role("old")
    new = build.role("new", aliases=(old.urn,))
    assert access([old, build.attach(old, UNHEARD)], [new, build.attach(new, UNHEARD)]) == []


def test_an_attachment_that_moves_into_a_component_is_no_gain(build, access):
    role = build.role()
    was = build.attach(role, UNHEARD)
    now = build.attach(role, UNHEARD, name="team-a", aliases=(was.urn,), parent="urn:pulumi:test::shop::team:x:X::team")
    assert access([role, was], [role, now]) == []


@pytest.mark.parametrize("principal", ["lambda.amazonaws.com", "arn:aws:iam::000000000000:user/ops"])
def test_a_role_that_takes_the_place_of_one_like_it_is_no_gain(build, access, document, principal):
    reads = document({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"})
    old = build.role("old", assumeRolePolicy=trust(principal))
    new = build.role("new", assumeRolePolicy=trust(principal))
    base = [old, build.inline(old, reads), build.attach(old, UNHEARD)]
    head = [new, build.inline(new, reads, "q"), build.attach(new, UNHEARD, "b")]
    assert access(base, head) == []
    # With one more action, or for somebody else, it is one.
    more = document({"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::b/*"})
    assert access(base, [new, build.inline(new, more, "q"), head[2]])
    other = build.role("new", assumeRolePolicy=trust("arn:aws:iam::444455556666:root"))
    assert access(base, [other, *head[1:]])
    # And while the old one stays, there are two who may.
    assert access(base, [*base, *head])


def test_a_role_that_was_only_named_and_is_now_the_programs_own(build, access):
    named = build.attach("reader", UNHEARD)
    own = build.role("mine", name="reader")
    assert access([named], [own, build.attach(own, UNHEARD)]) == []
    assert access([own, build.attach(own, UNHEARD)], [named]) == []


def test_a_change_of_a_role_whose_policy_is_not_known_is_no_gain(build, access):
    kept = {"inlinePolicies": [{"name": "x", "policy": UNKNOWN}], "managedPolicyArns": [UNHEARD]}
    assert access([build.role(description="a", **kept)], [build.role(description="b", **kept)]) == []


def test_a_policy_split_in_two_documents_is_no_gain(build, access, document):
    both = [
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:ListBucket"],
            "Resource": ["arn:aws:s3:::a", "arn:aws:s3:::a/*"],
        },
        {"Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:sqs:eu-west-1:000000000000:q"},
        {"Effect": "Deny", "Action": "sqs:PurgeQueue", "Resource": "*"},
    ]
    role = build.role()
    split = [
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": ["arn:aws:s3:::a/*", "arn:aws:s3:::a"]},
        {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": ["arn:aws:s3:::a/*", "arn:aws:s3:::a"],
            "Sid": "Read",
        },
    ]
    base = [role, build.inline(role, document(*both))]
    head = [role, build.inline(role, document(*split), "one"), build.inline(role, document(*both[1:]), "two")]
    assert access(base, head) == []
    assert access(head, base) == []


def test_many_statements_in_another_order_are_not_too_much_to_compare(build, access, document):
    statements = [
        {
            "Effect": effect,
            "Action": [f"s3:{verb}{i}*" for verb in ("Get", "Put")],
            "Resource": [f"arn:aws:s3:::*{i}*", f"arn:aws:s3:::b{i}/*"],
        }
        for i in range(12)
        for effect in ("Allow", "Deny")
    ]
    role = build.role()
    turned = [{**s, "Action": s["Action"][::-1], "Resource": s["Resource"][::-1]} for s in reversed(statements)]
    assert (
        access([role, build.inline(role, document(*statements))], [role, build.inline(role, document(*turned))]) == []
    )


def test_a_user_who_gets_by_a_new_group_what_he_had_gains_nothing(resource, identity, access):
    user, group = resource(USER, "ann"), resource(GROUP, "staff")
    had = resource(USER_ATTACHMENT, "a", inputs={"user": identity(user), "policyArn": UNHEARD}, refers={"user": [user]})
    has = resource(
        GROUP_ATTACHMENT, "a", inputs={"group": identity(group), "policyArn": UNHEARD}, refers={"group": [group]}
    )
    member = resource(
        MEMBERSHIP,
        "m",
        inputs={"user": identity(user), "groups": [identity(group)]},
        refers={"user": [user], "groups": [group]},
    )
    assert access([user, had], [user, group, has, member]) == []
    (risk,) = access([user], [user, group, has, member])
    assert risk.title.startswith("The user ann gets ")
