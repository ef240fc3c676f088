"""Reads `pulumi preview --json`: the cloud's own answer, in the plan's words.

The format is the engine's ``PreviewDigest`` (pkg/display/json.go, v3.259.0): ``steps`` with an ``op``, a ``urn``, the
states before and after, and what differs. With ``--show-sames`` the unchanged resources are in it too; without, what
they are is unknown, and said so. ``--ignore-protect`` lets it go on behind a protected resource.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aistacks_core.errors import UserError
from aistacks_core.property_paths import at, steps
from aistacks_core.snapshot import ABSENT, Opaque, Plan, Registration

from ..compare.changes import ChangeKind, PropertyChange, ResourceChange
from ..compare.matching import moved_from
from .engine_states import HIDDEN, STACK_TYPE, plain, registration, typed, urn_in

EXPECTED = "what `pulumi preview --json` writes"
_KINDS = {
    "create": ChangeKind.CREATE,
    "update": ChangeKind.UPDATE,
    "delete": ChangeKind.DELETE,
    "replace": ChangeKind.REPLACE,
    "import": ChangeKind.CREATE,
    "import-replacement": ChangeKind.REPLACE,
}
# Halves of a replacement, and what concerns resources that the program only reads.
_HALVES = ("create-replacement", "delete-replaced")
_ASIDE = ("create-replacement", "delete-replaced", "read", "read-replacement", "discard", "discard-replaced")
_QUIET = ("diff", "remove-pending-replace", "extend-parameterize")


@dataclass
class _Step:
    op: str
    urn: str
    before: Registration | None
    after: Registration | None
    raw: Mapping[str, Any]
    where: str
    delete_first: bool | None = None


def read_preview(path: Path) -> dict[str, Any]:
    """The document in a file. Raises ``UserError`` where it can't be read or is no JSON table."""
    where = str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError(where, "no such file", EXPECTED) from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(where, getattr(error, "strerror", None) or "no UTF-8 text", EXPECTED) from None
    if not text.strip():
        raise UserError(where, "an empty file", EXPECTED)
    try:
        document = json.loads(text)
    except RecursionError:
        raise UserError(where, "mappings nested too deeply", EXPECTED) from None
    except json.JSONDecodeError as error:
        if '"sequence"' in text.partition("\n")[0]:
            todo = "Unset PULUMI_ENABLE_STREAMING_JSON_PREVIEW."
            raise UserError(where, "a stream of engine events", EXPECTED, todo) from None
        raise UserError(f"{where}:{error.lineno}", f"no JSON ({error.msg})", EXPECTED) from None
    if not isinstance(document, dict):
        raise UserError(where, "no mapping", EXPECTED)
    return document


def from_preview(document: dict[str, Any], where: str) -> tuple[Plan, Plan, list[ResourceChange]]:
    """What is deployed, what the program asks for, and the changes between, as the engine previews them.

    ``where`` names the document in errors. Resources that the preview leaves out are in the head's ``opaque``. Raises
    ``UserError`` for anything but the whole document of a preview that ended well.
    """
    try:
        return _from_preview(document, where)
    except RecursionError:
        raise UserError(where, "mappings nested too deeply", EXPECTED) from None


def _from_preview(document: dict[str, Any], where: str) -> tuple[Plan, Plan, list[ResourceChange]]:
    _refuse_foreign(document, where)
    region = str(typed(document, "config", dict, where).get("aws:region", ""))
    found, refreshed, opaque, exports = _steps(document, where)
    same = sum(step.op == "same" for step in found)
    stated = typed(document, "changeSummary", dict, where)
    _refuse_partial(found, stated, where)
    left_out = stated.get("same", 0) - same
    if left_out > 0:
        what = f"{left_out} that the preview leaves out as unchanged; made with --show-sames it has them"
        opaque.append(Opaque("unchanged resources", what))
    program_steps = [step for step in found if step.urn.split("::")[2] != STACK_TYPE]
    base = [step.before for step in program_steps if step.before]
    head = [step.after for step in program_steps if step.after]
    known = {r.urn: r for r in (*base, *head)}
    changes = [change for step in program_steps if (change := _change(step, refreshed, known))]
    return (Plan(base, exports[0], region=region), Plan(head, exports[1], opaque, region), changes)


