"""What counts as existing, and as how real."""

from __future__ import annotations

from aistacks_sandbox.engine import checkpoint
from aistacks_sandbox.engine.inventory import CREATED, EMULATED, NOT_EMULATED, Entry, inventory_of

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}


def resource(kind: str, name: str, how: str | None = None, **more: object) -> dict[str, object]:
    outputs = {"__aistacks": how} if how else {}
    urn = f"urn:pulumi:dev::app::{kind}::{name}"
    return {"type": kind, "urn": urn, "custom": True, "id": f"{name}-id", "outputs": outputs, **more}


def test_only_resources_of_the_cloud_count_each_by_its_marker() -> None:
    found = inventory_of(
        {
            "resources": [
                resource("pulumi:pulumi:Stack", "app-dev", custom=False),
                resource("pulumi:providers:aws", "default"),
                resource("aistacks:index:DataLake", "lake", custom=False),
                resource("aws:s3/bucket:Bucket", "b", EMULATED),
                resource("aws:s3/bucket:Bucket", "a", EMULATED),
                resource("kubernetes:core/v1:Namespace", "team", CREATED),
                resource("aws:cloudfront/distribution:Distribution", "web", NOT_EMULATED),
                resource("aws:s3/bucket:Bucket", "theirs", EMULATED, external=True),
            ]
        }
    )
    assert found.of(CREATED) == [Entry("kubernetes:core/v1:Namespace", "team", "team-id", CREATED)]
    assert found.counted(EMULATED) == [("aws:s3/bucket:Bucket", 2)]
    assert [e.name for e in found.of(NOT_EMULATED)] == ["web"]


def test_what_bears_no_marker_never_passes_for_created() -> None:
    found = inventory_of({"resources": [resource("random:index:Pet", "pet"), resource("x:y:Z", "z", outputs=None)]})
    assert [e.how for e in found.entries] == [NOT_EMULATED, NOT_EMULATED]


def test_nothing_is_an_empty_inventory() -> None:
    assert inventory_of(None).entries == inventory_of({}).entries == inventory_of({"resources": None}).entries == ()


def test_outputs_that_hold_a_secret_anywhere_are_none() -> None:
    outputs = {"plain": {"a": [1]}, "secret": SECRET, "nested": {"list": [1, {"x": SECRET}]}}
    deployment = {"resources": [{"type": "pulumi:pulumi:Stack", "urn": "x", "outputs": outputs}]}
    assert checkpoint.outputs(deployment) == {"plain": {"a": [1]}, "secret": None, "nested": None}
    assert checkpoint.outputs(None) == checkpoint.outputs({"resources": []}) == {}
