"""The verbs below `aistacks models`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aistacks_core.errors import UserError

from .store_options import ProjectFolder, StoreOptions, with_store, without_trust

models = typer.Typer(no_args_is_help=True, help="Models: built, verified, published, promoted, rolled back.")
key = typer.Typer(no_args_is_help=True, help="Keys that sign models.")
models.add_typer(key, name="key")

Model = Annotated[str, typer.Argument(metavar="NAME[@DIGEST]", help="Of the digest, the first 6 digits will do.")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check everything, show what would change, change nothing.")]
Service = Annotated[str, typer.Option("--service", help="Only this one. Default: each that serves the model.")]


@models.command()
@with_store
def build(
    name: Annotated[str, typer.Argument(help="model_images/NAME.py of the project, a bundled one, or a .py file.")],
    until: Annotated[
        str, typer.Option("--until", help="train, compress, verify, package, trial or publish.")
    ] = "publish",
    size: Annotated[
        list[str] | None, typer.Option("--size", metavar="NAME=VALUE", help="Of the model's Size; repeatable.")
    ] = None,
    training: Annotated[
        list[str] | None, typer.Option("--training", metavar="NAME=VALUE", help="Of its Training; repeatable.")
    ] = None,
    sign: Annotated[str, typer.Option("--sign", metavar="KEY", help="A private key's file, or kms:<key>.")] = "",
    *,
    store: StoreOptions,
) -> None:
    """Train, compress, verify and package a model, try it in real servers, and publish what passed its gates.

    Each stage is kept, and made again only when what goes into it changes. Without a store (no option, no running
    sandbox) it ends before publishing.
    """
    from aistacks_models.workflows.build import build as make
    from aistacks_sandbox.model_servers.trial_servers import TorchServeTrial, TritonTrial

    model_store = store.model_store_if_any() if until == "publish" else None
    make(
        name,
        folders=[store.found_project.folder / "model_images"] if store.found_project else [],
        until=until,
        size=size or (),
        training=training or (),
        servers={"triton": TritonTrial(), "torchserve": TorchServeTrial()},
        model_store=model_store,
        sign=sign,
    )


@models.command()
def image(
    folder: Annotated[Path, typer.Argument(help="A package: the folder with SHA256SUMS.")],
    server: Annotated[str, typer.Option("--server", help="triton or torchserve.")] = "triton",
    tag: Annotated[str, typer.Option("--tag", help="Default: NAME-SERVER:DIGEST's first digits.")] = "",
) -> None:
    """Build a package's container image, where a container engine answers; prints its tag."""
    from aistacks_core import console
    from aistacks_models.workflows.image import image as make

    console.out.print(make(folder, server, tag), markup=False, soft_wrap=True)


@models.command("list")
@without_trust
def list_command(
    name: Annotated[str, typer.Argument(help="Only this model's.", show_default=False)] = "",
    as_json: Json = False,
    *,
    store: StoreOptions,
) -> None:
    """What a store holds, newest first, and which environments name it."""
    from aistacks_models.workflows.listing import list_models

    list_models(store.model_store(), store.found_project, model=name, as_json=as_json)


@models.command()
@without_trust
def show(
    model: Model,
    as_json: Json = False,
    *,
    store: StoreOptions,
) -> None:
    """What a model's manifest says: quality, latency, gates, lineage. Without a digest: the newest."""
    from aistacks_models.workflows.listing import show as tell

    tell(store.model_store(), store.found_project, model, as_json=as_json)


@models.command()
@with_store
def publish(
    folder: Annotated[Path, typer.Argument(help="A package: the folder with SHA256SUMS.")],
    sign: Annotated[str, typer.Option("--sign", metavar="KEY", help="A private key's file, or kms:<key>.")] = "",
    repair: Annotated[bool, typer.Option("--repair", help="Overwrite altered objects.")] = False,
    *,
    store: StoreOptions,
) -> None:
    """Publish a verified package to a store, atomically; prints the digest that a deployment names."""
    from aistacks_core import console
    from aistacks_models.workflows.publishing import publish as put

    published = put(folder, store.model_store(), sign=sign, repair=repair)
    console.out.print(f"{published.model}@{published.digest}", markup=False, soft_wrap=True)


