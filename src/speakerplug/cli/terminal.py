"""What a terminal is shown: names and texts of strangers cannot steer it, and results for programs stay as they are."""

from __future__ import annotations

import re
import sys

import click

from .stdout import results

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]|\r(?!\n)")
"""What moves the cursor, colors, renames the window and the like; line ends and tabs do no harm."""


def escaped(text: str) -> str:
    """`text` with control characters shown as \\u001b is, which JSON understands, too."""
    return CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def cell(text: str) -> str:
    """`text` in one line, for a table."""
    return escaped(text.replace("\r\n", "\n")).replace("\n", "\\n")


def show(text: str, end: str = "\n") -> None:
    """Print a result on standard output; escaped where that is a terminal."""
    if sys.stdout is not None and sys.stdout.isatty():
        text = escaped(text)
    click.echo(f"{text}{end}", nl=False)


def deliver(text: str) -> None:
    """Print the whole of a file on standard output, byte by byte as it would be; escaped where that is a terminal."""
    printed = results()
    printed.write(escaped(text) if printed.isatty() else text)
    printed.flush()
