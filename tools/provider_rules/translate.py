"""A type's rules in Pulumi's names, as the catalogue keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aistacks_catalog.aws.types.sdk import shape

from .rules import ANY, COUNT, Rules
from .sdk_names import Names, Type, renames, resolve


def row(type_: Type, rules: Rules, lost: list[str]) -> dict[str, Any]:
    """What is kept of a type. Keys that say nothing are left out; ``lost`` gets the paths that the package lacks.

    A property that none of the provider's attributes is, or whose rule couldn't be read, may replace.
    """
    top = [path for path in rules.attributes if "." not in path]
    other = renames([path for path in top if rules.attributes[path]], type_.inputs)
    replaces = _paths(rules.replaces, type_.inputs, other, lost)
    found = {path: resolve(path, type_.inputs, other) for path in top}
    unknown = set(type_.inputs.below) - {name for name in found.values() if name} - {"region", "timeouts"}
    may = set(_paths((path for path in rules.may_replace if path != ANY), type_.inputs, other, lost)) | unknown
    if ANY in rules.may_replace or _loose(rules.unread):
        may.add(ANY)
    may |= {name for name in (resolve(_above(item), type_.inputs, other) for item in rules.unread) if name}
    changes = {
        name: [ANY] if ANY in inputs else sorted(name for name in (found.get(item) for item in inputs) if name)
        for output, inputs in rules.changes.items()
        for name in [_output(output, type_)]
        if name
    }
    kept = {
        "terraform": rules.terraform,
        "framework": rules.framework,
        "replaces": replaces,
        "may_replace": sorted(may - set(replaces)),
        "changes": {name: changes[name] or [ANY] for name in sorted(changes)},
        "sets": _paths(rules.sets, type_.inputs, other, [], nested=True),
        "computed": _paths(rules.computed, type_.inputs, other, []),
        "defaults": {
            name: _default(type_.token, name, rules.defaults[path])
            for path, name in found.items()
            if name in type_.inputs.below and path in rules.defaults
        },
    }
    return {key: value for key, value in kept.items() if value}


def _paths(
    paths: Iterable[str], names: Names, renamed: Mapping[str, str], lost: list[str], *, nested: bool = False
) -> list[str]:
    """Paths in Pulumi's spelling; those that aren't there go to ``lost``. ``nested``: also those below another."""
    found = set()
    for path in paths:
        whole, count = (path.removesuffix(f".{COUNT}"), f".{COUNT}") if path.endswith(f".{COUNT}") else (path, "")
        name = resolve(whole, names, renamed)
        if name is None:
            lost.append(path)
        else:
            found.add(name + count)
    return sorted(path for path in found if nested or not any(path.startswith(f"{other}.") for other in found))


def _default(token: str, name: str, value: Any) -> Any:
    """A default in the package's type; the bridge puts its own name in the place of Terraform's."""
    value = value.replace("Managed by Terraform", "Managed by Pulumi") if isinstance(value, str) else value
    return shape(token).cast(name, value)


def _output(name: str, type_: Type) -> str | None:
    return resolve(name, Names({output: Names() for output in type_.outputs}))


def _loose(unread: Iterable[str]) -> bool:
    """Whether something couldn't be read that isn't of one property."""
    return any(
        ".goindex:" in item or ".go:" in item or item.startswith(("factory", "schema", "CustomizeDiff"))
        for item in unread
    )


def _above(item: str) -> str:
    path = item.partition(":")[0]
    return path.rpartition(".")[0] if path.rpartition(".")[2][:1].isupper() else path
