"""`speakerplug preview`: who speaks when in a saved transcript, as bars in the terminal or as a picture."""

from __future__ import annotations

import codecs
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..attribution.text import display_width
from ..formats.fields import clock_time
from . import console, options
from .help import Command
from .output import STDOUT, plan_outputs, put
from .stdout import cell, results

if TYPE_CHECKING:
    from ..attribution.timeline import Lane
    from ..attribution.uncertain import Limits
    from ..transcript import Transcript, Word

LEVELS, PLAIN = " ▁▂▃▄▅▆▇█", " .:-=+*##"
"""How much of the time of a column someone speaks, from not at all to all the time; the second for plain terminals."""
WIDEST, NARROWEST = 160, 40
"""Columns of the output, at most and at least."""
LONGEST_NAME = 18
MOST_PASSAGES = 10
COLUMNS_PER_TICK = 12
"""Columns between two labels of the time, at least."""


@click.command(cls=Command, short_help="Show who speaks when in a saved transcript.")
@click.argument("transcript", metavar="TALK.json")
@click.option(
    "--format",
    type=click.Choice(["txt", "svg"]),
    default="txt",
    show_default=True,
    help="Text for the terminal, or a picture for a README or a ticket.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE|-",
    show_default="standard output; svg next to the transcript",
    help="File to write, or - for standard output.",
)
@options.with_options(options.ENCODING, options.VERBOSITY)
def preview(transcript: str, format: str, output: str | None, encoding: str | None, quiet: bool, verbose: bool) -> None:
    """Show who speaks when in a saved transcript, the talk time, and where it is uncertain.

    TALK.json is a transcript, subtitles, or what another program wrote. A word is uncertain, and in brackets, where
    its speaker is less than 60 % sure, or the recognizer was less than 50 % sure of it, which holds for the least sure
    tenth of the words at most.
    """
    console.set_level(quiet, verbose)
    from ..formats import svg
    from ..formats.load import load

    given = STDOUT if output is None and format == "txt" else output
    [targets] = plan_outputs((transcript,), [format], given, {format: f".{format}"}, format)
    shown = load(transcript, encoding=encoding)
    path = targets[format]
    put(svg.write(shown) if format == "svg" else "\n".join(_lines(shown, path)) + "\n", path)


def _lines(transcript: Transcript, path: Path | None) -> Iterator[str]:
    """Yield the lines of the text; in a terminal, they are as wide as it."""
    from ..attribution.timeline import lanes, length

    shown, seconds = lanes(transcript), length(transcript)
    width = min(max(shutil.get_terminal_size().columns, NARROWEST), WIDEST)
    levels = LEVELS if path is not None or _shows_blocks() else PLAIN
    names = [_cut(lane.name) for lane in shown]
    margin = max(map(display_width, names), default=0) + 2
    numbers = [f"{lane.share:4.0%} {clock_time(lane.seconds):>8}" for lane in shown]
    columns = max(width - margin - 15, 10)
    count = "1 speaker" if len(shown) == 1 else f"{len(shown)} speakers"
    yield f"{cell(transcript.media.file) or 'Transcript'}: {clock_time(seconds)}, {count}"
    for name, lane, number in zip(names, shown, numbers, strict=True):
        bar = _bar(lane, seconds, columns, levels)
        yield f"{name}{' ' * (margin - display_width(name))}{bar} {number}"
    yield from _axis(transcript, seconds, columns, margin)
    yield from _passages(transcript)


def _shows_blocks() -> bool:
    """Return whether standard output can show blocks; in plain ASCII, the text is for a terminal that cannot."""
    printed = results()
    return codecs.lookup(getattr(printed, "encoding", None) or "utf-8").name.startswith("utf")


def _cut(name: str) -> str:
    """Return a name of at most `LONGEST_NAME` columns."""
    while display_width(name) > LONGEST_NAME:
        name = name[:-2] + "…"
    return cell(name)


def _bar(lane: Lane, seconds: float, columns: int, levels: str) -> str:
    """Return a bar, each column as high as the part of its time in which the speaker talks."""
    filled = [0.0] * columns
    step = seconds / columns or 1.0
    for turn in lane.turns:
        for at in range(max(0, int(turn.start / step)), min(columns, int(turn.end / step) + 1)):
            filled[at] += max(0.0, min(turn.end, (at + 1) * step) - max(turn.start, at * step)) / step
    full = len(levels) - 1
    return "".join(levels[min(full, max(round(share * full), int(share > 1e-6)))] for share in filled)


def _axis(transcript: Transcript, seconds: float, columns: int, margin: int) -> Iterator[str]:
    """Yield the marks of uncertain words, if any, and the times below the bars."""
    from ..attribution.timeline import ticks
    from ..attribution.uncertain import limits_of

    step = seconds / columns or 1.0
    uncertain = filter(limits_of(transcript.words).is_uncertain, transcript.words)
    marked = {min(columns - 1, int((word.start or 0.0) / step)) for word in uncertain}
    if marked:
        yield " " * margin + "".join("^" if at in marked else " " for at in range(columns)) + "  uncertain"
    line = ""
    for time in ticks(seconds, max(2, columns // COLUMNS_PER_TICK)):
        line = line.ljust(int(time / step)) + clock_time(time)
    yield " " * margin + line


def _passages(transcript: Transcript) -> Iterator[str]:
    """Yield the passages that are uncertain, with these words in brackets."""
    from ..attribution.uncertain import limits_of, uncertain_passages

    words = transcript.words
    found = uncertain_passages(words)
    if not found:
        return
    limits = limits_of(words)
    yield ""
    for passage in found[:MOST_PASSAGES]:
        said = words[passage.start : passage.stop]
        first = said[0]
        name = transcript.name_of(first.speaker)
        yield cell(f"{clock_time(first.start or 0.0):>8}  {f'{name}: ' if name else ''}{_marked(said, limits)}")
    if len(found) > MOST_PASSAGES:
        yield f"{'':8}  and {len(found) - MOST_PASSAGES} more; the HTML page marks all of them"


def _marked(words: Sequence[Word], limits: Limits) -> str:
    """Return the text of the words, the uncertain ones in brackets."""
    from ..transcript import plain, text_of

    return text_of(
        replace(word, text=f"[{plain(word.text)}]" if limits.is_uncertain(word) else plain(word.text)) for word in words
    )
