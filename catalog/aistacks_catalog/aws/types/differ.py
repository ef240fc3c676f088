"""What the AWS provider makes of a change of inputs: nothing, an update, or a replacement."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aistacks_core.diffs import Change, Diff, differences
from aistacks_core.property_values import UNKNOWN, Props, contains_unknown

from ..iam.equivalence import aligned
from . import container_definitions, protocols
from .equality import as_json, same
from .facts import Facts, facts
from .sdk import shape
from .words import canonical_path

_STABLE = ("arn", "id")


def diff(token: str, old: Props, state: Props, new: Props, default_tags: Mapping[str, str]) -> Diff:
    """The answer for ``token``. Property order, white space in documents and AWS's own choices don't count."""
    about = facts(token)
    known = shape(token)
    before = effective(protocols.named(token, old), about)
    after = aligned(before, effective(protocols.named(token, new), about))
    if "region" in known.inputs:
        # Not to name a region is to stay where it is.
        before["region"] = after["region"] = None
        wanted, current = new.get("region"), state.get("region")
        if wanted is not None and current is not None and wanted != current:
            before["region"], after["region"] = current, wanted
    if token == container_definitions.TASK_DEFINITION:
        after = container_definitions.aligned(before, after)
    changes = {
        path: change
        for path, change in differences(before, after).items()
        if not _settled(path, change, state, after, about, token)
    }
    if "tagsAll" in known.outputs and "tagsAll" in state:
        tags = all_tags(new, default_tags)
        if tags is UNKNOWN or tags != (state["tagsAll"] or {}):
            changes.setdefault("tagsAll", Change.UPDATE)
    replaces = frozenset(path for path in changes if about.forces_replacement(path))
    return Diff(
        changes=changes,
        replaces=replaces,
        delete_first=bool(replaces) and (about.delete_first or about.names_delete_first(new)),
        stables=tuple(name for name in _STABLE if name in state),
    )


def all_tags(inputs: Props, default_tags: Mapping[str, str]) -> Any:
    """Default and own tags together, or ``UNKNOWN``."""
    tags = inputs.get("tags") or {}
    # Tags that aren't known as a whole are no table.
    if tags is UNKNOWN:
        return UNKNOWN
    return {**default_tags, **(tags if isinstance(tags, Mapping) else {"*": tags})}


def effective(inputs: Props, about: Facts) -> Props:
    """The inputs as they count: without nulls, with AWS's defaults, sets sorted and documents parsed."""
    given = {key: value for key, value in inputs.items() if value is not None and not key.startswith("__")}
    return {key: _ordered(value, key, about) for key, value in {**about.defaults, **given}.items()}


def _ordered(value: Any, path: str, about: Facts) -> Any:
    """``value`` with sets sorted and documents parsed."""
    value = as_json(value) if isinstance(value, str) else value
    if isinstance(value, Mapping):
        return {key: _ordered(item, f"{path}.{key}", about) for key, item in value.items()}
    if isinstance(value, list):
        items = [_ordered(item, path, about) for item in value]
        if canonical_path(path) in about.sets:
            items.sort(key=lambda item: json.dumps(item, sort_keys=True, default=str))
        return items
    return value


def _settled(path: str, change: Change, state: Props, after: Props, about: Facts, token: str) -> bool:
    """Whether a difference is none: AWS's choice stays, or what is wanted is already so."""
    top = path.split(".")[0].split("[")[0]
    if change is Change.DELETE and path == top:
        return top in about.computed or (top not in about.defaults and shape(token).computed(top))
    wanted = after.get(top)
    if contains_unknown(wanted) or top not in state or change is Change.DELETE:
        return False
    # A resource whose last update failed has the old inputs in its state.
    return change is Change.ADD and path == top and same(_ordered(state[top], top, about), wanted)
