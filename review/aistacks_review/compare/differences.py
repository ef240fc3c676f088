"""What differs between two registrations of one resource, by the rules of its provider."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aistacks_catalog.aws.types import differ
from aistacks_catalog.aws.types.facts import canonical_token, facts
from aistacks_catalog.aws.types.sdk import shape
from aistacks_catalog.kubernetes import helm_releases, manifests, provider_settings, replacement
from aistacks_core.diffs import Diff, differences
from aistacks_core.property_paths import at, holds, touches
from aistacks_core.property_values import Props
from aistacks_core.secret_inputs import secret_inputs, secrets_of
from aistacks_core.snapshot import ABSENT, Registration

from .changes import PropertyChange, ResourceChange

_INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True)
class Provider:
    """What a resource's provider says by its configuration."""

    region: str = ""
    default_tags: Mapping[str, str] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Of a Kubernetes provider: its inputs."""


@dataclass(frozen=True)
class Difference:
    """``replaces``: it can't be changed in place. ``unsure``: nobody here knows whether it can. ``delete_first``: the
    old one goes before the new one comes; ``None`` where only its provider knows."""

    properties: tuple[PropertyChange, ...] = ()
    replaces: bool = False
    unsure: bool = False
    delete_first: bool | None = None


def difference(
    before: Registration, after: Registration, old: Props, new: Props, was: Provider, now: Provider
) -> Difference:
    """What changes from ``old`` to ``new``, the inputs of ``before`` and ``after`` once symbols are settled."""
    if after.type.startswith("aws:"):
        found, left, right = _aws(canonical_token(after.type), old, new, was, now)
    elif after.type.startswith("kubernetes:"):
        found, left, right = _kubernetes(after, old, new, was.settings, now.settings)
    elif after.type == provider_settings.TOKEN:
        found, left, right = provider_settings.diff(old, new), old, new
    else:
        found, left, right = Diff(differences(old, new)), old, new
    chosen = {path for path in found.changes if any(holds(p, path) for p in after.replace_on_changes)}
    forced = found.replaces | chosen
    hidden = secrets_of(before) | secrets_of(after)
    return Difference(
        tuple(
            PropertyChange(path, _value(left, path), _value(right, path), _is_secret(path, hidden), path in forced)
            for path in found.changes
        ),
        replaces=bool(forced),
        unsure=not forced and _may_replace(after, found),
        delete_first=_delete_first(after, found) if forced else None,
    )


def _delete_first(after: Registration, found: Diff) -> bool | None:
    """The program's option wins over what the provider asks for."""
    if after.delete_before_replace_given or after.delete_before_replace:
        return after.delete_before_replace
    ruled = after.type.startswith(("aws:", "kubernetes:", "pulumi:providers:"))
    return found.delete_first if ruled else None


def _may_replace(after: Registration, found: Diff) -> bool:
    """Whether one of the changes may replace it, for all that is known of its type."""
    if after.type.startswith("kubernetes:"):
        # Of a custom kind nobody here knows whether its objects are in the provider's namespace at all.
        return "metadata.namespace" in found.changes
    if not after.custom or after.type.startswith("pulumi:providers:"):
        return False
    if not after.type.startswith("aws:"):
        return bool(found.changes)
    about = facts(canonical_token(after.type))
    return any(about.may_force_replacement(path) for path in found.changes)


def secret_values(resources: Iterable[Registration], changes: Iterable[ResourceChange] = ()) -> Iterator[Any]:
    """What must not be shown of resources and their changes: the values at those paths, on both sides of a change
    where one of them is secret."""
    for change in changes:
        for found in change.properties:
            if found.secret:
                yield from (found.before, found.after)
    yield from secret_inputs(resources)


def _value(inputs: Props, path: str) -> Any:
    value = at(inputs, path, ABSENT)
    return ABSENT if value is None else value


def _aws(token: str, old: Props, new: Props, was: Provider, now: Provider) -> tuple[Diff, Props, Props]:
    outputs = shape(token).outputs
    state = dict(old)
    default_tags = dict(now.default_tags or {})
    if "tagsAll" in outputs:
        state["tagsAll"] = differ.all_tags(old, was.default_tags or {})
    if was.region != now.region and "region" in shape(token).inputs:
        # Who names no region goes where the provider is, and nothing regional can move.
        state["region"] = old.get("region") or was.region
        new = {"region": now.region, **new}
        old = {"region": was.region, **old}
    found = differ.diff(token, old, state, new, default_tags)
    about = facts(token)
    left = {**differ.effective(old, about), "tagsAll": state.get("tagsAll")}
    right = {**differ.effective(new, about), "tagsAll": differ.all_tags(new, default_tags)}
    if any(path.split(".")[0].split("[")[0] == "tags" for path in found.changes):
        # The tags themselves say it already.
        found = Diff({k: v for k, v in found.changes.items() if k != "tagsAll"}, found.replaces, found.delete_first)
    return found, left, right


def _kubernetes(
    after: Registration, old: Props, new: Props, was: Mapping[str, Any], now: Mapping[str, Any]
) -> tuple[Diff, Props, Props]:
    if after.type == helm_releases.RELEASE:
        old, new = ({"namespace": by.get("namespace"), **_given(one)} for one, by in ((old, was), (new, now)))
        return helm_releases.changes(old, new), old, new
    left, right = _placed(after, old, was), _placed(after, new, now)
    changes = differences(left, right)
    switches = {key: truth(value) for key, value in now.items() if key.startswith("enable")}
    forced = replacement.properties(right, switches, patch=manifests.is_patch(after.type))
    replaces = frozenset(p for p in changes if replacement.forces(p, at(right, p) or at(left, p), forced))
    own = manifests.metadata(old).get("namespace"), manifests.metadata(new).get("namespace")
    if own == (None, None) and provider_settings.namespaced(str(right["kind"])) is None:
        replaces -= {"metadata.namespace"}
    return Diff(changes, replaces, delete_first=bool(replaces) and _same_place(left, right)), left, right


def _given(inputs: Props) -> Props:
    return {key: value for key, value in inputs.items() if value is not None}


def truth(value: Any) -> bool:
    """A provider's switch, which the SDK sends as text."""
    return value is True or value == "true"


def _same_place(left: Props, right: Props) -> bool:
    """Whether two objects have one name that the program gave: there can't be both at a time."""
    one, other = manifests.metadata(left), manifests.metadata(right)
    name = other.get("name")
    return name is not None and (one.get("name"), one.get("namespace")) == (name, other.get("namespace"))


def _placed(after: Registration, inputs: Props, settings: Mapping[str, Any]) -> Props:
    """A manifest in which what is left out stands as the provider and the API server take it."""
    version, kind = manifests.api_version_and_kind(after.type)
    placed: Props = manifests.normalized({"apiVersion": version, "kind": kind, **_given(inputs)})
    meta = placed.get("metadata", {})
    if isinstance(meta, dict) and meta.get("namespace") is None:
        by_provider = None if provider_settings.namespaced(kind) is False else settings.get("namespace")
        placed = {**placed, "metadata": {**meta, "namespace": by_provider or "default"}}
    return placed


def _is_secret(path: str, secrets: frozenset[str]) -> bool:
    """Whether a secret lies at, under or above ``path``; an item's place in a list doesn't matter."""
    return any(touches(_any_item(path), [_any_item(secret)]) for secret in secrets)


def _any_item(path: str) -> str:
    return _INDEX.sub("[*]", path)