@models.command()
@with_store
def pull(
    model: Model,
    to: Annotated[Path | None, typer.Option("--to", help="Folder, not there yet. Default: the model's name.")] = None,
    *,
    store: StoreOptions,
) -> None:
    """Download a model and verify every byte; the folder is complete or absent."""
    from aistacks_models.workflows.pulling import pull as download

    download(store.model_store(), model, to)


@models.command()
@with_store
def verify(
    model: Model,
    quick: Annotated[bool, typer.Option("--quick", help="Trust the checksums that the store keeps.")] = False,
    *,
    store: StoreOptions,
) -> None:
    """Verify a published model: digest, manifest, gates and signature. Exit code 2 where one fails."""
    from aistacks_models.workflows.pulling import verify as check

    check(store.model_store(), model, read=not quick)


@models.command()
def promote(
    model: Model,
    source: Annotated[str, typer.Option("--from", help="Environment that has it.")],
    target: Annotated[str, typer.Option("--to", help="Environment that gets it.")],
    service: Service = "",
    dry_run: DryRun = False,
    project: ProjectFolder = None,
) -> None:
    """Copy a model to the next environment's store by digest, and name it in that environment's file.

    Without a digest: the one that --from's file names. A pull request with the file deploys it.
    """
    from aistacks_models.workflows.promotion import promote as bring
    from aistacks_models.workflows.stores import project_at, require_project
    from aistacks_sandbox.model_store import model_store

    found = require_project(project_at(project))
    bring(found, model, source, target, sandbox_stores=model_store, service=service, dry_run=dry_run)


@models.command()
def rollback(
    model: Model,
    environment: Annotated[str, typer.Option("--environment", "-e", help="Whose file.")],
    service: Service = "",
    dry_run: DryRun = False,
    project: ProjectFolder = None,
) -> None:
    """Name in an environment's file a previous digest; without one given, the last in git's history that differs."""
    from aistacks_models.workflows.rollback import rollback as back
    from aistacks_models.workflows.stores import project_at, require_project
    from aistacks_sandbox.model_store import model_store

    found = require_project(project_at(project))
    back(found, model, environment, sandbox_stores=model_store, service=service, dry_run=dry_run)


@models.command()
@without_trust
def collect(
    name: Annotated[str, typer.Argument(help="Only this model's.", show_default=False)] = "",
    newest: Annotated[int, typer.Option("--newest", min=1, help="Of each model, how many stay unnamed.")] = 5,
    days: Annotated[int, typer.Option("--days", min=0, help="What is younger stays.")] = 30,
    revision: Annotated[
        list[str] | None, typer.Option("--keep-revision", metavar="REV", help="What it names stays; repeatable.")
    ] = None,
    keep: Annotated[
        list[str] | None, typer.Option("--keep", metavar="DIGEST", help="Stays, whoever names it; repeatable.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Remove. Default: only show.")] = False,
    as_json: Json = False,
    *,
    store: StoreOptions,
) -> None:
    """Show, and with --yes remove, packages that nothing refers to.

    Never what any file of the repository names, in the work tree or on the default branch, nor what an environment
    would roll back to.
    """
    import re

    from aistacks_models.store import Rules
    from aistacks_models.workflows.garbage_collection import Keep
    from aistacks_models.workflows.garbage_collection import collect as clean
    from aistacks_models.workflows.stores import require_project

    digests = tuple(each.rpartition("@")[2].removeprefix("sha256:") for each in keep or ())
    if wrong := next((each for each in digests if not re.fullmatch(r"[0-9a-f]{64}", each)), None):
        raise UserError("--keep", repr(wrong), "a digest in full, 64 hex digits")
    project = require_project(store.found_project)
    kept = Keep(tuple(revision or ()), digests)
    clean(project, store.model_store(), Rules(newest, days), kept, model=name, remove=yes, as_json=as_json)


@key.command("new")
def key_new(file: Annotated[Path, typer.Argument(help="For the private key; the public one is FILE.pub.")]) -> None:
    """Make an Ed25519 key. Keep the private half secret; the public one goes into a file of trusted keys."""

    from aistacks_models.signing import new_key

    made = new_key(file)
    typer.echo(made.public_pem, nl=False)


@key.command("public")
def key_public(
    private: Annotated[str, typer.Argument(metavar="KEY", help="A private key's file, or kms:<key>.")],
) -> None:
    """Print a key's public half, for a file of trusted keys."""

    from aistacks_models.signing import open_signer
    from aistacks_models.workflows.publishing import kms

    typer.echo(open_signer(private, kms).public_pem, nl=False)
