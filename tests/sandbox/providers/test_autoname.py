from __future__ import annotations

import pytest

from aistacks_sandbox.providers.autoname import AutonameError, Mode, Naming, autoname, random_suffix


def test_the_suffix_is_a_function_of_the_seed() -> None:
    assert random_suffix(b"a", 7) == random_suffix(b"a", 7)
    assert random_suffix(b"a", 7) != random_suffix(b"b", 7)
    assert set(random_suffix(b"a", 64)) <= set("0123456789abcdef")


def test_without_a_seed_two_names_differ() -> None:
    assert autoname(Naming("x"), length=16) != autoname(Naming("x"), length=16)


def test_an_old_name_is_kept_even_where_naming_is_disabled() -> None:
    assert autoname(Naming("x", mode=Mode.DISABLE), "x-1234567") == "x-1234567"


def test_a_proposed_name_is_taken() -> None:
    assert autoname(Naming("x", mode=Mode.PROPOSE, proposed="dev-x")) == "dev-x"


def test_separator_and_charset() -> None:
    assert autoname(Naming("x", b"s"), length=3, separator="_", charset="z") == "x_zzz"


def test_a_name_over_the_limit_is_told_with_both_lengths() -> None:
    with pytest.raises(AutonameError, match="has 18 characters; expected at most 16"):
        autoname(Naming("logical-ab", b"s"), max_length=16)
