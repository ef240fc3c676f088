"""Kubernetes manifests as objects, and objects as the provider would register them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from glob import glob
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from aistacks_core.facts import load

Object = dict[str, Any]


class UnreadError(Exception):
    """Why a manifest can't be read here, in words."""


def documents(text: str) -> list[Object]:
    """The tables in a YAML stream; what is empty is left out. Raises ``UnreadError``."""
    try:
        found = list(yaml.load_all(text, Loader=_Loader))
    except yaml.YAMLError as error:
        raise UnreadError(f"no YAML: {' '.join(str(error).split())[:200]}") from None
    return [one for one in found if isinstance(one, dict) and one]


def files(names: list[str], *, patterns: bool) -> list[Object]:
    """The objects in files, as paths from here. Raises ``UnreadError`` for one that isn't here."""
    found: list[Object] = []
    for name in names:
        if urlsplit(name).scheme:
            raise UnreadError(f"{name} is read from the network")
        paths = sorted(glob(name)) if patterns and set(name) & set("*?[") else [name]  # noqa: PTH207 (as the provider)
        for path in paths:
            try:
                found += documents(Path(path).read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or "no text"
                raise UnreadError(f"{path}: {reason.lower()}") from None
    return found


def expanded(objects: list[Object]) -> Iterator[Object]:
    """``objects`` with what is in a list of Kubernetes' instead of the list. Raises ``UnreadError``."""
    for one in objects:
        if isinstance(one.get("items"), list) and str(one.get("kind", "")).endswith("List"):
            yield from expanded([item for item in one["items"] if isinstance(item, dict)])
        elif not one.get("kind") or not one.get("apiVersion") or not _name(one):
            raise UnreadError("an object without a kind, an apiVersion or a name")
        else:
            yield one


def placed_in(objects: list[Object], namespace: str) -> Iterator[Object]:
    """``objects`` with ``namespace`` where they need one and have none. What no one knows of is left as it is."""
    own = {
        (spec.get("group"), (spec.get("names") or {}).get("kind")): spec.get("scope") == "Namespaced"
        for one in objects
        if one.get("kind") == "CustomResourceDefinition" and isinstance(spec := one.get("spec"), dict)
    }
    for one in objects:
        metadata = one["metadata"]
        group = one["apiVersion"].rpartition("/")[0]
        needs = _has_namespace(one["apiVersion"], one["kind"])
        needs = own.get((group, one["kind"]), False) if needs is None else needs
        yield (
            {**one, "metadata": {**metadata, "namespace": namespace}}
            if needs and not metadata.get("namespace")
            else one
        )


def token(one: Object) -> str:
    """The resource type of an object."""
    version = one["apiVersion"]
    return f"kubernetes:{'core/v1' if version == 'v1' else version}:{one['kind']}"


def title(one: Object) -> str:
    """``namespace/name``, or the name alone."""
    namespace = one["metadata"].get("namespace")
    return f"{namespace}/{_name(one)}" if namespace else _name(one)


def _name(one: Object) -> str:
    metadata = one.get("metadata")
    return str(metadata.get("name") or "") if isinstance(metadata, Mapping) else ""


def _has_namespace(version: str, kind: str) -> bool | None:
    facts = load(__package__, "kinds.yaml")
    if version not in facts["groups"]:
        return None
    if kind in facts["with_namespace"]:
        return True
    return False if kind in facts["without_namespace"] else None


class _Loader(yaml.SafeLoader):
    """As Kubernetes reads YAML: a date is a text, and only what YAML 1.2 means by it is a boolean or null."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
