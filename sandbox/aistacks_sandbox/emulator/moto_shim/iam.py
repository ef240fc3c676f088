"""IAM: names longer than AWS takes, or with signs that it doesn't."""

from __future__ import annotations

from moto.iam.responses import IamResponse

from . import constraints


def apply() -> None:
    constraints.check(IamResponse, "ValidationError")
