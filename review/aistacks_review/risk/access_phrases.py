"""What the rules about access share: comparing, and saying it."""

from __future__ import annotations

from collections.abc import Sequence

from aistacks_catalog.aws.iam.patterns import holds
from aistacks_catalog.aws.iam.requests import Requests
from aistacks_core.snapshot import Registration
from aistacks_core.symbols import without_marks

from .gains import Gain, Reach, reach


def dangerous(piece: Requests) -> bool:
    """Whether it is an administrator's access, which is worth telling in a new environment too."""
    strongest = all(holds(piece.actions, a) for a in ("iam:passrole", "iam:attachrolepolicy", "s3:deletebucket"))
    return strongest and not piece.resources and not piece.when.holds


def public(piece: Requests) -> bool:
    """Whether everybody can do it, without a condition."""
    return reach(piece.principals) is Reach.EVERYBODY and not piece.when.holds


def same(value: object) -> str:
    """A text by which two values can be told apart, unknowns too."""
    return repr(value)


def kind_and_name(registration: Registration) -> str:
    """A resource for a reader: its type's last word and its name."""
    return f"{registration.type.rpartition(':')[2]} {registration.name}"


def joined(texts: Sequence[str], limit: int = 4) -> str:
    """Texts with commas, at most ``limit`` of them."""
    more = f" and {len(texts) - limit} more" if len(texts) > limit else ""
    return ", ".join(without_marks(t) for t in texts[:limit]) + more


def worst(found: Sequence[Gain], limit: int = 3) -> str:
    """The strongest gains, with what makes them strong."""
    texts = [f"{g.what}{f' for {g.who}' if g.who else ''}{f' ({g.why})' if g.why else ''}" for g in found[:limit]]
    return "; ".join(texts) + (f"; and {len(found) - limit} more" if len(found) > limit else "")
