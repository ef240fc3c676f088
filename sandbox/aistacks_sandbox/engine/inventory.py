"""What exists, by how real it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MARKER = "__aistacks"
"""The output in which a stand-in provider says how real a resource is."""
CREATED, EMULATED, NOT_EMULATED = "created", "emulated", "not emulated"


@dataclass(frozen=True)
class Entry:
    """One resource of a stack."""

    type: str
    name: str
    id: str
    how: str
    """``created`` (a real Kubernetes object), ``emulated`` (in the emulated AWS), ``not emulated`` (only recorded)."""


@dataclass(frozen=True)
class Inventory:
    """Every resource that a provider manages, in the order of the engine's state."""

    entries: tuple[Entry, ...]

    def of(self, how: str) -> list[Entry]:
        """Those of one kind."""
        return [e for e in self.entries if e.how == how]

    def counted(self, how: str) -> list[tuple[str, int]]:
        """Types of one kind with how many there are, by name."""
        return sorted(Counter(e.type for e in self.of(how)).items())


def inventory_of(deployment: dict[str, Any] | None) -> Inventory:
    """Read an engine's deployment. Components, the stack and providers are no resources of the cloud."""
    entries = []
    for resource in (deployment or {}).get("resources") or []:
        kind = resource["type"]
        if not resource.get("custom") or kind.startswith("pulumi:") or resource.get("external"):
            continue
        how = (resource.get("outputs") or {}).get(MARKER, NOT_EMULATED)
        entries.append(Entry(kind, resource["urn"].split("::")[-1], str(resource.get("id", "")), str(how)))
    return Inventory(tuple(entries))


def retained(deployment: Mapping[str, Any] | None) -> list[str]:
    """Names of what stays where it is when its stack is destroyed, because the program says so."""
    resources = (deployment or {}).get("resources") or []
    return [r["urn"].split("::")[-1] for r in resources if r.get("retainOnDelete") and r.get("custom")]
