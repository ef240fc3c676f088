"""What the Kubernetes provider itself makes out of manifests and charts: read here, as far as they lie here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aistacks_core.property_values import contains_unknown

from . import charts, kustomizations, manifests
from .manifests import Object, UnreadError

_CONFIG_FILE = "kubernetes:yaml/v2:ConfigFile"
_CONFIG_GROUP = "kubernetes:yaml/v2:ConfigGroup"
_CHART = "kubernetes:helm.sh/v4:Chart"
_KUSTOMIZE = "kubernetes:kustomize/v2:Directory"
_RELEASE = "kubernetes:helm.sh/v3:Release"
_IN_PROCESS = frozenset(
    {
        "kubernetes:yaml:ConfigFile",
        "kubernetes:yaml:ConfigGroup",
        "kubernetes:helm.sh/v3:Chart",
        "kubernetes:kustomize:Directory",
    }
)
_SKIP = "pulumi.com/skipAwait"


def function(token: str, args: Mapping[str, Any]) -> dict[str, Any] | None:
    """The answer of one of the provider's own functions; ``None`` for another. Raises ``UnreadError``."""
    if token == "kubernetes:yaml:decode":  # noqa: S105
        found = manifests.documents(str(args.get("text", "")))
        return {"result": [one for one in found if one.get("kind") and one.get("apiVersion")]}
    if token == "kubernetes:kustomize:directory":  # noqa: S105
        made = kustomizations.rendered(str(args.get("directory", "")))
        return {"result": list(manifests.expanded(made))}
    if token != "kubernetes:helm:template":  # noqa: S105
        return None
    options = json.loads(args["jsonOpts"])
    path = options.get("path") or options.get("chart")
    if not charts.is_local(path) or options.get("repo") or (options.get("fetch_opts") or {}).get("repo"):
        raise UnreadError("its chart comes from the network")
    name, namespace = str(options.get("release_name") or ""), str(options.get("namespace") or "")
    made = charts.rendered(
        path,
        name,
        namespace,
        options.get("values") or {},
        definitions=not options.get("skip_crd_rendering"),
        hooks=True,
        tests=bool(options.get("include_test_hook_resources")),
        capabilities=charts.Capabilities(
            str(options.get("kube_version") or ""), tuple(map(str, options.get("api_versions") or ()))
        ),
    )
    return {"result": [*manifests.placed_in(list(manifests.expanded(made)), namespace or "default")]}


def described(type_: str, name: str, inputs: Mapping[str, Any]) -> str:
    """What a part is, for who can't see into it: its type and name, and of a chart which and of which version."""
    what = f"{type_} {name}"
    if type_ not in (_CHART, _RELEASE):
        return what
    repository = (
        (inputs.get("repositoryOpts") or {}).get("repo") if isinstance(inputs.get("repositoryOpts"), dict) else ""
    )
    parts = [str(inputs[key]) for key in ("chart", "version") if isinstance(inputs.get(key), str)]
    return f"{what}: chart {' '.join(parts)}" + (
        f" of {repository}" if isinstance(repository, str) and repository else ""
    )


def is_release(type_: str) -> bool:
    """Whether it is a Helm release, of whose objects the engine knows nothing."""
    return type_ == _RELEASE


def is_kept(one: Object) -> bool:
    """Whether Helm's own annotation says that the object stays when its chart goes."""
    return bool((one["metadata"].get("annotations") or {}).get("helm.sh/resource-policy") == "keep")


def has_children(type_: str) -> bool:
    """Whether it is a component of the SDK's own that registers what it reads, unless it can't."""
    return type_ in _IN_PROCESS


def children(type_: str, name: str, inputs: Mapping[str, Any], namespace: str) -> list[tuple[str, str, Object]] | None:
    """Type, logical name and inputs of what a component of the provider registers; ``None`` for another component.

    ``namespace``: of what needs one and names none. Raises ``UnreadError`` where what it is made of isn't here.
    """
    read = {_CONFIG_FILE: _config_file, _CONFIG_GROUP: _config_group, _CHART: _chart, _KUSTOMIZE: _kustomize}.get(type_)
    if read is None:
        return None
    if contains_unknown(inputs):
        raise UnreadError("its arguments aren't all known")
    if type_ in (_CHART, _KUSTOMIZE):
        namespace = str(inputs.get("namespace") or namespace)
    objects = list(manifests.expanded(read(name, inputs)))
    prefix = inputs.get("resourcePrefix")
    prefix = name if prefix is None else str(prefix)
    found = []
    for one in manifests.placed_in(objects, namespace):
        if inputs.get("skipAwait"):
            metadata = one["metadata"]
            one = {
                **one,
                "metadata": {**metadata, "annotations": {**(metadata.get("annotations") or {}), _SKIP: "true"}},
            }
        title = manifests.title(one)
        found.append((manifests.token(one), f"{prefix}:{title}" if prefix else title, one))
    return found


def _config_file(_name: str, inputs: Mapping[str, Any]) -> list[Object]:
    return manifests.files([str(inputs.get("file", ""))], patterns=False)


def _config_group(_name: str, inputs: Mapping[str, Any]) -> list[Object]:
    objects = manifests.files([str(f) for f in inputs.get("files") or []], patterns=True)
    objects += manifests.documents(str(inputs.get("yaml") or ""))
    return objects + [one for one in inputs.get("objs") or [] if isinstance(one, dict)]


def _chart(name: str, inputs: Mapping[str, Any]) -> list[Object]:
    chart = inputs.get("chart")
    if not charts.is_local(chart) or inputs.get("repositoryOpts"):
        raise UnreadError("it comes from the network")
    if inputs.get("valueYamlFiles") or inputs.get("postRenderer") or inputs.get("dependencyUpdate"):
        raise UnreadError("values from files, a post-renderer or an update of dependencies aren't followed")
    return charts.rendered(
        str(chart),
        str(inputs.get("name") or name),
        str(inputs.get("namespace") or ""),
        inputs.get("values") or {},
        definitions=not inputs.get("skipCrds"),
    )


def _kustomize(_name: str, inputs: Mapping[str, Any]) -> list[Object]:
    return kustomizations.rendered(str(inputs.get("directory", "")), anywhere=True)
