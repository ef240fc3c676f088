"""Custom resource definitions: the operators' own, else permissive ones, said so."""

import dataclasses

import pytest

from aistacks_core import cache
from aistacks_sandbox.programs import crds, go
from aistacks_sandbox.programs.facts import definitions

SETS = {wanted.name: wanted for wanted in definitions()}


@pytest.mark.parametrize("name", SETS)
def test_the_module_has_a_definition_of_each_kind_as_the_table_says(name, cache_folder):
    if go.path() is None:
        pytest.skip("no Go on this machine")
    wanted = SETS[name]
    documents = crds.load(wanted)
    assert documents.origin == f"{wanted.module}@{wanted.version}"
    told = {
        (body["spec"]["group"], body["spec"]["names"]["plural"], body["spec"]["names"]["kind"], body["spec"]["scope"])
        for body in documents.bodies
    }
    assert told == {(kind.group, kind.plural, kind.kind, kind.scope) for kind in wanted.kinds}
    for body, kind in zip(documents.bodies, wanted.kinds, strict=True):
        assert kind.version in {version["name"] for version in body["spec"]["versions"]}


def test_without_go_they_are_permissive_and_why_is_remembered(cache_folder, monkeypatch):
    monkeypatch.setattr(go, "path", lambda: None)
    wanted = SETS["karpenter"]
    documents = crds.load(wanted)
    assert documents.origin == crds.PERMISSIVE
    assert [body["metadata"]["name"] for body in documents.bodies] == [kind.name for kind in wanted.kinds]
    assert [failure.reason for failure in cache.failures("karpenter")] == ["no Go on PATH"]


def test_a_module_with_another_sum_is_not_used(cache_folder):
    if go.path() is None:
        pytest.skip("no Go on this machine")
    with pytest.raises(go.NoGoError, match="expected h1:other"):
        go.module_zip(dataclasses.replace(SETS["karpenter"], sum="h1:other"))
