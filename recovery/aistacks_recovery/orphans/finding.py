"""Finds what is a stack's and isn't in its state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from aistacks_catalog.aws.inventory import Kind, kinds

from ..account import Account
from .judging import Found, Standing, found_among
from .listing import Thing, kind_of, listed, tagged, unlisted
from .stack import Stack, controllers

_AT_ONCE = 6
"""Kinds asked for at the same time."""
_GLOBAL = "us-east-1"
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Unread:
    """What couldn't be looked at. ``reason`` is AWS's."""

    kind: str
    region: str
    reason: str


@dataclass(frozen=True)
class Finding:
    """``found``: orphans first, by region, order of removal and id. ``unread``: where something may be hidden."""

    found: tuple[Found, ...]
    unread: tuple[Unread, ...] = ()

    @property
    def orphans(self) -> tuple[Found, ...]:
        """Those that nobody looks after."""
        return tuple(each for each in self.found if each.standing is Standing.ORPHAN)


def find(stack: Stack, account: Account, progress: Progress = lambda _: None) -> Finding:
    """Everything in the account that is ``stack``'s and that its state doesn't know. Changes nothing.

    What can't be read (a right that is missing, a service that a region hasn't) is told in ``unread``.
    """
    things, unread = _everything(stack, account, progress)
    return Finding(tuple(sorted(found_among(stack, things), key=_order)), tuple(unread))


def _order(found: Found) -> tuple[Any, ...]:
    row = found.thing.row
    return (found.standing is not Standing.ORPHAN, found.thing.region, row.rank if row else 0, found.thing.id)


def _everything(stack: Stack, account: Account, progress: Progress) -> tuple[list[Thing], list[Unread]]:
    asked = [
        (kind, region)
        for kind in kinds().values()
        for region in ((account.region,) if kind.everywhere else stack.regions)
    ]
    things: list[Thing] = []
    unread: list[Unread] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = pool.map(lambda each: _listed(each[0], each[1], account), asked)
        for (kind, region), answer in zip(asked, answers, strict=True):
            progress(f"{kind.kind}, {region}")
            if isinstance(answer, str):
                unread.append(Unread(kind.kind, region, answer))
            else:
                things += answer
    more, blind = _by_tag(stack, account, things, {each.kind for each in unread})
    return things + more, unread + blind


def _listed(kind: Kind, region: str, account: Account) -> list[Thing] | str:
    try:
        return listed(kind, account, region)
    except (ClientError, BotoCoreError) as error:
        return _reason(error)


def _reason(error: Exception) -> str:
    if isinstance(error, ClientError):
        return f"{error.response['Error']['Code']}: {error.response['Error'].get('Message', '')}".rstrip(": ")
    return str(error)


def _by_tag(
    stack: Stack, account: Account, things: Iterable[Thing], blind: set[str]
) -> tuple[list[Thing], list[Unread]]:
    """What the Tagging API knows beyond the kinds that are listed. It tells of what went a while ago, too: of a kind
    that could be listed only what the list has counts."""
    listed_already = {thing.arn for thing in things}
    found: dict[str, Thing] = {}
    unread: list[Unread] = []
    everywhere = {_GLOBAL} if account.partition == "aws" else set()
    for region in sorted({*stack.regions, *everywhere}):
        try:
            answer = tagged(account, region, list(_filters(stack)))
        except (ClientError, BotoCoreError) as error:
            unread.append(Unread("everything that has tags", region, _reason(error)))
            continue
        for arn, tags in answer.items():
            kind = kind_of(arn)
            if arn not in listed_already and (kind is None or kind.kind in blind):
                found[arn] = unlisted(arn, tags)
    return list(found.values()), unread


def _filters(stack: Stack) -> Iterator[Mapping[str, Any]]:
    """Of the Tagging API: one tag each; that all of a set fit is looked at afterwards."""
    for wanted in stack.wanted:
        key, text = next(iter(wanted.items()))
        yield {"Key": key, "Values": [text]}
    facts = controllers()
    for cluster in sorted(stack.clusters):
        for key in facts["clusters"]:
            yield {"Key": key, "Values": [cluster]}
        yield {"Key": f"{facts['owned_prefix']}{cluster}", "Values": [facts["owned_value"]]}
