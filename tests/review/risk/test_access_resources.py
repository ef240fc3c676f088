"""Whom buckets, keys, queues, functions and roles let in."""

import json

import pytest

from aistacks_core.snapshot import UNKNOWN, Plan
from aistacks_review.compare.comparison import compare
from aistacks_review.findings import RiskKind, Severity
from aistacks_review.risk import assess

BUCKET, BUCKET_POLICY = "aws:s3/bucket:Bucket", "aws:s3/bucketPolicy:BucketPolicy"
KEY, ROLE = "aws:kms/key:Key", "aws:iam/role:Role"
OWN = "arn:aws:iam::000000000000:"
ON = ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]
TLS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ON,
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def let(who, action="s3:GetObject", on=ON, **more):
    return {"Effect": "Allow", "Principal": who, "Action": action, "Resource": on, **more}


@pytest.fixture
def guarded(resource, document):
    """A bucket with a policy of these statements."""

    def guarded_(*statements):
        bucket = resource(BUCKET, "lake", inputs={"bucket": "b"})
        inputs = {"bucket": UNKNOWN, "policy": document(*statements)}
        return [bucket, resource(BUCKET_POLICY, "lake", inputs=inputs, refers={"bucket": [bucket]})]

    return guarded_


@pytest.mark.parametrize(
    ("statement", "severity", "who", "certain"),
    [
        (let("*"), Severity.HIGH, "everybody", True),
        (let("*", "s3:PutObject"), Severity.CRITICAL, "everybody", True),
        (let({"AWS": "111122223333"}, "s3:PutObject"), Severity.HIGH, "everybody of account 111122223333", False),
        (let({"AWS": f"{OWN}role/x"}, "s3:PutObject"), Severity.MEDIUM, "role/x of this account", True),
        (let({"Service": "logging.s3.amazonaws.com"}, "s3:PutObject"), Severity.MEDIUM, "the service logging.s3", True),
        (
            let("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
            Severity.LOW,
            "where StringEquals aws:PrincipalOrgID o-1",
            True,
        ),
    ],
)
def test_a_bucket_lets_somebody_in(guarded, judge, statement, severity, who, certain):
    (risk,) = judge(guarded(TLS), guarded(TLS, statement))
    assert (risk.kind, risk.severity, risk.certain) == (RiskKind.ACCESS, severity, certain)
    assert risk.title.startswith("The bucket lake lets in ")
    assert who in risk.title
    assert judge(guarded(TLS, statement), guarded(TLS)) == []


def test_the_accounts_own_policies_decide_anyway(guarded, judge):
    assert judge(guarded(TLS), guarded(TLS, let({"AWS": f"{OWN}root"}, "s3:*"))) == []


def test_a_new_environment_tells_of_public_buckets_only(guarded, judge):
    assert judge(None, guarded(TLS, let({"AWS": "111122223333"}, "s3:*"))) == []
    (risk,) = judge(None, guarded(TLS, let("*")))
    assert risk.severity is Severity.HIGH


def test_a_prohibition_falls(guarded, judge):
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:Delete*", "Resource": ON}
    (risk,) = judge(guarded(TLS, deny), guarded(TLS))
    assert risk.severity is Severity.MEDIUM
    assert risk.title == "The bucket lake no longer refuses s3:delete* for everybody."
    assert judge(guarded(TLS), guarded(TLS, deny)) == []


def test_a_policy_goes_with_its_tls_rule(guarded, judge):
    bucket, policy = guarded(TLS)
    (risk,) = judge([bucket, policy], [bucket])
    assert risk.severity is Severity.LOW
    assert "aws:SecureTransport false" in risk.title


def test_a_policy_that_goes_with_its_bucket_opens_nothing(guarded, judge):
    assert [r for r in judge(guarded(TLS), []) if r.kind is RiskKind.ACCESS] == []


def test_a_tighter_prohibition_is_none_less(guarded, judge):
    wide = TLS | {"Condition": {}}
    assert judge(guarded(TLS), guarded(wide)) == []
    assert len(judge(guarded(wide), guarded(TLS))) == 1


@pytest.fixture
def key(resource, document):
    return lambda *s: resource(KEY, "k", inputs={"policy": document(*s)} if s else {})


def test_a_key_without_a_policy_has_the_default(key, judge):
    default = let({"AWS": f"{OWN}root"}, "kms:*", "*")
    assert judge([key()], [key(default)]) == []
    assert judge([key(default)], [key()]) == []
    (risk,) = judge([key(default)], [key(default, let({"AWS": "111122223333"}, "kms:Decrypt", "*"))])
    assert risk.severity is Severity.HIGH
    assert risk.title == "The key k lets in everybody of account 111122223333: kms:Decrypt."


def test_a_key_policy_in_a_resource_of_its_own(resource, document, key, judge):
    k = key()
    policy = document(let({"AWS": f"{OWN}root"}, "kms:*", "*"), let("*", "kms:Encrypt", "*"))
    own = resource(
        "aws:kms/keyPolicy:KeyPolicy", "p", inputs={"keyId": UNKNOWN, "policy": policy}, refers={"keyId": [k]}
    )
    (risk,) = judge([k], [k, own])
    assert risk.severity is Severity.CRITICAL


@pytest.mark.parametrize(
    ("principal", "condition", "severity"),
    [
        ("*", None, Severity.CRITICAL),
        ({"AWS": "arn:aws:iam::111122223333:root"}, None, Severity.HIGH),
        ({"AWS": "arn:aws:iam::111122223333:root"}, {"StringEquals": {"sts:ExternalId": "x"}}, Severity.MEDIUM),
        ({"Federated": "token.actions.githubusercontent.com"}, None, Severity.HIGH),
        (
            {"Federated": "token.actions.githubusercontent.com"},
            {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:a/b:*"}},
            Severity.MEDIUM,
        ),
        ({"AWS": f"{OWN}role/x"}, None, Severity.MEDIUM),
        ({"Service": "lambda.amazonaws.com"}, None, Severity.LOW),
    ],
)
def test_a_role_can_be_taken_on(resource, document, judge, principal, condition, severity):
    ec2 = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    more = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    more |= {"Condition": condition} if condition else {}
    before, after = (resource(ROLE, "r", inputs={"assumeRolePolicy": document(*s)}) for s in ((ec2,), (ec2, more)))
    (risk,) = judge([before], [after])
    assert risk.severity is severity
    assert risk.title.startswith("The role r can be assumed by ")
    assert judge([after], [before]) == []


def test_a_wider_subject_of_a_pipelines_role(resource, document, judge):
    def trusts(subject):
        statement = {
            "Effect": "Allow",
            "Principal": {"Federated": "arn:aws:iam::000000000000:oidc-provider/token.actions.githubusercontent.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": subject}},
        }
        return [resource(ROLE, "ci", inputs={"assumeRolePolicy": document(statement)})]

    (risk,) = judge(trusts("repo:shop/shop:ref:refs/heads/main"), trusts("repo:shop/*"))
    assert risk.severity is Severity.MEDIUM
    assert judge(trusts("repo:shop/*"), trusts("repo:shop/shop:ref:refs/heads/main")) == []


def test_a_new_service_role_is_no_risk_by_its_trust(resource, document, judge):
    ec2 = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    assert judge([], [resource(ROLE, "r", inputs={"assumeRolePolicy": document(ec2)})]) == []


def test_a_functions_permission(resource, judge):
    function = resource("aws:lambda/function:Function", "f", inputs={"name": "f"})

    def permit(**inputs):
        inputs = {"function": "f", "action": "lambda:InvokeFunction", **inputs}
        return [
            function,
            resource("aws:lambda/permission:Permission", "p", inputs=inputs, refers={"function": [function]}),
        ]

    (risk,) = judge([function], permit(principal="*"))
    assert risk.severity is Severity.CRITICAL
    (risk,) = judge([function], permit(principal="s3.amazonaws.com", sourceArn="arn:aws:s3:::b"))
    assert risk.severity is Severity.MEDIUM


def test_a_policy_that_isnt_known(guarded, resource, judge):
    bucket, policy = guarded(TLS)
    unknown = resource(
        BUCKET_POLICY, "lake", inputs={"bucket": UNKNOWN, "policy": UNKNOWN}, refers={"bucket": [bucket]}
    )
    (risk,) = judge([bucket, policy], [bucket, unknown])
    assert (risk.severity, risk.certain) == (Severity.MEDIUM, False)
    assert judge([bucket, unknown], [bucket, unknown]) == []


@pytest.mark.parametrize("policy", ["", "{", "[]", "{}", json.dumps({"Statement": 3}), None, 7, {"Statement": []}])
def test_odd_policies_dont_break(guarded, resource, judge, policy):
    bucket, before = guarded(TLS)
    odd = resource(BUCKET_POLICY, "lake", inputs={"bucket": "b", "policy": policy}, refers={"bucket": [bucket]})
    judge([bucket, before], [bucket, odd])
    judge([bucket, odd], [bucket, before])


def test_a_stated_account_is_ones_own(guarded):
    before, after = Plan(guarded(TLS), {}), Plan(guarded(TLS, let({"AWS": "arn:aws:iam::111122223333:role/x"})), {})
    changes = compare(before, after).changes
    (risk,) = assess(before, after, changes)
    assert (risk.severity, risk.certain) == (Severity.MEDIUM, False)
    (risk,) = assess(before, after, changes, account="111122223333")
    assert (risk.severity, risk.certain) == (Severity.LOW, True)
    assert "role/x of this account" in risk.title
