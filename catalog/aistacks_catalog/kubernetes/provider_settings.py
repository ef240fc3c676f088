"""What a Kubernetes provider's own settings mean for the objects that it makes: their namespace and their cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from aistacks_core.diffs import Diff, differences
from aistacks_core.facts import load
from aistacks_core.property_values import UNKNOWN, Props

TOKEN = "pulumi:providers:kubernetes"  # noqa: S105 (a type)
_CLUSTER = ("kubeconfig", "context", "cluster")


def namespaced(kind: str) -> bool | None:
    """Whether objects of a kind live in a namespace; ``None`` for a kind that isn't among Kubernetes' own."""
    facts = load(__package__, "kinds.yaml")
    kind = kind.removesuffix("List")
    return True if kind in facts["namespaced"] else False if kind in facts["cluster"] else None


def diff(old: Props, new: Props) -> Diff:
    """What a change of the settings is: everything is made anew where the active cluster, the ``clusterIdentifier`` or
    the folder of rendered manifests changes, as in the provider's ``DiffConfig``."""
    changes = differences(old, new)
    top = {path.split(".")[0].split("[")[0] for path in changes}
    was, now = old.get("clusterIdentifier"), new.get("clusterIdentifier")
    if was is not None and was == now:
        return Diff(changes)
    forced = {"clusterIdentifier"} if was is not None and now is not None and was != now else set()
    if "renderYamlToDirectory" in top:
        forced.add("renderYamlToDirectory")
    before, after = (_active_cluster(side) for side in (old, new))
    if before is not None and after is not None and before != after:
        forced |= set(_CLUSTER)
    return Diff(changes, frozenset(path for path in changes if path.split(".")[0].split("[")[0] in forced))


def elsewhere(old: Props, new: Props) -> list[str]:
    """The settings for which a provider may lead to another cluster, though nobody can tell from them, by name."""
    was, now = old.get("clusterIdentifier"), new.get("clusterIdentifier")
    if was is not None and was == now:
        return []
    if (before := _active_cluster(old)) is not None and before == _active_cluster(new):
        return []
    return [key for key in _CLUSTER if old.get(key) != new.get(key)]


def _active_cluster(settings: Props) -> Any:
    """The settings of the cluster that a kubeconfig leads to; ``None`` where none is found, or it isn't known."""
    config = settings.get("kubeconfig")
    if isinstance(config, str):
        try:
            config = yaml.safe_load(config)
        except yaml.YAMLError:
            return None
    if not isinstance(config, Mapping) or any(settings.get(key) is UNKNOWN for key in _CLUSTER):
        return None
    context = settings.get("context") or config.get("current-context")
    found = _named(config.get("contexts"), context, "context")
    name = settings.get("cluster") or (found.get("cluster") if isinstance(found, Mapping) else None)
    return _named(config.get("clusters"), name, "cluster")


def _named(entries: Any, name: Any, key: str) -> Any:
    items = entries if isinstance(entries, list) else []
    return next((one.get(key) for one in items if isinstance(one, Mapping) and one.get("name") == name), None)
