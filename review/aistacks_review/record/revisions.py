"""The repository that a project lies in, and its revisions."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from aistacks_core.errors import UserError

_ALONE = [
    *("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "advice.detachedHead=false"),
    *("-c", "protocol.allow=never"),
]
"""A repository's own hooks and helpers are somebody's code, and have no business here. Nothing is fetched."""


def repository(folder: Path) -> Path:
    """The root of the git repository that ``folder`` lies in. Raises ``UserError`` where there is none."""
    done = git(folder, "rev-parse", "--show-toplevel")
    if done.returncode:
        raise UserError(str(folder), "no git repository", "one, to compare with a base revision", "Leave --base out.")
    return Path(done.stdout.strip())


def commit(repo: Path, revision: str) -> str:
    """The full hash of ``revision``. Raises ``UserError`` where there is no such commit."""
    done = git(repo, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
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
    done = git(repo, "rev-parse", "--verify", "--quiet", "HEAD")
    if done.returncode:
        return "working tree"
    changed = git(repo, "status", "--porcelain", "--untracked-files=no").stdout.strip()
    return done.stdout.strip() + ("+" if changed else "")


def git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run git in ``folder``, without hooks, questions or network. Its exit code is for the caller to look at."""
    env = {
        **os.environ,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
    }
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"):
        env.pop(name, None)  # Set in a hook, they would name the caller's own tree.
    try:
        return subprocess.run(
            ["git", *_ALONE, "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            errors="surrogateescape",
            check=False,
            env=env,
        )
    except FileNotFoundError:
        raise UserError("git", "no such program", "git on the PATH") from None


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    """What git said last."""
    said = done.stderr.encode(errors="replace").decode().strip().splitlines()
    return said[-1] if said else "no reason"
