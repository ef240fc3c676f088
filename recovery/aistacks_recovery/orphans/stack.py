"""By what a stack is told from its neighbours, and what its state knows already."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aistacks_core.facts import load

from ..deployment import Deployment, Resource

STACK_TAG = "aistacks:stack"
"""As `aistacks`' components set it; its value is ``<project>/<stack>``."""
_CLUSTER = "aws:eks/cluster:Cluster"
_PROVIDER = "pulumi:providers:aws"
_UNIQUE = re.compile(r"[a-z]+-(?:[0-9a-f]{8}|[0-9a-f]{17})")
"""An id that EC2 gives: no two things of any kind share one."""
_ARN = re.compile(r"arn:aws[a-z-]*:[^:]*:([a-z0-9-]*):.+")
_GLOBAL = "us-east-1"


@dataclass(frozen=True)
class Known:
    """What the state knows. ``texts``: every ARN and every id of EC2's anywhere in it; ``ids``: (type, id)."""

    texts: frozenset[str]
    ids: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, deployment: Deployment) -> Known:
        """What ``deployment`` knows; what it only began to make isn't among it."""
        texts: set[str] = set()
        for resource in deployment.resources:
            for text in (*_texts(resource.outputs), resource.id):
                if _ARN.fullmatch(text) or _UNIQUE.fullmatch(text) or len(text) > _LONG:
                    texts.add(text.removesuffix(":*"))
        return cls(frozenset(texts), frozenset((each.type, each.id) for each in deployment.resources if each.id))

    def has(self, types: Iterable[str], ids: Iterable[str]) -> bool:
        """Whether a thing of one of ``types`` with one of ``ids`` is known."""
        return any((each in self.texts and _tells(each)) or any((t, each) in self.ids for t in types) for each in ids)


_LONG = 20
"""A name as long as that, for example of an auto scaling group that EKS made, is nobody else's by chance."""


def _tells(text: str) -> bool:
    return bool(_ARN.fullmatch(text) or _UNIQUE.fullmatch(text))


@dataclass(frozen=True)
class Stack:
    """``wanted``: sets of tags; what carries one of them whole is the stack's. ``clusters``: names of EKS's."""

    name: str
    """``<project>/<stack>``; empty where only tags were given."""
    wanted: tuple[Mapping[str, str], ...]
    clusters: frozenset[str]
    alive: frozenset[str]
    """Those clusters that are in the state."""
    regions: tuple[str, ...]
    known: Known
    tagged: bool = True
    """Whether the state has resources that carry the stack's own tag."""

    @classmethod
    def of(
        cls,
        name: str,
        deployment: Deployment,
        region: str,
        *,
        tags: Mapping[str, str] | None = None,
        clusters: Iterable[str] = (),
        regions: Iterable[str] = (),
    ) -> Stack:
        """The stack ``name`` as its ``deployment`` and the user (``tags``, ``clusters``, ``regions``) tell it."""
        # Of a stack that has no state any more.
        name = name or (tags or {}).get(STACK_TAG, "")
        alive = frozenset(each.id for each in deployment.resources if each.type == _CLUSTER and each.id)
        own = {STACK_TAG: name}
        return cls(
            name=name,
            wanted=tuple(each for each in (own if name else {}, dict(tags or {})) if each),
            clusters=alive | frozenset(clusters),
            alive=alive,
            regions=tuple(sorted({region, *regions, *_regions(deployment)})),
            known=Known.of(deployment),
            tagged=any(_tags(each).get(STACK_TAG) == name for each in deployment.resources),
        )

    def why(self, tags: Mapping[str, str]) -> str:
        """The tag by which something is this stack's; empty where none says so."""
        if self.is_anothers(tags):
            return ""
        for wanted in self.wanted:
            if all(tags.get(key) == text for key, text in wanted.items()):
                return ", ".join(f"tag {key}={text}" for key, text in wanted.items())
        cluster, key = cluster_of(tags)
        return f"tag {key}={tags[key]}" if cluster in self.clusters else ""

    def is_anothers(self, tags: Mapping[str, str]) -> bool:
        """Whether a tag says that it is another stack's."""
        return tags.get(STACK_TAG, self.name) != self.name


@functools.cache
def controllers() -> Any:
    """Who makes things besides Pulumi; see the file."""
    return load(__package__, "controllers.yaml")


def cluster_of(tags: Mapping[str, str]) -> tuple[str, str]:
    """The EKS cluster whose controllers made something, and the tag that says so; empty where none does."""
    facts = controllers()
    for key in facts["clusters"]:
        if tags.get(key):
            return tags[key], key
    prefix = facts["owned_prefix"]
    for key, text in tags.items():
        # `shared` is on what somebody else owns: a network, a security group.
        if key.startswith(prefix) and text == facts["owned_value"]:
            return key.removeprefix(prefix), key
    return "", ""


def maker_of(tags: Mapping[str, str]) -> str:
    """Who made something, as its tags say; empty where they don't."""
    for name, about in controllers()["controllers"].items():
        if any(key in tags for key in about["by"]):
            return str(name)
    return "Kubernetes' cloud provider" if cluster_of(tags)[0] else ""


def _tags(resource: Resource) -> Mapping[str, Any]:
    found = resource.outputs.get("tags") or {}
    return found if isinstance(found, Mapping) else {}


def _regions(deployment: Deployment) -> Iterator[str]:
    for resource in deployment.resources:
        if resource.type == _PROVIDER:
            region = resource.inputs.get("region")
            if isinstance(region, str) and region:
                yield region
        if resource.type.startswith("aws:"):
            for text in _texts(resource.outputs.get("arn")):
                found = _ARN.fullmatch(text)
                if found and found[1]:
                    yield found[1]


def _texts(found: Any) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, Mapping):
        for each in found.values():
            yield from _texts(each)
    elif isinstance(found, list):
        for each in found:
            yield from _texts(each)
