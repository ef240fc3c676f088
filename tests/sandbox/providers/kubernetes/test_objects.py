from __future__ import annotations

from typing import Any

import pytest

from aistacks_core.property_values import UNKNOWN, Secret
from aistacks_sandbox.providers.autoname import Mode, Naming
from aistacks_sandbox.providers.failures import CheckError
from aistacks_sandbox.providers.kubernetes import objects
from aistacks_sandbox.providers.provider import Resource

CONFIG_MAP = Resource("urn:x", "kubernetes:core/v1:ConfigMap", "settings")
SEEDED = Naming("settings", b"seed")


def test_an_unnamed_object_gets_eight_hex_digits_and_the_annotation() -> None:
    meta = objects.with_name(CONFIG_MAP, None, {"metadata": {"labels": {"a": "b"}}}, SEEDED)["metadata"]
    prefix, suffix = meta["name"].rsplit("-", 1)
    assert (prefix, len(suffix)) == ("settings", 8)
    assert meta["annotations"] == {"pulumi.com/autonamed": "true"}
    assert meta["labels"] == {"a": "b"}


def test_an_automatic_name_stays() -> None:
    old = objects.with_name(CONFIG_MAP, None, {}, SEEDED)
    assert objects.with_name(CONFIG_MAP, old, {"data": {}}, Naming("settings", b"other"))["metadata"] == old["metadata"]


def test_a_given_name_that_is_taken_away_is_not_adopted() -> None:
    old = {"metadata": {"name": "given"}}
    assert objects.with_name(CONFIG_MAP, old, {}, SEEDED) == {}


@pytest.mark.parametrize("meta", [{"name": "given"}, {"name": UNKNOWN}, UNKNOWN])
def test_a_given_or_unknown_name_is_left_alone(meta: Any) -> None:
    assert objects.with_name(CONFIG_MAP, None, {"metadata": meta}, SEEDED) == {"metadata": meta}


@pytest.mark.parametrize(
    ("type_", "props", "naming", "path"),
    [
        ("ConfigMapPatch", {}, SEEDED, "metadata.name"),
        ("ConfigMap", {"metadata": {"generateName": "x-"}}, SEEDED, "metadata.generateName"),
        ("ConfigMap", {}, Naming("settings", b"", Mode.DISABLE), "metadata.name"),
    ],
)
def test_what_can_not_be_named_is_told_by_path(type_: str, props: dict[str, Any], naming: Naming, path: str) -> None:
    with pytest.raises(CheckError) as failure:
        objects.with_name(Resource("urn:x", f"kubernetes:core/v1:{type_}", "settings"), None, props, naming)
    assert list(failure.value.failures) == [path]


def test_a_secret_s_content_is_hidden_and_a_config_map_s_is_not() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "data": {"a": "YQ=="}, "type": "Opaque"}
    assert objects.hidden(secret)["data"] == Secret({"a": "YQ=="})
    plain = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}}
    assert objects.hidden(plain) == plain


def test_dashes_that_the_sdk_can_not_say_reach_the_server_and_come_back() -> None:
    schema = {"x_kubernetes_preserve_unknown_fields": True, "items": [{"x_kubernetes_int_or_string": True}]}
    sent = objects.manifest({"spec": schema, "__aistacks": "created", "nothing": None})
    assert sent == {
        "spec": {
            "x-kubernetes-preserve-unknown-fields": True,
            "items": [{"x-kubernetes-int-or-string": True}],
        }
    }
    assert objects.to_props(sent) == {"spec": schema}


def test_ids() -> None:
    assert objects.object_id({"metadata": {"name": "a", "namespace": "n"}}) == "n/a"
    assert objects.object_id({"metadata": {"name": "a"}}) == "a"
    assert objects.parse_id("n/a") == ("n", "a")
    assert objects.parse_id("a") == (None, "a")


def test_the_field_manager_is_stable_and_can_be_given() -> None:
    assert objects.manager("urn:x", {}) == objects.manager("urn:x", {}) != objects.manager("urn:y", {})
    assert objects.manager("urn:x", {}, {objects.MANAGER: "before"}) == "before"
    given = {"metadata": {"annotations": {"pulumi.com/patchFieldManager": "mine"}}}
    assert objects.manager("urn:x", given, {objects.MANAGER: "before"}) == "mine"


@pytest.mark.parametrize(
    ("inputs", "before", "now", "expected"),
    [
        ({"cpu": "1000m"}, {"cpu": "1", "x": 1}, {"cpu": "1", "x": 2}, {"cpu": "1000m"}),
        ({"cpu": "1000m"}, {"cpu": "1"}, {"cpu": "2"}, {"cpu": "2"}),
        ({"a": 1, "b": 2}, {"a": 1, "b": 2}, {"a": 1}, {"a": 1}),
        ({"l": [{"a": 1}]}, {"l": [{"a": 1, "z": 0}]}, {"l": [{"a": 3, "z": 0}]}, {"l": [{"a": 3}]}),
        ({"l": [1]}, {"l": [1]}, {"l": [1, 2]}, {"l": [1, 2]}),
        ({"never": 1}, {}, {}, {"never": 1}),
    ],
)
def test_a_refresh_changes_only_what_has_moved(inputs: Any, before: Any, now: Any, expected: Any) -> None:
    assert objects.drifted(inputs, before, now) == expected
