"""The plots: quality against latency against size, differences by class, and how long runs take."""

from __future__ import annotations

import math
from typing import Any

from ..verification.document import Interval, Judged, Timing, Verification
from .canvas import BAD, GOOD, GROUND, LINE, MUTED, PLAIN, TEXT, Plot, drawn, label, logarithmic
from .wording import ordered, size

PANELS = 6
"""Variants whose classes are drawn."""
CLASSES = 20
"""Classes that are drawn, those with the greatest loss first."""
_DASHED = (0, (5, 4))


def plots(document: Verification) -> list[Plot]:
    """Every plot for which there is data."""
    found = [trade(document), classes(document), latency(document)]
    return [plot for plot in found if plot]


def trade(document: Verification) -> Plot | None:
    """A bubble for each variant, as large as its bytes, with its interval; the gate as a line."""
    shown = [
        (one, one.measured.quality.difference, one.measured.latency[0])
        for one in document.variants
        if one.measured.quality and one.measured.latency
    ]
    if not shown:
        return None
    front = ", ".join(one.name for one, _, _ in shown if one.front)
    plot = Plot(
        "trade",
        f"Quality against latency against size: {len(shown)} variants as bubbles, as large as their bytes. "
        f"No other is better in every respect than {front}. The numbers are in the table of variants.",
    )
    biggest = max(one.measured.variant.bytes for one, _, _ in shown)
    with drawn(plot, 9.2, 5.2) as (_, grid):
        axes = grid[0, 0]
        points = []
        for one, of, single in shown:
            colour = _colour(document, one)
            area = max(900 * one.measured.variant.bytes / biggest, 30)
            axes.plot([single.p50_ms] * 2, [of.low, of.high], color=colour, linewidth=1.2, zorder=2)
            fill = {"facecolors": GROUND if colour == BAD else colour, "edgecolors": colour}
            axes.scatter(single.p50_ms, of.value, s=area, alpha=0.45, zorder=3, linewidths=1.6, **fill)
            axes.plot(single.p50_ms, of.value, ".", color=colour, markersize=4, zorder=4)
            text = f"{_label(document, one)}, {size(one.measured.variant.bytes)}"
            points.append((single.p50_ms, of.value, text, colour, math.sqrt(area / math.pi)))
        bound = -document.gates.quality_loss
        low = min(bound, *(of.low for _, of, _ in shown))
        high = max(0.0, *(of.high for _, of, _ in shown))
        axes.set_ylim(low - 0.16 * (high - low or 1), high + 0.2 * (high - low or 1))
        times = [single.p50_ms for _, _, single in shown]
        logarithmic(axes.xaxis, min(times), max(times), 1.7)
        axes.axhline(0, color=LINE, linewidth=1, zorder=0)
        axes.axhline(bound, color=BAD, linestyle=_DASHED, linewidth=1.2, zorder=1)
        axes.annotate(
            "gate: an interval that reaches below this line is refused", (1, bound), xytext=(-2, -4),
            va="top", ha="right", xycoords=("axes fraction", "data"), textcoords="offset points", color=BAD, fontsize=9,
        )  # fmt: skip
        axes.set_xlabel("Milliseconds for one row (median); further left is faster")
        axes.set_ylabel(f"Difference in {document.metric[:36]}; further up is better")
        label(axes, points)
    return plot


