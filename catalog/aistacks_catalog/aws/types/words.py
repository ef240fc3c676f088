"""Matching Pulumi's property names with the API's member names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any


def plain(name: str) -> str:
    """``name`` without case and punctuation: ``KMSMasterKeyID`` and ``kmsMasterKeyId`` are the same."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def variants(name: str) -> list[str]:
    """Plain spellings of ``name``, most likely first: itself, then its plural and its singular."""
    word = plain(name)
    found = [word, f"{word}s", f"{word}es"]
    if word.endswith("y"):
        found.append(f"{word[:-1]}ies")
    if word.endswith("ies"):
        found.append(f"{word[:-3]}y")
    if word.endswith("es"):
        found.append(word[:-2])
    if word.endswith("s"):
        found.append(word[:-1])
    return found


def match(name: str, candidates: Iterable[str]) -> str | None:
    """Which of ``candidates`` is ``name`` in another spelling or number, or None."""
    spelled = {plain(candidate): candidate for candidate in candidates}
    return next((spelled[variant] for variant in variants(name) if variant in spelled), None)


def camel(name: str) -> str:
    """A member's name in Pulumi's spelling: ``KMSMasterKeyID`` gives ``kmsMasterKeyId``."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)
    if not words:
        return name
    return str(words[0]).lower() + "".join(word[:1].upper() + word[1:].lower() for word in words[1:])


def canonical_path(path: str) -> str:
    """A property path for comparing: no indexes, case or plurals."""
    segments = re.sub(r"\[[^\]]*\]", "", path).split(".")
    return ".".join(re.sub(r"(es|s)$", "", plain(segment)) for segment in segments)


def dig(value: Any, path: str) -> Any:
    """What stands at a dotted ``path`` in nested dicts and lists, or None."""
    for key in filter(None, path.split(".")):
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, list) and key.isdigit():
            value = value[int(key)] if int(key) < len(value) else None
        else:
            return None
    return value


def put(target: dict[str, Any], path: str, value: Any) -> None:
    """Set a dotted ``path`` in nested dicts."""
    *parents, last = path.split(".")
    for key in parents:
        target = target.setdefault(key, {})
    target[last] = value
