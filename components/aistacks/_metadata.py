"""The syntax of Kubernetes labels and AWS tags, checked before either API is called.

Kubernetes documentation, "Object Names and IDs" and "Labels and Selectors" (v1.35); AWS, "Tag naming limits and
requirements" in Tagging AWS Resources; both read 2026-11-30.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_LABEL_TEXT = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_DNS_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_LABEL_EXPECTED = "letters, digits, '-', '_' and '.', a letter or digit first and last, at most 63"
_MOST_TAGS = 48
"""AWS allows 50 tags on a resource; two of them are set by the library."""


class Problem(NamedTuple):
    """One label or tag that the API would reject."""

    key: str
    got: str
    expected: str


def is_dns_label(text: str, longest: int = 63) -> bool:
    """Whether ``text`` is a DNS label (RFC 1123), as names of namespaces and Services must be."""
    return len(text) <= longest and _DNS_LABEL.fullmatch(text) is not None


def label_problems(labels: Mapping[str, str]) -> Iterator[Problem]:
    """The labels that the Kubernetes API would reject."""
    for key, value in labels.items():
        prefix, slash, rest = key.rpartition("/")
        right = _LABEL_TEXT.fullmatch(rest) and (not slash or (len(prefix) <= 253 and _SUBDOMAIN.fullmatch(prefix)))
        if not right:
            yield Problem(key, key, f"a label's key, after a DNS name and '/' if any: {_LABEL_EXPECTED}")
        elif value and not _LABEL_TEXT.fullmatch(value):
            yield Problem(key, value, f"a label's value: {_LABEL_EXPECTED}")


def tag_problems(tags: Mapping[str, str]) -> Iterator[Problem]:
    """The tags that AWS would reject."""
    for i, (key, value) in enumerate(tags.items()):
        if i >= _MOST_TAGS:
            yield Problem(key, key, f"{_MOST_TAGS} tags at most")
        elif key.lower().startswith("aws:"):
            yield Problem(key, key, "a key that doesn't begin with aws:, which AWS keeps for itself")
        elif not (1 <= len(key) <= 128 and _is_tag_text(key)):
            yield Problem(key, key, "a key of 1 to 128 letters, digits, spaces and _.:/=+-@")
        elif not (len(value) <= 256 and _is_tag_text(value)):
            yield Problem(key, value, "a value of at most 256 letters, digits, spaces and _.:/=+-@")


def _is_tag_text(text: str) -> bool:
    return all(letter.isalnum() or letter in " _.:/=+-@" for letter in text)
