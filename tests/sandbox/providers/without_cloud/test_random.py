"""What is drawn stays; what asks for another one gets another one."""

from __future__ import annotations

import base64
import string
import uuid
from typing import Any

import pytest

from aistacks_core.property_values import UNKNOWN, Props, Secret, strip_secrets
from aistacks_sandbox.providers.autoname import Naming
from aistacks_sandbox.providers.failures import CheckError, ProviderError
from aistacks_sandbox.providers.provider import Resource
from aistacks_sandbox.providers.without_cloud import bcrypt, random
from aistacks_sandbox.providers.without_cloud.base import StateProvider


def at(name: str) -> Resource:
    token = f"random:index/{name[0].lower()}{name[1:]}:{name}"
    return Resource(f"urn:pulumi:dev::project::{token}::a", token, "a")


@pytest.fixture
def provider() -> StateProvider:
    return random.provider()


def checked(provider: StateProvider, kind: str, inputs: Props) -> Props:
    return provider.check(at(kind), None, inputs, Naming("a", b""))


def made(provider: StateProvider, kind: str, inputs: Props) -> tuple[str, Props]:
    created = provider.create(at(kind), checked(provider, kind, inputs), preview=False, timeout=0)
    return created.id, created.outputs


INPUTS: dict[str, Props] = {
    "RandomBytes": {"length": 8},
    "RandomId": {"byteLength": 4, "prefix": "p-"},
    "RandomInteger": {"min": 5, "max": 7},
    "RandomPassword": {"length": 12, "minNumeric": 2},
    "RandomPet": {"length": 3, "prefix": "x"},
    "RandomShuffle": {"inputs": ["a", "b", "c"], "resultCount": 5},
    "RandomString": {"length": 12, "special": False, "upper": False},
    "RandomUuid": {},
    "RandomUuid4": {},
    "RandomUuid7": {},
}


@pytest.mark.parametrize("kind", sorted(INPUTS))
def test_every_type_stays_as_it_is_and_is_made_anew_for_other_keepers(provider: StateProvider, kind: str) -> None:
    id_, outputs = made(provider, kind, INPUTS[kind])
    inputs = checked(provider, kind, INPUTS[kind])
    assert not provider.diff(at(kind), id_, inputs, strip_secrets(outputs), inputs).changes
    found = provider.read(at(kind), id_, inputs, strip_secrets(outputs))
    assert found is not None and (found.id, found.outputs) == (id_, outputs)
    difference = provider.diff(at(kind), id_, inputs, outputs, {**inputs, "keepers": {"a": "b"}})
    assert difference.replaces == {"keepers"}
    previewed = provider.create(at(kind), inputs, preview=True, timeout=0).outputs
    for name in random.KINDS[at(kind).type].computed:
        assert strip_secrets(previewed[name]) is UNKNOWN


def test_every_type_of_the_package_is_there() -> None:
    assert {token.rsplit(":", 1)[1] for token in random.KINDS} == set(INPUTS)


def test_a_text_has_its_classes_of_characters(provider: StateProvider) -> None:
    _, outputs = made(provider, "RandomString", {**INPUTS["RandomString"], "minNumeric": 4})
    assert len(outputs["result"]) == 12
    assert set(outputs["result"]) <= set(string.ascii_lowercase + string.digits)
    assert sum(c in string.digits for c in outputs["result"]) >= 4
    _, outputs = made(provider, "RandomString", {"length": 9, "overrideSpecial": "_", "minSpecial": 9})
    assert outputs["result"] == "_" * 9
    _, older = made(provider, "RandomString", {"length": 40, "number": False})
    assert not set(older["result"]) & set(string.digits)


def test_a_password_is_secret_and_its_id_tells_nothing(provider: StateProvider) -> None:
    id_, outputs = made(provider, "RandomPassword", {"length": 30})
    assert id_ == "none"
    assert isinstance(outputs["result"], Secret) and len(outputs["result"].value) == 30
    again = provider.update(
        at("RandomPassword"), id_, {}, strip_secrets(outputs), {"length": 30}, preview=False, timeout=0
    )
    assert isinstance(again["result"], Secret)


