"""What files a program hands to a resource: told apart by their content, as the engine does."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from aistacks_core.checksums import of_file

_MOST = 512 * 1024 * 1024


def with_digest(asset: dict[str, Any]) -> dict[str, Any]:
    """The fields of an asset or archive, with the ``hash`` (hex sha256) of what its ``path`` names, if that is there.

    A folder's hash is that of its files' names and contents, in order. What is larger than 512 MiB counts by its size.
    """
    path = asset.get("path")
    if not isinstance(path, str) or not path:
        return asset
    place = Path(path)
    try:
        files = [place] if place.is_file() else sorted(f for f in place.rglob("*") if f.is_file())
        found = hashlib.sha256()
        for file in files:
            found.update(str(file.relative_to(place)).encode() if file != place else b"")
            found.update(_content(file))
    except OSError:
        return asset
    return {**asset, "hash": found.hexdigest()} if files else asset


def _content(file: Path) -> bytes:
    size = file.stat().st_size
    if size > _MOST:
        return f"{size} bytes".encode()
    return bytes.fromhex(of_file(file))
