"""IAM's evaluation logic on whole documents: cases as IAM's user guide describes them."""

import json

import pytest

from aistacks_catalog.aws.iam.documents import allowed
from aistacks_catalog.aws.iam.patterns import holds
from aistacks_core.snapshot import UNKNOWN

OWN = "arn:aws:iam::000000000000:"


def may(document, action, resource="arn:aws:s3:::b/k", principal=None):
    """Whether a document decides for a request, conditions apart."""
    it = allowed(document, of_resource=principal is not None)

    def hit(requests):
        return (
            holds(requests.actions, action.lower())
            and holds(requests.resources, resource)
            and (principal is None or holds(requests.principals, principal))
        )

    return any(map(hit, it.allows)) and not any(map(hit, it.denies))


def one(**statement):
    return {"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"} | statement}


@pytest.mark.parametrize(
    ("document", "action", "yes"),
    [
        (one(), "s3:GetObject", True),
        (one(Action="S3:getobject"), "s3:GetObject", True),
        (one(Action="*"), "iam:PassRole", True),
        (one(Action="*:*"), "iam:PassRole", True),
        (one(Action="s3:Get?bject"), "s3:GetObject", True),
        (one(Action=["s3:Put*", "s3:List*"]), "s3:GetObject", False),
        ({"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}}, "s3:GetObject", True),
        ({"Statement": {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}}, "s3:GetObject", False),
        ({"Statement": {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::b/*"}}, "s3:GetObject", False),
        ({"Statement": [*[one()["Statement"]], one(Effect="Deny", Action="s3:*")["Statement"]]}, "s3:GetObject", False),
        (one(Resource="arn:aws:s3:::B/*"), "s3:GetObject", False),
        (one(Effect="allow"), "s3:GetObject", False),
        ({"Statement": []}, "s3:GetObject", False),
        ({}, "s3:GetObject", False),
        (one(Action=[]), "s3:GetObject", False),
        (json.dumps(one()), "s3:GetObject", True),
    ],
)
def test_an_identitys_policy(document, action, yes):
    assert may(document, action) is yes


@pytest.mark.parametrize(
    ("principal", "who", "yes"),
    [
        ("*", "AWS:arn:aws:iam::111122223333:user/x", True),
        ({"AWS": "*"}, "AWS:arn:aws:iam::111122223333:user/x", True),
        ({"AWS": "111122223333"}, "AWS:arn:aws:iam::111122223333:role/x", True),
        ({"AWS": "111122223333"}, "AWS:arn:aws:sts::111122223333:assumed-role/x/y", True),
        ({"AWS": "111122223333"}, "AWS:arn:aws:iam::999999999999:role/x", False),
        ({"AWS": "arn:aws:iam::111122223333:root"}, "AWS:arn:aws:iam::111122223333:user/x", True),
        ({"AWS": "arn:aws:iam::111122223333:role/x"}, "AWS:arn:aws:iam::111122223333:role/y", False),
        ({"Service": "ec2.amazonaws.com"}, "Service:ec2.amazonaws.com", True),
        ({"Service": "ec2.amazonaws.com"}, "AWS:arn:aws:iam::111122223333:role/x", False),
        ({"Federated": "accounts.google.com", "AWS": "111122223333"}, "Federated:accounts.google.com", True),
    ],
)
def test_a_resources_policy_names_who(principal, who, yes):
    assert may(one(Principal=principal), "s3:GetObject", principal=who) is yes


def test_not_principal_is_everybody_else():
    document = {
        "Statement": [
            one(Principal="*")["Statement"],
            one(Effect="Deny", NotPrincipal={"AWS": f"{OWN}role/x"})["Statement"],
        ]
    }
    assert may(document, "s3:GetObject", principal=f"AWS:{OWN}role/x")
    assert not may(document, "s3:GetObject", principal=f"AWS:{OWN}role/y")


def test_a_resources_statement_without_a_principal_lets_nobody_in():
    assert not may(one(), "s3:GetObject", principal="AWS:x")


def test_a_trust_policy_has_no_resource():
    document = {
        "Statement": {"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    }
    assert may(document, "sts:AssumeRole", principal="Service:eks.amazonaws.com")


@pytest.mark.parametrize(
    "document",
    [
        UNKNOWN,
        None,
        "",
        "no json",
        "[]",
        3,
        {"Statement": [UNKNOWN]},
        {"Statement": {"Action": [UNKNOWN]}},
        {"Statement": "x"},
    ],
)
def test_what_cant_be_read_is_unknown(document):
    assert allowed(document) is None


def test_an_unreadable_condition_is_no_permission():
    assert not may(one(Condition="always"), "s3:GetObject")


def test_a_policy_variable_isnt_a_wildcard():
    assert not may(one(Resource="arn:aws:s3:::b/${aws:username}"), "s3:GetObject", "arn:aws:s3:::b/anna")
    assert may(one(Resource="arn:aws:s3:::b/${*}"), "s3:GetObject", "arn:aws:s3:::b/\ue000")
