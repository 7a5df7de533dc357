"""Results as one self-contained web page: tables, bars and plots."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from .calibration import calibration_error
from .drawing import bars, calibration_plot
from .pools import Difference, Row, shares, widest
from .report import Table, changes, method, scores, turn_lengths, wrong_words

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; background: #fff; max-width: 72rem; margin: 2rem auto;
  padding: 0 1rem }
h1, h2 { font-weight: 600 } h2 { margin-top: 2.5rem; font-size: 1.2rem }
div.wide { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .25rem .7rem; text-align: left; border-bottom: 1px solid #ddd; white-space: nowrap }
tr.pool td { font-weight: 600 } p.note { color: #666 } figure { display: inline-block; margin: 0 2rem 1rem 0 }
"""


def page(rows: Sequence[Row], differences: Sequence[Difference], title: str) -> str:
    """Return the whole page, as HTML."""
    pools = {row.name for row in rows if row.kind is None}
    parts = [f"<h1>{escape(title)}</h1>", _table(scores(rows), pools), f'<p class="note">{escape(method(rows))}</p>']
    broadest = widest(rows)
    if broadest:
        picture = bars({system: shares(row) for system, row in broadest.items()})
        parts += [
            "<h2>Words with the wrong speaker</h2>",
            f'<div class="wide">{picture}</div>',
            _table(wrong_words(rows)),
            _table(turn_lengths(rows)),
        ]
    if differences:
        parts += ["<h2>Compared with the first system, in percentage points</h2>", _table(changes(differences))]
    plots = [_plot(row) for row in broadest.values() if row.bins]
    if plots:
        parts += ["<h2>Share of words with the right speaker, by confidence</h2>", *plots]
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    body = "\n".join(parts)
    head = f"<head>{head}<style>{STYLE}</style></head>"
    return f'<!DOCTYPE html>\n<html lang="en">{head}\n<body>\n{body}\n</body></html>\n'


def _plot(row: Row) -> str:
    error = calibration_error(row.bins or ())
    caption = f"{row.system}: off by {error:.3f} on average" if error is not None else row.system
    return f"<figure>{calibration_plot(row.bins or ())}<figcaption>{escape(caption)}</figcaption></figure>"


def _table(table: Table, bold: set[str] | None = None) -> str:
    head, *lines = table
    marked = bold or set()
    body = "".join(
        f"<tr{' class=pool' if line[0] in marked else ''}>{''.join(f'<td>{escape(cell)}</td>' for cell in line)}</tr>\n"
        for line in lines
    )
    heads = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    return f'<div class="wide"><table><tr>{heads}</tr>\n{body}</table></div>'
