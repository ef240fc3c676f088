"""The secret that a warehouse keeps its administrator's password in, when AWS is to manage it."""

from __future__ import annotations

import json
import secrets
from typing import Any

from moto.core.base_backend import BaseBackend
from moto.secretsmanager.models import secretsmanager_backends


def create(backend: BaseBackend, name: str, user: str, kms_key: str | None) -> str:
    """A secret ``name`` that Redshift owns; its ARN."""
    store = secretsmanager_backends[backend.account_id][backend.region_name]
    value = json.dumps({"username": user, "password": secrets.token_urlsafe(24) + "aA1"})
    secret = store.create_managed_secret("redshift", name, secret_string=value, kms_key_id=kms_key)
    return str(secret.arn)


def delete(backend: BaseBackend, arn: Any) -> None:
    """Take it away with its owner; nothing where there is none."""
    store = secretsmanager_backends[backend.account_id][backend.region_name]
    for key, secret in list(store.secrets.items()):
        if getattr(secret, "arn", None) == arn:
            store.secrets.pop(key)
