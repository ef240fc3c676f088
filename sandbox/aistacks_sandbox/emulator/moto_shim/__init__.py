"""What moto 5.2.5 lacks and our stacks need, patched into its own classes service by service.

Each module has one `apply()`, run when the service is asked for first. A test per gap asserts that
unpatched moto still has it: when one fails, upstream caught up, and the patch can go.
"""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING

import moto
from moto import backend_index, backends
from moto.moto_server.werkzeug_app import create_backend_app

if TYPE_CHECKING:
    from flask import Flask

MOTO_VERSION = "5.2.5"
"""The version that the patches were written against."""

PATCHED = (
    "athena",
    "backup",
    "budgets",
    "ec2",
    "eks",
    "glue",
    "iam",
    "kms",
    "lakeformation",
    "logs",
    "rds",
    "redshift",
    "redshiftserverless",
    "s3",
    "secretsmanager",
    "ssm",
)
"""moto's services that we patch: a module of this package each."""

if moto.__version__ != MOTO_VERSION:
    raise RuntimeError(f"moto_shim: got moto {moto.__version__}; expected {MOTO_VERSION}. Install the locked version.")

_applied: set[str] = set()
_SERVERLESS = re.compile(r"https?://redshift-serverless\.(.+)\.amazonaws\.com")


def register() -> None:
    """Let moto's dispatcher know the service that it hasn't, Redshift Serverless, without loading it."""
    backend_index.backend_url_patterns.append(("redshiftserverless", _SERVERLESS))


def apply(service: str) -> None:
    """Patch ``service``, once; a service that needs no patch is left alone."""
    if service in PATCHED and service not in _applied:
        importlib.import_module(f"{__name__}.{service}").apply()
        _applied.add(service)


def create_app(service: backends.SERVICE_NAMES) -> Flask:
    """moto's application for one service, patched before its routes are read."""
    apply(service)
    return create_backend_app(service)
