"""The order in which a program is looked for: PATH, the cache, a download, a Debian package, a Go build."""

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.markup import escape

from aistacks_core import cache, console
from aistacks_core.errors import UserError

from . import deb, download, go, language_host
from .facts import Facts, facts


@dataclass(frozen=True)
class Program:
    """A program that can be run. ``origin``: "PATH", "download", "Debian package" or "Go build"."""

    name: str
    path: Path
    version: str
    origin: str


def find(name: str) -> Program | None:
    """The program on PATH or in the cache; gets nothing. A cached one's checksum is verified."""
    row = facts(name)
    if on_path := _on_path(row):
        return on_path
    if entry := cache.lookup(name, row.version):
        return Program(name, entry.path, entry.version, entry.origin)
    return None


def ensure(name: str) -> Program:
    """The program, got if need be.

    Raises UserError, with every way that was tried, when there is none to be had.
    """
    if found := find(name):
        return found
    row = facts(name)
    with cache.locked(name):
        # Another command may have got it while this one waited.
        if found := find(name):
            return found
        cache.require_free(0.5, name)
        return _get(row)


def program_version(path: Path, args: tuple[str, ...]) -> str | None:
    """The first version in what the program prints, as "v1.2.3"; None where it can't be run.

    Without ``args`` it is a host of a language, which tells its version only as a server.
    """
    if not args:
        return language_host.version(path)
    try:
        done = subprocess.run([path, *args], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"v?(\d+\.\d+\.\d+)", done.stdout + done.stderr) if done.returncode == 0 else None
    return f"v{match.group(1)}" if match else None


def _on_path(row: Facts) -> Program | None:
    where = shutil.which(row.program)
    if where is None:
        return None
    version = program_version(Path(where), row.version_args)
    if version is None or _numbers(version) < _numbers(row.oldest):
        return None
    return Program(row.program, Path(where), version, "PATH")


def _get(row: Facts) -> Program:
    name = row.program
    tried: list[str] = []
    sources: list[tuple[str, Callable[[Path], Path]]] = []
    if wanted := row.download:
        sources.append(("download", lambda into: download.fetch(wanted, name, into)))
    if package := row.deb:
        sources.append(("Debian package", lambda into: deb.fetch(package, into)))
    if recipe := row.go:
        sources.append(("Go build", lambda into: go.build(row, recipe, into)))
    for way, get in sources:
        with cache.scratch(name) as into:
            try:
                got = get(into)
                got.chmod(0o755)
                version = program_version(got, row.version_args)
                if version is None:
                    raise download.DownloadError("what it gave doesn't run here")
                if _numbers(version) < _numbers(row.oldest):
                    raise download.DownloadError(f"what it gave is {version}, older than {row.oldest}")
            except (download.DownloadError, deb.DebError, go.NoGoError) as error:
                cache.remember(name, way, str(error))
                console.note(escape(f"{name}: no {way} ({error})"))
                tried.append(f"{way}: {error}")
                continue
            entry = cache.store(name, row.version, got, way, version)
            return Program(name, entry.path, version, way)
    or_go = f" or Go {row.go.oldest_go} or newer ({go.INSTALL})" if row.go else ""
    raise UserError(
        name,
        f"none on PATH, and no way to get it ({'; '.join(tried)})",
        f"{name} {row.oldest} or newer, {row.purpose}",
        f"Install it ({row.get}){or_go}, then run this again.",
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])
