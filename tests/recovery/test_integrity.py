"""The rules that the engine holds a deployment to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aistacks_recovery import integrity

V = "v3.259.0"


def deployment() -> dict[str, Any]:
    return {
        "manifest": {"magic": integrity.magic(V), "version": V},
        "resources": [
            {"urn": "stack", "type": "pulumi:pulumi:Stack"},
            {"urn": "aws", "type": "pulumi:providers:aws", "custom": True, "id": "1"},
            {"urn": "a", "type": "t", "custom": True, "id": "a", "provider": "aws::1", "parent": "stack"},
            {"urn": "b", "type": "t", "custom": True, "id": "b", "provider": "aws::1", "dependencies": ["a"]},
        ],
    }


def broken(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    state = deployment()
    change(state)
    return state


def test_a_whole_deployment_is_taken() -> None:
    integrity.check(deployment())
    integrity.check({"manifest": deployment()["manifest"]})


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s["manifest"].update(magic="other"),
        lambda s: s.pop("manifest"),
        lambda s: s["resources"][2].pop("urn"),
        lambda s: s["resources"][2].pop("type"),
        lambda s: s["resources"][0].update(id="x"),
        lambda s: s["resources"][1].pop("id"),
        lambda s: s["resources"].pop(1),
        lambda s: s["resources"].pop(2),
        lambda s: s["resources"].reverse(),
        lambda s: s["resources"].append(dict(s["resources"][2])),
        lambda s: s["resources"][2].update(propertyDependencies={"x": ["b"]}),
        lambda s: s["resources"][2].update(deletedWith="b"),
        lambda s: s["resources"][2].update(replaceWith=["b"]),
    ],
)
def test_what_the_engine_would_refuse_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(integrity.BrokenError):
        integrity.check(broken(change))


def test_one_that_is_to_go_may_share_its_urn_and_one_to_be_replaced_may_lack_its_provider() -> None:
    integrity.check(broken(lambda s: s["resources"].append({**s["resources"][2], "delete": True})))
    integrity.check(broken(lambda s: s["resources"][3].update(provider="aws::0", pendingReplacement=True)))


def test_order_moves_only_what_comes_too_early() -> None:
    state = deployment()
    resources = state["resources"]
    before = [each["urn"] for each in resources]
    integrity.order(resources)
    assert [each["urn"] for each in resources] == before
    resources.reverse()
    integrity.order(resources)
    integrity.check(state)


def test_a_chain_longer_than_pythons_stack_is_ordered() -> None:
    chain = [{"urn": str(n), "type": "t", "dependencies": [str(n + 1)] if n < 5000 else []} for n in range(5001)]
    integrity.order(chain)
    assert [each["urn"] for each in chain[:2]] == ["5000", "4999"]


def test_a_circle_is_told() -> None:
    circle = [{"urn": "a", "type": "t", "parent": "b"}, {"urn": "b", "type": "t", "parent": "a"}]
    with pytest.raises(integrity.BrokenError, match="needs itself"):
        integrity.order(circle)
