"""How long AWS runs each Kubernetes version, from the compatibility table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from aistacks_catalog import compatibility


def ends() -> Mapping[str, dt.date | None]:
    """The last day of extended support of each version that EKS offers; ``None`` where AWS hasn't said it."""
    found: dict[str, dt.date | None] = compatibility.kubernetes()["offered"]
    return found
