"""The engine's own previews, read as plans and changes."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aistacks_core.errors import UserError
from aistacks_core.snapshot import ABSENT, UNKNOWN
from aistacks_review.compare.changes import ChangeKind, ResourceChange
from aistacks_review.preview.engine_preview import from_preview, read_preview

PREVIEWS = Path(__file__).parent / "previews"
STORE = "urn:pulumi:dev::demo::demo:index:Store::lake"


def load(name: str) -> dict[str, Any]:
    return read_preview(PREVIEWS / f"{name}.json")


def changes(document: dict[str, Any]) -> dict[tuple[str, str], ResourceChange]:
    return {(c.type.split(":")[-1], c.name): c for c in from_preview(document, "preview.json")[2]}


@pytest.fixture
def changed() -> dict[tuple[str, str], ResourceChange]:
    return changes(load("changed"))


def kinds(found: dict[tuple[str, str], ResourceChange]) -> dict[tuple[str, str], str]:
    return {key: change.kind.value for key, change in found.items()}


def test_every_kind_of_change_is_read(changed: dict[tuple[str, str], ResourceChange]) -> None:
    assert kinds(changed) == {
        ("Queue", "jobs"): "replace",
        ("QueuePolicy", "jobs"): "replace",
        ("Queue", "far"): "replace",
        ("SecretVersion", "password"): "replace",
        ("Bucket", "lake"): "update",
        ("Bucket", "fresh"): "create",
        ("BucketVersioning", "fresh"): "create",
        ("Bucket", "kept"): "delete",
        ("Role", "gone"): "delete",
        ("LogGroup", "logs"): "move",
    }


def test_a_rename_with_an_alias_names_the_old_one(changed: dict[tuple[str, str], ResourceChange]) -> None:
    move = changed["LogGroup", "logs"]
    assert (move.reason, move.before and move.before.name, move.properties) == ("renamed from old-logs", "old-logs", ())


def test_an_update_has_its_properties_with_both_values(changed: dict[tuple[str, str], ResourceChange]) -> None:
    (tags,) = changed["Bucket", "lake"].properties
    assert (tags.path, tags.before, tags.after, tags.replaces) == ("tags.Days", "7", "30", False)
    assert changed["Bucket", "lake"].component == STORE
    assert changed["Bucket", "lake"].protected is False, "an update in place is not refused"


def test_what_replaces_is_marked(changed: dict[tuple[str, str], ResourceChange]) -> None:
    policy = {p.path: p for p in changed["QueuePolicy", "jobs"].properties}
    assert policy["queueUrl"].replaces and not policy["policy"].replaces
    assert policy["queueUrl"].after is UNKNOWN


def test_a_secret_stays_hidden(changed: dict[tuple[str, str], ResourceChange]) -> None:
    change = changed["SecretVersion", "password"]
    (value,) = change.properties
    assert value.secret and value.replaces
    assert change.after and change.after.secrets == {"secretString"}
    assert "second" not in repr(change)


def test_what_stays_in_the_cloud_and_what_is_refused(changed: dict[tuple[str, str], ResourceChange]) -> None:
    kept = changed["Bucket", "kept"]
    assert (kept.retained, kept.protected, kept.after) == (True, True, None)
    assert (changed["Queue", "far"].retained, changed["Queue", "far"].protected) == (True, False)
    assert changed["Queue", "jobs"].retained is False


def test_a_created_resource_states_its_properties(changed: dict[tuple[str, str], ResourceChange]) -> None:
    versioning = {p.path: (p.before, p.after) for p in changed["BucketVersioning", "fresh"].properties}
    assert versioning["bucket"] == (ABSENT, UNKNOWN)
    assert versioning["versioningConfiguration"] == (ABSENT, {"status": "Enabled"})


def test_both_plans_have_every_resource() -> None:
    base, head, _ = from_preview(load("changed"), "preview.json")
    assert {r.name for r in base.resources} - {r.name for r in head.resources} == {"kept", "old-logs", "gone"}
    assert {r.name for r in head.resources} - {r.name for r in base.resources} == {"fresh", "logs"}
    assert head.region == base.region == "eu-west-1"
    assert head.opaque == []
    far = head.one("aws:sqs/queue:Queue", "far")
    assert far.provider.startswith("urn:pulumi:dev::demo::pulumi:providers:aws::west::")
    assert head.one("aws:kms/key:Key", "key").provider == "", "a default provider is none of the program's"
    assert (far.file, far.line) == ("__main__.py", 16)
    assert head.one("aws:s3/bucket:Bucket", "lake").parent == STORE
    assert base.exports["password"] == "[secret]"


def test_the_halves_of_a_replacement_are_one_change() -> None:
    whole = kinds(changes(load("changed")))
    assert kinds(changes(load("steps"))) == {key: kind for key, kind in whole.items() if kind != "move"}


def test_unchanged_resources_that_are_left_out_are_named_as_not_seen() -> None:
    _, head, _ = from_preview(load("steps"), "preview.json")
    (opaque,) = head.opaque
    assert opaque.kind == "unchanged resources"
    # Two components, the provider, the key and the secret; the log group is the renamed one.
    assert opaque.what.startswith("5 that the preview leaves out")


def test_what_somebody_changed_in_the_cloud_is_told_as_such() -> None:
    found = changes(load("drift"))
    queue = found["Queue", "jobs"]
    assert [(p.path, p.before, p.after) for p in queue.properties] == [("visibilityTimeoutSeconds", 99, 30)]
    assert queue.reason == "changed outside of the program"
    assert found["LogGroup", "old-logs"].kind is ChangeKind.CREATE
    assert found["LogGroup", "old-logs"].reason == "it was deleted outside of the program"


@pytest.mark.parametrize(
    ("name", "got", "todo"),
    [
        ("protected", "cannot be deleted because it is protected", "--ignore-protect"),
        ("raised", "runtime error: no", ""),
    ],
)
def test_a_preview_that_failed_is_refused(name: str, got: str, todo: str) -> None:
    with pytest.raises(UserError) as told:
        from_preview(load(name), "preview.json")
    line = str(told.value)
    assert got in line and todo in line and "Traceback" not in line and "\n" not in line


@pytest.mark.parametrize(
    ("document", "got"),
    [
        ({"format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": []}, "Terraform's plan"),
        ({"version": 3, "deployment": {}}, "an exported stack"),
        ({"sequence": 0, "timestamp": 1}, "an engine event"),
        ({}, "neither steps nor a changeSummary"),
        ({"steps": []}, "no changeSummary"),
        ({"steps": {}, "changeSummary": {}}, "{}"),
        ({"steps": [3], "changeSummary": {}}, "3"),
        ({"steps": [{"op": "create"}], "changeSummary": {}}, "nothing"),
        ({"steps": [{"op": "create", "urn": "bucket"}], "changeSummary": {}}, "'bucket'"),
        ({"steps": [{"op": "update", "urn": "urn:pulumi:a::b::c:d:E::f"}], "changeSummary": {}}, "nothing"),
        ({"changeSummary": {"create": 2}}, "0 of kind 'create'"),
        ({"changeSummary": {"create": "2"}}, "'2'"),
        ({"changeSummary": {"same": "2"}}, "'2'"),
    ],
)
def test_what_is_no_preview_is_refused_in_one_line(document: dict[str, Any], got: str) -> None:
    with pytest.raises(UserError) as told:
        from_preview(document, "preview.json")
    assert told.value.got == got
    assert str(told.value).startswith("preview.json")


def test_an_error_names_the_step() -> None:
    document = load("changed")
    document["steps"][7]["newState"]["inputs"] = "none"
    with pytest.raises(UserError, match=r"preview.json: steps\[7\].newState.inputs: got 'none'; expected a mapping"):
        from_preview(document, "preview.json")


def test_nothing_to_do_is_no_error() -> None:
    base, head, found = from_preview({"changeSummary": {"same": 0}}, "preview.json")
    assert (base.resources, head.resources, found) == ([], [], [])


def test_a_step_of_a_later_engine_is_named_opaque() -> None:
    urn = "urn:pulumi:dev::demo::aws:kms/key:Key::key"
    _, head, found = from_preview({"steps": [{"op": "frobnicate", "urn": urn}], "changeSummary": {}}, "preview.json")
    assert [o.what for o in head.opaque] == [f"frobnicate {urn}"]
    assert found == []


def test_a_cipher_text_is_not_kept() -> None:
    document = load("changed")
    sealed = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "c2VjcmV0"}
    for step in document["steps"]:
        if step["op"] == "create" and step["urn"].endswith("Bucket::fresh"):
            step["newState"]["inputs"]["tags"] = {"token": sealed}
    change = changes(document)["Bucket", "fresh"]
    assert change.after and change.after.secrets == {"tags.token"}
    assert "c2VjcmV0" not in repr(change)
    assert next(p for p in change.properties if p.path == "tags").secret


@pytest.mark.parametrize("text", ["", "  \n", "{", "[]", "null", '"x"', "\x00", "[" * 100_000])
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "preview.json"
    path.write_text(text)
    with pytest.raises(UserError, match=r"preview\.json"):
        read_preview(path)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "latin.json").write_bytes(b'{"a": "\xff"}')
    for name, got in (("missing.json", "no such file"), (".", "Is a directory"), ("latin.json", "no UTF-8 text")):
        with pytest.raises(UserError, match=got):
            read_preview(tmp_path / name)


def test_a_stream_of_events_says_which_variable_to_unset(tmp_path: Path) -> None:
    path = tmp_path / "events.json"
    path.write_text('{"sequence":0,"preludeEvent":{}}\n{"sequence":1,"summaryEvent":{}}\n')
    with pytest.raises(UserError, match="PULUMI_ENABLE_STREAMING_JSON_PREVIEW"):
        read_preview(path)


def test_a_truncated_file_is_refused_wherever_it_ends(tmp_path: Path) -> None:
    whole = (PREVIEWS / "changed.json").read_text()
    path = tmp_path / "preview.json"
    for end in range(1, len(whole.rstrip()), 997):
        path.write_text(whole[:end])
        with pytest.raises(UserError):
            read_preview(path)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield (*path, key)
            yield from _places(item, (*path, key))


def test_a_document_with_anything_anywhere_is_read_or_refused() -> None:
    dice = random.Random(7)
    whole = load("changed")
    places = list(_places(whole))
    outcomes = {"read": 0, "refused": 0}
    for _ in range(600):
        broken = copy.deepcopy(whole)
        *above, last = dice.choice(places)
        node: Any = broken
        for key in above:
            node = node[key]
        node[last] = dice.choice([None, 1, -1.5, True, "", "x", [], [None], {}, {"x": None}, {"": [{}]}, "[secret]"])
        try:
            from_preview(json.loads(json.dumps(broken)), "preview.json")
            outcomes["read"] += 1
        except UserError as error:
            assert str(error).startswith("preview.json")
            outcomes["refused"] += 1
    assert min(outcomes.values()) > 30, outcomes


@pytest.mark.parametrize("deleted_first", [True, False])
def test_which_half_of_a_replacement_comes_first_is_read(deleted_first: bool) -> None:
    document = load("changed")
    halves = ("delete-replaced", "create-replacement")
    others = [step for step in document["steps"] if step["op"] not in halves]
    replaced = [step for step in others if step["op"] == "replace"]
    order = halves if deleted_first else halves[::-1]
    document["steps"] = [*({**step, "op": op} for op in order for step in replaced), *others]
    found = [c.delete_first for c in changes(document).values() if c.kind is ChangeKind.REPLACE]
    assert found
    assert set(found) == {deleted_first}
