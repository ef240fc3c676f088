"""Applies the gates to the measurements: pass, fail, unknown or off, each with the value and the reason.

Two things about few rows. Where answers got worse, the bootstrap's interval is wide, and its pessimistic end fails the
gate. Where none did, the interval ends at zero or above, but n rows without a loss only show, with confidence c, that
fewer than -ln(1 - c) / n of all rows lose (the *rule of three*: 3/n at 95 %). If the end less that is below the bound,
there are too few rows to tell: ``unknown``, which refuses the variant as a failure does. A variant whose outputs are
the reference's up to rounding needs no such evidence.

A variant must pass in *every* class, so a bad one gets through with at most the chance that one interval is wrong;
testing many classes needs no correction for that (an intersection-union test). It costs power: with many classes a
good variant is refused more often.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ..gates import Gates
from .document import Agreement, Answer, Interval, Judged, Measured, Timing, Verdict

ROUNDING = 1e-4
"""Of the reference's largest output: fp32 kernels that add in another order differ by less."""


AS_FAST = 1.1
"""Medians within 10 % count as equal: another run could reverse them, and the choice with them."""


def judge(measured: Sequence[Measured], gates: Gates) -> tuple[Judged, ...]:
    """Each variant with its verdicts. The first is the reference."""
    front = _front(measured)
    found = []
    for one in measured:
        verdicts = tuple(_verdicts(one, measured[0], gates))
        passed = all(verdict.answer in ("pass", "off") for verdict in verdicts) and not one.error
        found.append(Judged(measured=one, verdicts=verdicts, passed=passed, front=one.variant.name in front))
    return tuple(found)


def choose(variants: Sequence[Judged]) -> tuple[str | None, str]:
    """The variant to serve and why: the fastest of those that passed and that a server's ONNX Runtime runs.

    Of those that are as fast up to `AS_FAST`, the one with the smallest files. Speed is the ratio of single-row medians
    to the reference's, which was measured by turns with each variant, so that a machine that slows down in between
    favours none.
    """
    able = [one for one in variants if one.passed and one.measured.variant.runtime == "onnxruntime"]
    if not able:
        passed = [one.name for one in variants if one.passed and one is not variants[0]]
        more = f" {', '.join(passed)} passed but can't be served by ONNX Runtime." if passed else ""
        return None, f"No variant that ONNX Runtime runs passed every gate.{more}"
    least = min(one.measured.latency[0].ratio for one in able)
    equal = [one for one in able if one.measured.latency[0].ratio <= AS_FAST * least]
    best = min(equal, key=lambda one: (one.measured.variant.bytes, one.measured.latency[0].ratio))
    if len(able) == 1:
        return best.name, "It is the only variant that passed every gate and can be served by ONNX Runtime."
    among = f"{len(able)} variants that passed every gate and can be served by ONNX Runtime"
    if len(equal) == 1:
        return best.name, f"It is the fastest of the {among}."
    return best.name, f"Of the {among}, {len(equal)} are the fastest within 10 %, and it is the smallest of these."


def equivalent(agreement: Agreement) -> bool:
    """Whether outputs are the reference's up to the rounding of fp32."""
    return agreement.same == 1 and all(
        not part.not_finite and (part.largest or 0) <= ROUNDING * max(1.0, part.reference_largest or 0)
        for part in agreement.outputs
    )


def unseen(rows: int, confidence: float) -> float:
    """Upper bound of the loss where ``rows`` rows show none: the rule of three."""
    return -math.log(1 - confidence) / rows


def rows_needed(bound: float, confidence: float) -> int:
    """Rows without any loss that show a loss of at most ``bound``; 0 where the bound asks for none at all."""
    return math.ceil(-math.log(1 - confidence) / bound - 1e-9) if bound > 0 else 0


