"""What a change does: two plans of one stack compared, as the engine would compare the second with what the first made.

A resource is found again by its URN, else by an alias. Symbols of what is replaced count as unknown, so a replacement
goes on to whatever can't be changed in place. An unknown that both plans have is the same only where both pass on one
output as it is; else it is listed as what can't be compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from aistacks_core.property_paths import reset, top_level
from aistacks_core.registrations import TRIGGER
from aistacks_core.secret_inputs import secrets_of
from aistacks_core.snapshot import ABSENT, UNKNOWN, Plan, Registration
from aistacks_core.symbols import identity, mark, marks, number_mark

from .cascade import taken_along
from .changes import ChangeKind, PropertyChange, ResourceChange, refuses_replacement
from .differences import Difference, difference
from .exports import output_changes
from .following import Behind, Following
from .matching import Matching, moved_from, same_type
from .options import forces, led_elsewhere, same_options, unclear
from .providers import Providers
from .settling import Settled, known, settle, unknowns
from .uncompared import Uncompared, ignored, uncompared


@dataclass(frozen=True)
class Comparison:
    """``changes`` in the order of the head, then what is deleted. ``same``: how many resources stay as they are, as far
    as they can be compared. ``uncompared``: what can't, in the order of the head. ``outputs``:
    sentences on the stack's."""

    changes: list[ResourceChange] = field(default_factory=list)
    same: int = 0
    uncompared: list[Uncompared] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)


def compare(base: Plan | None, head: Plan) -> Comparison:
    """The typed difference from ``base`` to ``head``; without a base everything is created."""
    if base is None:
        base = Plan([], head.exports, region=head.region, default_tags=head.default_tags)
    return _Comparing(base, head).run()


