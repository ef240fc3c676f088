"""Git history of an environment's file: the digests it named, and every digest that a revision names anywhere."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import yaml

from aistacks_core.errors import UserError

from .environment_file import EnvironmentFile, Service, services

_DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_HEX = "[0-9a-f]{64,}"
_MAX_REVISIONS = 1000
"""Revisions of a file that are read."""


def committed_versions(file: EnvironmentFile) -> Iterator[tuple[str, tuple[Service, ...]]]:
    """Revision and services of each committed version of ``file``, newest first; invalid versions are skipped."""
    folder = file.path.parent
    log = _git(folder, "log", f"--max-count={_MAX_REVISIONS}", "--format=%H", "--", file.path.name)
    if log is None:
        raise UserError(str(file.path), "no history", "a file in a git repository", "Name it: NAME@DIGEST.")
    for revision in log.split():
        text = _git(folder, "show", f"{revision}:./{file.path.name}")
        try:
            yield revision, services(yaml.safe_load(text or ""), file.key)
        except yaml.YAMLError:
            continue


def previous(file: EnvironmentFile, service: Service) -> tuple[str, str]:
    """The previous digest of ``service`` with the same model, and the revision that named it.

    Raises `UserError` where there was none.
    """
    for revision, then in committed_versions(file):
        for each in then:
            if (each.name, each.model) == (service.name, service.model) and each.digest not in ("", service.digest):
                return each.digest, revision
    raise UserError(
        f"{file.path}: {service.name}", "no digest before this one in git's history", "one", "Name it: NAME@DIGEST."
    )


def digests_in(folder: Path, revisions: tuple[str, ...]) -> set[str]:
    """Every digest in any text file: of the work tree around ``folder``, and of each of ``revisions``.

    Around: the git repository it lies in, files not yet committed included; without git the folder itself. Raises
    `UserError` for a revision that doesn't exist, and where git fails.
    """
    toplevel = _git(folder, "rev-parse", "--show-toplevel")
    if toplevel is None:
        if revisions:
            raise UserError("--revision", "no git repository", f"one around {folder}")
        return {digest for path in folder.rglob("*") if path.is_file() for digest in _in_file(path)}
    repository = Path(toplevel.strip())
    found = _grep(repository, "--untracked", "--exclude-standard", "-e", _HEX)
    for revision in revisions:
        if _git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}") is None:
            raise UserError("--revision", repr(revision), "a commit, branch or tag", "Fetch it first.")
        found |= _grep(repository, "-e", _HEX, revision)
    return found


def default_branches(folder: Path) -> list[str]:
    """Commits of the default branch, local and as last fetched from the remote."""
    found = {}
    for name in ("origin/HEAD", "origin/main", "origin/master", "main", "master"):
        commit = _git(folder, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        if commit is not None:
            found[commit.strip()] = name
    return list(found)


def _grep(repository: Path, *arguments: str) -> set[str]:
    command = ["git", "-C", str(repository), "grep", "-I", "-h", "-o", "-E", *arguments, "--"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, errors="replace")
    # 1: nothing found.
    if done.returncode not in (0, 1):
        last = (done.stderr.strip().splitlines() or ["no reason"])[-1]
        raise UserError("git grep", last, "the digests that the repository names", "Nothing was removed.")
    return {digest for line in done.stdout.splitlines() for digest in _DIGEST.findall(line)}


def _in_file(path: Path) -> set[str]:
    try:
        return set(_DIGEST.findall(path.read_text()))
    except (OSError, UnicodeDecodeError):
        return set()


def _git(folder: Path, *arguments: str) -> str | None:
    """The output of git; ``None`` where it fails."""
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None
