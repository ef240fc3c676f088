"""What a change does: two plans of one stack compared, as the engine would compare the second with what the first made.

A resource is found again by its URN, else by an alias. Symbols of what is replaced count as unknown, so a replacement
goes on to whatever can't be changed in place; an unknown that both plans have counts as the same unless what it comes
from changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from aistacks_core.property_paths import reset
from aistacks_core.property_values import Props
from aistacks_core.snapshot import ABSENT, UNKNOWN, Plan, Registration
from aistacks_core.symbols import mark, marks

from ..record.outputs import identity
from ..record.recorder import default_tags
from .cascade import taken_along
from .changes import ChangeKind, PropertyChange, ResourceChange
from .differences import Difference, Provider, difference, secrets_of

_SAME_UNKNOWN = "(known after deployment)"
"""Stands for a value that isn't known but is the same on both sides."""


@dataclass(frozen=True)
class Comparison:
    """``changes`` in the order of the head, then what is deleted. ``same``: how many resources stay as they are."""

    changes: list[ResourceChange] = field(default_factory=list)
    same: int = 0


def compare(base: Plan | None, head: Plan) -> Comparison:
    """The typed difference from ``base`` to ``head``; without a base everything is created."""
    return _Comparing(base or Plan([], {}, region=head.region, default_tags=head.default_tags), head).run()


