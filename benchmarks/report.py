"""Results as people read them (a Markdown table) and as programs do (JSON)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from measures import Row
from scoring import Rate

HEAD = ("recording", "kind", "speakers", "WER", "WDER", "cpWER", "DER", "DER ±0.25 s", "wall s", "of duration")


def table(rows: Iterable[Row]) -> str:
    """The rows as an aligned Markdown table: rates in percent, wall time in seconds and as a part of the duration."""
    lines = [list(HEAD), *(_cells(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    )


def _cells(row: Row) -> list[str]:
    scores = row.scores
    rates = [_percent(rate) for rate in (scores.wer, scores.wder, scores.cp_wer, scores.der, scores.der_collar)]
    wall = ["-", "-"] if row.seconds is None else [f"{row.seconds:.1f}", f"{row.seconds / row.duration:.2f}"]
    return [row.name, row.kind, row.speakers, *rates, *wall]


def _percent(rate: Rate | None) -> str:
    return "-" if rate is None or rate.value is None else f"{100 * rate.value:.1f}"


def document(rows: Iterable[Row]) -> str:
    """The rows as a JSON list: each measure with its errors and its total, so that they can be pooled anew."""
    return json.dumps([asdict(row) for row in rows], indent=1)