def _verdicts(one: Measured, reference: Measured, gates: Gates) -> Iterator[Verdict]:
    """The verdicts, in the order of the fields of `Gates`."""
    single = one.latency[0] if one.latency else None
    share = one.variant.bytes / reference.variant.bytes
    megabytes = one.variant.bytes / 1e6
    agreement = one.agreement
    yield _quality(one, gates)
    yield _classes(one, gates)
    yield _least(one, gates)
    yield _above(
        "agreement", agreement.same if agreement else None, gates.agreement, one.error, "of the answers are the same"
    )
    yield _ratio(single, gates.latency_ratio, one.error)
    yield _below(
        "p99_ms", single.p99_ms if single else None, gates.p99_ms, one.error, "ms, the slowest 1 % of single rows aside"
    )
    yield _below("size_ratio", share, gates.size_ratio, "", "of the reference's bytes")
    yield _below("size_mb", megabytes, gates.size_mb, "", "MB")
    yield _switch("deterministic", gates.deterministic, one, _deterministic)
    yield _switch("refuses_malformed", gates.refuses_malformed, one, _malformed)
    yield _safe(one, gates)


def _quality(one: Measured, gates: Gates) -> Verdict:
    if one.quality is None or one.agreement is None:
        return _unmeasured("quality_loss", gates.quality_loss, one.error)
    quality = one.quality
    same = equivalent(one.agreement)
    answer, why = _loss(quality.difference, quality.rows, gates.quality_loss, gates.confidence, same)
    return Verdict(gate="quality_loss", answer=answer, got=-quality.difference.low, bound=gates.quality_loss, why=why)


def _classes(one: Measured, gates: Gates) -> Verdict:
    gate, bound = "class_quality_loss", gates.class_quality_loss
    if bound is None:
        return _off(gate)
    if one.quality is None or one.agreement is None:
        return _unmeasured(gate, bound, one.error)
    if not one.quality.classes:
        return _off(gate, "the metric has no classes")
    same = equivalent(one.agreement)
    told = [
        (part, *_loss(part.difference, part.rows or one.quality.rows, bound, gates.confidence, same))
        for part in one.quality.classes
    ]
    answers = [answer for _, answer, _ in told]
    answer: Answer = "fail" if "fail" in answers else "unknown" if "unknown" in answers else "pass"
    worst = max(-part.difference.low for part in one.quality.classes)
    if answer == "pass":
        return Verdict(gate=gate, answer=answer, got=worst, bound=bound, why=f"all {len(told)} classes keep to it")
    bad = [f"{part.name}: {why}" for part, its, why in told if its == answer]
    more = f"; and {len(bad) - 3} more" if len(bad) > 3 else ""
    return Verdict(gate=gate, answer=answer, got=worst, bound=bound, why="; ".join(bad[:3]) + more)


def _loss(difference: Interval, rows: int, bound: float, confidence: float, same: bool) -> tuple[Answer, str]:
    loss, worst = -difference.value, -difference.low
    needed = rows_needed(bound, confidence)
    few = f"{rows:,} rows are too few to tell (with no loss at all, {needed:,} would)"
    said = f"it loses {loss:.4f}" if loss > 0 else f"it gains {-loss:.4f}" if loss < 0 else "nothing is lost"
    if worst <= bound + 1e-9:
        if bound and difference.low >= 0 and not same and unseen(rows, confidence) > difference.low + bound + 1e-9:
            return "unknown", few
        width = f", at worst {worst:.4f}" if difference.low < difference.high else ""
        return "pass", f"{said}{width}"
    if loss > bound + 1e-9:
        return "fail", f"{said} on {rows:,} rows"
    if rows < needed:
        return "unknown", few
    return "fail", f"{said}, but on {rows:,} rows that can't be told from a loss of {worst:.4f}"


def _least(one: Measured, gates: Gates) -> Verdict:
    if gates.least_quality is None:
        return _off("least_quality")
    if one.quality is None:
        return _unmeasured("least_quality", gates.least_quality, one.error)
    low = one.quality.value.low
    good = low >= gates.least_quality
    why = f"it has {one.quality.value.value:.4f}, at worst {low:.4f}"
    return Verdict(gate="least_quality", answer="pass" if good else "fail", got=low, bound=gates.least_quality, why=why)


