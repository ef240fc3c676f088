"""Access to the lake's tables by Lake Formation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aistacks_core.snapshot import ABSENT, UNKNOWN, Registration
from aistacks_core.symbols import without_marks

from ..compare.changes import ChangeKind
from ..findings import Risk, RiskKind, Severity
from .access_phrases import joined
from .context import Context, risk
from .rule import rule
from .snapshot_index import SnapshotIndex

_KIND = RiskKind.ACCESS
_PERMISSIONS = "aws:lakeformation/permissions:Permissions"
_SETTINGS = "aws:lakeformation/dataLakeSettings:DataLakeSettings"
_ON = (
    "catalogResource",
    "dataCellsFilter",
    "dataLocation",
    "database",
    "lfTag",
    "lfTagPolicy",
    "table",
    "tableWithColumns",
)
_EVERYBODY = "IAM_ALLOWED_PRINCIPALS"
_READING = {"DESCRIBE", "SELECT"}


def _grants(ctx: Context, index: SnapshotIndex, *, base: bool) -> dict[tuple[str, str], dict[str, Registration]]:
    """Permissions (those to pass on with ``…, to pass on``) by principal and resource."""
    found: dict[tuple[str, str], dict[str, Registration]] = {}
    for registration in index.of(_PERMISSIONS):
        inputs = {k: ctx.under_head_names(v) if base else v for k, v in registration.inputs.items()}
        on = {k: inputs[k] for k in _ON if inputs.get(k) is not None}
        mine = found.setdefault((str(inputs.get("principal")), repr(on)), {})
        for key, suffix in (("permissions", ""), ("permissionsWithGrantOptions", ", to pass on")):
            names = inputs.get(key)
            for name in names if isinstance(names, list) else []:
                if isinstance(name, str):
                    mine[f"{name}{suffix}"] = registration
    return found


@rule(
    _KIND,
    Severity.HIGH,
    Severity.MEDIUM,
    Severity.LOW,
    when="Lake Formation grants a principal a permission that it didn't have: high for everybody who has IAM "
    "permissions (IAM_ALLOWED_PRINCIPALS) and for permissions to pass on, medium for changing data, low for "
    "reading it.",
)
def lake_permission_granted(ctx: Context) -> Iterable[Risk]:
    """Somebody may read or change more of the lake."""
    if ctx.base is None or not ctx.touched([_PERMISSIONS]):
        return
    before = _grants(ctx, ctx.base, base=True)
    for (principal, on), now in _grants(ctx, ctx.head, base=False).items():
        was = before.get((principal, on), {})
        if "ALL" in was:
            was = {**now, "ALL": was["ALL"]} if "ALL, to pass on" in was else {**was, **_plain(now)}
        more = [name for name in now if name not in was]
        if not more:
            continue
        registration = now[more[0]]
        passing = any(", to pass on" in name for name in more)
        reading = all(name in _READING for name in more)
        severity = Severity.HIGH if passing or _EVERYBODY in principal else Severity.LOW if reading else Severity.MEDIUM
        everybody = "Everybody with IAM permissions" if _EVERYBODY in principal else ""
        who = everybody or without_marks(principal.rpartition(":")[2])
        title = f"{who} gets {joined(sorted(more))} on {_place(registration)}."
        sure = registration.inputs.get("principal") is not UNKNOWN
        yield risk(_KIND, severity, registration, title, f"permissions: {joined(sorted(more))} added", certain=sure)


def _plain(grants: dict[str, Registration]) -> dict[str, Registration]:
    return {name: r for name, r in grants.items() if ", to pass on" not in name}


def _place(registration: Registration) -> str:
    for key in _ON:
        value = registration.inputs.get(key)
        if isinstance(value, dict):
            names = [
                without_marks(str(value[k]))
                for k in ("databaseName", "name", "arn", "key")
                if isinstance(value.get(k), str)
            ]
            return ".".join(names) or key
        if value is not None:
            return "the whole catalogue" if key == "catalogResource" else key
    return "the lake"


@rule(
    _KIND,
    Severity.HIGH,
    Severity.MEDIUM,
    when="The lake gets another administrator (high), or its defaults for new databases and tables, or its "
    "sharing with outside engines, change (medium).",
)
def lake_settings_loosened(ctx: Context) -> Iterable[Risk]:
    """The lake's settings let in more."""
    if ctx.new:
        return
    for change in ctx.of(_SETTINGS):
        before: dict[str, Any] = dict(change.before.inputs) if change.before else {}
        after: dict[str, Any] = dict(change.after.inputs) if change.after else {}
        if change.kind is ChangeKind.DELETE:
            title = "The lake's settings go; who administers it is whoever was set before."
            yield risk(_KIND, Severity.MEDIUM, change, title, "it is removed from the program", certain=False)
            continue
        admins = {repr(ctx.under_head_names(a)) for a in _as_list(before.get("admins"))}
        new = [a for a in _as_list(after.get("admins")) if repr(a) not in admins]
        if new:
            names = joined([a.rpartition(":")[2] if isinstance(a, str) else "somebody not known yet" for a in new])
            yield risk(_KIND, Severity.HIGH, change, f"{names} may administer the lake.", "admins grows")
        for key in ("createDatabaseDefaultPermissions", "createTableDefaultPermissions", "trustedResourceOwners"):
            grown = [x for x in _as_list(after.get(key)) if x not in _as_list(before.get(key))]
            if grown:
                title = "New databases, tables or shares of the lake are open to more by default."
                yield risk(_KIND, Severity.MEDIUM, change, title, f"{key} grows")
        for key in ("allowExternalDataFiltering", "allowFullTableExternalDataAccess"):
            if after.get(key) is True and before.get(key) is not True:
                title = "Engines outside of the lake's own may read its tables."
                yield risk(_KIND, Severity.MEDIUM, change, title, f"{key}: becomes true")


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None or value is ABSENT else [value]
