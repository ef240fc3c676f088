"""What looks like a secret in a text that a program spells out."""

from __future__ import annotations

import re

_SHAPES = (
    ("an AWS access key", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("an AWS secret key", re.compile(r"aws_secret_access_key\s*[=:]\s*['\"]?[A-Za-z0-9/+]{40}", re.IGNORECASE)),
    ("a GitHub token", re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}\b")),
    ("a password", re.compile(r"pass(?:word|wd)\s*[=:]\s*['\"]?[^\s'\"${]{6,}", re.IGNORECASE)),
)
_SECRET_NAME = re.compile(r"(?:^|_)(?:password|passwd|secret_access_key|secret_key|api_?key|private_key|token)$", re.I)
_REFERENCE = re.compile(
    r"^(?:arn:|[/{$<]|\w+://)|zz[0-9a-f]{12}zz|^[\w.-]*(?:secret|param|path|name|url)[\w.-]*$", re.I
)
_LONG = 6


def looks_like(text: str, name: str = "") -> str | None:
    """``"a password"``, or ``None``. ``name``: of the variable that holds ``text``; an ARN, a path or another
    resource's name in it is no secret."""
    for what, pattern in _SHAPES:
        if pattern.search(text):
            return what
    if _SECRET_NAME.search(name) and len(text) >= _LONG and not _REFERENCE.search(text):
        return "a password"
    return None
