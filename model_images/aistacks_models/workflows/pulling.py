"""Pulls a published model, and verifies one in its store."""

from __future__ import annotations

from pathlib import Path

from aistacks_core import console

from .. import store
from ..store import Published
from .promotion import verified_manifest
from .publishing import progress
from .stores import ModelStore


def pull(model_store: ModelStore, reference: str, to: Path | None = None) -> Path:
    """Pull a model into ``to`` (default: a folder of its name in the current one), and print the path."""
    model, prefix = store.reference(reference)
    entry = store.find(model_store.bucket, model, prefix)
    folder = to or Path(model)
    with console.phase(f"Pulling {entry.short} from {model_store.where}") as show:
        report = progress(show, entry.bytes)
        store.pull(model_store.bucket, model, entry.digest, folder, trust=model_store.trust, report=report)
    console.out.print(f"{model}@{entry.digest}  {folder}", markup=False, soft_wrap=True)
    return folder


def verify(model_store: ModelStore, reference: str, *, read: bool) -> None:
    """Check a published model's digest, manifest, gates and signature, and print the result."""
    model, prefix = store.reference(reference)
    entry = store.find(model_store.bucket, model, prefix)
    published = Published.open(model_store.bucket, model, entry.digest)
    manifest = verified_manifest(published, model_store)
    with console.phase(f"Verifying {entry.short} in {model_store.where}") as show:
        published.verify_objects(read=read, report=progress(show, entry.bytes))
    passed = sum(gate.verdict == "pass" for gate in manifest.gates)
    signed = "signed by a trusted key" if model_store.trust else "no signature required"
    how = "every byte read" if read else "by the store's checksums"
    text = f"{model}@{entry.digest} is intact ({how}); {passed} gates passed; {signed}"
    console.out.print(text, markup=False, soft_wrap=True)
