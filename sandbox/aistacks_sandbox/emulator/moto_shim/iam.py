"""IAM: names longer than AWS takes, or with signs that it doesn't; instance profiles below a path."""

from __future__ import annotations

from typing import Any

from moto.iam.responses import IamResponse

from . import constraints
from ._handlers import serve


def apply() -> None:
    """Patch what IAM refuses, and the list of instance profiles."""
    constraints.check(IamResponse, "ValidationError")
    serve(IamResponse, "backend", {"ListInstanceProfiles": _below})


def _below(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
    prefix = asked.get("PathPrefix", "/")
    return {"InstanceProfiles": [each for each in backend.get_instance_profiles() if each.path.startswith(prefix)]}