@pytest.mark.skipif(bcrypt.hashed("a") is None, reason="no libcrypt with bcrypt")
def test_a_password_has_its_hash(provider: StateProvider) -> None:
    _, secret = made(provider, "RandomPassword", {"length": 100})
    assert isinstance(secret["bcryptHash"], Secret)
    outputs = strip_secrets(secret)
    assert outputs["bcryptHash"].startswith("$2a$10$")
    assert bcrypt.with_setting(outputs["result"][:72], outputs["bcryptHash"]) == outputs["bcryptHash"]
    assert bcrypt.with_setting(f"x{outputs['result'][1:]}", outputs["bcryptHash"]) != outputs["bcryptHash"]
    # A hash that everybody knows, from the tests of crypt_blowfish.
    known = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
    assert bcrypt.with_setting("U*U", known) == known
    imported = provider.read(at("RandomPassword"), "imported-password", {}, {})
    assert imported is not None
    hidden = strip_secrets(imported.outputs)
    assert bcrypt.with_setting("imported-password", hidden["bcryptHash"]) == hidden["bcryptHash"]


def test_a_password_goes_without_where_the_system_has_no_bcrypt(
    provider: StateProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bcrypt, "_library", lambda: None)
    assert "bcryptHash" not in made(provider, "RandomPassword", {"length": 12})[1]


def test_an_id_is_the_same_bytes_in_every_base(provider: StateProvider) -> None:
    id_, outputs = made(provider, "RandomId", INPUTS["RandomId"])
    raw = bytes.fromhex(outputs["hex"].removeprefix("p-"))
    assert len(raw) == 4
    assert outputs["dec"] == f"p-{int.from_bytes(raw, 'big')}"
    assert outputs["b64Std"] == f"p-{base64.b64encode(raw).decode()}"
    assert outputs["b64Url"] == f"p-{id_}" == f"p-{base64.urlsafe_b64encode(raw).decode().rstrip('=')}"
    imported = provider.read(at("RandomId"), f"p-,{id_}", {}, {})
    assert imported is not None
    assert imported.inputs == {"byteLength": 4, "prefix": "p-"}
    assert imported.outputs["hex"] == outputs["hex"]


def test_a_seed_gives_the_same_and_numbers_keep_their_range(provider: StateProvider) -> None:
    first, second = (made(provider, "RandomShuffle", {"inputs": list("abcdef"), "seed": "s"})[1] for _ in range(2))
    assert first["results"] == second["results"]
    assert sorted(first["results"]) == list("abcdef")
    results = {made(provider, "RandomInteger", INPUTS["RandomInteger"])[1]["result"] for _ in range(60)}
    assert results == {5, 6, 7}


def test_names_have_their_words_and_uuids_their_version(provider: StateProvider) -> None:
    id_, _ = made(provider, "RandomPet", INPUTS["RandomPet"])
    assert id_.startswith("x-") and len(id_.split("-")) == 4
    id_, _ = made(provider, "RandomPet", {"length": 1, "separator": "_"})
    assert id_.isalpha()
    assert uuid.UUID(made(provider, "RandomUuid", {})[0]).version == 4
    text, outputs = made(provider, "RandomUuid7", {})
    assert outputs["result"] == text and text[14] == "7" and text[19] in "89ab"


@pytest.mark.parametrize(
    ("kind", "inputs", "property_"),
    [
        ("RandomString", {"length": 3, "minLower": 4}, "length"),
        ("RandomString", {"length": 3, "lower": False, "upper": False, "numeric": False, "special": False}, "lower"),
        ("RandomInteger", {"min": 3, "max": 2}, "min"),
    ],
)
def test_what_can_not_be_drawn_is_refused(provider: StateProvider, kind: str, inputs: Props, property_: str) -> None:
    with pytest.raises(CheckError) as error:
        checked(provider, kind, inputs)
    assert set(error.value.failures) == {property_}


def test_a_type_that_is_none_is_one_line(provider: StateProvider) -> None:
    with pytest.raises(ProviderError, match="random:index/randomNothing:RandomNothing: not one of"):
        provider.create(at("RandomNothing"), {}, preview=False, timeout=0)


def test_what_has_no_way_to_be_imported_says_so(provider: StateProvider) -> None:
    with pytest.raises(ProviderError, match="import of x"):
        provider.read(at("RandomShuffle"), "x", {}, {})


def test_unknown_inputs_pass_the_checks(provider: StateProvider) -> None:
    inputs: dict[str, Any] = {"length": UNKNOWN, "minLower": UNKNOWN}
    assert checked(provider, "RandomString", inputs)["length"] is UNKNOWN
