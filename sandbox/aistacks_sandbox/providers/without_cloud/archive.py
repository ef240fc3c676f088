"""The ``archive`` package: files packed where the program wants them, the same bytes for the same files."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import zipfile
from fnmatch import fnmatch
from pathlib import Path

from aistacks_core.property_values import Props

from ..failures import ProviderError
from ..provider import Created
from .base import Kind, StateProvider

_EPOCH = (1980, 1, 1, 0, 0, 0)
_KINDS = ("zip", "tar.gz")
_SOURCES = ("sourceFile", "sourceDir", "sourceContent", "sources")


def packed(args: Props) -> Props:
    """Write the archive that ``args`` describe, and say its size and digests. Raises ``ProviderError``."""
    kind = args["type"]
    if kind not in _KINDS:
        raise ProviderError(f"archive: type: got {kind!r}; expected {' or '.join(_KINDS)}")
    files = _files(args)
    mode = int(str(args["outputFileMode"]), 8) if args.get("outputFileMode") else None
    content = _zip(files, mode) if kind == "zip" else _tar(files, mode)
    target = Path(args["outputPath"])
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.is_file() or target.read_bytes() != content:
        target.write_bytes(content)
    sha1, md5 = hashlib.sha1(content, usedforsecurity=False), hashlib.md5(content, usedforsecurity=False)
    sha256, sha512 = hashlib.sha256(content), hashlib.sha512(content)
    return {
        "id": sha1.hexdigest(),
        "outputSize": len(content),
        "outputMd5": md5.hexdigest(),
        "outputSha": sha1.hexdigest(),
        "outputSha256": sha256.hexdigest(),
        "outputSha512": sha512.hexdigest(),
        "outputBase64sha256": base64.b64encode(sha256.digest()).decode(),
        "outputBase64sha512": base64.b64encode(sha512.digest()).decode(),
    }


def _files(args: Props) -> list[tuple[str, bytes, int]]:
    """Name, content and permissions of each file, by name."""
    given = [name for name in _SOURCES if args.get(name) is not None]
    if len(given) != 1:
        raise ProviderError(
            f"archive: got {', '.join(given) or 'no source'}; expected exactly one of {', '.join(_SOURCES)}"
        )
    if args.get("sourceFile") is not None:
        file = Path(args["sourceFile"])
        return [(file.name, _content(file), _mode(file))]
    if args.get("sourceContent") is not None:
        return [(str(args.get("sourceContentFilename") or "file"), str(args["sourceContent"]).encode(), 0o644)]
    if args.get("sources") is not None:
        return sorted((item["filename"], str(item["content"]).encode(), 0o644) for item in args["sources"])
    root = Path(args["sourceDir"])
    if not root.is_dir():
        raise ProviderError(f"archive: sourceDir: got {root}; expected a folder")
    excludes = [str(pattern) for pattern in args.get("excludes") or []]
    found = ((file.relative_to(root).as_posix(), file) for file in root.rglob("*") if file.is_file())
    return sorted((name, _content(file), _mode(file)) for name, file in found if not _excluded(name, excludes))


def _excluded(name: str, patterns: list[str]) -> bool:
    return any(name == p or name.startswith(f"{p.rstrip('/')}/") or fnmatch(name, p) for p in patterns)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ProviderError(f"archive: {file.resolve()}: {error.strerror}") from error


def _mode(file: Path) -> int:
    return file.stat().st_mode & 0o777


def _zip(files: list[tuple[str, bytes, int]], mode: int | None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content, own in files:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = (own if mode is None else mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return buffer.getvalue()


def _tar(files: list[tuple[str, bytes, int]], mode: int | None) -> bytes:
    import gzip

    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as packer, tarfile.open(fileobj=packer, mode="w") as archive:
        for name, content, own in files:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), own if mode is None else mode
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


class File(Kind):
    """The same as a resource."""

    computed = tuple(
        f"output{name}" for name in ("Size", "Md5", "Sha", "Sha256", "Sha512", "Base64sha256", "Base64sha512")
    )

    def make(self, name: str, inputs: Props) -> Created:  # noqa: ARG002
        """Write it."""
        made = packed(inputs)
        return Created(made.pop("id"), made)


def provider() -> StateProvider:
    """The package's provider."""
    functions = {"archive:index/getFile:getFile": lambda args: {**args, **packed(args)}}
    return StateProvider("archive", "0.5.3", kinds={"archive:index/file:File": File()}, functions=functions)
