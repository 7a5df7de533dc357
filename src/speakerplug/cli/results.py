"""Results on standard output: whole, in the same bytes as in a file, or one sentence on why not."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from ..errors import OutputError


def show(text: str) -> None:
    """Print a result, which is UTF-8 where the encoding of standard output is ASCII, as in a plain locale.

    Raises OutputError where standard output is closed, full, or of another encoding that cannot hold the text. That
    nobody reads it any more stays a BrokenPipeError.
    """
    # Halves of characters, from a file name that is not UTF-8, are "?" as in a file.
    data = text.encode("utf-8", "replace")
    with _explained():
        if codecs.lookup(sys.stdout.encoding or "utf-8").name == "ascii":
            click.echo(data, nl=False)
        else:
            sys.stdout.write(data.decode("utf-8"))
            sys.stdout.flush()


def show_line(text: str) -> None:
    """Print a line for people, with its colors on a terminal; raises what `show` does."""
    with _explained():
        click.echo(text.encode("utf-8", "replace").decode("utf-8"))


@contextmanager
def _explained() -> Iterator[None]:
    if sys.stdout is None:
        raise OutputError("Standard output is closed; name a file for the result.")
    try:
        yield
    except BrokenPipeError:
        raise
    except UnicodeEncodeError as error:
        raise OutputError(unfit(error)) from error
    except (OSError, ValueError) as error:  # ValueError: closed by a plugin
        reason = getattr(error, "strerror", None) or error
        raise OutputError(f"Standard output cannot be written ({reason}); name a file for the result.") from error


def unfit(error: UnicodeEncodeError) -> str:
    """What to do about an encoding that cannot hold the text."""
    char = error.object[error.start]
    return (
        f"Standard output is {getattr(sys.stdout, 'encoding', error.encoding)}, which has no {char!a}; "
        "set PYTHONIOENCODING=utf-8, or name a file for the result."
    )


def open_closed_streams() -> None:
    """Put /dev/null where standard streams are closed, else the next file that is opened gets their number."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # which takes the lowest number that is free
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for as long as the process lives
