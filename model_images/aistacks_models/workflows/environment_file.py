"""Reads the digests in an environment's file, and edits one in place without touching anything else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from aistacks_core.errors import UserError
from aistacks_core.files import write_atomically
from aistacks_core.project import Project
from aistacks_core.yaml_files import parse

_ENVIRONMENT = "environment"
_QUOTES = {None: "", "'": "'", '"': '"'}


@dataclass(frozen=True)
class Service:
    """A service of an environment. ``digest``: as in the file, normally 64 hex digits; empty where there is none."""

    name: str
    model: str
    digest: str


@dataclass(frozen=True)
class EnvironmentFile:
    """The file's ``path`` and ``text``. ``key``: of the settings in it, such as ``aistacks:environment``."""

    path: Path
    text: str
    key: str

    @classmethod
    def read(cls, project: Project, environment: str) -> EnvironmentFile:
        """The file of ``environment``. Raises `UserError` where it is missing or unreadable."""
        path = project.settings_path(environment)
        try:
            # Not read_text: that would normalise line endings.
            text = path.read_bytes().decode()
        except (OSError, UnicodeDecodeError) as error:
            got = getattr(error, "strerror", None) or "not UTF-8"
            raise UserError(str(path), got.lower(), "an environment's file") from None
        return cls(path, text, f"{project.name}:{_ENVIRONMENT}")

    @property
    def services(self) -> tuple[Service, ...]:
        """Every service in it."""
        return services(self._load(self.text), self.key)

    def of_model(self, model: str, service: str = "") -> tuple[Service, ...]:
        """The services that serve ``model``; only ``service`` if given. Raises `UserError` where there is none."""
        serving = [each for each in self.services if each.model == model]
        found = tuple(each for each in serving if service in ("", each.name))
        if not found:
            names = ", ".join(each.name for each in serving)
            expected = f"one of {names}" if names else f"a service with `model: {model}`"
            got = f"no service {service!r} of the model {model}" if service else f"no service of the model {model}"
            raise UserError(f"{self.path}: {self.key}.services", got, expected)
        return found

    def with_digests(self, digests: Mapping[str, str]) -> str:
        """The text with the new ``digests`` (service → 64 hex digits); no other character changes.

        Raises `UserError` where a digest isn't a literal in its service's mapping.
        """
        text = self.text
        edits = [self._edit(name, digest) for name, digest in digests.items()]
        for start, end, new in sorted(edits, reverse=True):
            text = text[:start] + new + text[end:]
        before = {each.name: each for each in self.services}
        wanted = {**before, **{name: Service(name, before[name].model, digest) for name, digest in digests.items()}}
        table, after = self._load(self.text), self._load(text)
        if {each.name: each for each in services(after, self.key)} != wanted or _rest(table) != _rest(after):
            raise UserError(
                str(self.path), "digests shared by an anchor or alias", "a literal for each", "Edit it by hand."
            )
        return text

    def write(self, text: str) -> None:
        """Write ``text`` atomically."""
        try:
            write_atomically(self.path, text)
        except OSError as error:
            raise UserError(str(self.path), (error.strerror or "an error").lower(), "a file to write") from None

    def _edit(self, service: str, digest: str) -> tuple[int, int, str]:
        path = ("config", self.key, "services", service)
        where = f"{self.path}: {'.'.join(path[1:])}.digest"
        home = _at(yaml.compose(self.text, Loader=yaml.SafeLoader), path)
        node = _at(home, ("digest",))
        if home is None or not isinstance(node, yaml.ScalarNode):
            raise UserError(where, "nothing", "a literal digest", "Write: digest: sha256:…")
        start, end = node.start_mark.index, node.end_mark.index
        quote = _QUOTES.get(node.style)
        inside = home.start_mark.index <= start and end <= home.end_mark.index
        if not inside or quote is None or self.text[start:end] != f"{quote}{node.value}{quote}":
            raise UserError(where, "a digest that isn't a literal here", "a literal in place", "Write it out.")
        scheme = "" if node.value and not node.value.startswith("sha256:") else "sha256:"
        return start, end, f"{quote}{scheme}{digest}{quote}"

    def _load(self, text: str) -> Any:
        return parse(text, str(self.path))


def services(table: Any, key: str) -> tuple[Service, ...]:
    """Every service in an environment's settings."""
    found = table
    for step in ("config", key, "services"):
        found = found.get(step) if isinstance(found, dict) else None
    if not isinstance(found, dict):
        return ()
    rows = {str(name): row for name, row in found.items() if isinstance(row, dict)}
    return tuple(
        Service(name, str(row.get("model", "")), str(row.get("digest") or "").removeprefix("sha256:"))
        for name, row in rows.items()
    )


def _at(node: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        if not isinstance(node, yaml.MappingNode):
            return None
        node = next((value for key, value in node.value if key.value == step), None)
    return node


def _rest(value: Any) -> Any:
    """The settings without their digests."""
    if isinstance(value, dict):
        return {key: _rest(each) for key, each in value.items() if key != "digest"}
    return [_rest(each) for each in value] if isinstance(value, list) else value
