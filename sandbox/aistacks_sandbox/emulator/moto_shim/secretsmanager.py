"""Secrets Manager: a secret that waits out its recovery window is on its way out."""

from __future__ import annotations

from typing import Any

from moto.secretsmanager.models import FakeSecret


def apply() -> None:
    """Give a secret the state in which it is."""
    FakeSecret.state = property(_state)  # type: ignore[attr-defined]


def _state(secret: Any) -> str:
    return "PendingDeletion" if secret.deleted_date else "Active"
