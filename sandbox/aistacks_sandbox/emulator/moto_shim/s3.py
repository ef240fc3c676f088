"""S3: a bucket policy's conditions, which moto doesn't judge: it refuses whatever such a statement names.

So the usual ``Deny`` for requests without TLS would close every bucket. A statement with a ``Condition`` is
left out of the judgement here: the emulator speaks plain HTTP, on loopback only, and proves nothing about
conditions. The stored policy is what was put.

And the policy of a bucket that receives access logs, where moto trips over a statement whose principal is "*".
"""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from moto.s3.models import FakeBucket

from . import s3_names


def unconditional(policy: bytes) -> str:
    """``policy`` without its conditional statements."""
    document: dict[str, Any] = json.loads(policy)
    statements = document.get("Statement", [])
    if isinstance(statements, dict):
        statements = [statements]
    return json.dumps(document | {"Statement": [one for one in statements if not one.get("Condition")]})


def addressed(policy: bytes) -> bytes:
    """``policy`` with only the statements whose principal is a table, which can name the log delivery."""
    document: dict[str, Any] = json.loads(policy)
    statements = [one for one in document.get("Statement", []) if isinstance(one.get("Principal"), dict)]
    return json.dumps(document | {"Statement": statements}).encode()


def apply() -> None:
    """Patch the two places where moto asks a bucket's policy, and the one that takes its name."""
    s3_names.apply()
    stock = FakeBucket._log_permissions_enabled_policy

    def log_permissions(target_bucket: FakeBucket, target_prefix: str | None) -> bool:
        if not target_bucket.policy:
            return False
        view = SimpleNamespace(
            policy=addressed(target_bucket.policy), name=target_bucket.name, partition=target_bucket.partition
        )
        return stock(view, target_prefix)  # type: ignore[arg-type]

    FakeBucket._log_permissions_enabled_policy = staticmethod(log_permissions)  # type: ignore[method-assign]

    def get_permission(bucket: FakeBucket, action: str, resource: str) -> Any:
        from moto.iam.access_control import IAMPolicy, PermissionResult

        if bucket.policy is None:
            return PermissionResult.NEUTRAL
        return IAMPolicy(unconditional(bucket.policy)).is_action_permitted(action, resource)

    FakeBucket.get_permission = get_permission  # type: ignore[method-assign,assignment]
