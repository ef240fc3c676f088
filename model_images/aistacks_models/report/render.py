"""The report of a verification: `report.md`, `report.html`, `report.json` and a file for each plot."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..verification.document import Drift, Malformed, Verification
from . import wording
from .canvas import Plot, themed
from .plots import plots

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent
SCHEMA = _HERE / "schema" / "verification.v1.json"
"""The JSON Schema of `report.json` and `verification.json`, for readers in other languages."""
WORDS = (
    ("Quantisation, int8, int4", "Weights (and sometimes activations) are kept as small whole numbers, not as 32-bit "
     "fractions: files shrink, arithmetic gets faster, answers change a little."),
    ("Pruning", "Weights, or whole channels and heads, are taken out."),
    ("fp32, fp16, bf16", "Fractions in 32 or 16 bits. The reference computes in fp32."),
    ("Median, 99 of 100", "Half of the runs are faster than the median; 99 of 100 are faster than the other number."),
    ("Interval, confidence", "Another sample of rows would have given a slightly different number. The interval is "
     "where the true one lies, with the confidence that the gates name."),
    ("Held-out rows", "Rows that neither training nor the choice between trainings has seen."),
)  # fmt: skip


def write(document: Verification, folder: Path) -> None:
    """Write all formats into ``folder``, which is created. The same document gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {plot.name: plot for plot in plots(document)}
    (folder / "report.json").write_text(document.model_dump_json(indent=1) + "\n")
    (folder / "report.md").write_text(markdown(document, drawn))
    (folder / "report.html").write_text(page(document, drawn))
    for plot in drawn.values():
        (folder / f"{plot.name}.svg").write_text(plot.svg)


def markdown(document: Verification, drawn: Mapping[str, Plot]) -> str:
    """Markdown for a pull request or a terminal; plots are linked as files beside it."""
    text = _environment(html=False).get_template("report.md").render(_context(document, drawn))
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def page(document: Verification, drawn: Mapping[str, Plot]) -> str:
    """One HTML page that needs no other file, no network and no script."""
    from markupsafe import Markup

    style = Markup((_HERE / "templates" / "style.css").read_text())  # noqa: S704 - a file of this package
    more = {"style": style, "malformed": list(_malformed(document)), "words": WORDS}
    return _environment(html=True).get_template("page.html").render(_context(document, drawn) | more).strip() + "\n"


def look() -> str:
    """Hex digest of the templates: an input of the verify stage."""
    files = sorted((_HERE / "templates").iterdir())
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def _environment(html: bool) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=html,  # noqa: S701 - cells of Markdown go through the filter `md`
        undefined=StrictUndefined,
        trim_blocks=html,
        lstrip_blocks=html,
    )
    environment.filters["md"] = _escaped
    # The SVG is matplotlib's own, serialised by ElementTree, so every text in it is escaped.
    environment.filters["themed"] = lambda svg: Markup(themed(svg))  # noqa: S704
    return environment


def _context(document: Verification, drawn: Mapping[str, Plot]) -> dict[str, Any]:
    shown = document.chosen or next((one.name for one in document.variants[1:]), document.reference)
    return {
        "d": document,
        "order": wording.ordered(document),
        "summary": wording.summary(document),
        "one": document.variant(shown).measured,
        "reference": document.variant(document.reference).measured,
        "plots": drawn,
        "front": [one.name for one in document.variants if one.front] or ["none"],
        "most": max((one.measured.latency[-1].batch for one in document.variants if one.measured.latency), default=1),
        "resamples": next((one.measured.quality.resamples for one in document.variants if one.measured.quality), 0),
        "gates": wording.GATES,
        "signs": wording.SIGNS,
        "counted": lambda count, noun: f"{count} {noun}" + ("" if count == 1 else "s"),
        "drift": _drift,
        **{
            name: getattr(wording, name)
            for name in ("asked", "size", "milliseconds", "number", "signed", "span", "small", "verdict", "obstacle")
        },
    }


@dataclass(frozen=True)
class _Group:
    caption: str
    cases: list[Malformed]


def _malformed(document: Verification) -> list[_Group]:
    """All cases of the chosen variant (or of the reference), and the failed ones of the others."""
    shown = document.chosen or document.reference
    groups = [_Group(f"{shown}: every request", list(document.variant(shown).measured.malformed))]
    for one in document.variants:
        bad = [case for case in one.measured.malformed if not case.good]
        if one.name != shown and bad:
            groups.append(_Group(f"{one.name}: what went wrong", bad))
    return [group for group in groups if group.cases]


def _drift(drift: Drift) -> str:
    largest = wording.small(drift.largest)
    changed = 1 - drift.same_answers
    return "the same" if largest == "0" and not changed else f"up to {largest}, {changed:.2%} of answers change"


def _escaped(text: Any) -> str:
    """Escape for a cell or a line of Markdown."""
    line = " ".join(str(text).split())
    return re.sub(r"([\\`*_\[\]<>|~])", r"\\\1", line)
