"""Which resource of the base is which of the head: by URN, else by an alias, its own or its parent's."""

from __future__ import annotations

from collections.abc import Iterator

from aistacks_catalog.aws.types.facts import canonical_token
from aistacks_core.snapshot import Plan, Registration


class Matching:
    """The pairs found so far; the head is asked in its order, so parents come before their children."""

    def __init__(self, base: Plan, head: Plan) -> None:
        self.olds = {r.urn: r for r in base.resources}
        self.news = {r.urn: r for r in head.resources}
        self.found: dict[str, str] = {}
        """URN in the head to the one in the base."""

    def old(self, new: Registration) -> Registration | None:
        """The resource of the base that ``new`` was, or ``None``."""
        taken = set() if new.urn in self.olds else set(self.found.values())
        for urn in (new.urn, *self._aliases(new)):
            if urn in self.olds and urn not in taken and (urn == new.urn or urn not in self.news):
                self.found[new.urn] = urn
                return self.olds[urn]
        return None

    def was(self, urn: str) -> str:
        """What a URN of the head is called in the base."""
        return self.found.get(urn, urn)

    def _aliases(self, new: Registration) -> Iterator[str]:
        """Its own aliases, then those that follow from what its parent was called before."""
        yield from new.aliases
        was = self.was(new.parent)
        if was == new.parent:
            return
        parent = new.parent.rsplit("::", 1)[-1]
        for urn in (new.urn, *new.aliases):
            yield _inherited(urn, new.type, parent, was)


def same_type(one: str, other: str) -> bool:
    """Whether two tokens mean one type: AWS's older names, and the versions of a Kubernetes kind."""
    if one == other or canonical_token(one) == canonical_token(other):
        return True
    kinds = {token.rpartition(":")[2] for token in (one, other)}
    return len(kinds) == 1 and all(token.startswith("kubernetes:") for token in (one, other))


def moved_from(old: Registration, new: Registration) -> str:
    """By what an alias differs from what it is now, as a clause."""
    if old.name != new.name:
        return f"renamed from {old.name}"
    return f"its type was {old.type}" if old.type != new.type else "moved to another parent"


def _inherited(urn: str, type_: str, parent: str, was: str) -> str:
    """The URN of a child whose parent was called ``was``: a name that begins with the parent's goes along."""
    name = urn.rsplit("::", 1)[-1]
    old_parent = was.rsplit("::", 1)[-1]
    if name.startswith(parent):
        name = old_parent + name[len(parent) :]
    head, project, chain = was.split("::")[:3]
    return f"{head}::{project}::{chain}${type_}::{name}"
