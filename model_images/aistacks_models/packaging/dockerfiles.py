"""A package's Dockerfiles: one for each server; the build refuses an unverified package."""

from __future__ import annotations

import functools
import shutil
from pathlib import Path

from aistacks_core.facts import load

HERE = Path(__file__).parent
SERVERS = ("triton", "torchserve")
_BASES = {"triton": "triton", "torchserve": "python"}
_IGNORE = ".dockerignore"


@functools.cache
def images() -> dict[str, str]:
    """Base images by digest, from `images.yaml`."""
    found: dict[str, str] = load(__package__, "images.yaml")
    return found


def write(package: Path, *, name: str, task: str, licence: str) -> None:
    """Write ``docker/`` and `.dockerignore` into the package, whose other folders must be there."""
    folder = package / "docker"
    folder.mkdir()
    for server in SERVERS:
        (folder / f"{server}.Dockerfile").write_text(dockerfile(server, name=name, task=task, licence=licence))
    shutil.copyfile(HERE / "requirements.txt", folder / "requirements.txt")
    kept = sorted({path.name for path in package.iterdir()} | {_IGNORE, "SHA256SUMS", "VERIFIED", "manifest.json"})
    lines = ["# What a package holds, and nothing that came to lie beside it.", "*", *(f"!{entry}" for entry in kept)]
    (package / _IGNORE).write_text("\n".join(lines) + "\n")


def dockerfile(server: str, *, name: str, task: str, licence: str) -> str:
    """The text for one of `SERVERS`."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # Not HTML; values are escaped below.
    found = Environment(  # noqa: S701
        loader=FileSystemLoader(HERE / "templates"), undefined=StrictUndefined, keep_trailing_newline=True
    )
    words = {key: _quoted(value) for key, value in {"name": name, "task": task, "licence": licence}.items()}
    return found.get_template(f"{server}.Dockerfile.jinja").render(image=images()[_BASES[server]], **words)


def _quoted(text: str) -> str:
    """Escape for a double-quoted label."""
    return " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
