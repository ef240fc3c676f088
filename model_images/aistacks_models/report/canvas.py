"""Shared by all plots: style, plain tick labels, labels that don't overlap, and minimal SVG."""

from __future__ import annotations

import contextlib
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from typing import Any

TEXT, MUTED, LINE, GROUND = "#1b2026", "#56606b", "#d4dae1", "#ffffff"
GOOD, BAD, PLAIN = "#0f5c28", "#9c0f26", "#0b57a4"
COLOURS = {
    TEXT: "text",
    MUTED: "muted",
    LINE: "line",
    GROUND: "ground",
    GOOD: "create",
    BAD: "delete",
    PLAIN: "accent",
}
"""Colour of a plot → the page's CSS variable, which has a dark value, too."""
STYLE = {
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "text.color": TEXT,
    "axes.labelcolor": TEXT,
    "axes.labelsize": 10,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "figure.facecolor": GROUND,
    "savefig.facecolor": GROUND,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": TEXT,
    "ytick.labelcolor": TEXT,
    "figure.constrained_layout.use": True,
}
_SVG = "http://www.w3.org/2000/svg"
_LINK = "{http://www.w3.org/1999/xlink}href"
_PLACES = [(1, 0), (0, 1), (0, -1), (-1, 0)] + [
    (across, far * sign) for far in (2, 3.2, 4.4, 5.6) for across in (0, 1.2, -1.2, 2.6, -2.6) for sign in (1, -1)
]
"""Candidate positions of a label, in steps from its point, the best first; from 2 on with a leader line."""


class Plot:
    """A figure, rendered as ``svg``. ``alt``: alternative text for screen readers."""

    def __init__(self, name: str, alt: str) -> None:
        self.name, self.alt = name, alt
        self.svg = ""


@contextlib.contextmanager
def drawn(plot: Plot, width: float, height: float, rows: int = 1, columns: int = 1, **more: Any) -> Iterator[Any]:
    """Yield figure and axes (an array of ``rows`` x ``columns``), then render the SVG. Sizes are in inches."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    # hashsalt and no date: the same bytes for the same numbers.
    with mpl.rc_context({**STYLE, "svg.hashsalt": plot.name}):
        figure = Figure(figsize=(width, height))
        FigureCanvasSVG(figure)
        axes = figure.subplots(rows, columns, squeeze=False, **more)
        yield figure, axes
        stream = io.BytesIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    plot.svg = _clean(stream.getvalue(), plot)


def logarithmic(axis: Any, low: float, high: float, room: float = 1.25) -> None:
    """A log scale of ``low`` to ``high`` with plain tick labels at 1, 2 and 5."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axes = axis.axes
    axes.set_xscale("log")
    axes.set_xlim(low / room, high * room)
    wide = high / low > 300
    axis.set_major_locator(LogLocator(subs=(1.0,) if wide else (1.0, 2.0, 5.0) if high / low > 8 else range(1, 10)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def label(axes: Any, points: Sequence[tuple[float, float, str, str, float]]) -> None:
    """Label each point (x, y, text, colour, radius in points) where the text overlaps no earlier one."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = axes.figure
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw_without_rendering()
    bubbles = [_around(axes, x, y, radius, figure.dpi) for x, y, _, _, radius in points]
    taken: list[Any] = []
    for (x, y, text, colour, radius), own in sorted(
        zip(points, bubbles, strict=True), key=lambda pair: (-pair[0][1], pair[0][0])
    ):
        others = [bubble for bubble in bubbles if bubble is not own]
        tried: list[tuple[float, int, Any, Any]] = []
        for right, up in _PLACES:
            far = abs(up) > 1
            note = axes.annotate(
                text,
                (x, y),
                xytext=(right * (20 if far else radius + 3), up * (14 if far else radius + 4)),
                textcoords="offset points",
                ha="left" if right > 0 else "right" if right < 0 else "center",
                va="center" if up == 0 else "bottom" if up > 0 else "top",
                color=colour,
                fontsize=9,
                arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.6, "shrinkB": 2} if far else None,
            )
            box = _extent(note, renderer)
            tried.append((_spill(box, [*taken, *others], axes.get_window_extent(renderer)), len(tried), note, box))
            if not tried[-1][0]:
                break
        best = min(tried, key=lambda one: one[:2])
        for one in tried:
            if one is not best:
                one[2].remove()
        taken.append(best[3])


def _extent(note: Any, renderer: Any) -> Any:
    """Extent of the text alone, without its leader line."""
    from matplotlib.text import Text

    note.update_positions(renderer)
    return Text.get_window_extent(note, renderer)


def _around(axes: Any, x: float, y: float, radius: float, dpi: float) -> Any:
    from matplotlib.transforms import Bbox

    across, up = axes.transData.transform((x, y))
    reach = radius * dpi / 72
    return Bbox.from_extents(across - reach, up - reach, across + reach, up + reach)


def _spill(box: Any, taken: Sequence[Any], inside: Any) -> float:
    """Area of ``box`` that overlaps ``taken`` or is outside."""
    total = 0.0
    for other in taken:
        width = min(box.x1, other.x1) - max(box.x0, other.x0)
        height = min(box.y1, other.y1) - max(box.y0, other.y0)
        total += width * height if width > 0 and height > 0 else 0
    aside = max(0.0, inside.x0 - box.x0) + max(0.0, box.x1 - inside.x1 - 4)
    beyond = max(0.0, inside.y0 - box.y0) + max(0.0, box.y1 - inside.y1)
    return float(total + aside * box.height + beyond * box.width)


def themed(svg: str) -> str:
    """``svg`` in the colours of the page it stands on, light or dark."""
    for colour, name in COLOURS.items():
        svg = svg.replace(colour, f"var(--{name})")
    return svg


def _clean(data: bytes, plot: Plot) -> str:
    """Strip declaration, metadata and unused ids; add a title for screen readers."""
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _LINK[1:].partition("}")[0])
    root = ET.fromstring(data)  # noqa: S314 - matplotlib's own
    text = ET.tostring(root, "unicode")
    used = set(re.findall(r"url\(#([^)]+)\)", text)) | set(re.findall(r'href="#([^"]+)"', text))
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == f"{{{_SVG}}}metadata":
                parent.remove(child)
        if parent.get("id") not in used:
            parent.attrib.pop("id", None)
    title = ET.Element(f"{{{_SVG}}}title", {"id": f"{plot.name}-title"})
    title.text = plot.alt
    root.insert(0, title)
    root.attrib.update({"role": "img", "aria-labelledby": f"{plot.name}-title"})
    root.attrib.pop("width", None)
    root.attrib.pop("height", None)
    return ET.tostring(root, "unicode") + "\n"
