from __future__ import annotations

import base64
import json

import pytest

from aistacks_core.property_values import Secret
from aistacks_core.redaction import SECRET, SHORTEST, Redactor, hideable, tells
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


def forms_of(text: str) -> list[str]:
    raw = text.encode()
    shifted = [base64.b64encode(b"x" * shift + raw + b"tail").decode() for shift in range(3)]
    urlsafe = [base64.urlsafe_b64encode(b"x" * shift + raw + b"tail").decode() for shift in range(3)]
    return [*shifted, *urlsafe, raw.hex(), raw.hex().upper(), json.dumps(json.dumps(text)), repr(text)]


@pytest.mark.parametrize("place", range(10))
def test_a_secret_is_hidden_in_what_is_made_of_it(place: int) -> None:
    form = forms_of(PASSWORD)[place]
    shown = Redactor([PASSWORD]).without(f"<{form}>")
    assert SECRET in shown
    assert len(shown) < len(f"<{form}>") / 2 + 12
    assert "horse" not in shown


@pytest.mark.parametrize("end", ["…", "...", ""])
def test_a_secret_that_somebody_cut_is_hidden(end: str) -> None:
    redactor = Redactor([PASSWORD])
    for length in range(6, len(PASSWORD)):
        assert redactor.without(f"it is {PASSWORD[:length]}{end}") == f"it is {SECRET}{end}"
    assert redactor.without("correct answers") == "correct answers"


def test_a_secrets_own_parts_and_lines_are_secrets() -> None:
    parts = Redactor(
        [
            '{"user": {"key": "inner-secret-1"}}',
            "postgres://u:inner-2@host/db",
            "first line of 16+\n  second line 16+++",
        ]
    )
    for text in ("inner-secret-1", "inner-2", "first line of 16+", "second line 16+++"):
        assert parts.without(f"<{text}>") == f"<{SECRET}>"
    assert parts.without("user key host") == "user key host"


def test_a_long_texts_end_is_searched_too() -> None:
    text = "x" * 5_000_000 + PASSWORD + "y" * 10
    assert Redactor([PASSWORD]).without(text).endswith(f"x{SECRET}{'y' * 10}")


@pytest.mark.parametrize(
    ("value", "is_one"),
    [("hunter2", True), ("arn:aws:iam::1:role/x", False), (mark("urn:a"), False), ("", False), (7, False)],
)
def test_what_a_telling_name_hides(value: object, is_one: bool) -> None:
    assert hideable(value) is is_one


@pytest.mark.parametrize("name", ["SECRET_KEY_BASE", "DB_PASSWORD_PROD", "secretString", "clientSecret"])
def test_names_of_variables_tell_anywhere(name: str) -> None:
    assert tells(name)
