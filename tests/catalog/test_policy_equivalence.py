"""Which policy documents are one to the provider."""

import pytest

from aistacks_catalog.aws.iam.equivalence import aligned, equivalent


def document(*statements, **more):
    return {"Version": "2012-10-17", "Statement": list(statements), **more}


def statement(**keys):
    return {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*", **keys}


SAME = {
    "actions in another order": (statement(), statement(Action=["s3:PutObject", "s3:GetObject"])),
    "a list of one": (statement(Resource="*"), statement(Resource=["*"])),
    "effect in another case": (statement(), statement(Effect="allow")),
    "principals in another order": (
        statement(Principal={"AWS": ["a", "b"]}),
        statement(Principal={"AWS": ["b", "a"]}),
    ),
    "an account and its root": (
        statement(Principal={"AWS": "123456789012"}),
        statement(Principal={"AWS": "arn:aws:iam::123456789012:root"}),
    ),
    "a condition's values in another order": (
        statement(Condition={"StringEquals": {"aws:x": ["a", "b"]}}),
        statement(Condition={"StringEquals": {"aws:x": ["b", "a"]}}),
    ),
    "a boolean as text": (
        statement(Condition={"Bool": {"aws:SecureTransport": "false"}}),
        statement(Condition={"Bool": {"aws:SecureTransport": False}}),
    ),
}
OTHER = {
    "another action": (statement(), statement(Action=["s3:GetObject", "s3:*"])),
    "one action less": (statement(), statement(Action="s3:GetObject")),
    "another Sid": (statement(Sid="a"), statement(Sid="b")),
    "Action and NotAction": (statement(), {**statement(NotAction=["s3:GetObject", "s3:PutObject"]), "Action": []}),
    "everybody and one": (statement(Principal="*"), statement(Principal="123456789012")),
    "other kinds of principals": (statement(Principal={"AWS": "a"}), statement(Principal={"Service": "a"})),
    "another condition": (
        statement(Condition={"StringEquals": {"aws:x": "a"}}),
        statement(Condition={"StringLike": {"aws:x": "a"}}),
    ),
    "a condition that goes": (statement(Condition={"StringEquals": {"aws:x": "a"}}), statement()),
    "an unknown key": (statement(), statement(Extra=1)),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME.keys())
def test_what_is_written_otherwise_is_one(one, other):
    assert equivalent(document(one), document(other))
    assert equivalent(document(other), document(one))


@pytest.mark.parametrize(("one", "other"), OTHER.values(), ids=OTHER.keys())
def test_what_says_something_else_is_not(one, other):
    assert not equivalent(document(one), document(other))
    assert not equivalent(document(other), document(one))


def test_statements_come_in_any_order_and_a_single_one_is_a_list_of_one():
    one, two = statement(Sid="a"), statement(Sid="b")
    assert equivalent(document(one, two), document(two, one))
    assert equivalent({"Version": "2012-10-17", "Statement": one}, document(one))
    assert not equivalent(document(one, two), document(one, one))
    assert not equivalent(document(one), {**document(one), "Version": "2008-10-17"})
    assert not equivalent({"a": 1}, {"a": 1})


def test_what_is_one_is_written_as_before_and_the_rest_as_it_is():
    kept, turned = statement(Sid="k"), statement(Sid="k", Action=["s3:PutObject", "s3:GetObject"])
    new = statement(Sid="n", Action="s3:*")
    assert aligned({"policy": document(kept)}, {"policy": document(turned)}) == {"policy": document(kept)}
    assert aligned(document(kept, statement(Sid="n")), document(turned, new)) == document(kept, new)
    assert aligned([1, "a"], [1, "b"]) == [1, "b"]
