"""GitLab: notes of a merge request, and what the pipelines of open merge requests planned."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from aistacks_core.errors import UserError
from aistacks_core.http import Api, token_of

from .provider import Comment

PUBLIC = "https://gitlab.com/api/v4"


def api(base: str | None = None, backoff: float = 1.0) -> Api:
    """The API with the token of ``GITLAB_TOKEN``. Default base: ``CI_API_V4_URL``, else GitLab's public one."""
    headers = {"PRIVATE-TOKEN": token_of("GITLAB_TOKEN")}
    return Api(base or os.environ.get("CI_API_V4_URL") or PUBLIC, headers, backoff)


@dataclass
class MergeRequest:
    """Notes of one merge request on GitLab."""

    api: Api
    repository: str
    number: int
    most: int = 1_000_000

    @property
    def _notes(self) -> str:
        return f"/projects/{quote(self.repository, safe='')}/merge_requests/{self.number}/notes"

    def me(self) -> str:
        answer = self.api.json("GET", "/user")
        try:
            return str(answer["username"])
        except (KeyError, TypeError):
            raise UserError("GITLAB_TOKEN", "no account behind it", "a project's or a bot's access token") from None

    def comments(self) -> Iterator[Comment]:
        query: dict[str, str | int] = {"per_page": 100, "sort": "asc", "order_by": "created_at"}
        for found in self.api.pages(self._notes, query):
            if isinstance(found, dict) and not found.get("system"):
                yield _comment(found)

    def create(self, body: str) -> Comment:
        return _comment(self.api.json("POST", self._notes, json={"body": body}))

    def update(self, comment: Comment, body: str) -> Comment:
        return _comment(self.api.json("PUT", f"{self._notes}/{comment.id}", json={"body": body}))

    def delete(self, comment: Comment) -> None:
        self.api.request("DELETE", f"{self._notes}/{comment.id}")


@dataclass(frozen=True)
class Planned:
    """The newest commit of an open merge request, and the job that planned it."""

    number: int
    sha: str
    project: int
    """Project that the job ran in: a fork's own, for a fork."""
    job: int


def planned(api: Api, repository: str, job: str) -> Iterator[Planned]:
    """Open merge requests whose newest commit has a finished ``job``."""
    path = f"/projects/{quote(repository, safe='')}/merge_requests"
    for request in api.pages(path, {"state": "opened", "per_page": 100}):
        number, sha = int(request["iid"]), str(request["sha"] or "")
        pipelines = api.json("GET", f"{path}/{number}/pipelines", params={"per_page": 20})
        for pipeline in [p for p in pipelines if p.get("sha") == sha]:
            found = _job(api, int(pipeline["project_id"]), int(pipeline["id"]), job)
            if found is not None:
                yield Planned(number, sha, int(pipeline["project_id"]), found)
                break


def artifact_of(api: Api, found: Planned, most: int) -> bytes | None:
    """The archive of the job's artifacts; ``None`` where it has more than ``most`` bytes."""
    return api.download(f"/projects/{found.project}/jobs/{found.job}/artifacts", most)


def _job(api: Api, project: int, pipeline: int, name: str) -> int | None:
    jobs = api.json("GET", f"/projects/{project}/pipelines/{pipeline}/jobs", params={"per_page": 100})
    ids = [int(j["id"]) for j in jobs if j.get("name") == name and j.get("artifacts_file")]
    return max(ids, default=None)


def _comment(found: Any) -> Comment:
    try:
        author = (found.get("author") or {}).get("username", "")
        return Comment(str(int(found["id"])), str(author), str(found.get("body") or ""))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UserError("note", "an answer of another shape", "GitLab's API", "Is the address right?") from None