class _Comparing:
    def __init__(self, base: Plan, head: Plan) -> None:
        self.base, self.head = base, head
        self.olds = {r.urn: r for r in base.resources}
        self.news = {r.urn: r for r in head.resources}
        self.found: dict[str, str] = {}
        """URN in the head to the one in the base."""
        self.fresh: dict[str, str] = {}
        """Marks of what is created or replaced, to its name."""
        self.kinds: dict[str, ChangeKind] = {}
        self.moved: dict[str, str] = {}
        """Identities in the head to those in the base."""
        self.lost: dict[str, bool] = {}
        """Whether a provider, by its URN, can't be configured before deployment."""
        self.condemned: dict[str, str] = {}
        """URN in the base of what goes with something that is deleted before it is recreated, to that one's name."""
        self.same_place = (self.base.region, self.base.default_tags) == (head.region, head.default_tags)

    def run(self) -> Comparison:
        changes: list[ResourceChange] = []
        same = 0
        for new in self.head.resources:
            old = self._find(new)
            if not _counts(new):
                continue
            change = self._change(old, new)
            if change is None:
                same += 1
                continue
            self.kinds[new.urn] = change.kind
            if change.kind in (ChangeKind.CREATE, ChangeKind.REPLACE):
                self.fresh[mark(new.urn)] = new.name
            changes.append(change)
        taken = set(self.found.values())
        for old in self.base.resources:
            if old.urn not in taken and _counts(old):
                component = _outermost(old, self.olds)
                changes.append(_gone(old, component))
        return Comparison(changes, same)

    def _find(self, new: Registration) -> Registration | None:
        taken = set() if new.urn in self.olds else set(self.found.values())
        for urn in (new.urn, *self._aliases(new)):
            if urn in self.olds and urn not in taken and (urn == new.urn or urn not in self.news):
                self.found[new.urn] = urn
                old = self.olds[urn]
                if urn != new.urn:
                    self.moved[identity(new.urn, new.name)] = identity(old.urn, old.name)
                return old
        return None

    def _aliases(self, new: Registration) -> Iterator[str]:
        """Its own aliases, then those that follow from what its parent was called before."""
        yield from new.aliases
        was = self.found.get(new.parent, new.parent)
        if was == new.parent:
            return
        parent = new.parent.rsplit("::", 1)[-1]
        for urn in (new.urn, *new.aliases):
            yield _inherited(urn, new.type, parent, was)

    def _change(self, old: Registration | None, new: Registration) -> ResourceChange | None:
        component = _outermost(new, self.news)
        if old is None:
            reason = f"imports {new.import_id}" if new.import_id else ""
            return ResourceChange(ChangeKind.CREATE, None, new, _all(new, created=True), component, reason)
        cause = self.condemned.get(old.urn)
        if cause is None and self._untouched(old, new):
            return None
        before, after = self._settled(old, new)
        for path in new.ignore_changes:
            after = reset(before, after, path)
        if old.type != new.type or old.custom != new.custom:
            found = Difference((PropertyChange("type", old.type, new.type, replaces=True),), replaces=True)
        else:
            found = difference(old, new, before, after, self._provider(old, self.base), self._provider(new, self.head))
        reason = self._reason(old, new, found)
        if found.delete_first:
            self._condemn(old)
        if cause and not found.replaces:
            found, reason = replace(found, replaces=True), f"{cause} is deleted before it is recreated"
        if self._lost_provider(new) and not found.replaces:
            cluster = new.provider.rsplit("::", 1)[0].rsplit("::", 1)[-1]
            reason = f"its provider {cluster} is not known before deployment"
            return ResourceChange(
                ChangeKind.UPDATE,
                old,
                new,
                found.properties,
                component,
                reason,
                may_replace=True,
                protected=old.protect,
            )
        if not found.properties and not found.replaces:
            moved = old.urn != new.urn
            return ResourceChange(ChangeKind.MOVE, old, new, (), component, reason) if moved else None
        kind = ChangeKind.REPLACE if found.replaces else ChangeKind.UPDATE
        return ResourceChange(
            kind,
            old,
            new,
            found.properties,
            component,
            reason,
            may_replace=found.unsure,
            retained=old.retain_on_delete and found.replaces,
            protected=old.protect and found.replaces,
        )

    def _condemn(self, old: Registration) -> None:
        """``old`` is deleted first, and with it what depends on it and doesn't come before it in the head."""
        done = set(self.found.values())
        others = [r for r in self.base.resources if r.urn not in done and r.urn not in self.condemned]
        for gone in taken_along(old, others, self._follows):
            self.condemned[gone.urn] = old.name

    def _follows(self, old: Registration, keys: frozenset[str]) -> bool:
        before = {key: _known(value) for key, value in old.inputs.items()}
        after = {key: UNKNOWN if key in keys else value for key, value in before.items()}
        for path in old.ignore_changes:
            after = reset(before, after, path)
        provider = self._provider(old, self.base)
        return difference(old, old, before, after, provider, provider).replaces

    def _untouched(self, old: Registration, new: Registration) -> bool:
        """Whether nothing of it or before it differs, without asking its provider's rules."""
        made = (ChangeKind.CREATE, ChangeKind.REPLACE)
        return (
            old.urn == new.urn
            and self.same_place
            and not self.moved
            and old.provider == new.provider
            and (not new.provider or new.provider.rpartition("::")[0] not in self.kinds)
            and old.inputs == new.inputs
            and old.property_dependencies == new.property_dependencies
            and not any(self.kinds.get(urn) in made for urn in new.dependencies)
        )

    def _settled(self, old: Registration, new: Registration) -> tuple[Props, Props]:
        """The inputs of both, with what is unknown on both sides made equal and what changes made unknown."""
        before, after = dict(old.inputs), dict(new.inputs)
        for key in after.keys() | before.keys():
            changed = self._changed(key, old, new)
            before[key], after[key] = self._settle(before.get(key), after.get(key), changed=changed)
        return before, after

    def _changed(self, key: str, old: Registration, new: Registration) -> bool:
        """Whether what an unknown in ``key`` comes from is new, replaced, or something else than before."""
        sources = new.property_dependencies.get(key, ())
        if any(self.kinds.get(urn) in (ChangeKind.CREATE, ChangeKind.REPLACE) for urn in sources):
            return True
        return {self.found.get(urn, urn) for urn in sources} != set(old.property_dependencies.get(key, ()))

    def _settle(self, old: Any, new: Any, *, changed: bool) -> tuple[Any, Any]:
        if new is UNKNOWN:
            return _known(old), UNKNOWN if changed or old is not UNKNOWN else _SAME_UNKNOWN
        if isinstance(new, Mapping):
            left = old if isinstance(old, Mapping) else {}
            pairs = {k: self._settle(left.get(k), v, changed=changed) for k, v in new.items()}
            merged = {**{k: _known(v) for k, v in left.items()}, **{k: a for k, (a, _) in pairs.items() if k in left}}
            return (merged if isinstance(old, Mapping) else _known(old)), {k: b for k, (_, b) in pairs.items()}
        if isinstance(new, list):
            items = old if isinstance(old, list) else []
            both = [self._settle(items[i] if i < len(items) else None, v, changed=changed) for i, v in enumerate(new)]
            kept = [a for a, _ in both[: len(items)]] + [_known(v) for v in items[len(new) :]]
            return (kept if isinstance(old, list) else _known(old)), [b for _, b in both]
        if isinstance(new, str) and "zz" in new:
            if any(found in self.fresh for found in marks(new)):
                return _known(old), UNKNOWN
            for now, was in self.moved.items():
                new = new.replace(now, was)
        return _known(old), new

    def _provider(self, registration: Registration, plan: Plan) -> Provider:
        explicit = self._explicit(registration, plan)
        if explicit is None:
            return Provider(plan.region, plan.default_tags)
        region = explicit.inputs.get("region")
        return Provider(
            region if isinstance(region, str) else plan.region, default_tags(explicit.inputs.get("defaultTags"))
        )

    def _explicit(self, registration: Registration, plan: Plan) -> Registration | None:
        urn = registration.provider.rpartition("::")[0]
        return (self.olds if plan is self.base else self.news).get(urn)

    def _lost_provider(self, new: Registration) -> bool:
        """Whether its provider's configuration waits for something that is recreated."""
        provider = self._explicit(new, self.head)
        if provider is None or provider.urn not in self.kinds:
            return False
        if provider.urn not in self.lost:
            old = self.olds.get(self.found.get(provider.urn, ""), provider)
            _, after = self._settled(old, provider)
            self.lost[provider.urn] = _holds_unknown(after)
        return self.lost[provider.urn]

    def _reason(self, old: Registration, new: Registration, found: Difference) -> str:
        if old.urn != new.urn:
            return f"renamed from {old.name}" if old.name != new.name else "moved to another parent"
        for change in found.properties:
            if not change.replaces:
                continue
            name = self._cause(new, change.path)
            if name:
                return f"{name} is recreated"
        return ""

    def _cause(self, new: Registration, path: str) -> str:
        key = re.split(r"[.\[]", path, maxsplit=1)[0]
        sources = [mark(urn) for urn in new.property_dependencies.get(key, ())]
        return next((self.fresh[m] for m in (*marks(new.inputs.get(key)), *sources) if m in self.fresh), "")


