"""KMS: a key's deletion waits 7 to 30 days."""

from __future__ import annotations

from typing import Any

from moto.kms.exceptions import ValidationException
from moto.kms.responses import KmsResponse


def apply() -> None:
    plain: Any = KmsResponse.schedule_key_deletion

    def schedule_key_deletion(self: KmsResponse) -> Any:
        days = self._get_param("PendingWindowInDays")
        if days is not None and not 7 <= int(days) <= 30:
            raise ValidationException("PendingWindowInDays must be between 7 and 30 (inclusive)")
        return plain(self)

    KmsResponse.schedule_key_deletion = schedule_key_deletion  # type: ignore[method-assign]
