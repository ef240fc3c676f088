"""Names in AWS. What needs none of its own is left to Pulumi, which adds a random suffix to the child's name; what
Pulumi can't name, or what must be known before it is made, is named here.

`names.yaml` has what AWS takes.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

import pulumi

from aistacks_core.facts import load

_DIGEST = 8


@dataclass(frozen=True)
class NameRule:
    """What AWS takes as the name of a type."""

    property: str
    """Input of the type that holds the name."""
    max: int
    pattern: str = ".+"

    def allows(self, name: str) -> bool:
        """Whether AWS takes ``name``."""
        return len(name) <= self.max and re.fullmatch(self.pattern, name) is not None


def name_rules() -> dict[str, NameRule]:
    """By the type's token, for every type that a component makes and that has a name."""
    keys = ("property", "max", "pattern")
    types: dict[str, dict[str, Any]] = load(__package__, "names.yaml")["types"]
    return {token: NameRule(**{k: row[k] for k in keys if k in row}) for token, row in types.items()}


def physical_name(name: str, longest: int, separator: str = "-") -> str:
    """What the component ``name`` of this stack is called in AWS: ``<project>-<stack>-<name>`` in lower-case letters
    and digits, a letter first, at most ``longest`` characters.

    It changes with project, stack and component alone, and no two of these share one: where the text would leave any of
    them open (it was shortened or changed, or a part has a ``separator`` of its own), a digest of all three ends it.
    Stacks of one name and project in two backends aren't told apart.
    """
    parts = (pulumi.get_project(), pulumi.get_stack(), name)
    text = separator.join(filter(None, (_plain(part, separator) for part in parts)))
    if not text[:1].isalpha():
        text = f"x{separator}{text}"
    if text == separator.join(parts) and not any(separator in part for part in parts) and len(text) <= longest:
        return text
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:_DIGEST]
    return f"{text[: longest - _DIGEST - len(separator)].rstrip(separator)}{separator}{digest}"


def _plain(part: str, separator: str) -> str:
    return re.sub(r"[^a-z0-9]+", separator, part.lower()).strip(separator)