def _counts(registration: Registration) -> bool:
    return registration.custom or registration.remote


def _known(value: Any) -> Any:
    if value is UNKNOWN:
        return _SAME_UNKNOWN
    if isinstance(value, Mapping):
        return {k: _known(v) for k, v in value.items()}
    return [_known(v) for v in value] if isinstance(value, list) else value


def _holds_unknown(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_holds_unknown(v) for v in value.values())
    return any(_holds_unknown(v) for v in value) if isinstance(value, list) else value is UNKNOWN


def _inherited(urn: str, type_: str, parent: str, was: str) -> str:
    """The URN of a child whose parent was called ``was``: a name that begins with the parent's goes along."""
    name = urn.rsplit("::", 1)[-1]
    old_parent = was.rsplit("::", 1)[-1]
    if name.startswith(parent):
        name = old_parent + name[len(parent) :]
    head, project, chain = was.split("::")[:3]
    return f"{head}::{project}::{chain}${type_}::{name}"


def _outermost(registration: Registration, all_: Mapping[str, Registration]) -> str:
    found, above = "", all_.get(registration.parent)
    while above is not None:
        if not above.custom:
            found = above.urn
        above = all_.get(above.parent)
    return found


def _all(registration: Registration, *, created: bool) -> tuple[PropertyChange, ...]:
    hidden = {re.split(r"[.\[]", path, maxsplit=1)[0] for path in secrets_of(registration)}
    return tuple(
        PropertyChange(key, ABSENT if created else value, value if created else ABSENT, key in hidden)
        for key, value in registration.inputs.items()
        if value is not None
    )


def _gone(old: Registration, component: str) -> ResourceChange:
    return replace(
        ResourceChange(ChangeKind.DELETE, old, None, (), component),
        retained=old.retain_on_delete,
        protected=old.protect,
    )
