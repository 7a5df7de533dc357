"""What the command line says beside its results, on stderr: lines and tables, in step with the progress bar."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from ..errors import masked
from .stdout import cell, escaped, open_closed_streams, table

if TYPE_CHECKING:
    from rich.console import Console

    from ..transcript import Transcript

PACKAGE = __name__.split(".")[0]

_packages = [PACKAGE]
"""Whose log is shown: ours, and that of installed plugins."""

_console: Console | None = None


class _OnStderr(logging.Handler):
    """Writes our own log: plain sentences, warnings marked as such."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line for a record, and the traceback that it may carry."""
        text = record.getMessage()
        if record.levelno >= logging.WARNING:
            text = f"Warning: {text}"
        say(text)
        if record.exc_info and record.exc_info[0] is not None:
            say("".join(traceback.format_exception(*record.exc_info)))


def start() -> None:
    """Listen to SpeakerPlug's log; other libraries stay silent unless something is wrong in them."""
    open_closed_streams()
    _packages[:] = []
    listen_to(PACKAGE)
    _mask_all_logs()
    set_level(quiet=False, verbose=False)


def listen_to(*packages: str) -> None:
    """Show what these packages log, as ours: those of plugins."""
    for package in packages:
        logger = logging.getLogger(package)
        logger.handlers = [_OnStderr()]
        logger.propagate = False
        logger.setLevel(logging.getLogger(PACKAGE).level)
        _packages.append(package)


def set_level(quiet: bool, verbose: bool) -> None:
    """How much is said: with -q only what went wrong, with -v everything."""
    level = logging.DEBUG if verbose else logging.ERROR if quiet else logging.INFO
    for package in _packages:
        logging.getLogger(package).setLevel(level)
    if not verbose:
        _hush_libraries()


def is_verbose() -> bool:
    """Whether -v was given."""
    return logging.getLogger(PACKAGE).isEnabledFor(logging.DEBUG)


def console() -> Console:
    """The terminal at stderr, shared by messages and progress bar so that they do not tear each other."""
    global _console
    if _console is None:
        from rich.console import Console

        _console = Console(stderr=True, highlight=False, soft_wrap=True)
    return _console


def say(text: str) -> None:
    """One line on stderr; no token is in it, nor what would steer a terminal."""
    text = escaped(masked(text))
    with suppress(OSError, ValueError):  # full, or closed meanwhile: there is nobody to tell
        if _console is None:
            click.echo(text, err=True)
        else:
            _console.print(text, markup=False)


def fail(text: str, error: BaseException | None = None) -> None:
    """What went wrong; with -v also where."""
    say(f"Error: {text}")
    if error is not None and is_verbose():
        say("".join(traceback.format_exception(error)))


def show_talk(transcript: Transcript) -> None:
    """How many speakers there are, and how much each of them talks."""
    from ..attribution.speaking_time import talk_of

    talks = talk_of(transcript.turns)
    rows = []
    for talk in talks:
        times = f"{talk.seconds:.1f}", f"{talk.share:.0%}", f"{talk.overlapped:.1f}"
        rows.append((transcript.name_of(talk.speaker) or "", *times, str(talk.turns)))
    title = f"{transcript.media.file}: {len(talks)} speaker{'s' if len(talks) != 1 else ''}"
    _table(title, ("", "talk s", "share", "overlap s", "turns"), rows)


def show_timings(transcript: Transcript, writing: float) -> None:
    """The seconds and the share of each stage and step, if they were asked for; `writing` came after the transcript."""
    from ..pipeline.progress import TOTAL

    if transcript.provenance.timings is None:
        return
    timings = {**transcript.provenance.timings, "writing": writing}
    total = timings.pop(TOTAL) + writing
    rows = []
    for name, seconds in timings.items():
        stage, _, step = name.partition(": ")
        rows.append((f"  {step}" if step else stage, f"{seconds:.2f}", f"{seconds / total:.0%}"))
    _table(f"{transcript.media.file}: {total:.2f} s in all", ("", "seconds", "share"), rows)
    if sum(seconds for name, seconds in timings.items() if ": " not in name) > total:
        say("  Stages ran at once; shares are of the time on the clock, and come to more than 100 %.")


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns: the first to the left, the numbers after it to the right."""
    say(cell(title))
    for line in table((head, *rows), numbers=True) if rows else ():
        say(line)


def _mask_all_logs() -> None:
    """Mask tokens in what any library logs, which Python shows without asking us."""
    made = logging.getLogRecordFactory()
    if getattr(made, "masks", False):
        return

    def make(*arguments: Any, **options: Any) -> logging.LogRecord:
        """A record whose text and traceback hold no token."""
        record = made(*arguments, **options)
        try:
            text = record.getMessage()
        except Exception:  # a record that cannot be said, as logging will tell itself
            return record
        if masked(text) != text:
            record.msg, record.args = masked(text), ()
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = masked("".join(traceback.format_exception(*record.exc_info)).rstrip())
        return record

    make.masks = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(make)


def _hush_libraries() -> None:
    import warnings

    warnings.simplefilter("ignore")
    for name in ("faster_whisper", "pytorch_lightning", "lightning", "speechbrain", "huggingface_hub", "torio"):
        logging.getLogger(name).setLevel(logging.ERROR)