def _ratio(single: Timing | None, bound: float | None, error: str) -> Verdict:
    if bound is None or single is None:
        return _off("latency_ratio") if bound is None else _unmeasured("latency_ratio", bound, error)
    near = single.ratio_low <= bound < single.ratio_high or single.ratio_low > bound >= single.ratio_high
    why = f"{single.ratio:.2f} of the reference's median; by round {single.ratio_low:.2f} to {single.ratio_high:.2f}"
    why += ", so near the bound that another run could turn it" if near else ""
    return Verdict(
        gate="latency_ratio", answer="pass" if single.ratio <= bound else "fail", got=single.ratio, bound=bound, why=why
    )


def _above(gate: str, got: float | None, bound: float | None, error: str, unit: str) -> Verdict:
    if bound is None or got is None:
        return _off(gate) if bound is None else _unmeasured(gate, bound, error)
    return Verdict(gate=gate, answer="pass" if got >= bound else "fail", got=got, bound=bound, why=f"{got:.4f} {unit}")


def _below(gate: str, got: float | None, bound: float | None, error: str, unit: str) -> Verdict:
    if bound is None or got is None:
        return _off(gate) if bound is None else _unmeasured(gate, bound, error)
    return Verdict(gate=gate, answer="pass" if got <= bound else "fail", got=got, bound=bound, why=f"{got:.3f} {unit}")


def _switch(gate: str, on: bool, one: Measured, told: Callable[[Measured], str | None]) -> Verdict:
    """``told``: what is wrong, empty when nothing is, ``None`` when that isn't known."""
    if not on:
        return _off(gate)
    wrong = told(one)
    if wrong is None:
        return _unmeasured(gate, None, one.error)
    return Verdict(gate=gate, answer="fail" if wrong else "pass", got=None, bound=None, why=wrong or _FINE[gate])


_FINE = {
    "deterministic": "the same bits twice and in a fresh process",
    "refuses_malformed": "every malformed request was refused or survived, and right rows answered as before",
}


def _deterministic(one: Measured) -> str | None:
    if one.determinism is None:
        return None
    wrong = [
        text
        for good, text in (
            (one.determinism.again, "the same batch twice in a row gave other bits"),
            (one.determinism.process, "the same batch in a fresh process gave other bits"),
        )
        if not good
    ]
    return "; ".join(wrong)


def _malformed(one: Measured) -> str | None:
    if one.after_malformed is None:
        return None
    wrong = [f"{case.sent}: {case.outcome}{_said(case.said)}" for case in one.malformed if not case.good]
    if not one.after_malformed:
        wrong.append("right rows were answered differently afterwards")
    more = f"; and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    return "; ".join(wrong[:3]) + more


def _said(text: str) -> str:
    return f" ({text})" if text else ""


def _safe(one: Measured, gates: Gates) -> Verdict:
    if not gates.safe_to_load:
        return _off("safe_to_load")
    levels = {finding.level for finding in one.safety.findings}
    answer: Answer = "fail" if "dangerous" in levels else "unknown" if levels else "pass"
    worst = sorted(one.safety.findings, key=lambda finding: finding.level)
    why = "; ".join(f"{finding.file}: {finding.what}" for finding in worst[:1])
    more = f"; and {len(worst) - 1} more" if len(worst) > 1 else ""
    fine = f"nothing in its {one.safety.files} files runs code" if one.safety.files != 1 else "its file runs no code"
    return Verdict(gate="safe_to_load", answer=answer, got=None, bound=None, why=why + more or fine)


def _off(gate: str, why: str = "off") -> Verdict:
    return Verdict(gate=gate, answer="off", got=None, bound=None, why=why)


def _unmeasured(gate: str, bound: float | None, error: str) -> Verdict:
    return Verdict(gate=gate, answer="fail", got=None, bound=bound, why=f"not measured: {error or 'unknown why'}")


def _front(measured: Iterable[Measured]) -> set[str]:
    """Names of the variants that no other one dominates."""
    points: dict[str, tuple[float, ...]] = {
        one.variant.name: (-one.quality.value.value, one.latency[0].ratio, one.variant.bytes)
        for one in measured
        if one.quality and one.latency
    }

    def dominated(mine: Any) -> bool:
        return any(other != mine and all(a <= b for a, b in zip(other, mine, strict=True)) for other in points.values())

    return {name for name, point in points.items() if not dominated(point)}
