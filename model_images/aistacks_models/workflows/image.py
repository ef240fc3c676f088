"""`aistacks models image`: builds a package's container image."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from aistacks_core import checksums, console
from aistacks_core.errors import UserError

SERVERS = ("triton", "torchserve")
ENGINES = ("docker", "podman")
_SHORT = 12
_SECONDS = 20


def image(package: Path, server: str = "triton", tag: str = "", engines: Sequence[str] = ENGINES) -> str:
    """Build the image of the package for ``server`` and return its tag.

    ``tag``: Default: ``<name>-<server>:<the digest's first digits>``. The package's checksums are verified here, and
    again by the build itself. Raises UserError for a package that is incomplete or wasn't verified, when no container
    engine answers, and when the build fails.
    """
    if server not in SERVERS:
        raise UserError("--server", repr(server), f"one of {', '.join(SERVERS)}")
    digest = checksums.complete(package)
    if digest is None or not (package / "VERIFIED").is_file():
        got = "no VERIFIED" if digest else f"files that don't match {checksums.SUMS}"
        raise UserError(str(package), got, "an intact package that passed its gates", "Build the model again.")
    engine = _engine(engines)
    (home,) = (package / "triton").iterdir()
    tag = tag or f"{home.name}-{server}:{digest[:_SHORT]}"
    words = [engine, "build", "--file", f"docker/{server}.Dockerfile", "--build-arg", f"MODEL_DIGEST={digest}"]
    console.note(f"{Path(engine).name} build of {tag}; the base image is some gigabytes the first time")
    done = subprocess.run([*words, "--tag", tag, "."], cwd=package, check=False)
    if done.returncode:
        raise UserError(
            f"{Path(engine).name} build", f"exit status {done.returncode}", "an image", "Its output is above."
        )
    return tag


def _engine(engines: Sequence[str]) -> str:
    """The first container engine on PATH whose service answers."""
    silent = []
    for name in engines:
        if found := shutil.which(name):
            try:
                if not subprocess.run([found, "info"], capture_output=True, check=False, timeout=_SECONDS).returncode:
                    return found
            except subprocess.TimeoutExpired:
                pass
            silent.append(f"{name}, whose service doesn't answer")
    raise UserError(
        "a container engine",
        " and ".join(silent) or f"neither {' nor '.join(engines)} on PATH",
        "docker or podman, running",
        "Start it, or build the package's docker/ folder where there is one.",
    )
