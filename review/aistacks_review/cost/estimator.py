"""What a plan costs a month, as far as prices were read and use is assumed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from aistacks_catalog.aws.prices.book import load
from aistacks_core.snapshot import Plan

from .assumptions import Assumptions, with_figure
from .context import Books, Context
from .figures import Cost, Estimate, Unpriced
from .free import why_free
from .rules import RULES
from .sameness import unclear

_NO_RULE = "this kind of resource has no pricing rule here"
_REMOTE = "its own program makes what is in it, and that isn't seen here"
_OPAQUE = "what it makes isn't seen here"
_MAKES_NOTHING = frozenset(
    (
        # Resources of their own, which are judged as such.
        "remote component",
        "dynamic provider",
        "Helm release",
        # What is only asked or read.
        "method of a remote component",
        "invoke",
        "assumed answer",
        "assumed output",
        "stack reference",
        "resource that is read",
        "encrypted config",
        "warning",
    )
)
"""Kinds of what a plan can't see into that make nothing which could cost."""


def estimate(plan: Plan, assumptions: Assumptions, *, today: dt.date | None = None, books: Books = load) -> Estimate:
    """Every resource of ``plan`` as lines, unpriced, or counted as free.

    ``today`` decides which Kubernetes versions are past standard support; default: the day it is. ``books`` gives a
    region's prices; default: the price books of this command. Raises ``UserError`` for a price book that can't be
    read.
    """
    c = Context(plan, assumptions.usage, today or dt.datetime.now(dt.UTC).date(), books)
    for r in plan.resources:
        if r.remote:
            c.leave(r, f"component {r.type}", _REMOTE)
            continue
        if not r.custom or r.type.startswith("pulumi:"):
            continue
        rule = RULES.get(r.type)
        if rule is not None:
            rule(r, c)
        elif why_free(r.type) is not None:
            c.free += 1
        else:
            c.leave(r, r.type, _NO_RULE)
    for part in dict.fromkeys(plan.opaque):
        if part.kind not in _MAKES_NOTHING:
            c.unpriced.append(Unpriced(part.what, part.kind, _OPAQUE))
    return Estimate(
        region=plan.region,
        lines=[replace(line, assumption=with_figure(assumptions.usage, line.assumption)) for line in c.lines],
        unpriced=c.unpriced,
        free=c.free,
        prices_of=min(c.dates, default=""),
    )


def cost(
    head: Plan,
    base: Plan | None,
    assumptions: Assumptions,
    base_assumptions: Assumptions | None = None,
    *,
    today: dt.date | None = None,
    books: Books = load,
) -> Cost:
    """The head's estimate beside the base's, and the head's budget. ``base_assumptions``: what the base's own file
    says; default: the head's."""
    now = estimate(head, assumptions, today=today, books=books)
    before = None if base is None else estimate(base, base_assumptions or assumptions, today=today, books=books)
    return Cost(
        head=now,
        base=before,
        budget=assumptions.budget_usd_per_month,
        unclear=[] if base is None or before is None else unclear(head, now, base, before),
    )
