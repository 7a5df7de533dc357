"""SVG: a picture of who speaks when, for a README or a ticket; a lane per speaker, with the share of the talk time."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from ..attribution.timeline import Lane, lanes, length, ticks
from ..attribution.uncertain import limits_of
from ..plugin.formats import FormatRegistration
from ..transcript import Transcript, plain
from .fields import clock_time

COLORS = ("#3b76d6", "#d9722e", "#2f9e6d", "#a55bc9", "#c9a227", "#d2517b", "#3aa3b5", "#7a8797")
"""The colors of the speakers in order, which can be seen on white and on black."""
WIDTH, NAMES, NUMBERS = 900, 150, 120
"""Width in pixels: of the picture, of the names to the left of the lanes, and of the numbers to the right."""
LANE, BAR, HEAD, FOOT = 30, 18, 36, 30
"""Heights in pixels: of a lane and of the bar in it, above the lanes, and below them."""
LONGEST = 18
"""Characters of a name, at most."""
MOST_TICKS = 9

_STYLE = """text{font:13px system-ui,sans-serif;fill:#222}.q{fill:#777;font-size:11px}.g{stroke:#8884}
.u{stroke:#d03b3b;stroke-width:1.5}@media(prefers-color-scheme:dark){text{fill:#ddd}.q{fill:#999}}"""


def write(transcript: Transcript) -> str:
    """Return the picture; it needs no script and no other file, and follows a dark color scheme."""
    shown, seconds = lanes(transcript), length(transcript)
    title = plain(transcript.media.file) or "Transcript"
    said = "; ".join(f"{lane.name} {lane.share:.0%}" for lane in shown)
    height = HEAD + LANE * len(shown) + FOOT
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-label="{escape(f"Who speaks when in {title}: {said}")}">',
        f"<style>{_STYLE}</style>",
        f'<text x="0" y="20">{escape(title)}</text>',
        *_axis(seconds, HEAD + LANE * len(shown)),
        *(line for row, lane in enumerate(shown) for line in _lane(lane, row, seconds)),
        *_uncertain(transcript, seconds, HEAD + LANE * len(shown)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _x(time: float, seconds: float) -> float:
    share = min(max(time / seconds, 0.0), 1.0) if seconds else 0.0
    return round(NAMES + share * (WIDTH - NAMES - NUMBERS), 1)


def _lane(lane: Lane, row: int, seconds: float) -> Iterator[str]:
    """Yield the name, the bars as one path, and the numbers of a speaker."""
    top = HEAD + row * LANE
    name = lane.name if len(lane.name) <= LONGEST else lane.name[: LONGEST - 1] + "…"
    bars = []
    for turn in lane.turns:
        left, right = _x(turn.start, seconds), _x(turn.end, seconds)
        bars.append(f"M{left:g} {top}h{max(round(right - left, 1), 0.5):g}v{BAR}H{left:g}z")
    yield f'<text x="0" y="{top + 14}">{escape(name)}<title>{escape(lane.name)}</title></text>'
    yield f'<path fill="{COLORS[row % len(COLORS)]}" d="{"".join(bars)}"/>'
    numbers = f"{lane.share:.0%} · {clock_time(lane.seconds)}"
    yield f'<text x="{WIDTH}" y="{top + 14}" text-anchor="end">{numbers}</text>'


def _axis(seconds: float, bottom: int) -> Iterator[str]:
    for time in ticks(seconds, MOST_TICKS):
        x = _x(time, seconds)
        yield f'<path class="g" d="M{x:g} {HEAD - 6}V{bottom}"/>'
        yield f'<text class="q" x="{x:g}" y="{bottom + 22}" text-anchor="middle">{clock_time(time)}</text>'


def _uncertain(transcript: Transcript, seconds: float, bottom: int) -> Iterator[str]:
    """Yield a mark below the lanes for each uncertain word."""
    limits = limits_of(transcript.words)
    marked = filter(limits.is_uncertain, transcript.words)
    places = dict.fromkeys(_x(word.start or 0.0, seconds) for word in marked)
    if places:
        marks = "".join(f"M{x:g} {bottom - 4}v7" for x in places)
        yield f'<path class="u" d="{marks}"><title>Uncertain words</title></path>'


FORMAT = FormatRegistration("svg", "a picture of who speaks when, with the talk time", ".svg", write, for_programs=True)
