"""A provider that is a folder on this machine: rehearsals write their comment there, and find it again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aistacks_core.errors import UserError

from .provider import Comment


@dataclass
class Folder:
    """Comments in ``comments.json``; the newest text of each of ours in ``comment-<id>.md`` beside it."""

    path: Path
    most: int = 65_536

    def me(self) -> str:
        return "aistacks"

    def comments(self) -> Iterator[Comment]:
        yield from (Comment(**found) for found in self._read())

    def create(self, body: str) -> Comment:
        kept = self._read()
        number = 1 + max((int(c["id"]) for c in kept), default=0)
        made = Comment(str(number), self.me(), body, str(self.path / f"comment-{number}.md"))
        self._write([*kept, vars(made)])
        Path(made.url).write_text(body, encoding="utf-8")
        return made

    def update(self, comment: Comment, body: str) -> Comment:
        self._write([{**c, "body": body} if c["id"] == comment.id else c for c in self._read()])
        Path(comment.url).write_text(body, encoding="utf-8")
        return comment

    def delete(self, comment: Comment) -> None:
        self._write([c for c in self._read() if c["id"] != comment.id])
        if comment.url:
            Path(comment.url).unlink(missing_ok=True)

    @property
    def _file(self) -> Path:
        return self.path / "comments.json"

    def _read(self) -> list[dict[str, str]]:
        try:
            found = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return []
        except ValueError:
            raise UserError(str(self._file), "no JSON", "the comments of an earlier rehearsal", "Delete it.") from None
        return list(found)

    def _write(self, comments: list[dict[str, str]]) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(comments, indent=1), encoding="utf-8")
