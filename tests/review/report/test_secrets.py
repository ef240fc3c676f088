import base64
import json

import pytest

from aistacks_review.report.secrets import SECRET, Secrets, tells

PASSWORD = 'correct "horse" battery/staple'


@pytest.fixture
def secrets(registration, reviewed):
    marked = registration("aws:rds/instance:Instance", "db", inputs={"password": PASSWORD}, secrets=["password"])
    return Secrets(reviewed(head=[marked]))


@pytest.mark.parametrize(
    "form",
    [
        PASSWORD,
        json.dumps(PASSWORD)[1:-1],
        "correct%20%22horse%22%20battery%2Fstaple",
        base64.b64encode(PASSWORD.encode()).decode(),
    ],
)
def test_a_secret_is_hidden_in_every_form(secrets, form):
    assert secrets.without(f"it is {form}; so", 500).startswith(f"it is {SECRET}")
    assert "horse" not in secrets.without(f"it is {form}; so", 500)


def test_a_secret_on_the_edge_of_a_cut_is_hidden_whole(secrets):
    for limit in range(1, 60):
        assert "corr" not in secrets.without(f"it is {PASSWORD}; so", limit)


def test_what_follows_the_beginning_of_a_long_secret_is_hidden(registration, reviewed):
    key = "-----BEGIN KEY-----" + "abc123" * 500
    secrets = Secrets(reviewed(base=[registration("a:b:C", "k", inputs={"pem": [{"x": key}]}, secrets=["pem"])]))
    assert secrets.without(f"got {key} there", 5000) == f"got {SECRET}"


def test_a_kubernetes_secret_needs_no_mark(registration, reviewed):
    one = registration("kubernetes:core/v1:Secret", "s", inputs={"stringData": {"a": "opensesame"}})
    assert Secrets(reviewed(head=[one])).without("opensesame!", 100) == f"{SECRET}!"


def test_what_the_type_keeps_secret_is_hidden(registration, reviewed):
    one = registration("a:b:C", "s", inputs={"key": "opensesame"}, additional_secret_outputs=("key",))
    assert Secrets(reviewed(head=[one])).without("opensesame", 100) == SECRET


def test_short_and_common_words_are_no_secrets_to_look_for(registration, reviewed):
    one = registration(
        "a:b:C", "s", inputs={"a": "prod", "b": "default", "c": None, "d": 5}, secrets=["a", "b", "c", "d"]
    )
    assert Secrets(reviewed(head=[one])).without("prod default 5", 100) == "prod default 5"


@pytest.mark.parametrize("name", ["password", "adminPassword", "DB_PASSWORD", "api_key", "client_secret", "token"])
def test_names_that_tell(name):
    assert tells(name)


@pytest.mark.parametrize("name", ["httpTokens", "secretArn", "passwordLength", "tokens", "keyId", ""])
def test_names_that_do_not(name):
    assert not tells(name)
