"""The files of a commit as they would lie in a full checkout: submodules, large files and links included.

Everything is taken from what is on this machine. What isn't is named, for a base without it may be planned wrong.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess

from aistacks_core.errors import UserError

from .revisions import git, last_line

_POINTER = re.compile(rb"version https://git-lfs\.github\.com/spec/v1\n(?:.*\n)*?oid sha256:([0-9a-f]{64})\n")
_LONGEST_POINTER = 1024
_WHOLE = ("-c", "core.sparseCheckout=false")
_MOST_NAMED = 3


@dataclass
class Tree:
    """A commit's files in ``folder``. ``missing``: what of them isn't on this machine, a phrase each."""

    folder: Path
    missing: list[str] = field(default_factory=list)
    sparse: bool = False
    """Whether only the sparse checkout's part of the files is there."""


@contextmanager
def checked_out(repo: Path, revision: str) -> Iterator[Tree]:
    """The files of a commit in a folder of its own, which is gone afterwards. Raises ``UserError`` without one."""
    place = Path(tempfile.mkdtemp(prefix="aistacks-base-")).resolve()
    made: list[tuple[Path, Path]] = []
    try:
        tree = Tree(place / "tree")
        _check_out((repo, repo), revision, tree, tree.folder, made)
        yield tree
    finally:
        for owner, folder in reversed(made):
            _in(owner, "worktree", "remove", "--force", "--force", str(folder))
        shutil.rmtree(place, ignore_errors=True)
        for owner in dict.fromkeys(owner for owner, _ in made):
            # Only what lay below the place is gone without being removed, and only that is forgotten.
            _in(owner, "worktree", "prune")


def _check_out(
    origin: tuple[Path, Path], revision: str, tree: Tree, folder: Path, made: list[tuple[Path, Path]]
) -> None:
    """``origin``: the repository, and where its files lie in the caller's own checkout."""
    repo, beside = origin
    made.append((repo, folder))
    done = _in(repo, "worktree", "add", "--detach", "--force", "--no-checkout", str(folder), revision)
    if done.returncode:
        raise UserError(f"--base {revision}", last_line(done), "a revision that can be checked out")
    whole = git(folder, *_WHOLE, "reset", "--hard", "--quiet")
    if whole.returncode:
        # A clone that has only a part of the objects has those of its sparse checkout.
        sparse = git(folder, "reset", "--hard", "--quiet")
        if sparse.returncode:
            raise UserError(
                f"--base {revision}",
                last_line(whole),
                "a revision whose files are all on this machine",
                "In a partial clone, fetch them first: git fetch --refetch --filter=blob:limit=100m.",
            )
        tree.sparse = True
        tree.missing.append("files outside the sparse checkout")
    _links(beside, folder)
    _large_files(repo, tree, folder)
    for path, commit in _submodules(folder):
        owner = _owner(origin, folder, path, commit)
        if owner is None:
            name = (folder / path).relative_to(tree.folder).as_posix()
            tree.missing.append(f"the submodule {name} at {commit[:12]}")
            continue
        _check_out((owner, beside / path), commit, tree, folder / path, made)


def _entries(folder: Path, mode: str) -> Iterator[tuple[str, str]]:
    """Path and hash of the index's entries of ``mode``."""
    for line in git(folder, "ls-files", "--stage", "-z").stdout.split("\0"):
        about, _, path = line.partition("\t")
        if about.startswith(f"{mode} "):
            yield path, about.split(" ")[1]


def _submodules(folder: Path) -> list[tuple[str, str]]:
    return list(_entries(folder, "160000"))


def _owner(origin: tuple[Path, Path], folder: Path, path: str, commit: str) -> Path | None:
    """The repository on this machine that has ``commit`` of the submodule at ``path``."""
    repo, beside = origin
    names = git(folder, "config", "--file", ".gitmodules", "--get-regexp", r"^submodule\..*\.path$").stdout
    found = [line.partition(" ") for line in names.splitlines()]
    named = [key.removeprefix("submodule.").removesuffix(".path") for key, _, value in found if value == path]
    common = (repo / _in(repo, "rev-parse", "--git-common-dir").stdout.strip()).resolve()
    outer = {str(common), _in(repo, "rev-parse", "--absolute-git-dir").stdout.strip()}
    for candidate in (beside / path, *(common / "modules" / name for name in (*named, path))):
        if not candidate.is_dir():
            continue
        inside = _in(candidate, "rev-parse", "--absolute-git-dir").stdout.strip()
        # An uninitialised submodule's folder lies in the outer repository, and would answer for that.
        if inside and inside not in outer and not _in(candidate, "cat-file", "-e", f"{commit}^{{commit}}").returncode:
            return Path(inside)
    return None


def _in(repo: Path, *arguments: str) -> CompletedProcess[str]:
    """git in a repository, which may be a folder below ``.git/modules`` whose own work tree is gone."""
    bare = not (repo / ".git").exists() and (repo / "HEAD").is_file()
    return git(repo, *(("--git-dir=.", "--work-tree=.") if bare else ()), *arguments)


def _links(beside: Path, folder: Path) -> None:
    """Links lead where they did from the checkout; what lies in the repository itself is the base's own."""
    for path, _ in _entries(folder, "120000"):
        link = folder / path
        if not link.is_symlink():
            continue
        target = str(link.readlink())
        meant = Path(os.path.normpath(beside / Path(path).parent / target))
        inside = meant.is_relative_to(beside) and not meant.is_relative_to(beside / ".git")
        if inside != Path(target).is_absolute():
            continue
        link.unlink()
        link.symlink_to(folder / meant.relative_to(beside) if inside else meant)


def _large_files(repo: Path, tree: Tree, folder: Path) -> None:
    """Put Git LFS's files where their pointers stand, as far as they are on this machine."""
    listed = git(folder, "ls-files", "-z", ":(attr:filter=lfs)")
    names = [name for name in listed.stdout.split("\0") if name] if listed.returncode == 0 else []
    store = repo / _in(repo, "rev-parse", "--git-common-dir").stdout.strip() / "lfs" / "objects" if names else repo
    away = []
    for name in names:
        file = folder / name
        if not file.is_file() or file.is_symlink() or file.stat().st_size > _LONGEST_POINTER:
            continue
        pointer = _POINTER.match(file.read_bytes())
        if not pointer:
            continue
        digest = pointer.group(1).decode()
        there = store / digest[:2] / digest[2:4] / digest
        if there.is_file():
            file.unlink()
            shutil.copyfile(there, file)
        else:
            away.append(name)
    if away:
        more = f" and {len(away) - _MOST_NAMED} more" if len(away) > _MOST_NAMED else ""
        tree.missing.append(f"Git LFS's content of {', '.join(away[:_MOST_NAMED])}{more}")
