"""Lists a store's models, as a table or as JSON."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from rich.table import Table

from aistacks_core import console
from aistacks_core.errors import UserError
from aistacks_core.project import Project

from .. import store
from ..manifest import FILE, Manifest
from ..store import Entry, Published
from .environment_file import EnvironmentFile
from .stores import ModelStore


def list_models(model_store: ModelStore, project: Project | None, *, model: str = "", as_json: bool = False) -> None:
    """Print every model of the store, newest first."""
    found = store.entries(model_store.bucket, model)
    with ThreadPoolExecutor(8) as pool:
        manifests = list(pool.map(lambda entry: _manifest(model_store, entry), found))
    users = _users(project)
    rows = [_row(entry, manifest, users) for entry, manifest in zip(found, manifests, strict=True)]
    if as_json:
        console.out.print_json(json.dumps({"store": model_store.bucket.where, "models": rows}))
        return
    if not rows:
        console.out.print(f"{model_store.where} is empty.", markup=False, soft_wrap=True)
        return
    table = Table(title=model_store.where, title_justify="left", box=None, pad_edge=False)
    right = ("MB", "p50 ms")
    for column in ("model", "published", "MB", "variant", "quality", "p50 ms", "signed", "named by"):
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        table.add_row(
            f"{row['model']}@{row['digest'][:12]}",
            (row["published"] or "incomplete")[:16].replace("T", " "),
            f"{row['bytes'] / 1e6:.1f}",
            row.get("variant", "[red]unverified[/]"),
            row.get("quality", ""),
            f"{row['p50_ms']:.3g}" if "p50_ms" in row else "",
            "yes" if row["signed"] else "",
            ", ".join(row["named_by"]),
        )
    console.out.print(table)


def show(model_store: ModelStore, project: Project | None, reference: str, *, as_json: bool = False) -> None:
    """Print the manifest of one model; only its checksums file and manifest are verified."""
    model, prefix = store.reference(reference)
    entry = store.find(model_store.bucket, model, prefix)
    published = Published.open(model_store.bucket, model, entry.digest)
    manifest = published.verified()
    signature = published.signature()
    row = {**_row(entry, manifest, _users(project)), "signed_by": signature.key if signature else None}
    if as_json:
        console.out.print_json(json.dumps({**row, "manifest": manifest.model_dump(mode="json")}))
        return
    measured, quality = manifest.latency, manifest.quality
    console.out.print(f"[bold]{model}@{entry.digest}[/]  {manifest.task}, {manifest.licence}", soft_wrap=True)
    facts = Table(box=None, pad_edge=False, show_header=False)
    facts.add_column(style="dim")
    facts.add_column(overflow="fold")
    facts.add_row("store", model_store.where)
    facts.add_row("published", f"{row['published']}, {entry.objects} objects, {entry.bytes / 1e6:.1f} MB")
    facts.add_row("signed by", signature.key if signature else "nobody")
    facts.add_row("named by", ", ".join(row["named_by"]) or "no environment")
    facts.add_row("variant", f"{manifest.variant.name} ({manifest.variant.runtime})")
    for label, interval in (("quality", quality.variant), ("  reference", quality.reference)):
        facts.add_row(label, f"{quality.metric} {interval.value:.4f} ({interval.low:.4f} to {interval.high:.4f})")
    for label, latency in (("latency", measured.variant), ("  reference", measured.reference)):
        facts.add_row(label, f"p50 {latency.p50_ms:.3g} ms, p99 {latency.p99_ms:.3g} ms on {latency.threads} thread(s)")
    facts.add_row("size", f"{manifest.size.variant / 1e6:.2f} MB of {manifest.size.reference / 1e6:.2f} MB")
    facts.add_row("data", f"{manifest.lineage.data.source} ({manifest.lineage.data.licence})")
    facts.add_row("made of", ", ".join(manifest.lineage.parents) or f"code {manifest.lineage.code[:12]}")
    console.out.print(facts)
    gates = Table(title="Gates", title_justify="left", box=None, pad_edge=False)
    for column in ("gate", "verdict", "got", "bound"):
        gates.add_column(column)
    for gate in manifest.gates:
        gates.add_row(gate.name, gate.verdict, _value(gate.got), _value(gate.bound))
    console.out.print(gates)


def _manifest(model_store: ModelStore, entry: Entry) -> Manifest | None:
    """The manifest in the store, unverified. ``None`` for an invalid one."""
    if entry.published is None:
        return None
    key = model_store.bucket.home(entry.model, entry.digest) + FILE
    try:
        manifest = Manifest.parse(model_store.bucket.read(key), key)
    except UserError:
        return None
    return manifest if manifest.verified else None


def _row(entry: Entry, manifest: Manifest | None, users: dict[str, list[str]]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "model": entry.model,
        "digest": entry.digest,
        "published": entry.published.isoformat(timespec="seconds") if entry.published else None,
        "bytes": entry.bytes,
        "objects": entry.objects,
        "signed": entry.signed,
        "verified": manifest is not None,
        "named_by": users.get(entry.digest, []),
    }
    if manifest:
        quality = manifest.quality
        row["variant"] = manifest.variant.name
        row["quality"] = f"{quality.metric} {quality.variant.value:.4f}"
        row["p50_ms"] = manifest.latency.variant.p50_ms
        row["licence"] = manifest.licence
    return row


def _users(project: Project | None) -> dict[str, list[str]]:
    """Digest → ``environment/service``. Invalid files are skipped, as listing changes nothing."""
    found: dict[str, list[str]] = {}
    for environment in project.stacks() if project else []:
        try:
            services = EnvironmentFile.read(project, environment).services if project else ()
        except UserError:
            continue
        for service in services:
            found.setdefault(service.digest, []).append(f"{environment}/{service.name}")
    return found


def _value(value: float | bool | None) -> str:
    if value is None:
        return ""
    return ("yes" if value else "no") if isinstance(value, bool) else f"{value + 0.0:.4g}"