def classes(document: Verification) -> Plot | None:
    """Each class's difference with its interval, a panel for each variant."""
    told = [
        (one, {part.name: part.difference for part in one.measured.quality.classes})
        for one in ordered(document)
        if one.name != document.reference and one.measured.quality and one.measured.quality.classes
    ]
    changed = [(one, of) for one, of in told if any(part.low < part.high for part in of.values())]
    shown = changed[:PANELS]
    if not shown:
        return None
    others = [one.name for one, of in told if (one, of) not in changed]
    none = f" In no class anything changed: {', '.join(others)}." if others else ""
    worst = {name: min(found[name].low for _, found in shown if name in found) for name in shown[0][1]}
    kept = sorted(worst, key=lambda name: worst[name])[:CLASSES]
    names = [name for name in worst if name in kept]
    words = f"those with the greatest loss, {CLASSES} of {len(worst)}" if len(worst) > CLASSES else f"all {len(worst)}"
    plot = Plot(
        "classes",
        f"Difference to the trained network for each class ({words}), with intervals, for "
        f"{', '.join(one.name for one, _ in shown)}.{none} The chosen variant's numbers are in the table of classes.",
    )
    columns = min(3, len(shown))
    rows = -(-len(shown) // columns)
    height = rows * (0.55 + 0.22 * len(names)) + 0.4
    with drawn(plot, 9.2, height, rows, columns, sharex=True, sharey=True) as (figure, grid):
        for axes, (one, found) in zip(grid.flat, shown, strict=False):
            _panel(axes, names, found, document.gates.class_quality_loss)
            axes.set_title(_label(document, one), fontsize=10, color=_colour(document, one), loc="left")
        for axes in grid.flat[len(shown) :]:
            axes.set_visible(False)
        figure.supxlabel("Difference to the trained network; left of 0 is worse", fontsize=10, color=TEXT)
    return plot


def latency(document: Verification) -> Plot | None:
    """The middle 80 % of runs as a bar, from the fastest to the slowest 1 % as a line, the median as a dot."""
    shown = [one for one in document.variants if one.measured.latency]
    if not shown:
        return None
    plot = Plot("latency", "How long runs take, for each variant. The numbers are in the table of latencies.")
    sizes = range(len(shown[0].measured.latency))
    with drawn(plot, 9.2, 0.3 * len(shown) + 1.0, 1, len(sizes)) as (_, grid):
        for place, axes in zip(sizes, grid.flat, strict=True):
            rows = sorted(((one, one.measured.latency[place]) for one in shown), key=lambda row: -row[1].p50_ms)
            for height, (one, timing) in enumerate(rows):
                _range(axes, height, timing, _colour(document, one))
            axes.set_yticks(range(len(rows)), [_label(document, one) for one, _ in rows])
            _rows(axes, len(rows))
            ends = [timing.percentiles_ms[at] for _, timing in rows for at in (1, 99)]
            logarithmic(axes.xaxis, min(ends), max(ends))
            batch = rows[0][1].batch
            axes.set_title(f"{batch} rows at once" if batch > 1 else "One row", fontsize=10, color=TEXT, loc="left")
            axes.set_xlabel("Milliseconds a run")
    return plot


def _range(axes: Any, height: int, timing: Timing, colour: str) -> None:
    at = timing.percentiles_ms
    axes.plot([at[1], at[99]], [height] * 2, color=colour, linewidth=1.2, solid_capstyle="butt")
    axes.plot([at[10], at[90]], [height] * 2, color=colour, linewidth=7, alpha=0.45, solid_capstyle="butt")
    axes.plot(at[50], height, "o", color=colour, markersize=5)


def _panel(axes: Any, names: list[str], found: dict[str, Interval], bound: float | None) -> None:
    axes.axvline(0, color=LINE, linewidth=1)
    if bound is not None:
        axes.axvline(-bound, color=BAD, linestyle=_DASHED, linewidth=1.1)
    for height, name in enumerate(names):
        of = found[name]
        bad = bound is not None and of.low < -bound - 1e-9
        colour = BAD if bad else PLAIN
        axes.plot([of.low, of.high], [height] * 2, color=colour, linewidth=1.4)
        axes.plot(of.value, height, "X" if bad else "o", color=colour, markersize=5.5)
    axes.set_yticks(range(len(names)), [name[:24] for name in names])
    _rows(axes, len(names))
    axes.invert_yaxis()


def _rows(axes: Any, count: int) -> None:
    axes.set_ylim(-0.6, count - 0.4)
    axes.tick_params(axis="y", length=0)


def _colour(document: Verification, one: Judged) -> str:
    if one.name == document.reference:
        return MUTED
    return GOOD if one.name == document.chosen else PLAIN if one.passed else BAD


def _label(document: Verification, one: Judged) -> str:
    if one.name == document.reference:
        return f"{one.name[:26]} (reference)"
    sign = "★ " if one.name == document.chosen else "" if one.passed else "✕ "
    return f"{sign}{one.name[:26]}"
