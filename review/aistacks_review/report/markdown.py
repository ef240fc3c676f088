"""One comment for GitHub and GitLab.

It is HTML in Markdown, without an empty line inside a block: so no Markdown is read in it, and escaping is HTML's
alone. What the program made stands in ``code`` wherever it isn't plain words, for there a forge makes no mention,
reference or link of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..compare.changes import ChangeKind
from ..review import Review
from ..threshold import DEFAULT
from . import sections
from .escape import clean, code, link, prose
from .masking import masked
from .overview import counts, policies, revision
from .sections import Depth
from .spending import budget_of, change_of, left_out, together
from .values import Values
from .verdict import Conclusion, Level, conclusion, headline, threshold
from .wording import MEANS, SIGNS, counted

MARKER = "<!-- aistacks-plan -->"
"""The first line; by it a comment is found again. Nothing that is shown can hold it."""
_SHORTENED = "This comment was shortened to fit."
SIGN_OF = {
    Level.FAILED: "⛔",
    Level.UNCOMPARED: "⛔",
    Level.BLOCKED: "🔴",
    Level.CAREFUL: "🟠",
    Level.STILL: "🟡",
    Level.FINE: "🔵",
    Level.UNSEEN: "🟡",
    Level.SAME: "⚪",
}
_DEPTHS = (
    Depth(value=160, properties=40, resources=9999, components=9999, costs=9999, findings=9999, environments=9999),
    Depth(value=160, properties=40, resources=400, components=100, costs=200, findings=100, environments=50),
    Depth(value=120, properties=20, resources=100, components=60, costs=80, findings=60, environments=50),
    Depth(value=100, properties=10, resources=50, components=60, costs=40, findings=40, environments=50),
    Depth(value=80, properties=5, resources=25, components=40, costs=25, findings=40, environments=50),
    Depth(value=80, properties=2, resources=12, components=30, costs=15, findings=30, environments=50),
    Depth(value=60, properties=0, resources=5, components=25, costs=10, findings=20, environments=50),
    Depth(value=60, properties=0, resources=0, components=20, costs=0, findings=12, environments=40),
    Depth(value=60, properties=0, resources=0, components=5, costs=0, findings=5, environments=30),
    Depth(value=60, properties=0, resources=0, components=0, costs=0, findings=2, environments=20),
)
"""From everything to hardly more than the first screen."""


def markdown(reviews: Sequence[Review], *, limit: int = 60_000, page_url: str = "") -> str:
    """One comment about all environments, of at most ``limit`` bytes in UTF-8 (and so of characters).

    GitHub takes 65,536 characters, GitLab 1,000,000. Where all of it is too long, details are left out from the least
    to the most important, each with its number, and a line says where the whole is: at ``page_url``, the address of
    the page (``page.page``), if it is given. The first line is ``MARKER``.
    """
    reviews = [masked(review) for review in reviews]
    values = [Values(review) for review in reviews]
    tries = [*_DEPTHS, *(replace(_DEPTHS[-1], environments=n) for n in (10, 3))]
    for place, depth in enumerate(tries):
        comment = _Room(limit)
        try:
            comment.put(_start(reviews, values, depth))
            if place < len(_DEPTHS):
                for review, texts in zip(reviews[: depth.environments], values, strict=False):
                    comment.put("")
                    comment.put(_details(review, texts, depth))
            comment.put("")
            comment.put(_foot(reviews, place > 0, page_url))
            return comment.text
        except _TooLongError:
            continue
    verdict = headline(reviews)
    where = f" {prose(verdict.why, 200)}." if verdict.why else ""
    last = f"{MARKER}\n\n<p>{SIGN_OF[verdict.level]} {verdict.text}{where} {_SHORTENED} {_link_to_all(page_url)}</p>\n"
    return next((text for text in (last, f"{MARKER}\n", "") if len(text.encode()) <= limit), "")


class _TooLongError(Exception):
    pass


class _Room:
    """Lines that together stay within a number of bytes."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._lines: list[str] = []

    def put(self, lines: str | Iterable[str]) -> None:
        for line in [lines] if isinstance(lines, str) else lines:
            self._left -= len(line.encode()) + 1
            if self._left < 0:
                raise _TooLongError
            self._lines.append(line)

    @property
    def text(self) -> str:
        return "\n".join([*self._lines, ""])


def _start(reviews: Sequence[Review], values: Sequence[Values], depth: Depth) -> Iterable[str]:
    yield MARKER
    yield ""
    verdict = headline(reviews)
    where = f" {prose(verdict.why, 200)}." if verdict.why else ""
    yield f"<h3>{SIGN_OF[verdict.level]} {verdict.text}{where}</h3>"
    if not reviews:
        return
    yield "<table><thead><tr><th>Environment</th><th>Verdict</th><th>Resources</th><th>Worst risk</th>"
    yield "<th>US dollars a month</th><th>Failing policies</th></tr></thead><tbody>"
    for review, texts in zip(reviews[: depth.environments], values, strict=False):
        cells = (
            f"<b>{prose(clean(review.environment, 60))}</b>",
            _verdict(conclusion(review), texts),
            *(
                ("", "", "", "")
                if review.error
                else (_numbers(review), _worst(review, texts), _cost(review), _fail(review))
            ),
        )
        yield f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
    yield "</tbody></table>"
    if left := len(reviews[depth.environments :]):
        yield f"<p>… and {counted(left, 'more environment')}, not shown here.</p>"
    if any(review.count(ChangeKind.REPLACE) for review in reviews):
        yield f"<p><sub>replaced: it {MEANS[ChangeKind.REPLACE]}.</sub></p>"


