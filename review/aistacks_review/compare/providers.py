"""What the providers of two plans say of what they make: where it is, and whether all of it is made anew."""

from __future__ import annotations

from typing import Any

from aistacks_catalog.kubernetes import provider_settings
from aistacks_core.property_values import Props
from aistacks_core.snapshot import Plan, Registration

from ..record.provider_places import elsewhere
from ..record.recorder import default_tags
from .differences import Provider
from .following import Following
from .matching import Matching
from .settling import settle, unknowns


class Providers:
    """Of one comparison, as far as it has come."""

    def __init__(self, base: Plan, head: Plan, matching: Matching, following: Following) -> None:
        self._base, self._head = base, head
        self._matching, self._following = matching, following
        self._anew: dict[tuple[str, str], bool] = {}
        self._lost: dict[str, bool] = {}
        self._elsewhere: dict[tuple[str, str, str], list[str]] = {}

    def old(self, registration: Registration) -> Provider:
        """What the provider of a resource of the base says."""
        return _says(self._matching.olds.get(_urn(registration)), registration, self._base)

    def new(self, registration: Registration) -> Provider:
        """What the provider of a resource of the head says."""
        return _says(self._matching.news.get(_urn(registration)), registration, self._head)

    def lost(self, new: Registration) -> bool:
        """Whether its provider's configuration waits for something that is recreated."""
        provider = self._matching.news.get(_urn(new))
        if provider is None or not self._following.changed(provider.urn):
            return False
        if provider.urn not in self._lost:
            old = self._matching.olds.get(self._matching.found.get(provider.urn, ""), provider)
            self._lost[provider.urn] = unknowns(settle(old, provider, self._matching, self._following, {}).after)
        return self._lost[provider.urn]

    def anew(self, old: Registration, new: Registration) -> bool:
        """Whether the new one's provider leads to another cluster than the old one's."""
        was, now = (self._matching.olds.get(_urn(old)), self._matching.news.get(_urn(new)))
        if not new.type.startswith("kubernetes:") or (was is None and now is None and self._same_settings()):
            return False
        pair = (was.urn if was else "", now.urn if now else "")
        if pair not in self._anew:
            self._anew[pair] = bool(provider_settings.diff(*self._settings(was, now)).replaces)
        return self._anew[pair]

    def elsewhere(self, old: Registration, new: Registration) -> tuple[str, list[str]]:
        """What may be another one for the new one's provider, account or cluster, and by which of its settings."""
        for start, what in (("aws:", "account"), ("kubernetes:", "cluster")):
            if new.type.startswith(start):
                was, now = self._matching.olds.get(_urn(old)), self._matching.news.get(_urn(new))
                key = (start, was.urn if was else "", now.urn if now else "")
                if key not in self._elsewhere:
                    told = elsewhere if what == "account" else provider_settings.elsewhere
                    self._elsewhere[key] = told(*self._settings(was, now, what))
                return what, self._elsewhere[key]
        return "", []

    def _same_settings(self) -> bool:
        return self._base.kubernetes == self._head.kubernetes

    def _settings(
        self, was: Registration | None, now: Registration | None, what: str = "cluster"
    ) -> tuple[Props, Props]:
        if was is not None and now is not None:
            settled = settle(was, now, self._matching, self._following, {})
            return settled.before, settled.after
        base, head = (plan.aws if what == "account" else plan.kubernetes for plan in (self._base, self._head))
        before: Props = was.inputs if was else dict(base)
        after: Props = now.inputs if now else dict(head)
        return before, after


def _urn(registration: Registration) -> str:
    return registration.provider.rpartition("::")[0]


def _says(explicit: Registration | None, registration: Registration, plan: Plan) -> Provider:
    settings: Any = explicit.inputs if explicit else plan.kubernetes
    if registration.type.startswith("kubernetes:"):
        return Provider(plan.region, plan.default_tags, settings)
    if explicit is None:
        return Provider(plan.region, plan.default_tags)
    region = settings.get("region")
    return Provider(region if isinstance(region, str) else plan.region, default_tags(settings.get("defaultTags")))
