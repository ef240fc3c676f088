"""Which conditions follow from which, and which never hold together."""

import pytest

from aistacks_catalog.aws.iam.conditions import When, atoms, contradicts, implies


def atom(operator, key, *values):
    (found,) = atoms({operator: {key: list(values)}})
    return found


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (("StringEquals", "k", "a"), ("StringEquals", "K", "a", "b")),
        (("StringEquals", "k", "abc"), ("StringLike", "k", "a*")),
        (("StringLike", "k", "ab*"), ("StringLike", "k", "a*", "x")),
        (("ArnEquals", "k", "arn:a:b"), ("ArnLike", "k", "arn:*")),
        (("StringNotEquals", "k", "a", "b"), ("StringNotEquals", "k", "a")),
        (("StringNotLike", "k", "a*"), ("StringNotEquals", "k", "ab")),
        (("IpAddress", "k", "10.1.0.0/16"), ("IpAddress", "k", "10.0.0.0/8")),
        (("NotIpAddress", "k", "10.0.0.0/8"), ("NotIpAddress", "k", "10.1.0.0/16")),
        (("Bool", "k", True), ("Bool", "k", "true")),
        (("NumericLessThan", "k", "5"), ("NumericLessThanEquals", "k", "5")),
        (("NumericGreaterThan", "k", 6), ("NumericGreaterThan", "k", 5)),
        (("DateLessThan", "k", "2026-01-01T00:00:00+00:00"), ("DateLessThan", "k", "2027-01-01T00:00:00+00:00")),
        (("StringEquals", "k", "a"), ("StringEqualsIfExists", "k", "a")),
        (("ForAllValues:StringLike", "k", "a"), ("ForAllValues:StringLike", "k", "a*")),
    ],
)
def test_what_follows(given, wanted):
    assert implies(atom(*given), atom(*wanted))
    if atom(*given).same != atom(*wanted).same:
        assert not implies(atom(*wanted), atom(*given))


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (("StringEquals", "k", "a"), ("StringEquals", "j", "a")),
        (("StringEqualsIfExists", "k", "a"), ("StringEquals", "k", "a")),
        (("ForAnyValue:StringEquals", "k", "a"), ("ForAllValues:StringEquals", "k", "a")),
        (("NumericLessThanEquals", "k", "5"), ("NumericLessThan", "k", "5")),
        (("NumericLessThan", "k", "five"), ("NumericLessThan", "k", "6")),
        (("IpAddress", "k", "nonsense"), ("IpAddress", "k", "10.0.0.0/8")),
        (("IpAddress", "k", "10.0.0.0/8"), ("IpAddress", "k", "2001:db8::/32")),
        (("Madeup", "k", "a"), ("Madeup", "k", "a", "b")),
    ],
)
def test_what_doesnt_follow(given, wanted):
    assert not implies(atom(*given), atom(*wanted))


@pytest.mark.parametrize(
    ("one", "other", "never"),
    [
        (("Bool", "k", "true"), ("Bool", "k", "false"), True),
        (("StringEquals", "k", "a"), ("StringEquals", "k", "b"), True),
        (("StringLike", "k", "a*"), ("StringEquals", "k", "b"), True),
        (("StringEquals", "k", "a"), ("StringNotEquals", "k", "a", "b"), True),
        (("StringLike", "k", "a*"), ("StringLike", "k", "*b"), False),
        (("ForAllValues:StringEquals", "k", "a"), ("ForAllValues:StringEquals", "k", "b"), False),
        (("BoolIfExists", "k", "true"), ("Bool", "k", "false"), False),
    ],
)
def test_what_never_holds_together(one, other, never):
    assert contradicts(atom(*one), atom(*other)) is never
    assert contradicts(atom(*other), atom(*one)) is never


def test_a_context_that_must_and_must_not_is_none():
    a, b = atom("StringEquals", "k", "a"), atom("Bool", "s", "true")
    assert When(frozenset({a, b}), frozenset({frozenset({a})})).impossible
    assert not When(frozenset({a}), frozenset({frozenset({a, b})})).impossible


@pytest.mark.parametrize("block", ["text", {"StringEquals": "k"}, ["x"]])
def test_what_is_no_condition_isnt_read(block):
    assert atoms(block) is None


@pytest.mark.parametrize("block", [None, {}, "", []])
def test_no_condition(block):
    assert atoms(block) == frozenset()


def test_a_value_with_a_star_is_no_pattern_for_string_equals():
    assert not implies(atom("StringLike", "k", "ab"), atom("StringEquals", "k", "a*"))
    assert not implies(atom("StringEquals", "k", "a*"), atom("StringLike", "k", "ab"))
