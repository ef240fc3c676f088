"""Helm releases, which the sandbox records and doesn't install: charts come from the network."""

from __future__ import annotations

from aistacks_core.property_values import Props, Unknown

from ..autoname import Naming, autoname
from ..failures import ProviderError
from ..provider import MARKER, NOT_EMULATED


def check(old: Props | None, new: Props, naming: Naming, namespace: str) -> Props:
    """``new`` with the release's name (``<logical name>-<8 hex digits>``) and namespace filled."""
    checked = dict(new)
    if checked.get("name") is None:
        checked["name"] = autoname(naming, (old or {}).get("name"), length=8)
    if checked.get("namespace") is None:
        checked["namespace"] = namespace
    return checked


def outputs(inputs: Props, revision: int = 1) -> Props:
    """The inputs, and the status that Helm would give to a release that went well."""
    chart = inputs.get("chart")
    version = inputs.get("version") or ""
    status = {
        "status": "deployed",
        "name": inputs["name"],
        "namespace": inputs["namespace"],
        "revision": revision,
        "chart": chart.rstrip("/").rsplit("/", 1)[-1] if isinstance(chart, str) else chart,
        "version": version,
        # Only the chart itself tells the version of what it installs.
        "appVersion": "",
    }
    return {**inputs, "version": version, "status": status, "resourceNames": {}, MARKER: NOT_EMULATED}


def release_id(inputs: Props) -> str:
    """``namespace/name``; empty as long as one of them isn't known."""
    parts = (inputs["namespace"], inputs["name"])
    return "" if any(isinstance(part, Unknown) for part in parts) else "/".join(parts)


def refuse_import() -> ProviderError:
    """What to say to who wants to adopt a release."""
    return ProviderError("Helm releases aren't emulated in the sandbox, so there is none to import or get")
