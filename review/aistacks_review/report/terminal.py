"""A review in a terminal, or in a file that its output goes to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from ..compare.changes import ChangeKind, ResourceChange
from ..findings import Severity
from ..review import Review
from .escape import SENTENCE, clean
from .masking import masked
from .overview import Alike, alike, counts, groups, place, policies, spot
from .spending import budget_of, change_of, left_out, spending, together
from .values import Values, kept
from .verdict import Level, conclusion, headline, threshold
from .wording import AT_STAKE, DASH, MINUS, SIGNS, counted, noun

_RESOURCES = 300
"""Of one environment."""
_PROPERTIES = 12
_FINDINGS = 50
_INDENT = 2
_KINDS = {
    ChangeKind.CREATE: "green",
    ChangeKind.UPDATE: "yellow",
    ChangeKind.REPLACE: "magenta",
    ChangeKind.DELETE: "red",
    ChangeKind.MOVE: "blue",
}
_LEVELS = {
    Level.FAILED: "bold red",
    Level.UNCOMPARED: "bold red",
    Level.BLOCKED: "bold red",
    Level.CAREFUL: "bold yellow",
    Level.STILL: "bold yellow",
    Level.FINE: "bold blue",
    Level.UNSEEN: "bold yellow",
    Level.SAME: "bold",
}
_SEVERITIES = {Severity.CRITICAL: "bold red", Severity.HIGH: "red", Severity.MEDIUM: "yellow", Severity.LOW: "dim"}
_ASCII = str.maketrans(
    {MINUS: "-", DASH: "-", "±": "+-", "→": "->", "…": "...", "▰": "#", "▱": ".", "\N{EM DASH}": "-"}
)


def show(reviews: Sequence[Review], console: Console) -> None:
    """Print every environment: verdict, risks, policies, changes by component, cost, and what can't be seen.

    Nothing of the program's is read as markup or as a terminal's command. At most 300 changed resources an
    environment; where the output's encoding lacks a character, another stands for it.
    """
    reviews = [masked(review) for review in reviews]
    if not reviews:
        console.print("No environment was planned.")
        return
    verdict = headline(reviews)
    text = f"{verdict.text} {clean(verdict.why, 200)}." if verdict.why else verdict.text
    said = _text(console, text, _LEVELS[verdict.level])
    if len(reviews) > 1:
        console.print(said, Text(""), sep="\n")
    for review in reviews:
        _Shown(review, console).print()
    if len(reviews) > 1:
        # Where a long report scrolled by, this is what is left to be seen.
        console.print(said)


def _text(console: Console, text: str, style: str = "") -> Text:
    encoding = console.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(_ASCII).encode(encoding, "backslashreplace").decode(encoding)
    return Text(text, style=style, overflow="fold")


class _Shown:
    def __init__(self, review: Review, console: Console) -> None:
        self.review, self.console = review, console
        self.values = Values(review)

    def print(self) -> None:
        verdict = conclusion(self.review)
        name = clean(self.review.environment, 60) or "an environment without a name"
        self.console.print(self.line((name, "bold"), ("  ", ""), (verdict.text, _LEVELS[verdict.level])))
        parts: list[RenderableType] = [self.say(verdict.why)] if verdict.why else []
        if not self.review.error:
            parts += [
                self.text(f"threshold: {clean(threshold(self.review), 200)}", "dim"),
                self.numbers(),
                *self.money(),
            ]
            for heading, found in (
                ("Risks", self.risks()),
                ("Policies", self.policies()),
                ("Changes", self.changes()),
                ("Outputs of the stack", self.sentences(self.review.outputs)),
                ("Cost a month", self.costs()),
                ("Program and cloud disagree", self.sentences(self.review.disagreements)),
                ("What can't be seen without the cloud", self.opaque()),
                ("Notes", self.sentences(self.review.notes)),
            ):
                if rows := list(found):
                    parts += [Text(""), Text(heading, style="bold underline"), *rows]
        self.console.print(Padding(Group(*parts), (0, 0, 1, _INDENT), expand=False))

    def text(self, text: str, style: str = "") -> Text:
        return _text(self.console, text, style)

    def say(self, text: str, style: str = "") -> Text:
        return self.text(clean(" ".join(self.values.message(text).split()), SENTENCE), style)

    def line(self, *parts: tuple[str, str]) -> Text:
        made = Text(overflow="fold")
        for text, style in parts:
            made.append_text(self.text(text, style))
        return made

    def numbers(self) -> Text:
        review = self.review
        same = f"{review.same:,} as before" if review.base else "there is nothing to compare with"
        if review.base_error:
            return self.line(("nothing was compared", "dim"))
        found = [(f"{SIGNS[k]}{n:,} {word}  ", _KINDS[k]) for k, n, word in counts(review) if n]
        return self.line(*(found or [("none changes  ", "")]), (same, "dim"))

    def money(self) -> Iterator[Text]:
        cost = self.review.cost
        if cost is None:
            return
        total, change = together(cost), change_of(cost, self.review)
        text = f"{total.expected}{' a month expected' if total.priced else ': cost a month'}"
        if change:
            text += f" ({change})"
        if total.full_range:
            text += f", range {total.full_range}"
        yield self.text(text)
        bar, words = budget_of(cost)
        if words:
            yield self.text(f"{bar} {words}".strip(), "red" if cost.over_budget else "")
        if left := left_out(cost.head):
            yield self.text(left)

    def risks(self) -> Iterator[RenderableType]:
        grid = _grid()
        for risk in self.review.risks[:_FINDINGS]:
            sure = "" if risk.certain else " (not sure: it depends on what is known only after deployment)"
            body = [self.line((f"{AT_STAKE[risk.kind]}: ", "bold"), (f"{self.say(risk.title).plain}{sure}", ""))]
            where = place(risk.file, risk.line)
            if risk.reason or where:
                why = f"why: {self.say(risk.reason).plain}  " if risk.reason else ""
                body.append(self.text(f"{why}{clean(where, 200)}", "dim"))
            grid.add_row(Text(risk.severity.value, style=_SEVERITIES[risk.severity]), Group(*body))
        if self.review.risks:
            yield grid
        yield from self.more(len(self.review.risks) - _FINDINGS, "risk")

    def policies(self) -> Iterator[RenderableType]:
        failing, waived, unknown = policies(self.review)
        if not (self.review.policies or self.review.policies_passed):
            return
        if failing:
            grid = _grid()
            kinds = alike(self.review, failing)
            for one in kinds[:_FINDINGS]:
                severity = one.first.severity
                grid.add_row(Text(severity.value, style=_SEVERITIES[severity]), self.finding(one))
            yield grid
            yield from self.more(sum(1 + len(one.others) for one in kinds[_FINDINGS:]), "check")
        summary = [f"{self.review.policies_passed:,} pass"]
        summary += [f"{len(waived):,} waived"] if waived else []
        summary += [f"{len(unknown):,} not to be judged before deployment"] if unknown else []
        yield self.text(", ".join(summary if failing else ["none fails", *summary]), "dim")

    def finding(self, kind: Alike) -> Group:
        one, number = kind.first, len(kind.others)
        name = clean(one.urn.rpartition("::")[2])
        more = f" and {counted(number, 'more resource')} of {clean(kind.owner)}" if number else ""
        if not one.new:
            # The change isn't to blame, so a line is enough.
            return Group(self.line((clean(one.rule), "bold"), (f" as before at {name}{more}", "")))
        body = [
            self.line((clean(one.rule), "bold"), (f": {self.say(one.title).plain}", "")),
            self.text(f"{name}: {self.say(one.message).plain}"),
        ]
        if more:
            body.append(self.text(more.strip(), "dim"))
        if one.fix:
            body.append(self.text(f"fix: {self.say(one.fix).plain}"))
        if where := spot(one):
            body.append(self.text(clean(where, 200), "dim"))
        return Group(*body)

    def changes(self) -> Iterator[RenderableType]:
        left = _RESOURCES
        for group in groups(self.review):
            title = self.line((clean(group.title), "bold"), (f": {clean(group.summary, 300)}", ""))
            tree = Tree(title, guide_style="dim")
            for change in group.changes[:left]:
                node = tree.add(self.resource(change))
                for text in self.properties(change):
                    node.add(text)
            if (cut := len(group.changes) - left) > 0:
                tree.add(self.text(f"… and {counted(cut, 'more resource')}, not shown here", "dim"))
            left = max(0, left - len(group.changes))
            yield tree

    def resource(self, change: ResourceChange) -> Text:
        style = _KINDS[change.kind]
        notes = [self.say(note).plain for note in (change.reason, kept(change)) if note]
        what = clean(noun(change.type, change.registration.custom), 60)
        return self.line(
            (f"{SIGNS[change.kind]} ", f"bold {style}"),
            (f"{what} ", ""),
            (clean(change.name), style),
            (f" ({'; '.join(notes)})" if notes else "", "dim"),
        )

    def properties(self, change: ResourceChange) -> Iterator[Text]:
        """Of what is changed or replaced; of what is new they are all new."""
        if change.kind not in (ChangeKind.UPDATE, ChangeKind.REPLACE):
            return
        for one in self.values.lines(change, 100, _PROPERTIES):
            arrow = " → " if one.before and one.after else ""
            sign = "~" if arrow else "+" if one.after else MINUS
            yield self.line(
                (f"{sign} {one.path}: ", ""),
                (one.before, "red"),
                (arrow, ""),
                (one.after, "green"),
                ("  so it is replaced" if one.replaces else "", "magenta"),
            )
        if (cut := len(change.properties) - _PROPERTIES) > 0:
            yield self.text(f"… and {counted(cut, 'more property')}", "dim")

    def costs(self) -> Iterator[RenderableType]:
        cost = self.review.cost
        if cost is None:
            return
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column("", overflow="fold")
        for heading in ("expected", "lowest to highest", "change"):
            table.add_column(heading, justify="right", header_style="dim")
        for row in [*spending(self.review), together(cost, self.review)]:
            cells = (clean(row.title, 60), row.expected, row.range, row.changes)
            table.add_row(*map(self.text, cells))
        yield table
        dated = f"prices as of {clean(cost.head.prices_of, 20)}" if cost.head.prices_of else "prices without a date"
        yield self.text(f"US dollars, {dated}, before taxes and discounts", "dim")
        assumed = dict.fromkeys(line.assumption for line in cost.head.lines if line.assumption)
        if assumed:
            yield self.text(f"assumed: {'; '.join(self.say(text).plain for text in list(assumed)[:_FINDINGS])}", "dim")
        for one in cost.head.unpriced[:_FINDINGS]:
            name = clean(one.urn.rpartition("::")[2])
            kind = "by use" if one.by_use else "not known"
            text = f"{kind}: {self.say(one.what).plain} of {name} ({self.say(one.reason).plain})"
            yield self.text(text, "dim")
        yield from self.more(len(cost.head.unpriced) - _FINDINGS, "thing")

    def opaque(self) -> Iterator[RenderableType]:
        for part in self.review.opaque[:_FINDINGS]:
            where = place(part.file, part.line)
            at = f"  {clean(where, 200)}" if where else ""
            yield self.text(f"{clean(part.kind)}: {self.say(part.what).plain}{at}")
        yield from self.more(len(self.review.opaque) - _FINDINGS, "part")

    def sentences(self, texts: Sequence[str]) -> Iterator[RenderableType]:
        yield from (self.say(text) for text in texts[:_FINDINGS])
        yield from self.more(len(texts) - _FINDINGS, "line")

    def more(self, number: int, word: str) -> Iterator[Text]:
        if number > 0:
            yield self.text(f"… and {counted(number, f'more {word}')}, not shown here", "dim")


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    return grid
