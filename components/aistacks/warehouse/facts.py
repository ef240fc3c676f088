"""Facts about Amazon Redshift that a warehouse is checked against; read from `redshift.yaml`."""

import functools
from typing import Any

from aistacks_core.facts import load


@functools.cache
def facts() -> dict[str, Any]:
    """The whole file, as it stands there."""
    found: dict[str, Any] = load(__package__, "redshift.yaml")
    return found


def bases() -> tuple[int, ...]:
    """Every capacity in RPUs that a serverless warehouse can start from, ascending."""
    serverless = facts()["serverless"]
    values, last = [int(serverless["smallest_base"])], 0
    for band in serverless["steps"]:
        values += range(last + band["step"], band["up_to"] + 1, band["step"])
        last = band["up_to"]
    return tuple(values)


def node_types() -> tuple[str, ...]:
    """Node types that a provisioned warehouse can have."""
    return tuple(facts()["provisioned"]["node_types"])


def reserved_words() -> frozenset[str]:
    """Words of SQL that no database and no user can be called, in lower case."""
    return frozenset(facts()["reserved_words"].split())
