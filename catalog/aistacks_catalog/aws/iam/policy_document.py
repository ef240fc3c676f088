"""IAM policy documents written from statements, as ``aws.iam.getPolicyDocument`` writes them."""

from __future__ import annotations

import json
import zlib
from typing import Any

from aistacks_core.property_values import Props


class PolicyDocumentError(ValueError):
    """Arguments of which no document can be made."""


def policy_document(args: Props) -> Props:
    """The function's answer, byte for byte Terraform's. Raises ``PolicyDocumentError``."""
    version = args.get("version") or "2012-10-17"
    merged: Props = {"Version": version}
    statements: list[Props] = []
    for text in args.get("sourcePolicyDocuments") or []:
        document = _parsed(text, "sourcePolicyDocuments")
        statements += _listed(document.get("Statement"))
        merged |= {key: document[key] for key in ("Id",) if key in document}
    _refuse_twins(statements, "sourcePolicyDocuments")
    own = [_statement(item, version) for item in args.get("statements") or []]
    _refuse_twins(own, "statements")
    statements = _override(statements, own)
    for text in args.get("overridePolicyDocuments") or []:
        document = _parsed(text, "overridePolicyDocuments")
        statements = _override(statements, _listed(document.get("Statement")))
        merged |= {key: document[key] for key in ("Id",) if key in document}
    if args.get("policyId"):
        merged["Id"] = args["policyId"]
    if statements:
        merged["Statement"] = statements
    written = _written(merged, indent=2)
    return {
        **args,
        "version": version,
        "json": written,
        "minifiedJson": _written(merged, separators=(",", ":")),
        "id": str(zlib.crc32(written.encode())),
    }


def _written(document: Props, **how: Any) -> str:
    """JSON as Go writes it: what means something in HTML is escaped."""
    text = json.dumps(document, ensure_ascii=False, **how)
    for sign in "&<>\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _parsed(text: str, where: str) -> Props:
    try:
        document = json.loads(text) if text else {}
    except ValueError as error:
        raise PolicyDocumentError(f"getPolicyDocument: {where}: not JSON: {error}") from error
    return document if isinstance(document, dict) else {}


def _listed(statements: Any) -> list[Props]:
    return [statements] if isinstance(statements, dict) else list(statements or [])


def _refuse_twins(statements: list[Props], where: str) -> None:
    sids = [item["Sid"] for item in statements if item.get("Sid")]
    twin = next((sid for sid in sids if sids.count(sid) > 1), None)
    if twin is not None:
        raise PolicyDocumentError(f"getPolicyDocument: {where}: duplicate Sid ({twin})")


def _override(base: list[Props], over: list[Props]) -> list[Props]:
    merged = list(base)
    for statement in over:
        place = next(
            (i for i, item in enumerate(merged) if item.get("Sid") and item["Sid"] == statement.get("Sid")), None
        )
        if place is None:
            merged.append(statement)
        else:
            merged[place] = statement
    return merged


def _statement(item: Props, version: str) -> Props:
    statement: Props = {}
    if item.get("sid"):
        statement["Sid"] = item["sid"]
    statement["Effect"] = item.get("effect") or "Allow"
    for source, target in (
        ("actions", "Action"),
        ("notActions", "NotAction"),
        ("resources", "Resource"),
        ("notResources", "NotResource"),
    ):
        if item.get(source):
            statement[target] = _one_or_many([_variables(text, version) for text in item[source]])
    for source, target in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if item.get(source):
            statement[target] = _principals(item[source], version)
    if item.get("conditions"):
        statement["Condition"] = _conditions(item["conditions"], version)
    return statement


def _variables(text: str, version: str) -> str:
    # ``&{aws:username}`` is how a document writes a variable that a template language would take.
    return text if version == "2008-10-17" else text.replace("&{", "${")


def _one_or_many(values: list[str]) -> Any:
    return values[0] if len(values) == 1 else sorted(values, reverse=True)


def _principals(principals: list[Props], version: str) -> Any:
    found: dict[str, list[str]] = {}
    for principal in principals:
        names = [_variables(text, version) for text in principal.get("identifiers") or []]
        found.setdefault(principal["type"], []).extend(names)
    if found == {"*": ["*"]}:
        return "*"
    return {kind: _one_or_many(sorted(set(names))) for kind, names in sorted(found.items())}


def _conditions(conditions: list[Props], version: str) -> Props:
    found: dict[str, dict[str, list[str]]] = {}
    for item in conditions:
        variables = found.setdefault(item["test"], {})
        values = [_variables(str(text), version) for text in item.get("values") or []]
        variables.setdefault(item["variable"], []).extend(values)
    return {
        test: {name: values[0] if len(values) == 1 else values for name, values in sorted(variables.items())}
        for test, variables in sorted(found.items())
    }