def _verdict(verdict: Conclusion, values: Values) -> str:
    why = f"<br>{prose(values.message(verdict.why), 400)}" if verdict.why else ""
    return f"{SIGN_OF[verdict.level]} <b>{verdict.text}</b>{why}"


def _numbers(review: Review) -> str:
    if review.base_error:
        return "not compared"
    if not review.changes:
        return "none changes"
    lines = [f"<b>{SIGNS[kind]} {number:,}</b> {word}" for kind, number, word in counts(review) if number]
    return "<br>".join([*lines] if review.base else [*lines, "there is nothing to compare with"])


def _worst(review: Review, values: Values) -> str:
    if not review.risks:
        return "none found"
    worst, *others = review.risks
    sure = "" if worst.certain else " (not sure)"
    more = f"<br>and {counted(len(others), 'more risk')}" if others else ""
    return f"{sections.stake(worst)}: {prose(values.message(worst.title, 300), 300)}{sure}{more}"


def _cost(review: Review) -> str:
    if review.cost is None:
        return "not estimated"
    total = together(review.cost)
    parts = [f"<b>{_plain(total.expected)}</b> ({_plain(change_of(review.cost, review) or 'new')})"]
    if total.full_range:
        parts.append(f"range {_plain(total.full_range)}")
    bar, budget_text = budget_of(review.cost)
    if budget_text:
        parts.append(f"{bar} {_plain(budget_text)}".strip())
    if left := left_out(review.cost.head):
        parts.append(left)
    return "<br>".join(parts)


def _plain(amounts: str) -> str:
    """Without the sign, which the table's head has: a forge takes a pair of them for a formula, GitLab one for a
    snippet."""
    return amounts.replace("$", "")


def _fail(review: Review) -> str:
    failing, waived, unknown = policies(review)
    if not (review.policies or review.policies_passed):
        return "no check ran"
    new = sum(finding.new for finding in failing)
    old = "" if new == len(failing) else f", {new} of them new" if new else ", as before"
    parts = [f"<b>{len(failing):,} fail</b>{old}" if failing else "none"]
    if waived:
        parts.append(f"{len(waived):,} waived")
    if unknown:
        parts.append(f"{len(unknown):,} not to be judged yet")
    parts.append(f"{review.policies_passed:,} pass")
    return "<br>".join(parts)


def _details(review: Review, values: Values, depth: Depth) -> Iterable[str]:
    contents = _contents(review)
    if not contents:
        return
    yield f"<details><summary><b>{prose(clean(review.environment, 60))}</b>: {contents}</summary>"
    if review.threshold != DEFAULT:
        yield f"<p>Threshold: {prose(threshold(review))}.</p>"
    yield from sections.risks(review, values, depth)
    yield from sections.findings(review, values, depth)
    yield from sections.changes(review, values, depth)
    yield from sections.cost(review, values, depth)
    yield from sections.unseen(review, values, depth)
    yield "</details>"


def _contents(review: Review) -> str:
    failing = policies(review)[0]
    parts = [
        *([counted(len(review.risks), "risk")] if review.risks else []),
        *([f"{counted(len(failing), 'policy check')} failing"] if failing else []),
        *([counted(len(review.policies) - len(failing), "other check")] if len(review.policies) > len(failing) else []),
        *([counted(len(review.changes), "change")] if review.changes else []),
        *(["outputs"] if review.outputs else []),
        *(["cost"] if review.cost else []),
        *([counted(len(review.disagreements), "disagreement")] if review.disagreements else []),
        *([counted(len(review.notes), "note")] if review.notes else []),
        *([f"{counted(len(review.opaque), 'part')} unseen"] if review.opaque else []),
    ]
    return ", ".join(parts)


def _foot(reviews: Sequence[Review], cut: bool, page_url: str) -> Iterable[str]:
    parts = []
    if cut:
        parts.append(f"{_SHORTENED} {_link_to_all(page_url)}")
    elif page_url:
        parts.append(f"With graph, tables and chart: {link(page_url, 'the whole report')}.")
    compared = {(r.base_revision, r.head_revision) for r in reviews if r.head_revision}
    if len(compared) == 1:
        base, head = compared.pop()
        parts.append(f"Planned from {code(revision(head))}" + (f" against {code(revision(base))}." if base else "."))
    bounds = {threshold(r) for r in reviews if not r.error}
    if len(bounds) == 1:
        parts.append(f"Threshold: {prose(bounds.pop())}.")
    yield f"<p><sub>{' '.join(parts)}</sub></p>"


def _link_to_all(page_url: str) -> str:
    return (
        f"All of it is in {link(page_url, 'the whole report')}."
        if page_url
        else "All of it is in this run's HTML page."
    )
