"""Messages and tables on stderr, in step with the progress bar."""

from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from ..errors import UsageError, masked
from . import events
from .stdout import cell, escaped, open_closed_streams, table

if TYPE_CHECKING:
    from rich.console import Console

    from ..transcript import Transcript

log = logging.getLogger(__name__)

PACKAGE = __name__.split(".")[0]

_packages = [PACKAGE]
"""Packages whose log is shown: ours, and those of installed plugins."""

_console: Console | None = None


class _OnStderr(logging.Handler):
    """Prints log records as plain sentences, with warnings marked."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record, and its traceback if it has one."""
        text = record.getMessage()
        if (current := events.current()) is not None:
            current.emit("log", level=record.levelname.lower(), message=text, **_trace_of(record))
            return
        if record.levelno >= logging.WARNING:
            text = f"Warning: {text}"
        say(text)
        if record.exc_info and record.exc_info[0] is not None:
            say("".join(traceback.format_exception(*record.exc_info)))


def start() -> None:
    """Show SpeakerPlug's log; other libraries only log errors."""
    open_closed_streams()
    _packages[:] = []
    show_logs(PACKAGE)
    _mask_all_logs()
    set_level(quiet=False, verbose=False)


def show_logs(*packages: str) -> None:
    """Show the log of these packages, such as plugins', like ours."""
    for package in packages:
        logger = logging.getLogger(package)
        logger.handlers = [_OnStderr()]
        logger.propagate = False
        logger.setLevel(logging.getLogger(PACKAGE).level)
        _packages.append(package)


def set_level(quiet: bool, verbose: bool) -> None:
    """Set how much is printed: errors only with -q, everything with -v; raises UsageError for both."""
    if quiet and verbose:
        raise UsageError("--quiet and --verbose contradict each other; leave one out.")
    level = logging.DEBUG if verbose else logging.ERROR if quiet else logging.INFO
    for package in _packages:
        logging.getLogger(package).setLevel(level)
    if not verbose:
        _hush_libraries()


def is_verbose() -> bool:
    """Return whether -v was given."""
    return logging.getLogger(PACKAGE).isEnabledFor(logging.DEBUG)


def console() -> Console:
    """Return the terminal at stderr, shared by messages and progress bar so that they do not overwrite each other."""
    global _console
    if _console is None:
        from rich.console import Console

        _console = Console(stderr=True, highlight=False, soft_wrap=True)
    return _console


def say(text: str) -> None:
    """Print a message to stderr, without tokens and without control characters."""
    if (current := events.current()) is not None:
        current.emit("log", level="info", message=text)
        return
    text = escaped(masked(text))
    with suppress(OSError, ValueError):  # full, or closed meanwhile: nothing can be printed
        if _console is None:
            click.echo(text, err=True)
        else:
            _console.print(text, markup=False)


def fail(text: str, error: BaseException | None = None, kind: str = "", code: int | None = None) -> None:
    """Print an error, and its traceback with -v.

    An event has the `kind` of the error and the exit `code`; without them, the class of the error, and its own code.
    """
    if (current := events.current()) is not None:
        code = getattr(error, "exit_code", 1) if code is None else code
        trace = {"traceback": "".join(traceback.format_exception(error))} if error is not None and is_verbose() else {}
        kind = kind or ("Error" if error is None else type(error).__name__)
        current.emit("error", message=text, kind=kind, exit_code=code, **trace)
        return
    say(f"Error: {text}")
    if error is not None and is_verbose():
        say("".join(traceback.format_exception(error)))


def wrote(
    path: str | os.PathLike[str],
    is_partial: bool = False,
    is_named: bool = True,
    verb: str = "Wrote",
    language: str | None = None,
) -> None:
    """Log that a file was written, unless a message has named it, as an error names a partial result.

    `verb` says what became of the file; `language` is that of its words, for programs.
    """
    if (current := events.current()) is not None:
        spoken = {} if language is None else {"language": language}
        current.emit("output", path=os.fspath(path), is_partial=is_partial, **spoken)
    elif is_named:
        log.info("%s %s", verb, path)


def show_speaking_times(transcript: Transcript) -> None:
    """Print the number of speakers, and the speaking time of each."""
    from ..attribution.speaking_time import speaking_times

    talks = speaking_times(transcript.turns)
    rows = []
    for talk in talks:
        times = f"{talk.seconds:.1f}", f"{talk.share:.0%}", f"{talk.overlapped:.1f}"
        rows.append((transcript.name_of(talk.speaker) or "", *times, str(talk.turns)))
    title = f"{transcript.media.file}: {len(talks)} speaker{'s' if len(talks) != 1 else ''}"
    show_table(title, ("", "talk s", "share", "overlap s", "turns"), rows)


def show_table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table: the first column to the left, the numbers after it to the right."""
    say(cell(title))
    rows = list(rows)
    for line in table((head, *rows), numbers=True) if rows else ():
        say(line)


def _trace_of(record: logging.LogRecord) -> dict[str, str]:
    if not record.exc_info or record.exc_info[0] is None:
        return {}
    return {"traceback": "".join(traceback.format_exception(*record.exc_info))}


def _mask_all_logs() -> None:
    """Mask tokens in the log of every library, which Python prints by itself."""
    made = logging.getLogRecordFactory()
    if getattr(made, "masks", False):
        return

    def make(*arguments: Any, **options: Any) -> logging.LogRecord:
        """Make a record without tokens in its message and traceback."""
        record = made(*arguments, **options)
        try:
            text = record.getMessage()
        except Exception:  # a malformed record, which logging reports itself
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
