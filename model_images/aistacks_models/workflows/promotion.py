"""Promotion from one environment to the next: copies the package by digest, then edits the target's file."""

from __future__ import annotations

from dataclasses import dataclass

from aistacks_core import console
from aistacks_core.errors import UserError
from aistacks_core.project import Project

from .. import store
from ..manifest import Manifest
from ..store import Published
from .environment_file import EnvironmentFile, Service
from .publishing import progress
from .stores import ModelStore, SandboxStores, store_of_environment


@dataclass(frozen=True)
class Change:
    """An edit of ``file``: the services ``before``, their new ``digests`` (service → digest), and the new ``text``."""

    file: EnvironmentFile
    before: tuple[Service, ...]
    digests: dict[str, str]
    text: str

    @classmethod
    def of(cls, file: EnvironmentFile, before: tuple[Service, ...], digests: dict[str, str]) -> Change:
        """The edit. Raises as `EnvironmentFile.with_digests` does."""
        return cls(file, before, digests, file.with_digests(digests))

    @property
    def needed(self) -> bool:
        """Whether anything in the file differs."""
        return self.text != self.file.text

    def show(self) -> None:
        """Print a line for each service."""
        for service in self.before:
            was, now = service.digest[:12] or "nothing", self.digests[service.name][:12]
            change = f"{was} → {now}" if service.digest != self.digests[service.name] else f"{now}, as before"
            console.out.print(f"{self.file.path.name}: {service.name}: {change}", markup=False, soft_wrap=True)


def promote(
    project: Project,
    reference: str,
    source: str,
    target: str,
    *,
    sandbox_stores: SandboxStores,
    service: str = "",
    dry_run: bool = False,
) -> None:
    """Copy a model from ``source``'s store to ``target``'s, and name it in ``target``'s file.

    ``reference``: NAME, which means the digest that ``source``'s file names, or NAME@DIGEST. ``service``: only this
    one of ``target``; default: each that serves the model. Raises `UserError` for a model that isn't intact, verified,
    and signed as both require; nothing is changed then.
    """
    if source == target:
        raise UserError("--to", f"{target!r}, the same as --from", "another environment")
    model, prefix = store.reference(reference)
    there, here = (
        store_of_environment(project, source, sandbox_stores),
        store_of_environment(project, target, sandbox_stores),
    )
    digest = store.find(there.bucket, model, prefix).digest if prefix else _configured_digest(project, source, model)
    file = EnvironmentFile.read(project, target)
    services = file.of_model(model, service)
    change = Change.of(file, services, {each.name: digest for each in services})
    published = Published.open(there.bucket, model, digest)
    verified_manifest(published, there, here)
    if dry_run:
        published.verify_objects(read=False)
        console.out.print(f"{there.where} → {here.where}: {model}@{digest}", markup=False, soft_wrap=True)
        change.show()
        return
    with console.phase(f"Copying {model}@{digest[:12]} from {source} to {target}") as show:
        copied = store.copy(published, here.bucket, report=progress(show, published.size))
        arrived = Published.open(here.bucket, model, digest)
        verified_manifest(arrived, here)
    console.note(f"{copied} objects copied, every checksum verified")
    change.file.write(change.text)
    change.show()
    if change.needed:
        console.note(f"review {file.path.name} in a pull request; `pulumi up -s {target}` deploys it")


def verified_manifest(published: Published, *stores: ModelStore) -> Manifest:
    """The manifest of a verified model. Raises `UserError` unless it is signed as each of ``stores`` requires."""
    for model_store in stores:
        published.require_signature(model_store.trust)
    return published.verified()


def _configured_digest(project: Project, environment: str, model: str) -> str:
    file = EnvironmentFile.read(project, environment)
    digests = {each.digest for each in file.of_model(model)} - {""}
    if len(digests) != 1:
        got = ", ".join(sorted(each[:12] for each in digests)) or "no digest"
        raise UserError(f"{file.path}: {model}", got, "one digest", f"Say which: {model}@DIGEST.")
    return digests.pop()
