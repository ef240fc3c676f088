"""The privileged half: from a finished run of the plan job to one comment."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from aistacks_core.errors import UserError
from aistacks_core.http import Api

from . import github, gitlab
from .intake import MOST_ARCHIVE, unzipped
from .provider import CiProvider, CommentThread, checked_repository
from .rendering import comment_of, refusal, reviews_of
from .sticky import Outcome, put
from .strict import parse

ARTIFACT = "aistacks-plan"
"""Name of the artifact, and of the job on GitLab, that holds the document."""
_MOST_EVENT = 8 << 20


@dataclass(frozen=True)
class Commented:
    """What was written where."""

    number: int
    outcome: Outcome
    problem: str = ""
    """Why there was no plan to show; empty where there was."""


def thread_of(name: CiProvider, repository: str, number: int, base: str | None = None) -> CommentThread:
    """One pull request's comments. Raises ``UserError`` without a token."""
    checked_repository(name, repository)
    if number < 1:
        raise UserError("--pull", str(number), "a pull request's number")
    if name is CiProvider.GITLAB:
        return gitlab.MergeRequest(gitlab.api(base), repository, number)
    return github.PullRequest(github.api(base), repository, number)


def event_in(path: Path) -> github.Run:
    """The run in GitHub's event file, which GitHub itself writes."""
    from .intake import take

    return github.run_of(parse(take(path, _MOST_EVENT), str(path)), str(path))


def comment_on_github(
    run: github.Run, api: Api, *, artifact: str, key: str, page_url: str, out: Path | None
) -> Commented | None:
    """Comment what a run planned on its pull request; ``None`` where a newer commit is there, or none is open.

    ``out``: a folder that the document is written to once it was found valid, for a page.
    """
    checked_repository(CiProvider.GITHUB, run.repository)
    number = github.pull_request_of(api, run)
    if number is None:
        return None
    pull = github.PullRequest(api, run.repository, number)
    archive = github.artifact_of(api, run, artifact, MOST_ARCHIVE)
    return _comment(pull, number, run.sha, archive, key, page_url, out)


def comment_on_gitlab(api: Api, repository: str, *, job: str, key: str, page_url: str) -> list[Commented]:
    """Comment on every open merge request whose newest commit was planned."""
    checked_repository(CiProvider.GITLAB, repository)
    comments = []
    for found in gitlab.planned(api, repository, job):
        request = gitlab.MergeRequest(api, repository, found.number)
        archive = gitlab.artifact_of(api, found, MOST_ARCHIVE)
        comments.append(_comment(request, found.number, found.sha, archive, key, page_url, None))
    return comments


def run_url() -> str:
    """Address of the run that this is part of, from the CI's own variables; empty elsewhere."""
    if url := os.environ.get("CI_JOB_URL", ""):
        return url if re.fullmatch(r"https?://[\w.:/-]+", url) else ""
    parts = [os.environ.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")]
    url = f"{parts[0]}/{parts[1]}/actions/runs/{parts[2]}"
    return url if all(parts) and re.fullmatch(r"https?://[\w.:/-]+", url) else ""


def _comment(
    thread: CommentThread, number: int, sha: str, archive: bytes | None, key: str, page_url: str, out: Path | None
) -> Commented:
    try:
        if archive is None:
            raise UserError("plan job", "no artifact, or too large a one", "what it uploads")
        data = unzipped(archive, "artifact")
        reviews = reviews_of(data, "artifact")
        text = comment_of(reviews, page_url)
    except UserError as error:
        return Commented(number, put(thread, key, refusal(sha, run_url())), str(error))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "plan.json").write_bytes(data)
    return Commented(number, put(thread, key, text))
