"""Which IAM actions the look-ups need: read from the table, all of them reading ones."""

from __future__ import annotations

import functools
from typing import Any

import botocore.session
from botocore import xform_name

from aistacks_core.facts import load

from . import table


def actions() -> list[str]:
    """Every action, sorted, as a policy names it."""
    calls = {(lookup.service, lookup.call) for lookup in table.lookups().values()}
    calls |= {
        (more.service or lookup.service, more.call) for lookup in table.lookups().values() for more in lookup.more
    }
    return sorted({action for service, call in calls for action in _of(service, call)})


def _of(service: str, call: str) -> list[str]:
    facts: dict[str, Any] = load(__package__, "permissions.yaml")
    special: list[str] | None = facts["calls"].get(service, {}).get(call)
    if special is not None:
        return special
    prefix = facts["prefixes"].get(service, service)
    return [f"{prefix}:{_operations(service)[call]}"]


@functools.cache
def _operations(service: str) -> dict[str, str]:
    """boto3's names of a service's operations, and AWS's."""
    model: Any = botocore.session.get_session().get_service_model(service)
    return {xform_name(name): name for name in model.operation_names}
