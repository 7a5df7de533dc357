"""Standard output has results only: complete, byte for byte as in a file, without what plugins print.

On a terminal, control characters are escaped, because names and texts may come from strangers.
"""

from __future__ import annotations

import codecs
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from typing import TextIO

import click

from ..errors import OutputError

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]|\r(?!\n)")
"""Control characters, which could move the cursor or rename the window, except line ends and tabs."""

_held: list[TextIO] = []


@contextmanager
def for_results() -> Iterator[None]:
    """Send what plugins and libraries print in the block to stderr, so that only results reach standard output."""
    _held.append(sys.stdout)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        _held.pop()


def results() -> TextIO | None:
    """Return standard output itself; None where it is closed."""
    return _held[0] if _held else sys.stdout


def deliver(text: str | bytes) -> None:
    """Print the content of a file, byte for byte; on a terminal, control characters are escaped.

    It is UTF-8 even if the encoding of standard output is ASCII, as in the C locale. Raises OutputError where
    standard output is closed, full, a terminal that should show bytes, or of another encoding that lacks a character
    of the text, BrokenPipeError where its reader has exited.
    """
    if isinstance(text, bytes):
        with _explained() as printed:
            if printed.isatty():
                raise OutputError("This format is no text that a terminal can show; name a file for the result.")
            click.echo(text, file=printed, nl=False)
        return
    # Surrogates, from a file name that is not UTF-8, become "?" as in a file.
    data = text.encode("utf-8", "replace")
    with _explained() as printed:
        if printed.isatty():
            printed.write(escaped(text))
        elif codecs.lookup(printed.encoding or "utf-8").name == "ascii":
            click.echo(data, file=printed, nl=False)
        else:
            printed.write(data.decode("utf-8"))
        printed.flush()


def show(text: str) -> None:
    """Print a line, with its colors on a terminal; raises what `deliver` raises."""
    with _explained() as printed:
        text = text.encode("utf-8", "replace").decode("utf-8")
        click.echo(escaped(text) if printed.isatty() else text, file=printed)


@contextmanager
def _explained() -> Iterator[TextIO]:
    printed = results()
    if printed is None:
        raise OutputError("Standard output is closed; name a file for the result.")
    try:
        yield printed
    except BrokenPipeError:
        raise
    except UnicodeEncodeError as error:
        raise OutputError(unfit(error)) from error
    except (OSError, ValueError) as error:  # ValueError: closed by a plugin
        reason = getattr(error, "strerror", None) or error
        raise OutputError(f"Standard output cannot be written ({reason}); name a file for the result.") from error


def unfit(error: UnicodeEncodeError) -> str:
    """Return a message about an encoding that lacks a character, with the hint."""
    char = error.object[error.start]
    return (
        f"Standard output is {getattr(results(), 'encoding', error.encoding)}, which has no {char!a}; "
        "set PYTHONIOENCODING=utf-8, or name a file for the result."
    )


def open_closed_streams() -> None:
    """Open /dev/null in place of closed standard streams, so that no other file gets their descriptors."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free descriptor
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for as long as the process lives


def escaped(text: str) -> str:
    """Return `text` with control characters as escapes like \\u001b, which JSON allows."""
    return CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def cell(text: str) -> str:
    """Return `text` on one line, for a table."""
    return escaped(text.replace("\r\n", "\n")).replace("\n", "\\n")


def table(rows: Sequence[Sequence[str]], numbers: bool = False) -> Iterator[str]:
    """Yield the lines of a table: columns are left-aligned, those after the first right-aligned if `numbers`."""
    rows = [[cell(text) for text in row] for row in rows]
    width, *widths = (max(map(len, column)) for column in zip(*rows, strict=True))
    for first, *others in rows:
        aligned = (text.rjust(size) if numbers else text.ljust(size) for text, size in zip(others, widths, strict=True))
        yield "  ".join((f"  {first.ljust(width)}", *aligned)).rstrip()