def _refuse_foreign(document: dict[str, Any], where: str) -> None:
    if not isinstance(document, dict):
        raise UserError(where, "no mapping", EXPECTED)
    if "resource_changes" in document or "terraform_version" in document:
        raise UserError(where, "Terraform's plan", EXPECTED)
    if "deployment" in document:
        raise UserError(where, "an exported stack", EXPECTED)
    if "sequence" in document:
        todo = "Unset PULUMI_ENABLE_STREAMING_JSON_PREVIEW."
        raise UserError(where, "an engine event", EXPECTED, todo)
    for diagnostic in typed(document, "diagnostics", list, where):
        if isinstance(diagnostic, dict) and diagnostic.get("severity") == "error":
            message = " ".join(
                str(diagnostic.get("message", "")).removeprefix("error: ").partition("Traceback")[0].split()
            )
            todo = "Preview with --ignore-protect." if "protected" in message else ""
            raise UserError(where, f"a preview that failed ({message[:300]})", "one that ended well", todo)
    if "steps" not in document and "changeSummary" not in document:
        raise UserError(where, "neither steps nor a changeSummary", EXPECTED)
    if "changeSummary" not in document:
        raise UserError(where, "no changeSummary", "a preview that ended", "This one was interrupted.")


def _refuse_partial(found: list[_Step], stated: Mapping[str, Any], where: str) -> None:
    """The engine's own count is held against what is there."""
    for op in ("create", "update", "delete", "replace"):
        count, present = stated.get(op, 0), sum(step.op == op for step in found)
        if not isinstance(count, int) or isinstance(count, bool):
            raise UserError(f"{where}: changeSummary.{op}", repr(count)[:60], "a number")
        if present < count:
            raise UserError(f"{where}: steps", f"{present} of kind {op!r}", f"{count}, as its changeSummary says")
    if not isinstance(stated.get("same", 0), int):
        raise UserError(f"{where}: changeSummary.same", repr(stated["same"])[:60], "a number")


def _steps(
    document: dict[str, Any], where: str
) -> tuple[list[_Step], dict[str, Registration], list[Opaque], tuple[dict[str, Any], dict[str, Any]]]:
    """Steps of the program's own, one for each resource; what a refresh found before; what can't be read; exports."""
    found: dict[str, _Step] = {}
    refreshed: dict[str, Registration] = {}
    opaque: list[Opaque] = []
    exports: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    for place, raw in enumerate(typed(document, "steps", list, where)):
        here = f"{where}: steps[{place}]"
        if not isinstance(raw, dict):
            raise UserError(here, repr(raw)[:60], "a mapping")
        op, urn = typed(raw, "op", str, here), urn_in(raw, here)
        if op in _ASIDE or op in _QUIET:
            continue
        old, new = (typed(raw, key, dict, here) for key in ("oldState", "newState"))
        before = registration(old, f"{here}.oldState") if old else None
        after = registration(new, f"{here}.newState") if new else None
        if op == "refresh":
            if before:
                refreshed[urn] = before
            continue
        if op not in _KINDS and op != "same":
            opaque.append(Opaque("step of an unknown kind", f"{op or 'nothing'} {urn}"))
            continue
        if urn.split("::")[2] == STACK_TYPE:
            exports = (_outputs(old, here), _outputs(new, here))
        if (earlier := found.pop(urn, None)) and earlier.before:
            # A refresh that found something else is told as a step of its own, before the program's.
            refreshed.setdefault(urn, earlier.before)
        _demand(op, before, after, here)
        found[urn] = _Step(op, urn, None if op in ("create", "import") else before, after, raw, here)
    _order(document["steps"] if found else [], found)
    return list(found.values()), refreshed, opaque, exports


def _order(steps: list[dict[str, Any]], found: Mapping[str, _Step]) -> None:
    """Note which half of a replacement comes first."""
    for raw in steps:
        step = found.get(str(raw.get("urn")))
        if step and step.op == "replace" and raw.get("op") in _HALVES and step.delete_first is None:
            step.delete_first = raw["op"] == _HALVES[1]


def _demand(op: str, before: Registration | None, after: Registration | None, here: str) -> None:
    """Raises ``UserError`` where a step lacks the state that it is about."""
    if before is None and op not in ("create", "import"):
        raise UserError(f"{here}.oldState", "nothing", f"the resource's state, as {op!r} has one")
    if after is None and op != "delete":
        raise UserError(f"{here}.newState", "nothing", f"the resource's state, as {op!r} has one")


def _outputs(state: dict[str, Any], here: str) -> dict[str, Any]:
    outputs: dict[str, Any] = plain(typed(state, "outputs", dict, here), "", set())
    return outputs


