"""Lake Formation: principals, which are objects to AWS and ARNs to Pulumi, and what a grant is about."""

from __future__ import annotations

from typing import Any

from aistacks_core.property_values import Props

from ..handler import Handler

_PRINCIPALS = {"admins": "DataLakeAdmins", "readOnlyAdmins": "ReadOnlyAdmins"}
_DEFAULTS = {
    "createDatabaseDefaultPermissions": "CreateDatabaseDefaultPermissions",
    "createTableDefaultPermissions": "CreateTableDefaultPermissions",
}


def _principal(arn: Any) -> Props:
    return {"dataLakePrincipalIdentifier": arn}


def _arn(principal: Props) -> Any:
    return principal.get("DataLakePrincipalIdentifier")


class DataLakeSettings(Handler):
    """The settings of an account in one region."""

    def prepared(self, inputs: Props) -> Props:
        """ARNs as principals."""
        sent = {**inputs}
        for name in _PRINCIPALS:
            if inputs.get(name) is not None:
                sent[name] = [_principal(arn) for arn in inputs[name]]
        for name in _DEFAULTS:
            if inputs.get(name) is not None:
                sent[name] = [{**each, "principal": _principal(each.get("principal"))} for each in inputs[name]]
        return sent

    def answered(self, answer: Props, inputs: Props) -> Props:  # noqa: ARG002
        """Principals as ARNs."""
        shown = {**answer}
        for member in _PRINCIPALS.values():
            shown[member] = [_arn(each) for each in answer.get(member) or []]
        for member in _DEFAULTS.values():
            shown[member] = [
                {"permissions": each.get("Permissions", []), "principal": _arn(each.get("Principal", {}))}
                for each in answer.get(member) or []
            ]
        return shown


class Permissions(Handler):
    """A grant of one principal on one thing."""

    def prepared(self, inputs: Props) -> Props:
        """Wildcards and locations in AWS's form."""
        sent = {name: value for name, value in inputs.items() if name != "catalogResource"}
        if inputs.get("catalogResource"):
            sent["catalog"] = {}
        for name, wildcard in (("table", "tableWildcard"), ("tableWithColumns", "columnWildcard")):
            if inputs.get(name):
                sent[name] = _wild(inputs[name], wildcard)
        if place := inputs.get("dataLocation"):
            sent["dataLocation"] = {("resourceArn" if key == "arn" else key): item for key, item in place.items()}
        return sent

    def unplaced(self, inputs: Props) -> list[str]:
        """What no call sends; the catalog goes under another name."""
        return [name for name in super().unplaced(inputs) if name != "catalogResource"]


def _wild(table: Props, wildcard: str) -> Props:
    sent = {key: item for key, item in table.items() if key not in ("wildcard", "excludedColumnNames")}
    excluded = table.get("excludedColumnNames") or []
    if table.get("wildcard") or excluded:
        sent[wildcard] = {"excludedColumnNames": excluded} if excluded else {}
    return sent
