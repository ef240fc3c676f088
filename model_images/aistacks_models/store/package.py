"""A local package, intact and verified: what may be published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aistacks_core import checksums
from aistacks_core.errors import UserError

from ..manifest import FILE, VERIFIED, Manifest, fact

_BUILD = "Build the model again."


@dataclass(frozen=True)
class Package:
    """A local package. ``sums``: path → SHA-256 of every file in `SHA256SUMS`, ``text``: that file itself.

    ``seen``: path → size and time of change (ns) of each file when it was hashed.
    """

    folder: Path
    digest: str
    text: bytes
    sums: Mapping[str, str]
    seen: Mapping[str, tuple[int, int]]

    @classmethod
    def load(cls, folder: Path) -> Package:
        """The package in ``folder``, with every checksum verified. Raises `UserError` naming the first mismatch."""
        try:
            text = (folder / checksums.SUMS).read_bytes()
            sums = checksums.parse(text)
        except FileNotFoundError:
            raise UserError(str(folder), f"no {checksums.SUMS}", "a package", "See: aistacks models build.") from None
        except (OSError, ValueError) as error:
            raise UserError(str(folder / checksums.SUMS), str(error), "checksums", _BUILD) from None
        if wrong := checksums.difference(sums, checksums.files_of(folder)):
            raise UserError(str(folder), wrong, f"exactly the files of {checksums.SUMS}", _BUILD)
        seen = {}
        for name, expected in sums.items():
            seen[name] = _stat(folder / name)
            if (got := fact(folder / name).sha256) != expected:
                raise UserError(str(folder / name), f"sha256 {got}", expected, f"It was altered. {_BUILD}")
        return cls(folder, checksums.sha256(text), text, sums, seen)

    @classmethod
    def verified(cls, folder: Path) -> tuple[Package, Manifest]:
        """As `load`, with the manifest. Raises `UserError` unless it lists exactly these files and passed its gates."""
        package = cls.load(folder)
        where = str(folder)
        require(package.sums, where)
        manifest = Manifest.read(folder)
        mark = (folder / VERIFIED).read_bytes()
        sizes = {name: size for name, (size, _) in package.seen.items()}
        agree(manifest, mark, package.sums, sizes, where)
        return package, manifest

    def unchanged(self) -> None:
        """Raise `UserError` where a file was modified since it was hashed."""
        for name, was in self.seen.items():
            if _stat(self.folder / name) != was:
                raise UserError(str(self.folder / name), "a file that was modified meanwhile", "an unchanged package")


def require(sums: Mapping[str, str], where: str) -> None:
    """Raise `UserError` unless a package's checksums include the files of every verified one."""
    for name in (FILE, VERIFIED):
        if name not in sums:
            raise UserError(where, f"an unverified package: {checksums.SUMS} names no {name}", "one whose gates passed")


def agree(manifest: Manifest, mark: bytes, sums: Mapping[str, str], sizes: Mapping[str, int], where: str) -> None:
    """Raise `UserError` unless manifest, `VERIFIED` (``mark``) and `SHA256SUMS` agree, and the gates passed.

    ``sizes``: path → bytes of each file.
    """
    if not manifest.verified:
        failed = ", ".join(gate.name for gate in manifest.gates if gate.verdict == "fail")
        raise UserError(
            where, f"an unverified package (failed: {failed or 'no gate passed'})", "one whose gates passed"
        )
    if mark.strip() != manifest.verification.encode():
        raise UserError(f"{where}: {VERIFIED}", "another verification's digest", manifest.verification, _BUILD)
    listed_files = {name: (each.sha256, each.bytes) for name, each in manifest.files.items()}
    actual_files = {name: (digest, sizes[name]) for name, digest in sums.items() if name != FILE}
    if listed_files != actual_files:
        name = min(name for name in {*listed_files, *actual_files} if listed_files.get(name) != actual_files.get(name))
        raise UserError(f"{where}: {FILE}", f"another {name} than {checksums.SUMS}", "the same files", _BUILD)


def _stat(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_size, found.st_mtime_ns
