"""Passwords hashed by bcrypt, by the system's own libcrypt (libxcrypt, glibc or musl)."""

from __future__ import annotations

import ctypes
import ctypes.util
import secrets
from functools import cache
from threading import Lock
from typing import Any

_COST = 10
"""Go's own default (golang.org/x/crypto 0.40.0, bcrypt/bcrypt.go, read 2026-11-30)."""
_LONGEST = 72
"""Bytes of which the provider makes the hash (pulumi-random 4.21.4, `bcrypt_hash`)."""
_LETTERS = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_lock = Lock()


def hashed(password: str) -> str | None:
    """A new hash of ``password``, ``$2a$10$…``; ``None`` where the system's library is missing or makes none."""
    # Its last letter has only the two bits that are left of sixteen bytes.
    salt = "".join(secrets.choice(_LETTERS) for _ in range(21)) + secrets.choice(".Oeu")
    return with_setting(password, f"$2a${_COST:02}${salt}")


def with_setting(password: str, setting: str) -> str | None:
    """The hash by ``setting`` (its kind, cost and salt, or a whole hash); ``None`` where none can be made."""
    library = _library()
    if library is None or "\0" in password:
        return None
    with _lock:  # What it gives lies in memory that the next call writes to.
        made: bytes | None = library.crypt(password.encode()[:_LONGEST], setting.encode())
    return made.decode() if made and made.startswith(b"$2") else None


@cache
def _library() -> Any:
    name = ctypes.util.find_library("crypt")
    if name is None:
        return None
    library = ctypes.CDLL(name)
    library.crypt.argtypes, library.crypt.restype = [ctypes.c_char_p, ctypes.c_char_p], ctypes.c_char_p
    return library
