"""One HTML page about a change: it needs no other file, no network and no script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..compare.changes import ChangeKind, ResourceChange
from ..review import Review
from . import wording
from .escape import SENTENCE, clean, code, prose
from .graph import Graph, graph
from .masking import masked
from .overview import (
    Group,
    alike,
    counts,
    groups,
    name_of,
    owners,
    place,
    policies,
    revision,
    spot,
    titles,
)
from .spending import Spending, budget_of, change_of, left_out, spending, together
from .values import LATER, Line, Values, kept
from .verdict import Conclusion, conclusion, headline, threshold

if TYPE_CHECKING:
    from jinja2 import Environment, Template

_TEMPLATES = Path(__file__).parent / "templates"
_LETTERS = 2_500_000
"""Characters of property values on one page; beyond, a line says how many are left out."""
_CHANGES = 8_000
_LINES = 400
_FILTERS = 40
_FINDINGS = 500
_COSTS = 2_000
_SHORT = 4
"""Properties that stand open; more are folded."""


@dataclass(frozen=True)
class Entry:
    """A resource that changes, as the table has it. Texts are clean, not escaped."""

    change: ResourceChange
    what: str
    where: str
    notes: list[str]
    lines: list[Line]
    left_out: int


class _Budget:
    """What room is left on the page for property values and for rows."""

    def __init__(self) -> None:
        self.letters = _LETTERS
        self.rows = _CHANGES


@dataclass(frozen=True)
class Section:
    """One environment, as the page shows it."""

    review: Review
    number: int
    values: Values
    budget: _Budget

    @cached_property
    def verdict(self) -> Conclusion:
        """The verdict."""
        return conclusion(self.review)

    @property
    def counts(self) -> list[tuple[ChangeKind, int, str]]:
        """How many of each kind, with the word for it."""
        return counts(self.review)

    @cached_property
    def graph(self) -> Graph:
        """Its components."""
        return graph(self.review)

    @cached_property
    def groups(self) -> list[tuple[Group, list[Entry], int]]:
        """Its changes by component, and how many of each aren't listed."""
        return [(group, *self._entries(group)) for group in groups(self.review)]

    @property
    def filters(self) -> int:
        """How many components can be chosen from."""
        return min(len(self.groups), _FILTERS)

    def _entries(self, group: Group) -> tuple[list[Entry], int]:
        visible = group.changes[: max(self.budget.rows, 0)]
        self.budget.rows -= len(visible)
        return [self._entry(change) for change in visible], len(group.changes) - len(visible)

    def _entry(self, change: ResourceChange) -> Entry:
        open_ = self.budget.letters > 0
        lines = self.values.lines(change, 400, _LINES) if open_ else []
        self.budget.letters -= sum(len(line.path) + len(line.before) + len(line.after) for line in lines)
        registration = change.registration
        notes = [note for note in (self.values.message(change.reason), kept(change)) if note]
        what = wording.noun(change.type, registration.custom)
        left_out = 0 if open_ else len(change.properties)
        return Entry(change, what, place(registration.file, registration.line), notes, lines, left_out)

    @cached_property
    def policies(self) -> Any:
        """What fails, is waived, and can't be judged."""
        return policies(self.review)

    @cached_property
    def spending(self) -> list[Spending]:
        """Cost by component."""
        return spending(self.review)

    @property
    def scale(self) -> float:
        """Dollars at the end of the components' bars: the highest of them."""
        return max((max(s.now.high, s.before.high if s.before else 0) for s in self.spending), default=0) or 1

    @property
    def total(self) -> Spending | None:
        """Cost of everything."""
        return together(self.review.cost, self.review) if self.review.cost else None

    @property
    def total_scale(self) -> float:
        """Dollars at the end of the bars of the whole, budget included."""
        cost = self.review.cost
        if cost is None:
            return 1
        ranges = [cost.head.total.high, cost.base.total.high if cost.base else 0, cost.budget or 0]
        return max(ranges) or 1

    @property
    def budget_words(self) -> str:
        """``46 % of the budget of $5,000``; empty without one."""
        return budget_of(self.review.cost)[1] if self.review.cost else ""

    @property
    def change_words(self) -> str:
        """``+$35``, ``as before``, ``change not known``; empty without a base."""
        return change_of(self.review.cost, self.review) if self.review.cost else ""

    @property
    def left_out(self) -> str:
        """What the total is without; empty where nothing is."""
        return left_out(self.review.cost.head) if self.review.cost else ""

    @property
    def cost_lines(self) -> list[dict[str, str]]:
        """The lines of the estimate, dearest first."""
        return list(self._cost_lines())

    def _cost_lines(self) -> Iterator[dict[str, str]]:
        if self.review.cost is None:
            return
        owner, names = owners(self.review), titles(self.review)
        for line in sorted(self.review.cost.head.lines, key=lambda one: -one.monthly.expected)[:_COSTS]:
            yield {
                "what": self.values.message(line.what),
                "of": line.urn.rpartition("::")[2],
                "in": name_of(owner.get(line.urn, ""), names),
                "quantity": f"{wording.amount(line.quantity)} {line.unit}",
                "rate": wording.rate(line.price),
                "expected": wording.money(line.monthly.expected),
                "span": wording.span(line.monthly),
                "assumption": self.values.message(line.assumption),
                "source": f"{line.source}{f', SKU {line.sku}' if line.sku else ''}",
            }


def page(reviews: Sequence[Review]) -> str:
    """The page. About 300 kB for an environment of 200 resources that all change; property values are cut at 400
    characters each, and altogether at 2.5 million.

    It runs no script and loads nothing, and its content security policy forbids both. Filters are CSS.
    """
    from markupsafe import Markup

    reviews = [masked(review) for review in reviews]
    budget = _Budget()
    sections = [Section(r, i, Values(r), budget) for i, r in enumerate(reviews, 1)]
    style = _template("style.css").render(sections=sections, kinds=list(ChangeKind))
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    revisions = {(revision(r.base_revision), revision(r.head_revision)) for r in reviews if r.head_revision}
    return _template("page.html").render(
        sections=sections,
        headline=headline(reviews),
        style=Markup(style),  # noqa: S704 (ours)
        style_digest=digest,
        projects=sorted({clean(r.project, 60) for r in reviews if r.project}),
        revisions=next(iter(revisions)) if len(revisions) == 1 else None,
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    # Half of what a page costs, and only pages need it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def safe(function: Callable[..., str]) -> Callable[..., Markup]:
        # Both escape what they are given.
        return lambda *args: Markup(function(*args))  # noqa: S704

    made.filters.update(
        clean=clean,
        code=safe(code),
        prose=safe(lambda text, limit=SENTENCE: prose(text, limit, amounts=True)),
        money=wording.money,
        span=wording.span,
        percent=_percent,
    )
    made.globals.update(
        counted=wording.counted,
        signs=wording.SIGNS,
        means=wording.MEANS,
        done=wording.DONE,
        at_stake=wording.AT_STAKE,
        place=place,
        alike=alike,
        spot_of=spot,
        threshold=threshold,
        later=LATER,
        short=_SHORT,
        most=_FINDINGS,
        line_most=_COSTS,
    )
    return made


def _template(name: str) -> Template:
    return _environment().get_template(name)


def _percent(part: float, total: float) -> str:
    """Of a bar: between 0 and 100, with two digits; nothing that isn't a number."""
    share = part / total * 100 if total else 0.0
    return f"{min(max(share, 0.0), 100.0) if share == share else 0.0:.2f}%"
