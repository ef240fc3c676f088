"""The parts of a comment: pieces of HTML without an empty line, so that no Markdown is read in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from aistacks_core.snapshot import Opaque

from ..compare.changes import ChangeKind
from ..cost.figures import Cost, CostLine
from ..findings import PolicyFinding, Risk, Severity
from ..review import Review
from .escape import clean, code, prose
from .overview import Alike, Group, alike, groups, name_of, owners, place, policies, spot, titles
from .values import Line, Values, kept
from .wording import AT_STAKE, SIGNS, amount, counted, join_names, money, noun, rate, span

SEVERITY_SIGNS = {Severity.CRITICAL: "🔴", Severity.HIGH: "🟠", Severity.MEDIUM: "🟡", Severity.LOW: "⚪"}


@dataclass(frozen=True)
class Depth:
    """How much is told; what is cut is counted."""

    value: int
    """Characters of a property's value."""
    properties: int
    """Of one resource."""
    resources: int
    """Of one component."""
    components: int
    costs: int
    findings: int
    environments: int


def risks(review: Review, values: Values, depth: Depth) -> Iterator[str]:
    """Worst first, with the reason and the line."""
    if not review.risks:
        return
    yield "<h4>Risks</h4>"
    yield "<ul>"
    for risk in review.risks[: depth.findings]:
        yield f"<li>{_risk(risk, values)}</li>"
    yield from _more(len(review.risks) - depth.findings, "risk", "li")
    yield "</ul>"


def _risk(risk: Risk, values: Values) -> str:
    sure = "" if risk.certain else " (not sure: it depends on what is known only after deployment)"
    why = f"<br>Why: {prose(values.message(risk.reason))}" if risk.reason else ""
    return f"{stake(risk)}: {prose(values.message(risk.title))}{sure}{why}{_at(risk.file, risk.line)}"


def stake(risk: Risk) -> str:
    """``🔴 Data loss (critical)``."""
    return f"{SEVERITY_SIGNS[risk.severity]} <b>{AT_STAKE[risk.kind]}</b> ({risk.severity.value})"


def changes(review: Review, values: Values, depth: Depth) -> Iterator[str]:
    """Folded, a component each."""
    if not review.changes:
        return
    yield "<h4>What changes</h4>"
    found = groups(review)
    for group in found[: depth.components]:
        yield from _group(group, values, depth)
    if left := found[depth.components :]:
        number = sum(len(group.changes) for group in left)
        yield f"<p>… and {counted(number, 'change')} in {counted(len(left), 'more component')}, not shown here.</p>"
    if review.same:
        yield f"<p>{counted(review.same, 'resource')} {'stays' if review.same == 1 else 'stay'} as before.</p>"


def _group(group: Group, values: Values, depth: Depth) -> Iterator[str]:
    summary = f"<b>{code(group.title)}</b>: {prose(group.summary)}"
    if depth.resources == 0:
        yield f"<p>{summary}</p>"
        return
    yield f"<details><summary>{summary}</summary>"
    yield '<pre lang="diff">'
    yield from _resources(group, values, depth)
    yield "</pre>"
    yield "</details>"


def _resources(group: Group, values: Values, depth: Depth) -> Iterator[str]:
    for change in group.changes[: depth.resources]:
        sign = "-" if change.kind is ChangeKind.DELETE else SIGNS[change.kind]
        notes = [clean(note) for note in (values.message(change.reason), kept(change)) if note]
        end = f"  ({'; '.join(notes)})" if notes else ""
        yield escape(f"{sign} {clean(noun(change.type, change.registration.custom))} {clean(change.name)}{end}")
        if change.kind not in (ChangeKind.UPDATE, ChangeKind.REPLACE):
            continue
        for line in values.lines(change, depth.value, depth.properties):
            yield from map(escape, _property(line))
        if (left := len(change.properties) - depth.properties) > 0:
            yield f"    … and {counted(left, 'more property')}"
    if (left := len(group.changes) - depth.resources) > 0:
        yield f"  … and {counted(left, 'more resource')}, not shown here"


def _property(line: Line) -> Iterator[str]:
    why = "   (so it is replaced)" if line.replaces else ""
    if line.before:
        yield f"-     {line.path}: {line.before}{'' if line.after else why}"
    if line.after:
        yield f"+     {line.path}: {line.after}{why}"


def cost(review: Review, values: Values, depth: Depth) -> Iterator[str]:
    """What it costs, dearest first, with what the figures rest on; then what has no price."""
    if review.cost is None:
        return
    head = review.cost.head
    yield "<h4>Cost a month, in US dollars</h4>"
    yield f"<p>{_basis(review.cost)}</p>"
    lines = sorted(head.lines, key=lambda line: -line.monthly.expected)
    owner, names = owners(review), titles(review)
    if lines and depth.costs:
        yield f"<details><summary>{counted(len(lines), 'line')}, dearest first</summary>"
        yield "<table><thead><tr><th>What</th><th>Of</th><th>Quantity</th><th>Price of one</th><th>Expected</th>"
        yield "<th>Lowest to highest</th><th>Assumed</th></tr></thead><tbody>"
        for line in lines[: depth.costs]:
            yield _cost_row(line, name_of(owner.get(line.urn, ""), names), values)
        yield "</tbody></table>"
        yield from _more(len(lines) - depth.costs, "line", "p")
        yield "</details>"
    if head.unpriced:
        yield f"<p>In no total, {counted(len(head.unpriced), 'thing')} not known or by use:</p><ul>"
        for one in head.unpriced[: depth.findings]:
            of = code(one.urn.rpartition("::")[2])
            yield f"<li>{prose(values.message(one.what))} of {of}: {prose(values.message(one.reason))}</li>"
        yield from _more(len(head.unpriced) - depth.findings, "thing", "li")
        yield "</ul>"


