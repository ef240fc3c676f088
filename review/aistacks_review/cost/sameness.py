"""Whether what isn't known of a cost is at least the same before and after, so that it is no change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aistacks_core.snapshot import UNKNOWN, Plan, Registration

from .figures import Estimate, Unpriced

_STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"


def unclear(head: Plan, head_cost: Estimate, base: Plan, base_cost: Estimate) -> list[str]:
    """URNs of what has something unknown on one side or the other, and isn't known to be the same on both.

    The same is: the same reasons, the same inputs without an unknown value among them, and the same of the resources
    that they were made from. A renamed resource is found by its aliases; its new URN stands for both.
    """
    now, was = _by_urn(head_cost.unpriced), _by_urn(base_cost.unpriced)
    if not now and not was:
        return []
    new, old = _Side(head), _Side(base)
    found: dict[str, None] = {}
    paired = set()
    for urn, unknown in now.items():
        before = new.before(urn, old)
        paired.add(before)
        if was.get(before, []) != unknown or not new.same(urn, before, old):
            found[urn] = None
    found.update(dict.fromkeys(urn for urn in was if urn not in paired))
    return list(found)


def _by_urn(unpriced: Iterable[Unpriced]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for one in unpriced:
        found.setdefault(one.urn, []).append((one.what, one.reason))
    return found


class _Side:
    """One plan, to compare with the other."""

    def __init__(self, plan: Plan) -> None:
        self.by_urn = {r.urn: r for r in plan.resources}
        self._region = plan.region
        self._classes = [r.inputs for r in plan.of(_STORAGE_CLASS)]

    def before(self, urn: str, old: _Side) -> str:
        """The URN that a resource had on the other side."""
        r = self.by_urn.get(urn)
        if r is None or urn in old.by_urn:
            return urn
        return next((alias for alias in r.aliases if alias in old.by_urn), urn)

    def same(self, urn: str, before: str, old: _Side) -> bool:
        """Whether it is known to be the same on both sides, with what its cost may follow from."""
        new, was = self.by_urn.get(urn), old.by_urn.get(before)
        if new is None or was is None:
            # A part that the plan can't see into: what it holds may have changed unseen.
            return False
        if self._region != old._region or not _equal(new, was):
            return False
        if new.type.startswith("kubernetes:") and self._classes != old._classes:
            return False
        ours, theirs = _made_from(new), _made_from(was)
        return len(ours) == len(theirs) and all(
            _equal(self.by_urn.get(a), old.by_urn.get(b)) for a, b in zip(ours, theirs, strict=True)
        )


def _made_from(r: Registration) -> list[str]:
    named = (urn for name in sorted(r.property_dependencies) for urn in r.property_dependencies[name])
    return list(dict.fromkeys((*named, *([r.provider.rpartition("::")[0]] if r.provider else []))))


def _equal(new: Registration | None, was: Registration | None) -> bool:
    if new is None or was is None:
        return new is was
    return new.type == was.type and new.inputs == was.inputs and not _holds_unknown(new.inputs)


def _holds_unknown(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_holds_unknown, value.values()))
    if isinstance(value, list):
        return any(map(_holds_unknown, value))
    return value is UNKNOWN
