"""The components of the vendor's plugin: manifests, charts and kustomizations that lie here, as their objects."""

from __future__ import annotations

from aistacks_catalog.kubernetes.sources import parts
from aistacks_catalog.kubernetes.sources.manifests import UnreadError
from aistacks_core.property_values import Props, contains_unknown

from ..construction import Child
from ..failures import ProviderError

_FIRST = ("kubernetes:core/v1:Namespace", "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition")
_INSTEAD = {"kubernetes:helm.sh/v4:Chart": "; use helm.v3.Release, which the sandbox records as not emulated"}


def children(token: str, name: str, inputs: Props, namespace: str) -> list[Child] | None:
    """The objects of the component ``name``; ``None`` as long as an input isn't known.

    ``namespace``: of what needs one and names none. Raises ``ProviderError`` for a component of another kind and for
    what can't be read here.
    """
    if contains_unknown(inputs):
        return None
    try:
        found = parts.children(token, name, inputs, namespace)
    except UnreadError as why:
        raise ProviderError(f'{token} "{name}": {why}{_INSTEAD.get(token, "")}') from None
    if found is None:
        raise ProviderError(
            f"{token} lives inside the vendor's plugin and isn't emulated in the sandbox; it can only run on a real"
            " cluster"
        )
    return [Child(type_, title, one, type_ in _FIRST, parts.is_kept(one)) for type_, title, one in found]