def _cost_row(line: CostLine, owner: str, values: Values) -> str:
    cells = (
        prose(values.message(line.what), 100),
        f"{code(line.urn.rpartition('::')[2])}{'' if not owner else f'<br>{prose(owner)}'}",
        f"{amount(line.quantity)} {prose(line.unit, 40)}",
        rate(line.price).removeprefix("$"),
        money(line.monthly.expected).replace("$", ""),
        span(line.monthly).replace("$", ""),
        prose(values.message(line.assumption), 200) or "nothing",
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _basis(of: Cost) -> str:
    dated = f"Prices as of {prose(of.head.prices_of)}" if of.head.prices_of else "Prices without a date"
    where = f" in {code(of.head.region)}" if of.head.region else ""
    free = f" {counted(of.head.free, 'resource')} cost nothing by themselves." if of.head.free else ""
    return (
        f"{dated}{where}, without taxes and discounts. Lowest: the cheapest way the program allows (spot, idle); "
        f"highest: on demand, every pool at its upper bound.{free}"
    )


def findings(review: Review, values: Values, depth: Depth) -> Iterator[str]:
    """Policies that newly fail, with line and fix; folded, what failed before, is waived or can't be judged yet."""
    failing, waived, unknown = policies(review)
    new, old = [one for one in failing if one.new], [one for one in failing if not one.new]
    if failing or waived or unknown:
        yield "<h4>Policies</h4>"
    if new:
        yield from _findings(alike(review, new), values, depth.findings)
    for found, words in (
        (old, "failing as before"),
        (waived, "waived"),
        (unknown, "not to be judged before deployment"),
    ):
        if found and depth.findings:
            yield f"<details><summary>{counted(len(found), 'policy check')} {words}</summary>"
            yield from _findings(alike(review, found), values, depth.findings)
            yield "</details>"


def _findings(found: Sequence[Alike], values: Values, most: int) -> Iterator[str]:
    yield "<ul>"
    for one in found[:most]:
        yield f"<li>{_finding(one.first, values)}"
        if one.others:
            names = [code(other.urn.rpartition("::")[2]) for other in one.others[:most]]
            left = f" and {len(one.others) - most:,} more" if len(one.others) > most else ""
            number = counted(len(one.others), "more resource")
            yield f"<details><summary>and {number} of {prose(one.owner)}</summary>{', '.join(names)}{left}</details>"
        yield "</li>"
    left_out = sum(1 + len(one.others) for one in found[most:])
    yield from _more(left_out, "check", "li")
    yield "</ul>"


def _finding(one: PolicyFinding, values: Values) -> str:
    said = f"{SEVERITY_SIGNS[one.severity]} {code(one.rule)} {prose(values.message(one.title))} ({one.severity.value}"
    said += ")"
    said += f"<br>{code(one.urn.rpartition('::')[2])}: {prose(values.message(one.message))}"
    if one.fix:
        said += f"<br>Fix: {prose(values.message(one.fix))}"
    if one.waiver:
        who, until = prose(one.waiver.owner), prose(one.waiver.expires.isoformat())
        said += f"<br>Waived by {who} until {until}: {prose(values.message(one.waiver.reason))}"
    if one.sources:
        said += f"<br>Also known as {join_names(code(source) for source in one.sources[:6])}"
    return said + (f"<br>At {code(where, 200)}" if (where := spot(one)) else "")


def unseen(review: Review, values: Values, depth: Depth) -> Iterator[str]:
    """Where the cloud's own preview says something else, what a plan can't see, and what else there is to know."""
    for heading, texts in (
        ("Outputs of the stack", review.outputs),
        ("Program and cloud disagree", review.disagreements),
        ("Notes", review.notes),
    ):
        if texts:
            yield f"<h4>{heading}</h4>"
            yield "<ul>"
            for text in texts[: depth.findings]:
                yield f"<li>{prose(values.message(text))}</li>"
            yield from _more(len(texts) - depth.findings, "line", "li")
            yield "</ul>"
    if review.opaque:
        yield "<h4>What can't be seen without the cloud</h4>"
        yield "<ul>"
        for part in review.opaque[: depth.findings]:
            yield f"<li>{_opaque(part, values)}</li>"
        yield from _more(len(review.opaque) - depth.findings, "part", "li")
        yield "</ul>"


def _opaque(part: Opaque, values: Values) -> str:
    what = values.message(part.what)
    said = prose(what) if part.kind == "warning" else code(what, 200)
    return f"{prose(part.kind)}: {said}{_at(part.file, part.line)}"


def _at(file: str, line: int) -> str:
    return f"<br>At {code(where, 200)}" if (where := place(file, line)) else ""


def _more(number: int, word: str, tag: str) -> Iterator[str]:
    if number > 0:
        yield f"<{tag}>… and {counted(number, f'more {word}')}, not shown here</{tag}>"
