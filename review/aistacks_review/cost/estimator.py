"""What a plan costs a month, as far as prices were read and use is assumed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from aistacks_catalog.aws.prices.book import load
from aistacks_core.snapshot import Plan

from .assumptions import Assumptions, with_figure
from .context import Books, Context
from .figures import Cost, Estimate
from .free import why_free
from .rules import RULES

_NO_RULE = "this kind of resource has no pricing rule here"


def estimate(plan: Plan, assumptions: Assumptions, *, today: dt.date | None = None, books: Books = load) -> Estimate:
    """Every resource of ``plan`` as lines, unpriced, or counted as free.

    ``today`` decides which Kubernetes versions are past standard support; default: the day it is. ``books`` gives a
    region's prices; default: the price books of this command. Raises ``UserError`` for a price book that can't be
    read.
    """
    c = Context(plan, assumptions.usage, today or dt.datetime.now(dt.UTC).date(), books)
    for r in plan.resources:
        if not r.custom or r.type.startswith("pulumi:"):
            continue
        rule = RULES.get(r.type)
        if rule is not None:
            rule(r, c)
        elif why_free(r.type) is not None:
            c.free += 1
        else:
            c.leave(r, r.type, _NO_RULE)
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
    before = None if base is None else estimate(base, base_assumptions or assumptions, today=today, books=books)
    return Cost(
        head=estimate(head, assumptions, today=today, books=books),
        base=before,
        budget=assumptions.budget_usd_per_month,
    )
