"""Which backend a project's stacks are in, found as the engine finds it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from aistacks_core.errors import UserError
from aistacks_core.yaml_files import described, read_mapping

from .file_store import FileStore
from .s3_store import S3Store

_VARIABLE = "PULUMI_BACKEND_URL"
_OTHERS = ("azblob", "gs", "postgres")
"""What the engine itself can work on besides: its own files there, by other clients."""


@dataclass(frozen=True)
class Backend:
    """``said_by``: who names it. ``folder``: what a relative ``file://`` path is seen from."""

    url: str
    said_by: str
    folder: Path

    @property
    def is_readable(self) -> bool:
        """Whether its files can be read here: those of a folder or an S3 bucket."""
        return urlsplit(self.url).scheme in ("file", "s3")

    @property
    def shown(self) -> str:
        """The URL without a password."""
        parts = urlsplit(self.url)
        host = parts.netloc.rpartition("@")[2]
        return parts._replace(netloc=host, query="").geturl()

    def store(self) -> FileStore | S3Store:
        """Its files. Raises ``UserError`` for one that can't be read here, with what can be done there."""
        parts = urlsplit(self.url)
        if parts.scheme == "s3":
            path = parts.path.strip("/")
            return S3Store(parts.netloc, f"{path}/" if path else "", dict(parse_qsl(parts.query)))
        if parts.scheme == "file":
            path = unquote(self.url.removeprefix("file://").partition("?")[0])
            place = Path(path).expanduser() if path.startswith("~") else Path(path)
            return FileStore((self.folder / place).resolve())
        where = f"the backend {self.shown} ({self.said_by})"
        if parts.scheme in _OTHERS:
            raise UserError(
                where,
                parts.scheme,
                "file:// or s3://",
                "Its versions are the storage's own; `pulumi cancel` drops a lock.",
            )
        raise UserError(
            where,
            "Pulumi Cloud",
            "file:// or s3://",
            "It keeps versions and locks itself and shows neither to us: `pulumi stack history`, `pulumi stack export"
            " --version N`, `pulumi stack import`, and `pulumi cancel` where an update never ended.",
        )


def backend_of(folder: Path, environ: Mapping[str, str]) -> Backend:
    """The backend of the project in ``folder``: ``PULUMI_BACKEND_URL``, else ``backend.url`` of ``Pulumi.yaml``, else
    where one logged in last.

    Raises ``UserError`` where nothing names one.
    """
    if url := environ.get(_VARIABLE, ""):
        return Backend(url, _VARIABLE, Path.cwd())
    file = folder / "Pulumi.yaml"
    about = read_mapping(file, "a Pulumi project (Pulumi.yaml)").get("backend") if file.exists() else None
    if isinstance(about, dict) and about.get("url"):
        if not isinstance(about["url"], str):
            raise UserError(f"{file}: backend.url", described(about["url"]), "a URL")
        return Backend(about["url"], str(file), folder)
    credentials = _credentials(environ)
    url = _current(credentials)
    if not url:
        raise UserError(
            f"{_VARIABLE}, {file} (backend.url) and {credentials}",
            "no backend",
            "the one that holds the state",
            "`pulumi login` as for `pulumi up`, or set the variable.",
        )
    return Backend(url, str(credentials), Path.cwd())


def _credentials(environ: Mapping[str, str]) -> Path:
    folder = environ.get("PULUMI_CREDENTIALS_PATH") or environ.get("PULUMI_HOME")
    return (Path(folder) if folder else Path.home() / ".pulumi") / "credentials.json"


def _current(file: Path) -> str:
    try:
        about: Any = json.loads(file.read_bytes())
    except FileNotFoundError:
        return ""
    except (OSError, ValueError):
        raise UserError(
            str(file), "no JSON that can be read", "what `pulumi login` writes", f"Or set {_VARIABLE}."
        ) from None
    current = about.get("current") if isinstance(about, dict) else None
    return current if isinstance(current, str) else ""
