"""The table: how each type is created, read, changed and deleted through boto3. README.md says how to write it."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aistacks_core.errors import UserError
from aistacks_core.facts import read

_TOKENS = Path(__file__).parent / "tokens"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Operation(_Strict):
    """One boto3 call. Inputs go where the call's members have their names; ``params`` adds the rest."""

    call: str
    params: dict[str, Any] = Field(default_factory=dict)
    within: str = ""
    """Dotted path of the member in which the inputs go. Default: the top."""
    only: list[str] | None = None
    """Send only these inputs. Default: all that the call knows."""
    without: list[str] = Field(default_factory=list)
    """Inputs not to send."""
    when: list[str] = Field(default_factory=list)
    """Run only if one of these inputs is given (at create) or changed (at update). Default: any it sends."""
    undo: str = ""
    """Call to make instead, with the same ``params``, when at update all of ``when`` are gone."""
    take: str = ""
    """Dotted path in the answer where the properties are; an empty one there means that it is gone."""
    match: dict[str, Any] = Field(default_factory=dict)
    """In the list at ``take``, the item whose members are these."""
    keep: dict[str, str] | None = None
    """Of what was taken, only these members, under these names. Default: all."""


class Tagging(_Strict):
    """How a type's tags are set apart from its creation."""

    set: str
    unset: str
    list: str = ""
    """Call that lists tags. Default: the read's answer has them."""
    params: dict[str, Any] = Field(default_factory=dict)
    take: str = ""
    """Dotted path of the tags in the list's answer. Default: its member whose name is like "tags"."""


class Row(_Strict):
    """One type."""

    service: str = ""
    create: Operation
    put: bool = False
    """The creating call changes it, too."""
    then: list[Operation] = Field(default_factory=list)
    """Calls after creation, and again when what they send changed."""
    update: list[Operation] = Field(default_factory=list)
    """Calls for a change only."""
    read: list[Operation]
    """Reads: the first decides whether the resource exists."""
    delete: Operation | None = None
    """Default: nothing to delete; it goes with what it belongs to."""
    id: str
    """Template; with `` or `` between several, the first that can be filled."""
    names: dict[str, str] = Field(default_factory=dict)
    """Property to member, where the names differ; ``/Member`` is at the top, whatever ``within`` says.
    ``A|B``: the first that a call or an answer has."""
    nested: dict[str, str] = Field(default_factory=dict)
    """The same for properties inside properties, at any depth."""
    outputs: dict[str, str] = Field(default_factory=dict)
    """Outputs that no answer carries, as templates."""
    tags: Tagging | None = None
    spec: str = ""
    """EC2's ``ResourceType`` in ``TagSpecifications`` at creation."""
    untagged: bool = False
    """Don't send tags by a call of their own: the service's default doesn't fit this type."""
    local: list[str] = Field(default_factory=list)
    """Inputs that only the provider uses."""
    unread: list[str] = Field(default_factory=list)
    """Inputs whose value the emulator doesn't give back as it got it."""
    override: str = ""
    """Class in ``overrides`` that does what a row can't say: ``module.Class``."""


class Service(_Strict):
    """One file of the table."""

    service: str
    source: str
    date: Any
    tags: Tagging | None = None
    resources: dict[str, Row]


@functools.cache
def _module(name: str) -> Service | None:
    file = _TOKENS / f"{name}.yaml"
    if not file.is_file():
        return None
    return parse(file)


def parse(file: Path) -> Service:
    """A file of the table, checked. Raises ``UserError`` with the path of what is wrong."""
    try:
        return Service.model_validate(read(file))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UserError(f"{file}: {place}", repr(first["input"]), first["msg"]) from error


def row(token: str) -> Row | None:
    """The row for ``token``, completed by its file's defaults, or None: then it isn't emulated."""
    parts = token.split(":")
    service = _module(parts[1].split("/")[0]) if len(parts) == 3 else None
    found = service.resources.get(token) if service else None
    if service is None or found is None:
        return None
    changes: dict[str, Any] = {}
    if found.put:
        changes["update"] = [found.create, *found.update]
    if not found.service:
        changes["service"] = service.service
    if found.tags is None and service.tags is not None and not found.untagged:
        changes["tags"] = service.tags
    return found.model_copy(update=changes)


def tokens() -> list[str]:
    """Every token in the table."""
    services = (parse(file) for file in sorted(_TOKENS.glob("*.yaml")))
    return [token for service in services for token in service.resources]
