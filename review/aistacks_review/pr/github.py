"""GitHub: comments of a pull request, and which pull request and artifact a finished run belongs to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aistacks_core.errors import UserError
from aistacks_core.http import Api, token_of

from .provider import Comment

PUBLIC = "https://api.github.com"


def api(base: str | None = None, backoff: float = 1.0) -> Api:
    """The API with the token of ``GITHUB_TOKEN``. Default base: ``GITHUB_API_URL``, else GitHub's public one."""
    headers = {
        "Authorization": f"Bearer {token_of('GITHUB_TOKEN')}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    return Api(base or os.environ.get("GITHUB_API_URL") or PUBLIC, headers, backoff)


@dataclass
class PullRequest:
    """Comments of one pull request on GitHub (there a pull request is an issue, too)."""

    api: Api
    repository: str
    number: int
    most: int = 65_536

    def me(self) -> str:
        # An Actions token may not ask REST who it is; GraphQL tells every kind of token, as "github-actions[bot]".
        answer = self.api.json("POST", "/graphql", json={"query": "query { viewer { login } }"})
        try:
            return str(answer["data"]["viewer"]["login"])
        except (KeyError, TypeError):
            raise UserError("GITHUB_TOKEN", "no account behind it", "a token that GitHub knows") from None

    def comments(self) -> Iterator[Comment]:
        path = f"/repos/{self.repository}/issues/{self.number}/comments"
        for found in self.api.pages(path, {"per_page": 100}):
            yield _comment(found)

    def create(self, body: str) -> Comment:
        path = f"/repos/{self.repository}/issues/{self.number}/comments"
        return _comment(self.api.json("POST", path, json={"body": body}))

    def update(self, comment: Comment, body: str) -> Comment:
        path = f"/repos/{self.repository}/issues/comments/{comment.id}"
        return _comment(self.api.json("PATCH", path, json={"body": body}))

    def delete(self, comment: Comment) -> None:
        self.api.request("DELETE", f"/repos/{self.repository}/issues/comments/{comment.id}")


@dataclass(frozen=True)
class Run:
    """A finished run of the unprivileged workflow, as GitHub's own event tells it."""

    id: int
    repository: str
    sha: str
    """Head commit that was planned."""
    branch: str
    owner: str
    """Owner of the repository the branch is in; empty where it is gone."""
    numbers: tuple[int, ...]
    """Pull requests as the event lists them; GitHub leaves them out for forks."""


def run_of(event: Any, where: str) -> Run:
    """The run in a ``workflow_run`` event. Raises ``UserError`` where it is another event, or no pull request's run."""
    try:
        run = event["workflow_run"]
        kind = run["event"]
        found = Run(
            id=int(run["id"]),
            repository=str(event["repository"]["full_name"]),
            sha=str(run["head_sha"]),
            branch=str(run["head_branch"] or ""),
            owner=str((run.get("head_repository") or {}).get("owner", {}).get("login", "")),
            numbers=tuple(int(p["number"]) for p in run.get("pull_requests") or []),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UserError(where, "another event", "a workflow_run event, as $GITHUB_EVENT_PATH names") from None
    if kind != "pull_request":
        raise UserError(where, f"a run of {kind!r}", "a run of a pull_request")
    return found


def pull_request_of(api: Api, run: Run) -> int | None:
    """Number of the one open pull request whose newest commit the run planned; ``None`` where there is none any more.

    Only GitHub is asked: nothing that the run wrote takes part. Raises ``UserError`` where there are several.
    """
    params: dict[str, str | int] = {"state": "open", "per_page": 100}
    if run.owner and run.branch:
        params["head"] = f"{run.owner}:{run.branch}"
    found = [p for p in api.pages(f"/repos/{run.repository}/pulls", params) if _head(p) == run.sha]
    numbers = {int(p["number"]) for p in found}
    if run.numbers and numbers & set(run.numbers):
        numbers &= set(run.numbers)
    if len(numbers) > 1:
        numbers_text = ", ".join(f"#{number}" for number in sorted(numbers))
        raise UserError(
            f"commit {run.sha[:12]}", f"it is the head of {numbers_text}", "one pull request", "Close the others."
        )
    return numbers.pop() if numbers else None


def artifact_of(api: Api, run: Run, name: str, most: int) -> bytes | None:
    """The archive that the run uploaded under ``name``; ``None`` where it left none, or one of more than
    ``most`` bytes."""
    path = f"/repos/{run.repository}/actions/runs/{run.id}/artifacts"
    answer = api.json("GET", path, params={"name": name, "per_page": 100})
    artifacts = answer.get("artifacts") if isinstance(answer, dict) else None
    found = [a for a in artifacts or [] if a.get("name") == name and not a.get("expired")]
    newest = max(found, key=lambda a: int(a["id"]), default=None)
    if newest is None or int(newest.get("size_in_bytes", 0)) > most:
        return None
    return api.download(f"/repos/{run.repository}/actions/artifacts/{int(newest['id'])}/zip", most)


def _head(pull: Any) -> str:
    return str((pull.get("head") or {}).get("sha", "")) if isinstance(pull, dict) else ""


def _comment(found: Any) -> Comment:
    try:
        author = (found.get("user") or {}).get("login", "")
        return Comment(str(int(found["id"])), str(author), str(found.get("body") or ""), _address(found))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UserError("comment", "an answer of another shape", "GitHub's API", "Is the address right?") from None


def _address(found: Any) -> str:
    url = str(found.get("html_url", ""))
    return url if urlsplit(url).scheme in ("https", "http") else ""
