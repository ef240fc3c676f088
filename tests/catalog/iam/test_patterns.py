"""Emptiness and containment of wildcard sets, against every text of a small alphabet."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aistacks_catalog.aws.iam import patterns
from aistacks_catalog.aws.iam.patterns import EVERY, Clause, TooComplexError, empty, example, holds, within, words

# Patterns of up to three places tell texts of up to seven letters of {a, b, other} apart.
TEXTS = ["".join(t) for n in range(8) for t in itertools.product("abc", repeat=n)]
pattern = st.text("ab*?", max_size=3)
clause = st.builds(Clause, st.frozensets(pattern, max_size=2), st.booleans())


@settings(max_examples=100, deadline=None)
@given(st.frozensets(clause, max_size=2))
def test_a_set_is_empty_exactly_if_no_text_is_in_it(them):
    found = example(them)
    assert (found is None) == (not any(holds(them, t) for t in TEXTS))
    assert found is None or holds(them, found)


@settings(max_examples=100, deadline=None)
@given(st.frozensets(pattern, max_size=2), st.frozensets(pattern, max_size=2))
def test_a_set_is_within_another_exactly_if_all_its_texts_are(small, large):
    brute = all(holds(words(large), t) for t in TEXTS if holds(words(small), t))
    assert within(words(small), words(large)) == brute


@pytest.mark.parametrize(
    ("small", "large", "inside"),
    [
        (["s3:GetObject"], ["s3:Get*"], True),
        (["s3:Get*"], ["s3:GetObject"], False),
        (["s3:*"], ["s3:Get*", "s3:Put*"], False),
        (["a?"], ["ab", "a*"], True),
        (["ab*", "ac*"], ["a*"], True),
        (["a*b"], ["a*", "*b"], True),
        (["*"], ["?*", ""], True),
        ([], ["x"], True),
    ],
)
def test_containment(small, large, inside):
    assert within(words(small), words(large)) is inside


def test_a_literal_star_is_no_wildcard():
    assert holds(words(["a${*}b"]), patterns.simple("a${*}b"))
    assert not within(words(["a*b"]), words(["a${*}b"]))
    assert within(words(["a${*}b"]), words(["a*b"]))
    assert patterns.shown(patterns.simple("a${*}b")) == "a*b"


def test_nothing_is_taken_from_everything():
    assert words(["*"]) == EVERY
    assert not empty(EVERY)
    assert empty(words(["*"], inside=False))
    assert empty(words([]))


def test_what_is_too_large_is_said_to_be(monkeypatch):
    monkeypatch.setattr(patterns, "_STATES", 10)
    with pytest.raises(TooComplexError):
        example(frozenset({Clause(frozenset({"*abcdefgh*ijklmnop*"})), Clause(frozenset({"*qrstuvw*xyz1*"}))}))


def test_long_patterns_of_real_policies_are_quick():
    arns = [f"arn:aws:s3:::bucket-{i}-*/*/data-{i}-*" for i in range(200)]
    assert within(words([arns[7].replace("*", "x")]), words(arns))
    assert not within(words(["arn:aws:s3:::*"]), words(arns))
