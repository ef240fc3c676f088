"""What is read of a deployment as the engine exports it."""

from __future__ import annotations

from aistacks_recovery.deployment import Pending, Resource, read

URN = "urn:pulumi:dev::cloud::aws:glue/catalogDatabase:CatalogDatabase::lake-bronze"


def test_a_new_stack_has_nothing() -> None:
    assert read(None) == read({}) == read({"resources": None, "pending_operations": None})


def test_an_operation_that_never_ended_is_read_with_the_inputs_it_began_with() -> None:
    noted = {
        "urn": URN,
        "custom": True,
        "type": "aws:glue/catalogDatabase:CatalogDatabase",
        "inputs": {"name": "bronze"},
        "retainOnDelete": True,
    }
    found = read({"resources": [], "pending_operations": [{"resource": noted, "type": "creating"}]})
    resource = Resource(URN, noted["type"], inputs={"name": "bronze"}, retained=True)
    assert found.pending == (Pending("creating", resource),)
    assert found.pending[0].resource.name == "lake-bronze"
