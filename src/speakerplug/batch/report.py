"""The report of a folder of results: one self-contained web page with totals, failures and a plot."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from ..formats.fields import clock_time
from ..transcript import plain
from .journal import History
from .record import DONE, Record
from .status import Status, status_of

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; background: #fff; max-width: 72rem; margin: 2rem auto;
  padding: 0 1rem }
h1, h2 { font-weight: 600 } h2 { margin-top: 2.5rem; font-size: 1.2rem }
div.wide { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .25rem .7rem; text-align: left; border-bottom: 1px solid #8884; vertical-align: top }
td.n { text-align: right; white-space: nowrap } td.f { overflow-wrap: anywhere; min-width: 12rem }
p.note { color: #666 }
svg text { font: 12px system-ui, sans-serif; fill: currentColor }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818 } p.note { color: #999 } }
"""
WIDTH, HEIGHT, LEFT, FOOT = 900, 300, 60, 40
"""Sizes of the plot in pixels: of all of it, and of the space for numbers."""
MOST_ROWS = 10_000
"""Recordings that the page lists, at most."""
COLOR = "#3b76d6"


def report(history: History, folder: str) -> str:
    """Return the page about all that the journals of a folder say."""
    status = status_of(history)
    records = sorted(history.latest.values(), key=lambda each: each.time)
    ended = [each for each in records if each.state == DONE and each.work_s > 0]
    title = f"Transcribed into {plain(folder)}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        _table(("", ""), _totals(status, records), numbers=(1,)),
        *([f"<h2>Work, by length of the recording</h2>\n<div class='wide'>{plot(ended)}</div>"] if ended else []),
        *(_failures(status.failures)),
        "<h2>Recordings</h2>",
        *([f'<p class="note">The last {MOST_ROWS} of {len(records)}.</p>'] if len(records) > MOST_ROWS else []),
        _table(HEAD, map(_row, records[-MOST_ROWS:]), numbers=(2, 3, 4), names=(0,)),
        f'<p class="note">Written {time.strftime("%Y-%m-%d %H:%M:%S")}.</p>',
    ]
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    body = "\n".join(parts)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head>{head}<style>{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n'
    )


HEAD = ("recording", "state", "audio", "work", "times real time", "attempt", "host")


def _row(record: Record) -> Sequence[str]:
    speed = f"{record.audio_s / record.work_s:.1f}" if record.audio_s and record.work_s else ""
    times = (clock_time(each) if each else "" for each in (record.audio_s, record.work_s))
    return (record.key, record.state, *times, speed, str(record.attempt), record.host)


def _totals(status: Status, records: Sequence[Record]) -> Iterator[Sequence[str]]:
    yield "recordings done", f"{status.done:,}"
    yield "failed or set aside", f"{len(status.failures):,}"
    unfinished = len(status.running) + len(status.waiting) + status.left
    if unfinished:
        yield "not finished", f"{unfinished:,}"
    yield "audio", clock_time(status.audio_s)
    yield "work of all workers", clock_time(status.work_s)
    if status.speed is not None:
        yield "times real time, of one worker", f"{status.speed:.1f}"
    if records:
        for name, each in (("first entry", records[0]), ("last entry", records[-1])):
            yield name, time.strftime("%Y-%m-%d %H:%M", time.localtime(each.time))


def _failures(failures: Sequence[Record]) -> Iterator[str]:
    if failures:
        yield "<h2>Failures</h2>"
        rows = ((each.key, each.error, each.message) for each in failures)
        yield _table(("recording", "error", "what to do"), rows, names=(0, 2))


def _table(
    head: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = (), names: Sequence[int] = ()
) -> str:
    heads = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    kinds = {**dict.fromkeys(numbers, ' class="n"'), **dict.fromkeys(names, ' class="f"')}
    body = "".join(
        f"<tr>{''.join(f'<td{kinds.get(at, str())}>{escape(plain(cell))}</td>' for at, cell in enumerate(row))}</tr>\n"
        for row in rows
    )
    return f'<div class="wide"><table><tr>{heads}</tr>\n{body}</table></div>'


def plot(records: Sequence[Record]) -> str:
    """Return a picture with a dot for each recording: seconds of audio to the right, seconds of work upwards."""
    most_audio = max((each.audio_s for each in records), default=0.0) or 1.0
    most_work = max(each.work_s for each in records) or 1.0
    width, height = WIDTH - LEFT - 20, HEIGHT - FOOT - 20
    dots = "".join(
        f'<circle cx="{LEFT + each.audio_s / most_audio * width:.1f}" '
        f'cy="{20 + height - each.work_s / most_work * height:.1f}" r="3" fill-opacity=".6" '
        f'fill="{COLOR}"><title>{escape(plain(each.key))}</title></circle>'
        for each in records
    )
    foot = 20 + height
    axes = f'<path d="M{LEFT} 20V{foot}H{LEFT + width}" fill="none" stroke="currentColor"/>'
    labels = "".join(
        f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{text}</text>'
        for x, y, anchor, text in (
            (LEFT - 6, foot, "end", "0"),
            (LEFT - 6, 26, "end", clock_time(most_work)),
            (LEFT + width, foot + 16, "end", clock_time(most_audio)),
            (LEFT + width / 2, foot + 32, "middle", "length of the recording"),
            (LEFT, 12, "middle", "work"),
        )
    )
    label = "Seconds of work by seconds of audio"
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" aria-label="{label}">{axes}{dots}{labels}</svg>'
