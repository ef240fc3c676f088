"""Removes orphans: with a plan, in the order in which AWS lets them go, and looking again before each."""

from __future__ import annotations

import enum
import itertools
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from aistacks_core.errors import UserError

from ..account import Account
from .expressions import arguments, value
from .finding import Finding
from .judging import Found, Standing, found_among
from .listing import Thing, listed
from .stack import Stack

_IN_USE = re.compile(
    r"DependencyViolation|InUse|DeleteConflict|Conflict|InvalidState|IncorrectState|Pending|NotEmptyYet"
)
"""Errors of what still goes away or is held by what does: tried again until `_PATIENCE` is over."""
_GONE = re.compile(r"NotFound|NoSuch|DoesNotExist|NonExistent")
_PATIENCE = 900.0
"""Seconds. An EKS node group takes about ten minutes to go, a load balancer's interfaces one."""
_PAUSE = 10.0


@dataclass(frozen=True)
class Removal:
    """``going``: in order. ``staying``: what isn't removed, and why."""

    going: tuple[Found, ...]
    staying: tuple[tuple[Found, str], ...]


class Outcome(enum.StrEnum):
    """How a removal ended."""

    REMOVED = "removed"
    GONE = "gone already"
    SPARED = "spared"
    """It is in the state by now, or carries the stack's tags no more."""
    FAILED = "failed"


@dataclass(frozen=True)
class Removed:
    """``reason``: why it was spared or failed."""

    found: Found
    outcome: Outcome
    reason: str = ""


def plan(finding: Finding, include: Iterable[str] = ()) -> Removal:
    """What would go. What holds data, or isn't certainly the stack's, goes only where ``include`` has its id or ARN.

    Raises ``UserError`` for an id that nothing found has, and for one that mustn't be removed.
    """
    named = set(include)
    going: list[Found] = []
    staying: list[tuple[Found, str]] = []
    for each in finding.found:
        is_named = bool(named & {each.thing.id, each.thing.arn})
        reason = _reason(each, is_named)
        if reason and is_named:
            raise UserError(f"--include {each.thing.id}", reason, "something that may be removed")
        if reason:
            staying.append((each, reason))
        else:
            going.append(each)
    known = {key for each in finding.found for key in (each.thing.id, each.thing.arn)}
    if unknown := sorted(named - known):
        raise UserError(f"--include {unknown[0]}", "nothing with this id", "the id or ARN of something that was found")
    return Removal(tuple(sorted(going, key=_order)), tuple(staying))


def _reason(found: Found, is_named: bool) -> str:
    if found.standing is Standing.BELONGS or found.refused:
        return found.refused
    if is_named:
        return ""
    if found.thing.data:
        return f"it holds data: --include {found.thing.id}"
    if not found.certain:
        return f"that it is this stack's isn't certain ({found.because}): --include {found.thing.id}"
    return ""


def _order(found: Found) -> tuple[Any, ...]:
    return (_rank(found), found.thing.region, found.thing.id)


def _rank(found: Found) -> int:
    return found.thing.row.rank if found.thing.row else 0


def remove(
    removal: Removal,
    account: Account,
    stack: Callable[[], Stack],
    *,
    progress: Callable[[Found], None] = lambda _: None,
    sleep: Callable[[float], None] = time.sleep,
    patience: float = _PATIENCE,
) -> list[Removed]:
    """Remove what ``removal`` says, one rank after the other.

    Right before its first try the state is read anew (``stack``) and the thing itself: one that is known by now, has
    gone, or carries another tag is left alone. What something else still holds is tried again for ``patience`` seconds,
    after the others of its rank: one of them may be what holds it. One failure stops no other removal.
    """
    outcomes: list[Removed] = []
    for _, rank in itertools.groupby(removal.going, key=_rank):
        waiting: list[tuple[Found, Thing | None]] = [(found, None) for found in rank]
        waited = 0.0
        while waiting:
            held: list[tuple[Found, Thing | None]] = []
            for found, now in waiting:
                progress(found)
                told = _removed(found, now, account, stack)
                if isinstance(told, Removed):
                    outcomes.append(told)
                else:
                    held.append((found, told))
            if held and waited >= patience:
                reason = f"something still holds it after {patience:.0f} s"
                outcomes += [Removed(found, Outcome.FAILED, reason) for found, _ in held]
                break
            # Whoever went in this round may have been what holds the rest.
            if held and len(held) == len(waiting):
                sleep(_PAUSE)
                waited += _PAUSE
            waiting = held
    return outcomes


def _removed(found: Found, now: Thing | None, account: Account, stack: Callable[[], Stack]) -> Removed | Thing:
    """How it ended; the thing itself where something still holds it. ``now``: as it was at the first try."""
    try:
        if now is None:
            now = _again(found.thing, account)
            if now is None:
                return Removed(found, Outcome.GONE)
            if reason := _spared(found, now, stack()):
                return Removed(found, Outcome.SPARED, reason)
        if not _tried(now, account):
            return now
    except ClientError as error:
        told_by_aws = error.response["Error"]
        if _GONE.search(told_by_aws["Code"]):
            return Removed(found, Outcome.GONE)
        return Removed(found, Outcome.FAILED, f"{told_by_aws['Code']}: {told_by_aws.get('Message', '')}")
    except (BotoCoreError, UserError) as error:
        return Removed(found, Outcome.FAILED, str(error))
    return Removed(found, Outcome.REMOVED)


def _again(thing: Thing, account: Account) -> Thing | None:
    """The thing as it is now."""
    assert thing.row is not None  # noqa: S101 (what has no row isn't planned)
    region = account.region if thing.row.everywhere else thing.region
    return next((each for each in listed(thing.row, account, region) if each.arn == thing.arn), None)


def _spared(found: Found, now: Thing, stack: Stack) -> str:
    """Why it isn't to be removed any more; empty where it still is."""
    row = now.row
    ids = [now.arn, now.id, value(row.state_id, now.context) if row else None]
    if stack.known.has(row.tokens if row else (), [each for each in ids if each]):
        return "the state has it now"
    if stack.is_anothers(now.tags):
        return "it carries another stack's tag now"
    if found.because.startswith("tag ") and not stack.why(now.tags):
        return "its tags aren't the stack's any more"
    if any(each.standing is Standing.BELONGS for each in found_among(stack, [now])):
        return "it is a part of something in the state now"
    return ""


def _tried(thing: Thing, account: Account) -> bool:
    """Whether it went; ``False`` where something still holds it."""
    row = thing.row
    assert row is not None  # noqa: S101
    client = account.client(row.service, account.region if row.everywhere else thing.region)
    try:
        for step in row.before:
            answer = getattr(client, step.listing.call)(**arguments(step.listing.arguments, thing.context))
            for each in value(step.listing.path, answer) or []:
                getattr(client, step.call)(**arguments(step.each, {**thing.context, "each": each}))
        answer = getattr(client, row.remove.call)(**arguments(row.remove.arguments, thing.context))
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if _IN_USE.search(code) and code != "BucketNotEmpty":
            return False
        raise
    failures = value(row.remove.failed, answer)
    if failures:
        raise UserError(thing.id, str(failures[0]), "a removal")
    return True
