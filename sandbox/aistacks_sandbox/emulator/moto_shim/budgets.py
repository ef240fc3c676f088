"""Budgets: update and tags."""

from __future__ import annotations

from typing import Any

from moto.budgets.models import Budget, BudgetsBackend
from moto.budgets.responses import BudgetsResponse

from . import _handlers


def _tags(backend: BudgetsBackend, arn: str) -> dict[str, str]:
    account, name = arn.split(":")[4], arn.split("budget/", 1)[-1]
    if name not in backend.budgets[account]:
        raise _handlers.error("NotFoundException", f"Unable to get budget: {name} - the budget doesn't exist.")
    tags: dict[str, str] = vars(backend.budgets[account][name]).setdefault("shim_tags", {})
    return tags


def update_budget(backend: BudgetsBackend, request: dict[str, Any]) -> dict[str, Any]:
    account, requested = request["AccountId"], request["NewBudget"]
    now = backend.budgets[account].get(requested["BudgetName"])
    if now is None:
        raise _handlers.error(
            "NotFoundException", f"Unable to update budget: {requested['BudgetName']} - the budget doesn't exist."
        )
    now.budget = {"TimePeriod": now.budget["TimePeriod"], **Budget(dict(requested), []).budget}
    return {}


def list_tags_for_resource(backend: BudgetsBackend, request: dict[str, Any]) -> dict[str, Any]:
    tags = _tags(backend, request["ResourceARN"])
    return {"ResourceTags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def tag_resource(backend: BudgetsBackend, request: dict[str, Any]) -> dict[str, Any]:
    new = {each["Key"]: each["Value"] for each in request["ResourceTags"]}
    _tags(backend, request["ResourceARN"]).update(new)
    return {}


def untag_resource(backend: BudgetsBackend, request: dict[str, Any]) -> dict[str, Any]:
    for key in request["ResourceTagKeys"]:
        _tags(backend, request["ResourceARN"]).pop(key, None)
    return {}


def apply() -> None:
    operations: dict[str, _handlers.Operation] = {
        "UpdateBudget": update_budget,
        "ListTagsForResource": list_tags_for_resource,
        "TagResource": tag_resource,
        "UntagResource": untag_resource,
    }
    _handlers.serve(BudgetsResponse, "backend", operations)
