"""A pull request on this machine: the steps of the plan workflow and of the comment workflow, one after the other."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aistacks_core import console
from aistacks_core.errors import UserError
from aistacks_core.pid_namespace import bare_environment, prefix

from .folder import Folder
from .intake import DOCUMENT, take
from .rendering import comment_of, page_of, refusal, reviews_in, write
from .sticky import Outcome, put

_ENTRY = "from aistacks_cli.app import main; main()"
_LONGEST = 900
_MOST_LOG = 200_000


@dataclass(frozen=True)
class Left:
    """What the plan job leaves: its exit code, and the artifact if it made a document."""

    code: int
    archive: Path | None


def rehearse(
    repo: Path, base: str, head: str, out: Path, project: str = ".", environment: str = "", *, everything: bool = False
) -> int:
    """Plan ``head`` against ``base`` as the unprivileged job does, then comment as the privileged one does.

    ``out`` gets everything that the jobs leave. Nothing of the repository is run but by the plan job, which works on a
    clone, without the caller's variables and, where Linux lets us, without sight of other processes.
    ``everything``: every project that the pull request touches. Returns the plan's exit code.
    """
    there = _commit(repo, head)
    before = _commit(repo, base)
    out = out.resolve()
    _folder(out)
    with console.phase(f"Plan job: {head} against {base}"):
        left = _plan_job(repo.resolve(), before, there, out, project, environment, everything=everything)
    with console.phase("Comment job"):
        outcome, page = _comment_job(left.archive, there, out)
    console.out.print(f"comment: {outcome.url} ({outcome.action})", markup=False, soft_wrap=True)
    if page is not None:
        console.out.print(f"page:    {page}", markup=False, soft_wrap=True)
    console.out.print(f"log:     {out / 'plan.log'} (exit code {left.code})", markup=False, soft_wrap=True)
    return left.code


def _plan_job(repo: Path, base: str, head: str, out: Path, project: str, environment: str, *, everything: bool) -> Left:
    with tempfile.TemporaryDirectory(prefix="aistacks-pr-") as place:
        checkout, home, artifact = (Path(place).resolve() / name for name in ("checkout", "home", "artifact"))
        home.mkdir()
        artifact.mkdir()
        _git(repo, "clone", "--quiet", "--shared", "--no-checkout", "--", str(repo), str(checkout))
        _git(checkout, "checkout", "--quiet", "--detach", head)
        folder = (checkout / project).resolve()
        there = everything or (folder / "Pulumi.yaml").is_file()
        if not folder.is_relative_to(checkout) or not folder.is_dir() or not there:
            raise UserError(
                f"--project {project}", "no Pulumi.yaml there", "the folder of a Pulumi project in the repository"
            )
        arguments = [
            "plan",
            *([environment] if environment else []),
            *(["--all"] if everything else []),
            "--base",
            base,
            "--json",
            str(artifact / DOCUMENT),
        ]
        code, log = _aistacks(arguments, folder, home, prefix())
        (out / "plan.log").write_bytes(log)
        return Left(code, _upload(artifact, out / "artifact.zip"))


def _upload(artifact: Path, archive: Path) -> Path | None:
    archive.unlink(missing_ok=True)
    try:
        data = take(artifact)
    except UserError:
        return None
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(DOCUMENT, data)
    return archive


def _comment_job(archive: Path | None, head: str, out: Path) -> tuple[Outcome, Path | None]:
    thread = Folder(out / "forge")
    page = out / "page.html"
    page.unlink(missing_ok=True)
    try:
        if archive is None:
            raise UserError("plan job", "no document", "one")
        reviews = reviews_in(archive)
    except UserError as error:
        console.note(str(error))
        return put(thread, "", refusal(head)), None
    write(page, page_of(reviews))
    return put(thread, "", comment_of(reviews, page.as_uri())), page


def _aistacks(arguments: Sequence[str], folder: Path, home: Path, alone: Sequence[str]) -> tuple[int, bytes]:
    # -P: what lies in the repository is no module of ours.
    command = [*alone, sys.executable, "-P", "-c", _ENTRY, *arguments]
    with tempfile.TemporaryFile() as log:
        try:
            done = subprocess.run(
                command, cwd=folder, env=dict(bare_environment(home)), stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, timeout=_LONGEST, check=False,
            )  # fmt: skip
            code = done.returncode
        except subprocess.TimeoutExpired:
            code = 124
        log.seek(0)
        return code, log.read(_MOST_LOG)


def _folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--out {out}", error.strerror or "no folder", "a folder that can be made") from None


def _commit(repo: Path, revision: str) -> str:
    from ..record.revisions import commit, repository

    if not repo.is_dir():
        raise UserError(f"--repo {repo}", "no folder", "a git repository")
    return commit(repository(repo), revision)


def _git(folder: Path, *arguments: str) -> None:
    done = subprocess.run(
        ["git", "-c", "core.hooksPath=/dev/null", "-C", str(folder), *arguments],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason"])[-1]
        raise UserError(f"git {arguments[0]}", reason, "a repository that can be cloned and checked out")
