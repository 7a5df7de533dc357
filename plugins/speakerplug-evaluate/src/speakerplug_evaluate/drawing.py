"""SVG plots for the page: bars of wrong words, and the calibration of confidences."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from .breakdown import CLASSES
from .calibration import Bins

COLORS = ("#4e79a7", "#f28e2b", "#e15759", "#76b7b2", "#59a14f", "#b0a8a0")
DOT = 'fill="#4e79a7" fill-opacity="0.7"'
SIDE, EDGE = 280, 40


def bars(shares: Mapping[str, Mapping[str, float]]) -> str:
    """Return a bar for each system: the share (0 to 1) of its words with the wrong speaker by class; and a legend."""
    most = max((sum(parts.values()) for parts in shares.values()), default=0.0) or 1.0
    lines, height = [], 26 * len(shares) + 22 * len(CLASSES) + 12
    for row, (system, parts) in enumerate(shares.items()):
        y, x = 26 * row, 180.0
        lines.append(f'<text x="172" y="{y + 15}" text-anchor="end">{escape(system)}</text>')
        for color, (key, name) in zip(COLORS, CLASSES.items(), strict=True):
            width = 440 * parts.get(key, 0.0) / most
            label = f"{escape(name)}: {100 * parts.get(key, 0.0):.1f} %"
            lines.append(_bar(x, y, width, color, label))
            x += width
        lines.append(f'<text x="{x + 6:.1f}" y="{y + 15}">{100 * sum(parts.values()):.1f} %</text>')
    for row, (color, name) in enumerate(zip(COLORS, CLASSES.values(), strict=True)):
        y = 26 * len(shares) + 12 + 22 * row
        lines.append(_bar(180, y, 14, color, name, 14) + f'<text x="202" y="{y + 12}">{escape(name)}</text>')
    return svg(720, height, lines, "Words with the wrong speaker")


def _bar(x: float, y: float, width: float, color: str, label: str, height: int = 20) -> str:
    title = f"<title>{label}</title>"
    return f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{height}" fill="{color}">{title}</rect>'


def calibration_plot(bins: Bins) -> str:
    """Return a plot with a dot for each bin, of a size by its words: mean confidence, and the share that is right."""
    most = max((each.words for each in bins), default=0) or 1
    lines = [f'<path fill="none" stroke="#888" d="M{EDGE} {EDGE // 2}V{SIDE + EDGE // 2}H{EDGE + SIDE}"/>']
    lines.append(f'<path fill="none" stroke="#bbb" stroke-dasharray="4 4" d="{_path([(0.0, 0.0), (1.0, 1.0)])}"/>')
    for tick in (0.0, 0.5, 1.0):
        x, y = _place(tick, tick)
        lines.append(f'<text x="{x:.0f}" y="{SIDE + EDGE:.0f}" text-anchor="middle">{tick:g}</text>')
        lines.append(f'<text x="{EDGE - 6}" y="{y + 4:.0f}" text-anchor="end">{tick:.0%}</text>')
    dots = [(each.confidences / each.words, each.right / each.words, each.words) for each in bins if each.words]
    lines.append(f'<path fill="none" stroke="#4e79a7" d="{_path([(x, y) for x, y, _ in dots])}"/>' if dots else "")
    for confidence, right, words in dots:
        x, y = _place(confidence, right)
        title = f"<title>{words} words of confidence {confidence:.2f}: {right:.0%} right</title>"
        lines.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{3 + 7 * (words / most) ** 0.5:.1f}" {DOT}>{title}</circle>'
        )
    middle = EDGE + SIDE / 2
    lines.append(f'<text x="{middle:.0f}" y="{SIDE + EDGE + 20}" text-anchor="middle">confidence of the word</text>')
    return svg(SIDE + 2 * EDGE, SIDE + EDGE + 30, lines, "Share of words with the right speaker, by confidence")


def _place(confidence: float, right: float) -> tuple[float, float]:
    return EDGE + SIDE * confidence, EDGE / 2 + SIDE * (1 - right)


def _path(points: list[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in (_place(*point) for point in points))


def svg(width: float, height: float, lines: list[str], label: str) -> str:
    """Return an SVG of this size (pixels) with its elements, and a label for those who cannot see it."""
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    look = 'font-family="sans-serif" font-size="12" fill="#222"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {look} role="img" aria-label="{label}">'
    ground = '<rect width="100%" height="100%" fill="#fff"/>'
    return "\n".join((head, ground, *lines, "</svg>\n"))
