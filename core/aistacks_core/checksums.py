"""What proves a published model: `SHA256SUMS` over every file, and its own digest as the model's name."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

SUMS = "SHA256SUMS"
SIGNATURE = "SHA256SUMS.sig"
"""Who vouches for the sums: no part of what they cover, for it is made from them."""


def sha256(data: bytes) -> str:
    """Hex digest, 64 lower-case characters."""
    return hashlib.sha256(data).hexdigest()


def of_file(path: Path) -> str:
    """Hex digest of a file, which may be larger than the memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_of(folder: Path) -> list[str]:
    """Every file below ``folder`` but `SHA256SUMS` and its signature, as sorted relative POSIX paths."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in found if name not in (SUMS, SIGNATURE))


def write(folder: Path) -> str:
    """Write ``folder``'s `SHA256SUMS` and return its digest, by which the model is known from now on."""
    text = "".join(f"{of_file(folder / name)}  {name}\n" for name in files_of(folder))
    (folder / SUMS).write_bytes(text.encode())
    return sha256(text.encode())


def parse(text: bytes) -> dict[str, str]:
    """`SHA256SUMS` as relative path → hex digest.

    Raises ``ValueError`` for a line of another shape and for a path that leaves the folder.
    """
    sums: dict[str, str] = {}
    for line in text.decode().splitlines():
        digest, gap, name = line[:64], line[64:66], line[66:]
        path = PurePosixPath(name)
        if gap != "  " or set(digest) - set("0123456789abcdef"):
            raise ValueError(f"line {line!r} is not '<sha256>  <path>'")
        if not name or path.is_absolute() or ".." in path.parts or name in sums:
            raise ValueError(f"path {name!r} is empty, doubled, or outside the folder")
        sums[name] = digest
    return sums


def difference(sums: Mapping[str, str], found: Iterable[str]) -> str:
    """What ``found`` lacks or has too much against ``sums``, in words; empty when nothing."""
    have, want = set(found), set(sums)
    parts = [f"{name} is missing" for name in sorted(want - have)]
    parts += [f"{name} is not in {SUMS}" for name in sorted(have - want)]
    return ", ".join(parts)


def complete(folder: Path, digest: str | None = None) -> str | None:
    """The digest of the package in ``folder``, or ``None`` unless every byte is as `SHA256SUMS` says.

    ``digest``: what `SHA256SUMS` itself must hash to. Default: anything.
    """
    try:
        text = (folder / SUMS).read_bytes()
        sums = parse(text)
        got = sha256(text)
        if digest not in (None, got) or difference(sums, files_of(folder)):
            return None
        good = all(of_file(folder / name) == want for name, want in sums.items())
    except (OSError, ValueError):
        return None
    return got if good else None
