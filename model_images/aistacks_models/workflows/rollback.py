"""Rollback to the digest that an environment named before, if the store still has it intact."""

from __future__ import annotations

from aistacks_core import console
from aistacks_core.project import Project

from .. import store
from ..store import Published
from .environment_file import EnvironmentFile
from .git_history import previous
from .promotion import Change, verified_manifest
from .stores import SandboxStores, store_of_environment


def rollback(
    project: Project,
    reference: str,
    environment: str,
    *,
    sandbox_stores: SandboxStores,
    service: str = "",
    dry_run: bool = False,
) -> None:
    """Name the previous digest of a model in ``environment``'s file.

    ``reference``: NAME, for the last digest in git's history that differs from today's, or NAME@DIGEST. ``service``:
    only this one; default: each that serves the model. Raises `UserError` where there is no previous one, or the store
    doesn't have it intact, verified and signed as required; nothing is changed then.
    """
    model, prefix = store.reference(reference)
    model_store = store_of_environment(project, environment, sandbox_stores)
    file = EnvironmentFile.read(project, environment)
    services = file.of_model(model, service)
    if prefix:
        digest = store.find(model_store.bucket, model, prefix).digest
        digests = {each.name: digest for each in services}
    else:
        digests = {each.name: previous(file, each)[0] for each in services}
    change = Change.of(file, services, digests)
    for digest in sorted(set(digests.values())):
        published = Published.open(model_store.bucket, model, digest)
        verified_manifest(published, model_store)
        with console.phase(f"Checking {model}@{digest[:12]} in {model_store.where}"):
            published.verify_objects(read=False)
    if not dry_run:
        file.write(change.text)
    change.show()
    if change.needed and not dry_run:
        console.note(f"review {file.path.name} in a pull request; `pulumi up -s {environment}` deploys it")
