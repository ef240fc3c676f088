"""Limits and names of Amazon Redshift, from `redshift.yaml`."""

import functools
from typing import Any

from aistacks_core.facts import load


@functools.cache
def facts() -> dict[str, Any]:
    """The content of `redshift.yaml`."""
    found: dict[str, Any] = load(__package__, "redshift.yaml")
    return found


def bases() -> tuple[int, ...]:
    """Valid base capacities of a serverless warehouse, in RPUs, ascending."""
    serverless = facts()["serverless"]
    values, last = [int(serverless["smallest_base"])], 0
    for band in serverless["steps"]:
        values += range(last + band["step"], band["up_to"] + 1, band["step"])
        last = band["up_to"]
    return tuple(values)


def node_types() -> tuple[str, ...]:
    """Node types of a provisioned warehouse."""
    return tuple(facts()["provisioned"]["node_types"])


def reserved_words() -> frozenset[str]:
    """Reserved words of Redshift's SQL, in lower case; no database or user can have such a name."""
    return frozenset(facts()["reserved_words"].split())
