"""Bringing a published model here, and proving one where it is."""

from __future__ import annotations

from pathlib import Path

from aistacks_core import console

from .. import store
from ..store import Published
from .promotion import allowed
from .publishing import progress
from .stores import Place


def fetch(place: Place, reference: str, to: Path | None = None) -> Path:
    """Pull a model into ``to`` (default: a folder of its name here), and print where it lies."""
    model, prefix = store.reference(reference)
    entry = store.find(place.bucket, model, prefix)
    folder = to or Path(model)
    with console.phase(f"Pulling {entry.short} from {place.where}") as show:
        report = progress(show, entry.bytes)
        store.pull(place.bucket, model, entry.digest, folder, trust=place.trust, report=report)
    console.out.print(f"{model}@{entry.digest}  {folder}", markup=False, soft_wrap=True)
    return folder


def prove(place: Place, reference: str, *, read: bool) -> None:
    """Hold a published model against all that it must be, and say so."""
    model, prefix = store.reference(reference)
    entry = store.find(place.bucket, model, prefix)
    published = Published.open(place.bucket, model, entry.digest)
    manifest = allowed(published, place)
    with console.phase(f"Verifying {entry.short} in {place.where}") as show:
        published.prove(read=read, report=progress(show, entry.bytes))
    passed = sum(gate.verdict == "pass" for gate in manifest.gates)
    signed = "signed by a trusted key" if place.trust else "no signature asked for"
    how = "every byte read" if read else "by the store's checksums"
    text = f"{model}@{entry.digest} is whole ({how}); {passed} gates passed; {signed}"
    console.out.print(text, markup=False, soft_wrap=True)
