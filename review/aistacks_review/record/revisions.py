"""Another revision of the repository, in a work tree of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aistacks_core.errors import UserError

_ALONE = ["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "advice.detachedHead=false"]
"""A repository's own hooks and helpers are somebody's code, and have no business here."""


def repository(folder: Path) -> Path:
    """The root of the git repository that ``folder`` lies in. Raises ``UserError`` where there is none."""
    done = _git(folder, "rev-parse", "--show-toplevel")
    if done.returncode:
        raise UserError(str(folder), "no git repository", "one, to compare with a base revision", "Leave --base out.")
    return Path(done.stdout.strip())


def commit(repo: Path, revision: str) -> str:
    """The full hash of ``revision``. Raises ``UserError`` where there is no such commit."""
    done = _git(repo, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if done.returncode:
        raise UserError(
            "--base",
            repr(revision),
            "a commit, branch or tag of this repository",
            "In a shallow clone, fetch it first: git fetch --depth=1 origin <commit>.",
        )
    return done.stdout.strip()


def head(repo: Path) -> str:
    """What the work tree is: its commit's hash, with ``+`` where files differ from it."""
    done = _git(repo, "rev-parse", "--verify", "--quiet", "HEAD")
    if done.returncode:
        return "working tree"
    changed = _git(repo, "status", "--porcelain", "--untracked-files=no").stdout.strip()
    return done.stdout.strip() + ("+" if changed else "")


@contextmanager
def worktree(repo: Path, revision: str) -> Iterator[Path]:
    """The files of a commit in a folder of its own, which is gone afterwards."""
    place = Path(tempfile.mkdtemp(prefix="aistacks-base-")).resolve()
    folder = place / "tree"
    try:
        done = _git(repo, "worktree", "add", "--detach", "--force", str(folder), revision)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no reason"])[-1]
            raise UserError(f"--base {revision}", reason, "a revision that can be checked out")
        yield folder
    finally:
        _git(repo, "worktree", "remove", "--force", str(folder))
        shutil.rmtree(place, ignore_errors=True)


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        return subprocess.run(
            ["git", *_ALONE, "-C", str(folder), *arguments], capture_output=True, text=True, check=False, env=env
        )
    except FileNotFoundError:
        raise UserError("git", "no such program", "git on the PATH") from None