class _Comparing:
    def __init__(self, base: Plan, head: Plan) -> None:
        self.base, self.head = base, head
        self.matching = Matching(base, head)
        self.olds, self.news, self.found = self.matching.olds, self.matching.news, self.matching.found
        self.following = Following()
        self.uncompared: list[Uncompared] = []
        self.replaced: set[str] = set()
        self.moved: dict[str, str] = {}
        """Identities and marks of numbers in the head to those in the base."""
        self.condemned: dict[str, str] = {}
        """URN in the base of what goes with something that is deleted before it is recreated, to that one's name."""
        self.providers = Providers(base, head, self.matching, self.following)
        self.same_place = _place(base) == _place(head)

    def run(self) -> Comparison:
        changes: list[ResourceChange] = []
        same = 0
        for new in self.head.resources:
            old = self._find(new)
            self.inputs = new.inputs
            if not _counts(new):
                continue
            change = self._change(old, new)
            if change is None:
                same += 1
                continue
            if change.kind is ChangeKind.REPLACE:
                self.replaced.add(new.urn)
            if change.kind in (ChangeKind.CREATE, ChangeKind.REPLACE):
                imported = bool(new.import_id) and (old is None or old.import_id != new.import_id)
                self.following.made(new, self.inputs, imported=imported)
            elif change.kind is ChangeKind.UPDATE:
                self.following.updated(new, (found.path for found in change.properties))
            changes.append(change)
        taken = set(self.found.values())
        for old in self.base.resources:
            if old.urn not in taken and _counts(old):
                component = _outermost(old, self.olds)
                changes.append(_gone(old, component))
        return Comparison(changes, same, self.uncompared, output_changes(self.base, self.head, self.moved))

    def _find(self, new: Registration) -> Registration | None:
        old = self.matching.old(new)
        if old is not None and old.urn != new.urn:
            self.moved[identity(new.urn, new.name)] = identity(old.urn, old.name)
            self.moved[number_mark(new.urn)] = number_mark(old.urn)
        return old

    def _change(self, old: Registration | None, new: Registration) -> ResourceChange | None:
        component = _outermost(new, self.news)
        if old is None:
            reason = f"imports {new.import_id}" if new.import_id else ""
            return ResourceChange(ChangeKind.CREATE, None, new, _all(new, created=True), component, reason)
        cause = self.condemned.get(old.urn)
        if cause is None and self._untouched(old, new):
            return None
        settled = self._settled(old, new)
        before, after = settled.before, settled.after
        for path in new.ignore_changes:
            after = reset(before, after, path)
        self.inputs = after
        self.uncompared += [*uncompared(new, settled.uncompared), *ignored(new, settled.ignored), *unclear(old, new)]
        self.uncompared += led_elsewhere(new, *self.providers.elsewhere(old, new))
        if not same_type(old.type, new.type) or old.custom != new.custom:
            found = Difference((PropertyChange("type", old.type, new.type, replaces=True),), replaces=True)
        else:
            found = difference(old, new, before, after, self.providers.old(old), self.providers.new(new))
            found = _unsure(found, settled.unsure)
        reason = self._reason(old, new, found)
        if found.delete_first:
            self._condemn(old)
        found, reason = self._forced(old, new, found, cause or "", reason)
        if not found.replaces and self.providers.lost(new):
            reason = f"its provider {_provider_of(new)} is not known before deployment"
            return ResourceChange(
                ChangeKind.UPDATE,
                old,
                new,
                found.properties,
                component,
                reason,
                may_replace=True,
                protected=refuses_replacement(old, new),
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
            may_replace=found.unsure and not found.replaces,
            delete_first=found.delete_first if found.replaces else None,
            retained=old.retain_on_delete and found.replaces,
            protected=found.replaces and refuses_replacement(old, new, first=bool(cause)),
        )

    def _forced(
        self, old: Registration, new: Registration, found: Difference, cause: str, reason: str
    ) -> tuple[Difference, str]:
        """``found`` and its reason, with what replaces it though its properties don't."""
        if cause:
            found = replace(found, replaces=True, delete_first=True)
            return found, reason or f"{cause} is deleted before it is recreated"
        if found.replaces:
            return found, reason
        forced = self._by_options(old, new)
        if not forced and self.providers.anew(old, new):
            forced = f"its provider {_provider_of(new)} leads to another cluster"
        if not forced:
            return found, reason
        return replace(found, replaces=True, delete_first=new.delete_before_replace), forced

    def _by_options(self, old: Registration, new: Registration) -> str:
        was, now = (replace(one, inputs={TRIGGER: one.replacement_trigger}) for one in (old, new))
        settled = settle(was, now, self.matching, self.following, self.moved)
        self.uncompared += uncompared(now, settled.uncompared)
        return forces(old, new, self.replaced, (settled.before[TRIGGER], settled.after[TRIGGER]))

    def _condemn(self, old: Registration) -> None:
        """``old`` is deleted first, and with it what depends on it and doesn't come before it in the head."""
        done = set(self.found.values())
        others = [r for r in self.base.resources if r.urn not in done and r.urn not in self.condemned]
        for gone in taken_along(old, others, self._follows):
            self.condemned[gone.urn] = old.name

    def _follows(self, old: Registration, keys: frozenset[str]) -> bool:
        before = {key: known(value) for key, value in old.inputs.items()}
        after = {key: UNKNOWN if key in keys else value for key, value in before.items()}
        for path in old.ignore_changes:
            after = reset(before, after, path)
        provider = self.providers.old(old)
        return difference(old, old, before, after, provider, provider).replaces

    def _untouched(self, old: Registration, new: Registration) -> bool:
        """Whether nothing of it or before it differs, without asking its provider's rules."""
        return (
            old.urn == new.urn
            and self.same_place
            and not self.moved
            and old.provider == new.provider
            and (not new.provider or not self.following.changed(new.provider.rpartition("::")[0]))
            and old.inputs == new.inputs
            and same_options(old, new)
            and old.property_dependencies == new.property_dependencies
            and not self.following.touches(new.dependencies)
            and not unknowns(new.inputs)
        )

    def _settled(self, old: Registration, new: Registration) -> Settled:
        return settle(old, new, self.matching, self.following, self.moved)

    def _reason(self, old: Registration, new: Registration, found: Difference) -> str:
        if old.urn != new.urn:
            return moved_from(old, new)
        for change in sorted(found.properties, key=lambda one: not one.replaces):
            if change.replaces or change.after is UNKNOWN:
                name = self._cause(new, top_level(change.path))
                if name:
                    return name
        return ""

    def _cause(self, new: Registration, key: str) -> str:
        fresh = self.following.fresh
        sources = [mark(urn) for urn in new.property_dependencies.get(key, ())]
        name = next((fresh[m] for m in (*marks(new.inputs.get(key)), *sources) if m in fresh), "")
        if name:
            return f"{name} is recreated"
        behind = (Behind.read(one) for one in new.computed_from.get(key, ()))
        return next((self.following.why(one) for one in behind if self.following.changes(one)), "")


def _unsure(found: Difference, keys: set[str]) -> Difference:
    """A change somewhere below a key may be at what can't be changed in place, or not."""
    if not keys or not found.replaces:
        return found
    here = [p for p in found.properties if p.replaces and p.path in keys]
    if not here:
        return found
    properties = tuple(replace(p, replaces=False) if p in here else p for p in found.properties)
    left = any(p.replaces for p in properties)
    return replace(
        found, properties=properties, replaces=left, unsure=not left, delete_first=found.delete_first if left else None
    )


def _place(plan: Plan) -> tuple[object, ...]:
    return plan.region, plan.default_tags, plan.kubernetes, plan.aws


def _provider_of(new: Registration) -> str:
    return new.provider.rpartition("::")[0].rpartition("::")[2] or "by default"


def _counts(registration: Registration) -> bool:
    return registration.custom or registration.remote


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
