"""Texts and number formats shared by Markdown and HTML."""

from __future__ import annotations

from dataclasses import dataclass

from ..verification.document import Answer, Interval, Judged, Verdict, Verification

GATES = {
    "quality_loss": "Quality",
    "class_quality_loss": "Quality of each class",
    "least_quality": "Least quality",
    "agreement": "Same answers",
    "latency_ratio": "Speed",
    "p99_ms": "Slowest runs",
    "size_ratio": "Size, as a share",
    "size_mb": "Size",
    "deterministic": "Same bits every time",
    "refuses_malformed": "Malformed requests",
    "safe_to_load": "Safe to load",
}
"""Field of `Gates` → the gate's name."""
SIGNS: dict[Answer, str] = {"pass": "✓", "fail": "✕", "unknown": "?", "off": "–"}  # noqa: RUF001 - a dash


def asked(verdict: Verdict, document: Verification) -> str:
    """What a gate requires, as text, or why it is off."""
    if verdict.answer == "off":
        return verdict.why
    gate, gates = verdict.gate, document.gates
    sure = f"with {gates.confidence:.0%} confidence"
    bound = getattr(gates, gate)
    words: dict[str, str] = {
        "quality_loss": f"{document.metric} at most {bound} worse, {sure}",
        "class_quality_loss": f"no class more than {bound} worse, {sure}",
        "least_quality": f"{document.metric} at least {bound}, {sure}",
        "agreement": f"the reference's answer at least {bound} of the time",
        "latency_ratio": f"at most {bound} of the reference's median time",
        "p99_ms": f"99 of 100 single rows within {bound} ms",
        "size_ratio": f"at most {bound} of the reference's bytes",
        "size_mb": f"at most {bound} MB",
        "deterministic": "the same rows give the same bits, run after run",
        "refuses_malformed": "wrong requests raise, and right ones are answered as before",
        "safe_to_load": "no file runs code when it is loaded",
    }
    return words[gate]


def size(count: float) -> str:
    """Bytes, in units of a thousand."""
    for unit in ("B", "kB", "MB"):
        if count < 999.5:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"


def milliseconds(value: float) -> str:
    """Milliseconds or seconds, three significant digits."""
    return f"{value:.3g} ms" if value < 1000 else f"{value / 1000:.3g} s"


def number(value: float | None) -> str:
    """Four decimals; ``unknown`` for ``None``."""
    return "unknown" if value is None else f"{value:.4f}"


def signed(value: float) -> str:
    """With its sign, in four decimals."""
    return "0" if abs(value) < 0.00005 else f"{value:+.4f}".replace("-", "−")  # noqa: RUF001 - a minus sign


def span(interval: Interval) -> str:
    """The ends of an interval of differences."""
    return f"{signed(interval.low)} to {signed(interval.high)}"


def small(value: float | None) -> str:
    """A numerical difference."""
    return "unknown" if value is None else "0" if value == 0 else f"{value:.2g}"


def faster(ratio: float) -> str:
    """A ratio of times as text."""
    if ratio > 1.05:
        return f"{ratio:.3g} times as long"
    return "just as fast" if ratio > 0.95 else f"{1 / ratio:.3g} times as fast"


def smaller(ratio: float) -> str:
    """A ratio of bytes as text."""
    if ratio > 1.02:
        return f"{ratio:.3g} times as large"
    return "just as large" if ratio > 0.98 else f"{1 / ratio:.3g} times smaller"


@dataclass(frozen=True)
class Figure:
    """A card of the summary: label, value, and comparison."""

    label: str
    value: str
    detail: str


@dataclass(frozen=True)
class Summary:
    """The summary at the top of the report."""

    level: str
    headline: str
    figures: list[Figure]


def summary(document: Verification) -> Summary:
    """The chosen variant, what it gains and what it costs."""
    if document.chosen is None:
        return Summary("failed", f"Nothing can be served. {document.why}", [])
    one = document.variant(document.chosen).measured
    first = document.variant(document.reference).measured
    quality, agreement = one.quality, one.agreement
    if quality is None or agreement is None:
        raise ValueError(f"{document.chosen} was chosen without being measured")
    single = one.latency[0]
    share = one.variant.bytes / first.variant.bytes
    loss = quality.difference
    moved = signed(loss.value)
    same = moved == "0"
    cost = f"with no loss of {document.metric}" if same else f"at {moved} {document.metric}"
    headline = f"{document.chosen} is served as it came: no variant that passed is faster."
    if document.chosen != document.reference:
        headline = f"{document.chosen} was chosen: {faster(single.ratio)}, {smaller(share)}, {cost}."
    at_worst = f"; at worst {signed(loss.low)}" if loss.low < loss.high else ""
    return Summary(
        "passed",
        headline,
        [
            Figure(
                "Speed, one row",
                faster(single.ratio),
                f"{milliseconds(single.p50_ms)} instead of {milliseconds(single.reference_p50_ms)}",
            ),
            Figure("Size", smaller(share), f"{size(one.variant.bytes)} instead of {size(first.variant.bytes)}"),
            Figure(
                document.metric,
                number(quality.value.value),
                f"as before{at_worst}" if same else f"instead of {number(quality.reference.value)}: {moved}{at_worst}",
            ),
            Figure("Same answers", f"{agreement.same:.2%}", f"of {agreement.answers:,} as the trained network gave"),
        ],
    )


def ordered(document: Verification) -> list[Judged]:
    """Variants sorted: reference, chosen, passed, others; the faster first."""

    def place(one: Judged) -> tuple[bool, bool, bool, float]:
        ratio = one.measured.latency[0].ratio if one.measured.latency else float("inf")
        return one.name != document.reference, one.name != document.chosen, not one.passed, ratio

    return sorted(document.variants, key=place)


def verdict(document: Verification, one: Judged) -> str:
    """A variant's status, one word."""
    if one.name == document.chosen:
        return "chosen"
    if one.name == document.reference:
        return "reference"
    return "passed" if one.passed else "refused"


def obstacle(document: Verification, one: Judged) -> str:
    """Why a variant was refused or not chosen, in one line."""
    if one.name == document.reference:
        held = "what the others are compared with"
        return f"{held}. {document.why}" if one.name == document.chosen else held
    if one.measured.error:
        return f"couldn't be run: {one.measured.error}"
    if one.refused_by:
        return "; ".join(f"{GATES[verdict.gate]}: {verdict.why}" for verdict in one.refused_by)
    if one.name == document.chosen:
        return document.why
    if one.measured.variant.runtime != "onnxruntime":
        return "passed, but runs as a torch program, which the servers here don't"
    return "passed, but isn't the fastest, or not the smallest of the fastest"
