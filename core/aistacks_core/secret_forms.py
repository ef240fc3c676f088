"""How a secret text looks where somebody wrote it into another one, and what looks like a secret by itself."""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, quote_plus, urlsplit

LOOKS = (
    ("an AWS access key", re.compile(r"\b(?P<secret>(?:AKIA|ASIA)[0-9A-Z]{16})\b")),
    (
        "a private key",
        re.compile(
            r"(?P<secret>-----BEGIN [A-Z ]*PRIVATE KEY-----(?:.*?-----END [A-Z ]*PRIVATE KEY-----)?)", re.DOTALL
        ),
    ),
    (
        "an AWS secret key",
        re.compile(r"aws_secret_access_key\s*[=:]\s*['\"]?(?P<secret>[A-Za-z0-9/+]{40})", re.IGNORECASE),
    ),
    ("a GitHub token", re.compile(r"\b(?P<secret>gh[pousr]_[A-Za-z0-9]{36,})\b")),
    ("a password", re.compile(r"pass(?:word|wd)\s*[=:]\s*['\"]?(?P<secret>[^\s'\"${]{6,})", re.IGNORECASE)),
)
"""What looks like a secret, and how it looks."""
_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/:@'\"]*:(?P<secret>[^\s/@'\"${}]{3,})@")
"""An address with a password in it, as RFC 3986 (3.2.1) has it."""
_ASSIGNED = re.compile(r"pass(?:word|wd)\s*[=:]\s*(?P<secret>[^\s${]\S{5,})", re.IGNORECASE)
"""To the end of the word: a shell puts quoted pieces together."""
_CODED = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_MOST = 100_000
_LEAF = 8


@dataclass(frozen=True)
class Form:
    """``text``: what is looked for. ``before``, ``after``: how many characters around it hold a part of the secret.
    ``open``: it is the beginning of something longer."""

    text: str
    before: int = 0
    after: int = 0
    open: bool = False


def forms(text: str, *, whole: bool = True) -> set[Form]:
    """``text`` as it stands, in JSON (once and twice), Python, HTML, a URL, in hexadecimal and in base64, where it
    depends on what stands before. ``whole``: nothing of the secret follows."""
    raw = text.encode(errors="surrogatepass")
    once = [json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]]
    plain = {text, *once, *(json.dumps(form)[1:-1] for form in once), repr(text)[1:-1], html.escape(text)}
    plain |= {quote(raw, safe=""), quote(raw), quote_plus(raw)}
    if len(raw) >= _LEAF:
        plain |= {raw.hex(), raw.hex().upper()}
    return {*(Form(form, open=not whole) for form in plain), *_coded(raw, whole=whole)}


def _coded(raw: bytes, *, whole: bool) -> Iterator[Form]:
    """Base64 goes by three bytes: how a text looks depends on where it begins, and its ends on its neighbours."""
    for shift in range(3):
        inner = raw[(3 - shift) % 3 :]
        inner = inner[: len(inner) - len(inner) % 3]
        for code in (base64.b64encode, base64.urlsafe_b64encode):
            text = code(inner).decode()
            # Shorter, they'd be found in any text.
            if len(text) >= _LEAF or (shift == 0 and text):
                after = 0 if (len(raw) - (3 - shift) % 3) % 3 == 0 else 4
                yield Form(text, 4 if shift else 0, after, not whole)


def inside(secret: str) -> Iterator[str]:
    """What of a secret text is a secret by itself: the strings of a JSON text, an address's password."""
    if secret[:1] in ("{", "["):
        try:
            yield from _strings(json.loads(secret), 0)
        except (ValueError, RecursionError):
            return
    elif "://" in secret:
        try:
            password = urlsplit(secret).password
        except ValueError:
            return
        if password:
            yield password


def _strings(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        if len(value) >= _LEAF:
            yield value
    elif depth < _LEAF and isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item, depth + 1)


def looking_like_secrets(text: str) -> Iterator[str]:
    """What in ``text``, or in base64 in it, looks like a secret."""
    text = text[:_MOST]
    yield from _looking(text)
    if len(text) >= _LEAF * 3:
        for found in _CODED.finditer(text):
            yield from _looking(_decoded(found[0]))


def _looking(text: str) -> Iterator[str]:
    # Most texts have none of these, and that is seen at once.
    if "://" in text and "@" in text:
        yield from (found["secret"] for found in _ADDRESS.finditer(text))
    if len(text) >= _LEAF:
        for pattern in (_ASSIGNED, *(pattern for _, pattern in LOOKS)):
            yield from (found["secret"] for found in pattern.finditer(text))


def _decoded(code: str) -> str:
    try:
        text = base64.b64decode(
            code.rstrip("=") + "=" * (-len(code.rstrip("=")) % 4),
            altchars=b"-_" if "-" in code or "_" in code else None,
        )
        return text.decode()
    except (ValueError, binascii.Error):
        return ""
