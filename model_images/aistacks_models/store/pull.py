"""Pulling: from a store into a folder that is complete or absent."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from aistacks_core import checksums
from aistacks_core.errors import UserError

from ..manifest import FILE, VERIFIED, Manifest
from ..signing import Trust
from .bucket import Bucket
from .package import Package, require
from .published import Published


def pull(
    bucket: Bucket,
    model: str,
    digest: str,
    folder: Path,
    *,
    trust: Trust | None = None,
    report: Callable[[int], None] = lambda _: None,
) -> Manifest:
    """Download a published model into ``folder``, atomically.

    Until it is complete it is ``<folder>.part``, which the next call resumes. A folder that already is the package is
    kept; any other is refused. Raises `UserError` unless every byte matches ``digest``, every gate was passed, and
    with ``trust`` one of its keys signed it.
    """
    published = Published.open(bucket, model, digest)
    published.require_signature(trust)
    require(published.sums, published.where)
    part = folder.with_name(f"{folder.name}.part")
    if folder.exists():
        if folder.is_dir() and (folder / checksums.SUMS).is_file() and Package.load(folder).digest == digest:
            # Still there where a call was killed just after the model got its name.
            shutil.rmtree(part, ignore_errors=True)
            return _check_manifest(published, folder)
        raise UserError(str(folder), "something else", f"nothing there, or {model}@{digest[:12]}", "Give --to.")
    package = part / digest
    try:
        published.receive(package, part / "ranges", report)
        manifest = _check_manifest(published, package)
        package.rename(folder)
    except OSError as error:
        raise UserError(str(part), (error.strerror or str(error)).lower(), "free disk space for the model") from error
    shutil.rmtree(part, ignore_errors=True)
    return manifest


def _check_manifest(published: Published, folder: Path) -> Manifest:
    return published.check_manifest((folder / FILE).read_bytes(), (folder / VERIFIED).read_bytes())
