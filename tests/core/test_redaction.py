from __future__ import annotations

import base64
import json

import pytest

from aistacks_core.property_values import Secret
from aistacks_core.redaction import SECRET, SHORTEST, Redactor, tells
from aistacks_core.symbols import mark

PASSWORD = 'correct "horse" battery/staple'


@pytest.mark.parametrize(
    "form",
    [
        PASSWORD,
        json.dumps(PASSWORD)[1:-1],
        "correct%20%22horse%22%20battery%2Fstaple",
        base64.b64encode(PASSWORD.encode()).decode(),
    ],
)
def test_a_secret_is_hidden_in_every_form(form: str) -> None:
    redactor = Redactor([PASSWORD])
    assert redactor.without(f"it is {form}; so", 500).startswith(f"it is {SECRET}")
    assert "horse" not in redactor.without(f"it is {form}; so")


def test_a_secret_on_the_edge_of_a_cut_is_hidden_whole() -> None:
    redactor = Redactor([{"deep": [Secret(PASSWORD)]}])
    cut = [redactor.without(f"it is {PASSWORD}; so", limit) for limit in range(1, 60)]
    assert [text for text in cut if "corr" in text] == []
    assert cut[-1] == f"it is {SECRET}; so"


def test_what_follows_the_beginning_of_a_long_secret_is_hidden() -> None:
    key = "-----BEGIN KEY-----" + "abc123" * 500
    redactor = Redactor([[{"x": key}]])
    assert redactor.without(f"got {key} there", 5000) == redactor.without(f"got {key} there") == f"got {SECRET}"


@pytest.mark.parametrize("value", ["abc", "a b", 443, 2.5, "prod"])
def test_short_texts_and_numbers_are_secrets_too(value: object) -> None:
    assert Redactor([value]).without(f"it is <{value}>") == f"it is <{SECRET}>"


@pytest.mark.parametrize("value", ["", "ab", 42, "default", "Enabled", True, None])
def test_what_stands_everywhere_is_none_to_look_for(value: object) -> None:
    assert Redactor([value]).without(f"it is <{value}>") == f"it is <{value}>"
    assert SHORTEST == 3


def test_a_symbol_alone_is_no_secret_but_what_stands_around_it_may_be() -> None:
    arn = f"arn:aws:s3:::data-{mark('urn:a')}"
    assert Redactor([arn]).without(f"on {arn}") == f"on {arn}"
    address = f"postgres://admin:hunter2@db-{mark('urn:a')}"
    assert Redactor([address]).without(f"at {address}") == f"at {SECRET}"


@pytest.mark.parametrize("name", ["password", "adminPassword", "DB_PASSWORD", "api_key", "client_secret", "token"])
def test_names_that_tell(name: str) -> None:
    assert tells(name)


@pytest.mark.parametrize("name", ["httpTokens", "secretArn", "passwordLength", "tokens", "keyId", ""])
def test_names_that_do_not(name: str) -> None:
    assert not tells(name)
