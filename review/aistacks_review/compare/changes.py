"""The typed difference of two plans: one change per resource, with the properties that make it up."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from aistacks_core.snapshot import Registration


class ChangeKind(StrEnum):
    """What happens to a resource."""

    CREATE = "create"
    UPDATE = "update"
    """In place."""
    REPLACE = "replace"
    """A new one is made and the old one deleted."""
    DELETE = "delete"
    MOVE = "move"
    """It goes by another URN (an alias says so) and is otherwise the same."""


@dataclass(frozen=True)
class PropertyChange:
    """One property that differs. ``before`` and ``after`` may be ``ABSENT`` or ``UNKNOWN``, or hold symbols
    (see ``symbols``); where ``secret``, they must never be shown."""

    path: str
    """In the engine's notation: ``versioning.status``, ``ingress[0].cidrBlocks``."""
    before: Any
    after: Any
    secret: bool = False
    replaces: bool = False
    """Whether this change is why the resource is replaced."""


@dataclass(frozen=True)
class ResourceChange:
    """One resource that the change touches."""

    kind: ChangeKind
    before: Registration | None
    """As the base registers it; ``None`` for what is created."""
    after: Registration | None
    """As the head registers it; ``None`` for what is deleted."""
    properties: tuple[PropertyChange, ...] = ()
    component: str = ""
    """URN of the outermost component it belongs to, empty for none."""
    reason: str = ""
    """Why, where the properties don't say it: ``"network-vpc is replaced"``, ``"renamed from lake"``."""
    may_replace: bool = False
    """An update that could be a replacement: the type's rules, or a value, aren't known."""
    delete_first: bool | None = None
    """Of a replacement: the old one is deleted before the new one is made, as a name that can't be there twice needs
    it, or the program. ``False``: after. ``None``: nobody here knows, or nothing is replaced."""
    retained: bool = False
    """It leaves the program (or its old one is replaced) but stays in the cloud: ``retain_on_delete``."""
    protected: bool = False
    """The engine will refuse to delete or replace it. Of an update, if it turns out to be a replacement."""

    @property
    def registration(self) -> Registration:
        """As the head has it, or the base where it is deleted."""
        found = self.after or self.before
        assert found is not None  # noqa: S101 (one of them is always there)
        return found

    @property
    def urn(self) -> str:
        """URN in the head, or in the base where it is deleted."""
        return self.registration.urn

    @property
    def type(self) -> str:
        """Token, for example ``aws:s3/bucket:Bucket``."""
        return self.registration.type

    @property
    def name(self) -> str:
        """Logical name."""
        return self.registration.name


def refuses_replacement(old: Registration, new: Registration, *, first: bool = False) -> bool:
    """Whether the engine refuses to replace ``old`` by ``new``.

    It does where both have ``protect``: taking it off and replacing is one update (step_generator.go,
    ``continueStepsFromDiff``). What is deleted ``first``, before what it depends on is replaced, is refused by the old
    one's alone.
    """
    return old.protect and (first or new.protect)
