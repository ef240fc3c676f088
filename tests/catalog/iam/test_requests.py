"""The difference of two sets of policies, against every request of a small world."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from aistacks_catalog.aws.iam.documents import allowed
from aistacks_catalog.aws.iam.patterns import holds
from aistacks_catalog.aws.iam.requests import Allowed, beyond, no_longer_denied

ACTIONS = ["s:aa", "s:ab", "s:b", "t:a"]
RESOURCES = ["x", "xy", "y", "z"]
CONTEXTS = [{"k": v, "j": w} for v, w in itertools.product(["p", "q"], ["p", "q"])]

actions = st.lists(st.sampled_from(["s:a*", "s:*", "s:ab", "*", "t:?", "s:?b", "nothing:x"]), min_size=1, max_size=2)
resources = st.lists(st.sampled_from(["x", "x*", "*", "?", "*y"]), min_size=1, max_size=2)
conditions = st.dictionaries(st.sampled_from(["k", "j"]), st.sampled_from([["p"], ["q"], ["p", "q"]]), max_size=2)


@st.composite
def statements(draw):
    found = {"Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"]))}
    found[draw(st.sampled_from(["Action", "Action", "NotAction"]))] = draw(actions)
    found[draw(st.sampled_from(["Resource", "Resource", "NotResource"]))] = draw(resources)
    equal = draw(conditions)
    return found | ({"Condition": {"StringEquals": equal}} if equal else {})


documents = st.lists(statements(), max_size=3).map(lambda s: {"Statement": s})


def matches(them, text):
    import fnmatch

    return any(fnmatch.fnmatchcase(text, p) for p in them)


def hit(statement, action, resource, context):
    """IAM's own words for a statement that applies, without any of the code under test."""
    act = matches(statement["Action"], action) if "Action" in statement else not matches(statement["NotAction"], action)
    res = (
        matches(statement["Resource"], resource)
        if "Resource" in statement
        else not matches(statement["NotResource"], resource)
    )
    keys = statement.get("Condition", {}).get("StringEquals", {})
    return act and res and all(context[k] in values for k, values in keys.items())


def decided(document, *request):
    hits = {s["Effect"] for s in document["Statement"] if hit(s, *request)}
    return "Allow" in hits and "Deny" not in hits


def covers(piece, action, resource, context):
    def true(atom):
        return context[atom.key] in atom.values

    return (
        holds(piece.actions, action)
        and holds(piece.resources, resource)
        and all(map(true, piece.when.holds))
        and not any(all(map(true, fail)) for fail in piece.when.fails)
    )


@settings(max_examples=150, deadline=None)
@given(documents, documents)
def test_what_one_allows_beyond_another_is_exact(base, head):
    pieces = beyond(allowed(head), allowed(base))
    for request in itertools.product(ACTIONS, RESOURCES, CONTEXTS):
        more = decided(head, *request) and not decided(base, *request)
        assert any(covers(p, *request) for p in pieces) == more, request


@settings(max_examples=100, deadline=None)
@given(documents)
def test_nothing_is_beyond_itself(document):
    it = allowed(document)
    assert beyond(it, it) == []
    assert beyond(it, it + it) == []


@settings(max_examples=100, deadline=None)
@given(documents, documents)
def test_what_is_no_longer_denied_is_exact(base, head):
    def denied(document, *request):
        return any(s["Effect"] == "Deny" and hit(s, *request) for s in document["Statement"])

    pieces = no_longer_denied(allowed(head), allowed(base))
    for request in itertools.product(ACTIONS, RESOURCES, CONTEXTS):
        less = denied(base, *request) and not denied(head, *request)
        assert any(covers(p, *request) for p in pieces) == less, request


@settings(max_examples=100, deadline=None)
@given(documents, documents)
def test_a_boundary_leaves_what_both_allow(document, boundary):
    within = allowed(document).within(allowed(boundary))
    pieces = beyond(within, Allowed())
    for request in itertools.product(ACTIONS, RESOURCES, CONTEXTS):
        both = decided(document, *request) and decided(boundary, *request)
        assert any(covers(p, *request) for p in pieces) == both, request
