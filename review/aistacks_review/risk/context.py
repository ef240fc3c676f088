"""What rules look at: the two plans and the changes between them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from aistacks_catalog.aws.types.facts import canonical_token
from aistacks_core.snapshot import Plan, Registration
from aistacks_core.symbols import holds_symbol, identity

from ..compare.changes import ChangeKind, ResourceChange
from ..findings import Risk, RiskKind, Severity
from .snapshot_index import SnapshotIndex
from .successors import successors


class Context:
    """One comparison. ``base`` is ``None`` where everything is new."""

    def __init__(self, base: Plan | None, head: Plan, changes: list[ResourceChange], account: str = "") -> None:
        self.base = None if base is None else SnapshotIndex(base, account)
        self.head = SnapshotIndex(head, account)
        self.changes = changes

    @property
    def new(self) -> bool:
        """Whether there is nothing to compare with: a wholly new environment."""
        return self.base is None

    @cached_property
    def by_urn(self) -> dict[str, ResourceChange]:
        """Changes by URN, the base's too."""
        found = {}
        for change in self.changes:
            for registration in (change.before, change.after):
                if registration is not None:
                    found[registration.urn] = change
        return found

    @cached_property
    def _by_type(self) -> dict[str, list[ResourceChange]]:
        found: dict[str, list[ResourceChange]] = {}
        for change in self.changes:
            found.setdefault(canonical_token(change.type), []).append(change)
        return found

    def of(self, types: str | Iterable[str], *kinds: ChangeKind) -> Iterator[ResourceChange]:
        """The changes of these tokens, of these kinds where any is given."""
        for type_ in (types,) if isinstance(types, str) else types:
            for change in self._by_type.get(type_, []):
                if not kinds or change.kind in kinds:
                    yield change

    def updated(self, types: str | Iterable[str]) -> Iterator[ResourceChange]:
        """The changes that have a before and an after: updates, replacements and moves."""
        for change in self.of(types):
            if change.before is not None and change.after is not None:
                yield change

    def kubernetes(self, *object_kinds: str) -> Iterator[ResourceChange]:
        """The changes of Kubernetes objects of these kinds, whatever their API group's version."""
        for type_, changes in self._by_type.items():
            if type_.startswith("kubernetes:") and type_.rpartition(":")[2].removesuffix("Patch") in object_kinds:
                yield from changes

    def touched(self, types: Iterable[str]) -> bool:
        """Whether a resource of one of these tokens changes."""
        return any(t in self._by_type for t in types)

    @cached_property
    def moved(self) -> Mapping[str, str]:
        """Identities of the base to those of the head, of what moved to another URN."""
        return {
            identity(c.before.urn, c.before.name): identity(c.after.urn, c.after.name)
            for c in self.changes
            if c.before is not None and c.after is not None and c.before.urn != c.after.urn
        }

    @cached_property
    def succeeded(self) -> Mapping[str, Registration]:
        """By URN of a role that goes: the new one that takes its place and is for nobody else."""
        return successors(self)

    @cached_property
    def renamed(self) -> Mapping[str, str]:
        """Identities of the base to those of the head, of what moved or has a successor."""
        gone = {} if self.base is None else self.base.by_urn
        followed = {identity(urn, gone[urn].name): identity(r.urn, r.name) for urn, r in self.succeeded.items()}
        return {**self.moved, **followed}

    def head_urn(self, urn: str) -> str:
        """The URN by which a resource of the base goes in the head, or its successor does."""
        change = self.by_urn.get(urn)
        if urn in self.succeeded:
            return self.succeeded[urn].urn
        return change.after.urn if change is not None and change.after is not None else urn

    @cached_property
    def partition(self) -> str:
        """Of the ARNs: ``aws`` but for China and the GovCloud."""
        region = self.head.plan.region
        return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"

    def under_head_names(self, value: Any) -> Any:
        """A value of the base, with what moved under its name in the head."""
        return self.renamed_by(self.renamed, value)

    def renamed_by(self, names: Mapping[str, str], value: Any) -> Any:
        """``value`` with every text of ``names`` in it replaced."""
        if not names:
            return value
        if isinstance(value, str):
            for old, new in names.items():
                value = value.replace(old, new)
            return value
        if isinstance(value, Mapping):
            return {self.renamed_by(names, k): self.renamed_by(names, v) for k, v in value.items()}
        return [self.renamed_by(names, v) for v in value] if isinstance(value, list) else value


def risk(
    kind: RiskKind,
    severity: Severity,
    subject: ResourceChange | Registration,
    title: str,
    reason: str,
    *,
    certain: bool = True,
) -> Risk:
    """A risk of ``subject``, with the place that declares it."""
    it = subject.registration if isinstance(subject, ResourceChange) else subject
    return Risk(kind, severity, it.urn, title, reason, certain, it.file, it.line)


def touches(change: ResourceChange, path: str) -> bool:
    """Whether the property at ``path``, or one above or below it, is among what changes."""
    top = path.split(".", 1)[0]
    return any(re.split(r"[.\[]", p.path, maxsplit=1)[0] == top for p in change.properties)


def get(inputs: Any, path: str, default: Any = None) -> Any:
    """The value at a dotted path; ``default`` where it, or a part of the way, isn't there or is ``None``.

    On the way an unknown stays unknown, and a list of one is looked through.
    """
    from aistacks_core.snapshot import UNKNOWN

    value = inputs
    for key in path.split(".") if path else ():
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if value is UNKNOWN:
            return UNKNOWN
        if not isinstance(value, Mapping) or value.get(key) is None:
            return default
        value = value[key]
    return value


def number(value: Any) -> float | None:
    """``value`` as a number, from a string too; ``None`` where it is none or isn't known."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)) or holds_symbol(value):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def truth(value: Any) -> bool | None:
    """``value`` as a boolean, from a string too; ``None`` where it is none or isn't known."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None
