"""Results as Markdown tables for people, and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from . import turn_length
from .bootstrap import FEWEST, LEVEL, ROUNDS, SEED, Interval
from .breakdown import CLASSES
from .calibration import calibration_error
from .measures import MEASURES
from .pools import Difference, Row, widest
from .rates import Rate
from .scoring import COLLAR_S
from .timing import BLOCK_S

Table = list[list[str]]
"""Cells of a table, its head first."""


def scores(rows: Sequence[Row]) -> Table:
    """Return a table of the rows: speakers found and true, rates in percent with intervals, wall time if known."""
    several = len({row.system for row in rows}) > 1
    timed = any(row.seconds is not None for row in rows)
    head = ["recording", *(["system"] if several else []), "speakers", *MEASURES.values()]
    lines = [head + (["wall s", "of duration"] if timed else [])]
    for row in _in_order(rows):
        cells = [row.name, *([row.system] if several else []), _speakers(row)]
        cells += [rate_of(row, measure) for measure in MEASURES]
        lines.append(cells + (_time(row) if timed else []))
    return lines


def wrong_words(rows: Iterable[Row]) -> Table:
    """Return a table of the words with the wrong speaker by class, of each system's widest row: counts and percent."""
    broadest = widest(rows)
    lines = [["wrong words", *broadest]]
    for key, name in CLASSES.items():
        lines.append([name, *(_share(row.classes.get(key, 0), row) for row in broadest.values())])
    lines.append(["all", *(_share(sum(row.classes.values()), row) for row in broadest.values())])
    return lines


def turn_lengths(rows: Iterable[Row]) -> Table:
    """Return a table of the words with the wrong speaker by the length of the true turn, as `wrong_words` does."""
    broadest = widest(rows)
    lines = zip(turn_length.CLASSES, *(row.lengths for row in broadest.values()), strict=True)
    return [["wrong words in turns of", *broadest], *([name, *map(_wrong_of, rates)] for name, *rates in lines)]


def changes(differences: Iterable[Difference]) -> Table:
    """Return a table of the differences of each system and pool from the first system, in percentage points."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for each in differences:
        cell = f"{100 * each.value:+.1f}{_interval(each.interval, '+.1f')}"
        found.setdefault((each.system, each.pool), {})[each.measure] = cell
    shown = {key: name for key, name in MEASURES.items() if any(key in cells for cells in found.values())}
    head = ["more errors than the first", "recordings", *shown.values()]
    return [head, *([*key, *(cells.get(measure, "-") for measure in shown)] for key, cells in found.items())]


def markdown(table: Table) -> str:
    """Return the table in Markdown, its columns aligned."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [table[0], ["-" * width for width in widths], *table[1:]]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    )


def text(rows: Sequence[Row], differences: Sequence[Difference]) -> str:
    """Return all tables that are not empty, and a sentence on the intervals."""
    tables = [scores(rows), wrong_words(rows), turn_lengths(rows), changes(differences)]
    parts = [markdown(table) for table in tables if len(table) > 1 and len(table[0]) > 1]
    return "\n\n".join((*parts, method(rows)))


def method(rows: Iterable[Row]) -> str:
    """Return a sentence on the numbers and their intervals."""
    drawn = {row.drawn for row in rows if any(each.interval for each in row.measures.values())}
    what = {"recordings": "recordings", "blocks": f"blocks of {BLOCK_S:g} s (marked *)"}
    if not drawn:
        return "Rates in percent; too little audio for intervals."
    units = " and ".join(what[each] for each in sorted(drawn, reverse=True))
    return f"Rates in percent, with {LEVEL:.0%} intervals: the bootstrap over {units}."


def document(rows: Sequence[Row], differences: Iterable[Difference]) -> str:
    """Return the results as JSON, with errors and totals (words; for DER, seconds), so that they can be pooled."""
    return json.dumps(
        {
            "method": {
                "interval": LEVEL,
                "draws": ROUNDS,
                "seed": SEED,
                "block_s": BLOCK_S,
                "fewest_units": FEWEST,
                "tcpwer_collar_s": COLLAR_S,
            },
            "rows": [_record(row) for row in rows],
            "differences": [asdict(each) for each in differences],
        },
        indent=1,
        ensure_ascii=False,
    )


def _record(row: Row) -> dict[str, Any]:
    record = asdict(row)
    record["measures"] = {
        name: {**asdict(each.rate), "rate": each.rate.value, "interval": each.interval}
        for name, each in row.measures.items()
    }
    scored = "wder" in row.measures
    record["classes"] = {name: row.classes.get(name, 0) for name in CLASSES} if scored else None
    lengths = zip(turn_length.CLASSES, row.lengths, strict=True)
    record["lengths"] = [{"turns": name, **asdict(rate)} for name, rate in lengths] if scored else None
    record["calibration_error"] = calibration_error(row.bins) if row.bins else None
    return record


def _in_order(rows: Sequence[Row]) -> list[Row]:
    """Return the rows by recording, so that systems are side by side."""
    names = list(dict.fromkeys(row.name for row in rows))
    return sorted(rows, key=lambda row: names.index(row.name))


def _speakers(row: Row) -> str:
    if row.kind is not None:
        return f"{row.found}/{row.true}"
    return f"{row.right} of {row.recordings} right, off by {row.miscounted:.2g}"


def rate_of(row: Row, name: str) -> str:
    """Return a measure of a row in percent, with its interval; a dash where it was not scored."""
    estimate = row.measures.get(name)
    if estimate is None or estimate.rate.value is None:
        return "-"
    mark = "*" if estimate.interval and row.drawn == "blocks" else ""
    return f"{100 * estimate.rate.value:.1f}{_interval(estimate.interval, '.1f')}{mark}"


def _interval(interval: Interval | None, form: str) -> str:
    return f" [{100 * interval[0]:{form}}, {100 * interval[1]:{form}}]" if interval else ""


def _time(row: Row) -> list[str]:
    return ["-", "-"] if row.seconds is None else [f"{row.seconds:.1f}", f"{row.seconds / row.duration:.2f}"]


def _wrong_of(rate: Rate) -> str:
    return f"{rate.errors} of {rate.total} ({100 * rate.errors / rate.total:.1f} %)" if rate.total else "-"


def _share(count: int, row: Row) -> str:
    total = row.measures["wder"].rate.total
    return f"{count} ({100 * count / total:.1f} %)" if total else "0"
