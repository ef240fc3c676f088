"""The schema that other languages' SDKs and the reference pages come from."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

import aistacks
from aistacks import host as component_host
from aistacks.host.arguments import in_camel_case
from aistacks.host.schema import markdown

ROOT = Path(__file__).parents[2]
# What a number counts, as a reader has to know it: named in the argument or said about it.
_UNIT = re.compile(
    r"day|image|hour|minute|second|ms\b|millisecond|gib|mib|vcpu|gpu|rpu|percent|bytes|port\b|node|replica|zone|request|"
    r"session|how many|number of|count|weight|/\d\d",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def schema(host: Any) -> dict[str, Any]:
    """As the running provider gives it to the engine."""
    return json.loads(host.GetSchema(provider_pb2.GetSchemaRequest()).schema)


def reference() -> Any:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools/reference.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def properties(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any], bool]]:
    """Each argument and output: where, its name, itself, and whether it is an argument that may be left out."""
    for token, resource in schema["resources"].items():
        for key, prop in resource["inputProperties"].items():
            yield token, key, prop, key not in resource["requiredInputs"]
        for key, prop in resource["properties"].items():
            yield token, key, prop, False
    for token, kind in schema["types"].items():
        for key, prop in kind.get("properties", {}).items():
            yield token, key, prop, key not in kind.get("required", [])


def test_the_committed_schema_and_pages_are_what_the_classes_say(schema: dict[str, Any]) -> None:
    made = reference().pages(schema)
    assert len(made) == len(component_host.COMPONENTS) + 2
    old = [path.name for path, text in made.items() if path.read_text() != text]
    assert not old, f"{old}: run python tools/reference.py"
    assert set((ROOT / "docs/reference").iterdir()) == set(made)


def test_every_argument_output_and_choice_is_described(schema: dict[str, Any]) -> None:
    found = list(properties(schema))
    assert len(found) > 150
    assert not [f"{where}.{key}" for where, key, prop, _ in found if not prop.get("description")]
    choices = [(t, m) for t, kind in schema["types"].items() for m in kind.get("enum", [])]
    assert len(choices) > 15
    assert not [f"{token}.{member['value']}" for token, member in choices if not member.get("description")]
    assert not [token for token, resource in schema["resources"].items() if not resource.get("description")]


def test_every_argument_that_may_be_left_out_says_what_then_holds(schema: dict[str, Any]) -> None:
    optional = [(where, key, prop) for where, key, prop, may in properties(schema) if may]
    assert len(optional) > 100
    assert not [f"{where}.{key}" for where, key, prop in optional if "Default:" not in prop["description"]]


def test_every_number_says_what_it_counts(schema: dict[str, Any]) -> None:
    numbers = [(w, k, p) for w, k, p, _ in properties(schema) if p.get("type") in ("integer", "number")]
    assert len(numbers) > 20
    assert not [f"{w}.{k}: {p['description']}" for w, k, p in numbers if not _UNIT.search(f"{k} {p['description']}")]


def test_descriptions_are_markdown_in_the_other_languages_names(schema: dict[str, Any]) -> None:
    texts = [prop["description"] for _, _, prop, _ in properties(schema)]
    assert not [text for text in texts if "``" in text or "\n  " in text]
    wrong = {"`True`", "`False`", "`None`", "expire_days", "owner_id"}
    assert not [text for text in texts if any(word in text for word in wrong)]
    assert any("`expireDays`" in text for text in texts)


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [
        ("Days.\n    Default: ``True``.", "Days.\nDefault: `true`."),
        ("Limits ``expire_days``, not ``my_bucket``.", "Limits `expireDays`, not `my_bucket`."),
    ],
)
def test_a_docstring_becomes_markdown(docstring: str, expected: str) -> None:
    assert markdown(docstring, {"expire_days"}) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("access.ops.kms_key_arn: got 7", "access.ops.kmsKeyArn: got 7"),
        ("kms_key_arn[0]", "kmsKeyArn[0]"),
        ("arn:aws:s3:::kms_key_arn", "arn:aws:s3:::kms_key_arn"),
        ("my_kms_key_arn, kms_key_arn_2, a-kms_key_arn", "my_kms_key_arn, kms_key_arn_2, a-kms_key_arn"),
    ],
)
def test_only_whole_names_of_arguments_are_respelled(text: str, expected: str) -> None:
    assert in_camel_case(text, {"kms_key_arn"}) == expected


def test_the_provider_says_the_version_of_the_package(host: Any, schema: dict[str, Any]) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert host.GetPluginInfo(empty_pb2.Empty()).version == schema["version"] == version


def test_a_package_added_by_its_address_can_be_started(started_by: Any) -> None:
    # Pulumi's Python host installs a package that hatchling can build and runs `python -m <its name>`, unless a
    # __main__.py lies beside PulumiPlugin.yaml (pulumi/pulumi sdk/go/common/workspace/plugins.go, 2026-11).
    assert yaml.safe_load((ROOT / "PulumiPlugin.yaml").read_text()) == {"runtime": "python"}
    assert not (ROOT / "__main__.py").exists()
    name = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["name"]
    with started_by([sys.executable, "-m", name]) as client:
        assert json.loads(client.GetSchema(provider_pb2.GetSchemaRequest()).schema)["name"] == name


def test_started_by_hand_it_says_what_it_is_for() -> None:
    done = subprocess.run([sys.executable, "-m", "aistacks"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("pulumi-resource-aistacks: got no engine address; expected one: ")
    assert len(done.stderr.splitlines()) == 1


def test_the_schema_has_every_component_that_the_package_exports(schema: dict[str, Any]) -> None:
    exported = {name.removesuffix("Args") for name in aistacks.__all__ if name.endswith("Args")} & set(aistacks.__all__)
    assert set(schema["resources"]) == {f"aistacks:index:{name}" for name in exported}
