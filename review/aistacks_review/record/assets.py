"""What files a program hands to a resource: told apart by their content, as the engine does.

What git ignores, such as build output, isn't in another revision's worktree, so it counts by itself.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from aistacks_core.checksums import of_file

IGNORED = "ignored"
"""Key of an asset: the hex sha256 of those of its files that git ignores."""
MISSING = "missing"
"""Key of an asset whose ``path`` names nothing, and nothing that git ignores: the engine refuses it."""
_MOST = 512 * 1024 * 1024


def with_digest(asset: dict[str, Any]) -> dict[str, Any]:
    """The fields of an asset or archive, with the ``hash`` (hex sha256) of what its ``path`` names, if that is there.

    A folder's hash is that of its files' names and contents, in order. What is larger than 512 MiB counts by its size.
    Files that git ignores are left out of it, and have a hash of their own, ``ignored``. ``missing`` is set where
    nothing is there and git wouldn't ignore it: build output comes later, anything else doesn't.
    """
    path = asset.get("path")
    if not isinstance(path, str) or not path:
        return asset
    place = Path(path)
    try:
        files = [place] if place.is_file() else sorted(f for f in place.rglob("*") if f.is_file())
        apart = _ignored(place.absolute()) if files else frozenset()
        kept = [file for file in files if str(file.absolute()) not in apart]
        left = [file for file in files if str(file.absolute()) in apart]
        digests = {"hash": _digest(kept, place), IGNORED: _digest(left, place)}
        if not place.exists() and not _is_ignored(place.absolute()):
            return {**asset, MISSING: True}
    except OSError:
        return asset
    return {**asset, **{key: digest for key, digest in digests.items() if digest}}


def _digest(files: Iterable[Path], place: Path) -> str:
    found = hashlib.sha256()
    empty = True
    for file in files:
        found.update(str(file.relative_to(place)).encode() if file != place else b"")
        found.update(_content(file))
        empty = False
    return "" if empty else found.hexdigest()


@cache
def _ignored(place: Path) -> frozenset[str]:
    """The files at or below ``place`` that git ignores; none where there is no git, or no repository."""
    folder = place if place.is_dir() else place.parent
    command = ["git", "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--", str(place)]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.SubprocessError):
        return frozenset()
    names = done.stdout.decode(errors="surrogateescape").split("\0") if done.returncode == 0 else []
    return frozenset(str(folder / name) for name in names if name)


@cache
def _is_ignored(place: Path) -> bool:
    """Whether git ignores what would lie there."""
    # Its folder may be build output, too, and then isn't there either.
    there = next((folder for folder in place.parents if folder.is_dir()), None)
    command = ["git", "check-ignore", "--", str(place), f"{place}/"]
    try:
        return subprocess.run(command, cwd=there, capture_output=True, timeout=20, check=False).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def _content(file: Path) -> bytes:
    size = file.stat().st_size
    if size > _MOST:
        return f"{size} bytes".encode()
    return bytes.fromhex(of_file(file))
