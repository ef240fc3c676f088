"""Bundled packages: built by this pipeline and kept in the repository, so that serving one needs no torch."""

from __future__ import annotations

from pathlib import Path

from aistacks_core.errors import UserError

from .store import Package


def folder(name: str) -> Path:
    """The folder of the bundled package ``name``: in the repository, or in the installed distribution."""
    here = Path(__file__).resolve().parent
    for packages in (here.parent / "packages", here / "packages"):
        if (packages / name).is_dir():
            return packages / name
    raise UserError(f"model_images/packages/{name}", "no such folder", "a bundled package", "Restore it.")


def package(name: str) -> Package:
    """The bundled package ``name``, with every checksum verified and all gates passed.

    Raises UserError where it was altered, or where none is bundled.
    """
    found, _ = Package.verified(folder(name))
    return found
