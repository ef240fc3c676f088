"""Keys and secrets."""

from aistacks_core.snapshot import Registration

from ..context import Context
from ..figures import Range
from ..quantities import yes


def key(r: Registration, c: Context) -> None:
    """By the month, and by the request. A rotation leaves a version behind that costs as much again."""
    rotates = yes(r.inputs.get("enableKeyRotation"))
    months = Range(1, 1, 2 if rotates else 1)
    why = "one version; two after the first rotation" if rotates else ""
    c.charge(r, "key", "kms", "key", months, why)
    c.used(r, "key, requests", "kms", "requests", "key_requests")


def secret(r: Registration, c: Context) -> None:
    """By the month, in its own region and in each that it is copied to, and by the request."""
    copies = r.inputs.get("replicas")
    if copies:
        c.leave(r, "secret, copies", "copies in other regions have no pricing rule")
    _secret(r, c, "secret")


def managed_secret(r: Registration, c: Context) -> None:
    """The secret that a service makes for a password that it manages."""
    _secret(r, c, "managed password")


def _secret(r: Registration, c: Context, what: str) -> None:
    c.charge(r, what, "secretsmanager", "secret", 1)
    c.used(r, f"{what}, requests", "secretsmanager", "requests", "secret_requests")
