"""A program out of a Debian package, without root: downloaded by apt, which checks its signature, and
unpacked."""

import shutil
import subprocess
from pathlib import Path

from .facts import Deb


class DebError(Exception):
    """Why the package gave nothing, in one line."""


def fetch(deb: Deb, into: Path) -> Path:
    """Unpack the package into ``into``; the program's path. Raises DebError."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise DebError("no apt here")
    _call(["apt-get", "download", "-qq", deb.package], into)
    archives = sorted(into.glob("*.deb"))
    if not archives:
        raise DebError(f"apt-get download {deb.package} left no file")
    root = into / "unpacked"
    _call(["dpkg-deb", "-x", str(archives[0]), str(root)], into)
    program = root / deb.member
    if not program.is_file():
        raise DebError(f"{archives[0].name} has no {deb.member}")
    return program


def _call(argv: list[str], cwd: Path) -> None:
    try:
        done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DebError(f"{' '.join(argv[:3])}: {error}") from error
    if done.returncode != 0:
        words = done.stderr.strip().splitlines() or ["no reason given"]
        raise DebError(f"{' '.join(argv[:3])}: {words[-1]}")
