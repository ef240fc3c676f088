"""How often and how long our own calls of AWS are repeated: one place for the numbers, botocore does it.

Throttled calls, answers of the 500s, timeouts and lost connections are repeated with a growing, random pause of at most
20 s; what else is refused (an expired token, a wrong clock, no permission) is told at once.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.config import Config

ATTEMPTS = 5
"""Of one call, the first one included."""
CONNECT_SECONDS = 10
READ_SECONDS = 60
LONGEST_PAUSE_SECONDS = 20
"""Between two attempts: botocore's own bound in its standard mode."""
LONGEST_SECONDS = ATTEMPTS * (CONNECT_SECONDS + READ_SECONDS) + (ATTEMPTS - 1) * LONGEST_PAUSE_SECONDS
"""After which a call has ended, whatever the service does."""


_CONFLICT = "ConditionalRequestConflict"
"""Another request for the object is at work, perhaps our own first one; "retry the upload" (S3 API Reference,
PutObject, read 2026-11-30). botocore knows it as no error that passes."""


def repeat_conflicts(client: Any) -> None:
    """Let an S3 ``client`` repeat a conditional PutObject that met another one, as often as any call."""

    def pause(response: tuple[Any, Any] | None = None, attempts: int = 1, **_: Any) -> float | None:
        told = (response[1] if response else None) or {}
        if told.get("Error", {}).get("Code") != _CONFLICT or attempts >= ATTEMPTS:
            return None
        return random.random() * min(2.0 ** (attempts - 1), LONGEST_PAUSE_SECONDS)  # noqa: S311 (no secret)

    client.meta.events.register("needs-retry.s3.PutObject", pause)


def config(*, read_seconds: float = READ_SECONDS, **more: Any) -> Config:
    """The configuration of a boto3 client. ``more``: as ``botocore.config.Config`` has it."""
    from botocore.config import Config

    return Config(
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        connect_timeout=min(CONNECT_SECONDS, read_seconds),
        read_timeout=read_seconds,
        **more,
    )
