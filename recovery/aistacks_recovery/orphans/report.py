"""What was found, as `aistacks orphans --json` writes it."""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, ConfigDict, Field

from .finding import Finding
from .judging import Found, Standing
from .prices import monthly
from .stack import Stack

SCHEMA_VERSION = 1


class Item(BaseModel):
    """One thing in the account."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str = Field(description="For people, for example `volume`.")
    type: str = Field(description="Pulumi's token; empty for a type that isn't known.")
    id: str = Field(description="As its service calls it.")
    arn: str
    name: str = ""
    region: str = Field(description="`everywhere` for what lies in no region.")
    standing: Standing = Field(description="`orphan`, `controlled` (by a living cluster or a service) or `belongs`.")
    because: str = Field(description="The tag, name or place by which it is the stack's.")
    certain: bool = Field(description="Whether only this stack's things have that.")
    made_by: str = Field(description="A controller or service; empty where no tag says it.")
    part_of: str = Field(description="Id of what it is a part of; empty for what is none.")
    created: dt.datetime | None = Field(description="Null where the service doesn't say.")
    age_days: int | None = Field(description="Whole days since then.")
    holds_data: bool
    monthly_usd: float | None = Field(description="List price of a month of 730 hours; null where it isn't known.")
    not_counted: str = Field(description="What isn't in `monthly_usd`.")
    refused: str = Field(description="Why `--remove` leaves it; empty where it doesn't.")
    tags: dict[str, str]


class UnreadKind(BaseModel):
    """What couldn't be looked at."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    region: str
    reason: str


class Report(BaseModel):
    """One stack's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = SCHEMA_VERSION
    stack: str = Field(description="`<project>/<stack>`.")
    account: str
    regions: list[str]
    at: dt.datetime
    tagged: bool = Field(description="Whether the state's own resources carry the stack's tag.")
    orphans: int
    monthly_usd: float = Field(description="Of the orphans, as far as it is known: at least.")
    items: list[Item]
    unread: list[UnreadKind]

    @classmethod
    def of(cls, stack: Stack, account: str, finding: Finding, now: dt.datetime, home: str) -> Report:
        """The report of ``finding``; ``home``: the region whose prices hold for what is in none."""
        items = [_item(each, now, home) for each in finding.found]
        orphans = [each for each in items if each.standing is Standing.ORPHAN]
        return cls(
            stack=stack.name,
            account=account,
            regions=list(stack.regions),
            at=now,
            tagged=stack.tagged,
            orphans=len(orphans),
            monthly_usd=round(sum(each.monthly_usd or 0 for each in orphans), 2),
            items=items,
            unread=[UnreadKind(kind=each.kind, region=each.region, reason=each.reason) for each in finding.unread],
        )


def _item(found: Found, now: dt.datetime, home: str) -> Item:
    thing = found.thing
    dollars, not_counted = monthly(thing, home)
    return Item(
        kind=thing.kind,
        type=thing.type,
        id=thing.id,
        arn=thing.arn,
        name=thing.name if thing.name != thing.id else thing.tags.get("Name", ""),
        region=thing.region,
        standing=found.standing,
        because=found.because,
        certain=found.certain,
        made_by=found.made_by,
        part_of=found.part_of,
        created=thing.created,
        age_days=None if thing.created is None else max((now - thing.created).days, 0),
        holds_data=thing.data,
        monthly_usd=None if dollars is None else round(dollars, 2),
        not_counted=not_counted,
        refused=found.refused,
        tags=dict(thing.tags),
    )
