"""What GitHub, GitLab or a stand-in must be able to do for a sticky comment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from aistacks_core.errors import UserError


class CiProvider(StrEnum):
    """Where pull requests are."""

    GITHUB = "github"
    GITLAB = "gitlab"
    FOLDER = "folder"
    """A folder on this machine, for rehearsals."""


@dataclass(frozen=True)
class Comment:
    """One comment of a pull request."""

    id: str
    author: str
    """Login, as the provider writes it in a comment."""
    body: str
    url: str = ""


class CommentThread(Protocol):
    """The comments of one pull request."""

    most: int
    """Characters that a comment may have."""

    def me(self) -> str:
        """Login under which this token writes."""

    def comments(self) -> Iterator[Comment]:
        """Every comment, oldest first, all pages."""

    def create(self, body: str) -> Comment:
        """Write a new one."""

    def update(self, comment: Comment, body: str) -> Comment:
        """Replace the text of one."""

    def delete(self, comment: Comment) -> None:
        """Take one away."""


def checked_repository(provider: CiProvider, repository: str) -> str:
    """``repository`` where it is a plain path of names. Raises ``UserError`` else."""
    parts = repository.split("/")
    plain_names = all(re.fullmatch(r"[A-Za-z0-9_.-]+", part) and part not in (".", "..") for part in parts)
    right_length = len(parts) == 2 if provider is CiProvider.GITHUB else len(parts) >= 2
    if not (plain_names and right_length):
        shape = "owner/name" if provider is CiProvider.GITHUB else "group/project"
        raise UserError("--repository", repr(repository), shape)
    return repository
