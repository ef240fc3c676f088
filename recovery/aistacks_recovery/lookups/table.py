"""The table of look-ups: for each type of AWS by which calls what it made is found."""

from __future__ import annotations

import functools
from datetime import date
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from aistacks_core.errors import UserError
from aistacks_core.facts import load, read

from .expressions import compiled


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="after")
    @classmethod
    def _is_jmespath(cls, value: Any, info: Any) -> Any:
        if info.field_name in cls.expressions():
            for text in value.values() if isinstance(value, dict) else [value]:
                if text:
                    compiled(text)
        return value

    @classmethod
    def expressions(cls) -> frozenset[str]:
        """The fields that are JMESPath."""
        return frozenset()


class More(_Strict):
    """A second call, for each that the first one found; its answer is ``found.<name>``."""

    call: str
    service: str = ""
    """boto3's name. Default: the look-up's."""
    params: str = ""
    take: str = "@"
    """JMESPath over the answer."""
    name: str
    match: dict[str, str] = Field(default_factory=dict)
    keep: str = ""

    @classmethod
    def expressions(cls) -> frozenset[str]:
        return frozenset({"params", "take", "match", "keep"})


class Lookup(_Strict):
    """One type.

    Expressions are JMESPath over ``{input, found, account, region, partition}``, those of ``match`` and ``tags`` over
    what was found, and ``each`` over the call's answer, of which every page is read.
    """

    service: str = ""
    call: str
    params: str = ""
    """The call's parameters. What is null in it is left out."""
    each: str
    """The candidates: a list, or the one."""
    keep: str = ""
    """Only what this is true for."""
    match: dict[str, str] = Field(default_factory=dict)
    """An input (JMESPath), and what it must be equal to. Inputs that aren't given don't count."""
    holds: dict[str, str] = Field(default_factory=dict)
    """An input that is a list, and the list that must have all of its items."""
    more: list[More] = Field(default_factory=list)
    tags: str = ""
    """Where the tags are. Default: there are none, or no call tells them."""
    tags_later: bool = False
    """The provider tags it by a call of its own after it was made: one that was interrupted may have none."""
    id: str
    import_id: str = ""
    importable: bool = True
    """Whether the provider can import it."""
    created: str = ""
    shown: str = ""
    """Default: the id."""
    needs: list[str] = Field(default_factory=list)
    """Inputs without which it can't be told from others."""
    certain: Literal["key", "tags", "never"] = "key"
    """``key``: what is matched belongs to one thing only. ``tags``: several can have it; all tags decide."""
    unique: list[str] = Field(default_factory=list)
    """Where ``certain`` is ``tags``: one of these inputs alone is a key."""
    absent: list[str] = Field(default_factory=list)
    """Further codes of errors that say that it isn't there."""
    later: str = ""
    """What the provider sets by calls of their own after it was made; for people."""

    @classmethod
    def expressions(cls) -> frozenset[str]:
        return frozenset({"params", "each", "keep", "match", "holds", "tags", "id", "import_id", "created", "shown"})


class File(_Strict):
    """One file of the table. ``service`` is boto3's name, the default of its look-ups."""

    service: str
    source: str
    date: date
    types: dict[str, Lookup]
    cannot: dict[str, str] = Field(default_factory=dict)
    """Types that can't be looked up, and why."""


@functools.cache
def _files() -> tuple[File, ...]:
    folder = files(__package__) / "types"
    found = []
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        if file.name.endswith(".yaml"):
            try:
                found.append(File.model_validate(read(file)))
            except ValidationError as error:
                raise UserError(file.name, str(error), "a file of look-ups") from error
    return tuple(found)


@functools.cache
def lookups() -> dict[str, Lookup]:
    """Type to look-up, the service filled in."""
    return {
        token: lookup.model_copy(update={"service": lookup.service or file.service})
        for file in _files()
        for token, lookup in file.types.items()
    }


@functools.cache
def reasons() -> dict[str, str]:
    """The types that can't be looked up, and why."""
    return {token: reason for file in _files() for token, reason in file.cannot.items()}


def without_cloud(package: str) -> bool:
    """Whether what a package makes is in the engine's state only."""
    return package in load(__package__, "without_cloud.yaml")["packages"]
