"""What looks like a secret in a text that a program spells out."""

from __future__ import annotations

import re

from aistacks_core.secret_forms import LOOKS

_SECRET_NAME = re.compile(r"(?:^|_)(?:password|passwd|secret_access_key|secret_key|api_?key|private_key|token)$", re.I)
_REFERENCE = re.compile(
    r"^(?:arn:|[/{$<]|\w+://)|zz[0-9a-f]{12}zz|^[\w.-]*(?:secret|param|path|name|url)[\w.-]*$", re.I
)
_LONG = 6


def looks_like(text: str, name: str = "") -> str | None:
    """``"a password"``, or ``None``. ``name``: of the variable that holds ``text``; an ARN, a path or another
    resource's name in it is no secret."""
    for what, pattern in LOOKS:
        if pattern.search(text):
            return what
    if _SECRET_NAME.search(name) and len(text) >= _LONG and not _REFERENCE.search(text):
        return "a password"
    return None
