"""The policies' findings as SARIF 2.1.0, which code-scanning pages of forges read.

Written after the OASIS standard, https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.
"""

from __future__ import annotations

import hashlib
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aistacks_policies import Rule, rules

from ..findings import PolicyFinding, Severity, Verdict
from ..review import Review
from .masking import masked
from .verdict import conclusion, headline, threshold

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_LEVELS = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note"}
# GitHub sorts findings by a score like CVSS's: above 9, 7 and 4 they are critical, high and medium.
_SCORES = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "2.0"}
_LONGEST = 1000


def sarif(reviews: list[Review], root: Path) -> dict[str, Any]:
    """A run for each environment, JSON-ready. Files are told relative to ``root``; one outside it isn't told.

    What can't be told before deployment is an ``open`` result without a level, what is waived a suppressed one.
    """
    reviews = [masked(review) for review in reviews]
    said = headline(reviews)
    verdict = {"verdict": _plain(" ".join(filter(None, (said.text, said.why))))}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "properties": verdict,
        "runs": [_run(review, root.resolve()) for review in reviews],
    }


def _run(review: Review, root: Path) -> dict[str, Any]:
    known = rules()
    index = {id_: i for i, id_ in enumerate(known)}
    said = conclusion(review)
    return {
        "tool": {
            "driver": {
                "name": "aistacks",
                "semanticVersion": metadata.version("aistacks"),
                "rules": [_rule(rule) for rule in known.values()],
            }
        },
        "automationDetails": {
            "id": f"aistacks/{review.project}/{review.environment}",
            "description": {"text": _plain(f"{said.text}. {said.why}".strip())},
        },
        "properties": {"verdict": said.text, "threshold": threshold(review)},
        "columnKind": "utf16CodeUnits",
        "invocations": [_invocation(review)],
        "results": [_result(finding, index, review, root) for finding in review.policies],
    }


def _invocation(review: Review) -> dict[str, Any]:
    if not review.error and not review.base_error:
        return {"executionSuccessful": True}
    notification = {
        "level": "error",
        "message": {"text": _plain(review.error or f"Can't be compared: {review.base_error}")},
    }
    return {"executionSuccessful": False, "toolExecutionNotifications": [notification]}


def _rule(rule: Rule) -> dict[str, Any]:
    severity = Severity(rule.severity)
    sources = f" Also known as {', '.join(rule.sources)}." if rule.sources else ""
    return {
        "id": rule.id,
        "shortDescription": {"text": f"{rule.title}."},
        "fullDescription": {"text": rule.description},
        "help": {
            "text": f"{rule.description}{sources} What to do: {rule.fix}",
            "markdown": f"{rule.description}{sources}\n\n**What to do:** {rule.fix}",
        },
        "defaultConfiguration": {"level": _LEVELS[severity]},
        "properties": {"tags": ["security", *rule.sources], "security-severity": _SCORES[severity]},
    }


def _result(finding: PolicyFinding, index: dict[str, int], review: Review, root: Path) -> dict[str, Any]:
    fails = finding.verdict is Verdict.FAIL
    name = finding.urn.rsplit("::", 1)[-1]
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "kind": "fail" if fails else "open",
        "level": _LEVELS[finding.severity] if fails else "none",
        "message": {"text": _plain(f"{name}: {finding.message}. {finding.fix}{_argument(finding)}")},
        "locations": [_location(finding, root)],
        # Not by line: a finding stays the same one when the code above it grows.
        "partialFingerprints": {"aistacks/v1": _fingerprint(finding)},
        "properties": {"urn": finding.urn, "environment": review.environment},
    }
    if finding.rule in index:
        result["ruleIndex"] = index[finding.rule]
    if review.base is not None:
        result["baselineState"] = "new" if finding.new else "unchanged"
    if finding.waiver:
        waiver = finding.waiver
        reason = _plain(f"{waiver.owner}, until {waiver.expires}: {waiver.reason}")
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": reason}]
    return result


def _argument(finding: PolicyFinding) -> str:
    return f" Given by {finding.argument}." if finding.argument else ""


def _location(finding: PolicyFinding, root: Path) -> dict[str, Any]:
    name = finding.urn.rsplit("::", 1)[-1]
    location: dict[str, Any] = {
        "logicalLocations": [{"name": name, "fullyQualifiedName": finding.urn, "kind": "resource"}]
    }
    uri = _relative(finding.file, root)
    if uri:
        physical: dict[str, Any] = {"artifactLocation": {"uri": uri, "uriBaseId": _ROOT}}
        if finding.line > 0:
            physical["region"] = {"startLine": finding.line}
        location["physicalLocation"] = physical
    return location


def _relative(file: str, root: Path) -> str:
    """``file`` as a URI relative to ``root``; empty where it isn't below it, also behind a link."""
    if not file:
        return ""
    try:
        path = (root / file).resolve().relative_to(root)
    except (ValueError, OSError, RuntimeError):
        return ""
    return quote(path.as_posix()) if path.parts else ""


def _fingerprint(finding: PolicyFinding) -> str:
    return hashlib.sha256(f"{finding.rule}\n{finding.urn}".encode()).hexdigest()


def _plain(text: str) -> str:
    """One line, and none of a bracket before a parenthesis, which a viewer would take for a link."""
    line = " ".join(text.replace("](", "] (").split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