def _change(step: _Step, refreshed: Mapping[str, Registration], known: Mapping[str, Registration]) -> Any:
    before, after = step.before, step.after
    subject = after or before
    if subject is None or not subject.custom:
        # Components are nothing in the cloud; their children are told.
        return None
    moved = _moved(before, after)
    component = _component(subject, known)
    if step.op == "same":
        return ResourceChange(ChangeKind.MOVE, before, after, (), component, moved) if moved else None
    kind = _KINDS[step.op]
    leaves = before if kind in (ChangeKind.DELETE, ChangeKind.REPLACE) else None
    properties = _properties(step, kind)
    return ResourceChange(
        kind,
        before,
        None if kind is ChangeKind.DELETE else after,
        properties,
        component,
        "; ".join(filter(None, (moved, _reason(step, kind, properties, refreshed)))),
        delete_first=step.delete_first,
        retained=bool(leaves and leaves.retain_on_delete),
        protected=bool(leaves and leaves.protect and (kind is ChangeKind.DELETE or not after or after.protect)),
    )


def _moved(before: Registration | None, after: Registration | None) -> str:
    if before is None or after is None or before.urn == after.urn:
        return ""
    return moved_from(before, after)


def _reason(
    step: _Step, kind: ChangeKind, properties: tuple[PropertyChange, ...], refreshed: Mapping[str, Registration]
) -> str:
    if step.op.startswith("import"):
        return f"it exists already and is imported ({step.after.import_id if step.after else ''})"
    was = refreshed.get(step.before.urn if step.before else step.urn)
    if was and (step.before is None or step.before.inputs != was.inputs):
        return "it was deleted outside of the program" if step.before is None else "changed outside of the program"
    if kind is ChangeKind.REPLACE and not any(p.replaces for p in properties):
        return "its provider is another" if "provider" in _keys(step, "replaceReasons") else "the engine replaces it"
    return ""


def _keys(step: _Step, key: str) -> list[str]:
    return [str(item) for item in typed(step.raw, key, list, step.where)]


def _properties(step: _Step, kind: ChangeKind) -> tuple[PropertyChange, ...]:
    if kind is ChangeKind.CREATE and step.after:
        hidden = {str(steps(path)[0]) for path in step.after.secrets if path}
        given = {key: value for key, value in step.after.inputs.items() if value is not None}
        return tuple(PropertyChange(key, ABSENT, value, key in hidden) for key, value in given.items())
    if kind is ChangeKind.DELETE:
        return ()
    detailed = typed(step.raw, "detailedDiff", dict, step.where)
    chosen = set(_keys(step, "replaceReasons"))
    paths = dict(detailed) or {key: {} for key in _keys(step, "diffReasons")}
    found = []
    for path, about in paths.items():
        about = about if isinstance(about, dict) else {}
        first = (steps(path) or [path])[0]
        before = _value(step, "oldState", path, outputs_first=about.get("inputDiff") is False)
        after = _value(step, "newState", path, outputs_first=False)
        # With a detailed answer its own marks tell which path replaces; the keys name only the property.
        replaces = str(about.get("kind", "")).endswith("-replace") if about else first in chosen
        secret = HIDDEN in (before, after)
        found.append(PropertyChange(path, before, after, secret, replaces))
    marked = any(p.replaces for p in found)
    if not marked and chosen:
        found = [replace(p, replaces=(steps(p.path) or [p.path])[0] in chosen) for p in found]
    # What providers compute of their inputs (`tagsAll`) is told beside them, and says nothing more.
    stated = {*(step.before.inputs if step.before else ()), *(step.after.inputs if step.after else ())}
    stated_changes = [p for p in found if p.replaces or (steps(p.path) or [p.path])[0] in stated]
    return tuple(stated_changes or found)


def _value(step: _Step, state: str, path: str, *, outputs_first: bool) -> Any:
    table = step.raw.get(state) or {}
    order = ("outputs", "inputs") if outputs_first else ("inputs", "outputs")
    for side in order:
        value = at(table.get(side) or {}, path, ABSENT)
        if value is not ABSENT and value is not None:
            return plain(value, "", set())
    return ABSENT


def _component(about: Registration | None, known: Mapping[str, Registration]) -> str:
    """URN of the outermost component above, as far as the preview shows it."""
    top, seen = "", set()
    while about and about.parent and about.urn not in seen and about.parent.split("::")[2] != STACK_TYPE:
        seen.add(about.urn)
        parent = known.get(about.parent)
        if parent is None or not parent.custom:
            top = about.parent
        about = parent
    return top
