"""Publishes a local package, signed where the store requires it."""

from __future__ import annotations

from pathlib import Path

from aistacks_core import aws_clients, checksums, console
from aistacks_core.errors import UserError

from .. import store
from ..aws_errors import as_user_error
from ..signing import Signature, open_signer
from ..store import Published
from .stores import ModelStore


def publish(folder: Path, model_store: ModelStore, *, sign: str = "", repair: bool = False) -> Published:
    """Publish the package in ``folder``; idempotent.

    ``sign``: a private key's file or ``kms:<key>``; otherwise a signature in the folder is used.
    ``repair``: overwrite altered objects. Raises `UserError` for a package that isn't verified, isn't intact, or lacks
    the signature that the store requires; nothing is published then.
    """
    with console.phase(f"Checking {folder}"):
        package, manifest = store.Package.verified(folder)
    signature = _signature(folder, package.digest, sign)
    if model_store.trust:
        if signature is None:
            todo = "Give --sign KEY."
            raise UserError(str(folder), "no signature", f"one by a key of {model_store.trust.where}", todo)
        model_store.trust.check(signature, package.digest, sign or str(folder / checksums.SIGNATURE))
    total = sum(size for size, _ in package.seen.values())
    short = f"{manifest.name}@{package.digest[:12]}"
    with console.phase(f"Publishing {short} to {model_store.where}") as show:
        sent = store.publish(
            model_store.bucket,
            manifest.name,
            package,
            signature=signature,
            repair=repair,
            report=progress(show, total),
        )
    if not sent.files:
        console.note(f"{short} was there already")
    return Published.open(model_store.bucket, manifest.name, package.digest)


def progress(show: console.Show, total: int) -> store.Report:
    """Progress callback: shows how much of ``total`` bytes was transferred."""
    done = 0

    def report(more: int) -> None:
        nonlocal done
        done += more
        show(f"{done / 1e6:.0f} of {total / 1e6:.0f} MB")

    return report


def _signature(folder: Path, digest: str, sign: str) -> Signature | None:
    if sign:
        return open_signer(sign, kms).sign(digest)
    file = folder / checksums.SIGNATURE
    return Signature.parse(file.read_bytes(), str(file)) if file.is_file() else None


def kms(key: str) -> object:
    """boto3's client for ``key`` in AWS KMS: the region is taken from an ARN, otherwise the default one."""
    import boto3

    region = key.split(":")[3] if key.startswith("arn:") and key.count(":") >= 5 else None
    with as_user_error(f"kms:{key}"):
        return boto3.client("kms", region_name=region, config=aws_clients.config())
