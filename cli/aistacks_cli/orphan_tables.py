"""How orphans are shown on a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table

from aistacks_recovery.orphans.judging import Standing
from aistacks_recovery.orphans.removal import Removal, Removed
from aistacks_recovery.orphans.report import Item, Report

_DAYS_OF_A_MONTH = 60
_ID = "Id"


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="bold")
    for each in columns:
        # An id is for `--include`: one that doesn't fit is broken, and not cut.
        table.add_column(each, overflow="fold" if each == _ID else "ellipsis")
    return table


def found(items: Iterable[Item]) -> Table:
    """One line a thing."""
    table = _table("Kind", _ID, "Where", "Made by", "It is the stack's by", "Age", "$ a month", "Note")
    for each in items:
        id_ = each.id if not each.name else f"{each.id}\n({each.name})"
        cost = "not known" if each.monthly_usd is None else f"{each.monthly_usd:,.2f}"
        table.add_row(
            each.kind, id_, each.region, each.made_by or "-", each.because, age(each.age_days), cost, _note(each)
        )
    return table


def _note(item: Item) -> str:
    notes = [item.refused]
    if not item.refused:
        notes += ["holds data" if item.holds_data else "", "" if item.certain else "not certain"]
    return "; ".join(filter(None, [*notes, item.not_counted]))


def age(days: int | None) -> str:
    """For people."""
    if days is None:
        return "?"
    if days < 1:
        return "today"
    return f"{days} d" if days < _DAYS_OF_A_MONTH else f"{days // 30} months"


def summary(report: Report) -> str:
    """The last line of a stack's report."""
    some = "no orphans" if not report.orphans else f"{report.orphans} orphan{'s' if report.orphans > 1 else ''}"
    unknown = sum(e.monthly_usd is None for e in report.items if e.standing is Standing.ORPHAN)
    line = f"{report.stack or 'these tags'}: {some}"
    if report.orphans:
        line += f", at least ${report.monthly_usd:,.2f} a month"
        line += f" and {unknown} whose cost isn't known" if unknown else ""
    controlled = sum(each.standing is Standing.CONTROLLED for each in report.items)
    return f"{line}; {controlled} more that somebody looks after" if controlled else line


def plan(removal: Removal) -> Table:
    """What goes, in order, and what stays."""
    table = _table("", "Kind", _ID, "Where", "Why")
    for i, each in enumerate(removal.going, 1):
        table.add_row(str(i), each.thing.kind, each.thing.id, each.thing.region, each.because)
    for found_, reason in removal.staying:
        if found_.standing is not Standing.BELONGS:
            table.add_row("stays", found_.thing.kind, found_.thing.id, found_.thing.region, reason)
    return table


def outcomes(removed: Iterable[Removed]) -> Table:
    """How each removal ended."""
    table = _table("Kind", _ID, "Outcome", "Why")
    for each in removed:
        table.add_row(each.found.thing.kind, each.found.thing.id, each.outcome, each.reason)
    return table
