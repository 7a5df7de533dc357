"""`speakerplug man`: the man page of a command, built from its options."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import click

from ..system.packages import installed
from .help import EVERYTHING, Command, variables
from .stdout import deliver

_PLAIN = str.maketrans("\N{NO-BREAK SPACE}\N{NON-BREAKING HYPHEN}", " -")
"""A terminal's lines must not break everywhere; a page's may."""
EXIT_CODES = (
    ("0", "Success."),
    ("1", "A failure; for check and doctor also a finding."),
    ("2", "A wrong command line."),
    ("130, 129, 143", "Canceled by Ctrl-C, SIGHUP or SIGTERM."),
)
_FILES = "speakerplug.toml in the folder or above it, and your own: speakerplug config shows them."


class Recorder(click.HelpFormatter):
    """A formatter that keeps the groups of options as data instead of laying them out."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: list[tuple[str, list[tuple[str, str]]]] = []

    @contextmanager
    def section(self, name: str) -> Iterator[None]:
        """Begin a group."""
        self.groups.append((name, []))
        yield

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Keep the rows under the heading that was written last."""
        if not self.groups:
            self.groups.append(("Options", []))
        self.groups[-1][1].extend((first.translate(_PLAIN).strip(), text.translate(_PLAIN)) for first, text in rows)


@click.command(cls=Command, short_help="Print the man page of a command.")
@click.argument("name", metavar="[COMMAND]", required=False)
@click.pass_context
def man(context: click.Context, name: str | None) -> None:
    """Print the man page of COMMAND, or of speakerplug itself: speakerplug man transcribe | man -l -"""
    root = context.find_root()
    group = root.command
    assert isinstance(group, click.Group)
    command = group if name is None else group.get_command(root, name)
    if command is None:
        raise click.UsageError(f"No such command {name!r}: speakerplug --help lists them.")
    deliver(page(command, root if name is None else click.Context(command, info_name=name, parent=root)))


def page(command: click.Command, context: click.Context) -> str:
    """Return the man page of a command, in roff, with all its options in their sections."""
    name = context.command_path.replace(" ", "-")
    short = command.get_short_help_str(200).rstrip(".")
    version = installed("speakerplug") or ""
    usage = " ".join(command.collect_usage_pieces(context))
    lines = [f'.TH "{name.upper()}" "1" "" "speakerplug {version}" "SpeakerPlug"']
    lines += [".SH NAME", f"{name} \\- {_roff(short)}"]
    lines += [".SH SYNOPSIS", f".B {_roff(context.command_path)}", _roff(usage)]
    lines += [".SH DESCRIPTION", *_prose(command.help or "")]
    context.meta[EVERYTHING] = True
    recorder = Recorder()
    command.format_options(context, recorder)
    for title, rows in recorder.groups:
        lines += [f".SH {_roff(title).upper()}", *_list(rows)]
    if not isinstance(command, click.Group):
        options = [each for each in command.get_params(context) if isinstance(each, click.Option)]
        lines += [".SH ENVIRONMENT", _roff(variables(context, options))]
    lines += [".SH FILES", _roff(_FILES), ".SH EXIT STATUS", *_list(EXIT_CODES)]
    if context.parent is not None:
        lines += [".SH SEE ALSO", ".BR speakerplug (1)"]
    return "\n".join((*lines, ""))


def _list(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    for first, text in rows:
        yield from (".TP", f"\\fB{_roff(first)}\\fR", _roff(text))


def _prose(help: str) -> Iterator[str]:
    """Yield the paragraphs of a help; what click keeps as it is (after a line \\b) is not filled here either."""
    for paragraph in inspect.cleandoc(help).split("\n\n"):
        kept = paragraph.startswith("\b\n")
        yield ".PP"
        yield from (".nf", *map(_roff, paragraph[2:].splitlines()), ".fi") if kept else (_roff(paragraph),)


def _roff(text: str) -> str:
    """Return a text in which nothing is a command of roff: no backslash, dash or dot at the start of a line."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("~", "\\(ti").replace("^", "\\(ha")
    return re.sub(r"^(?=[.'])", r"\\&", escaped, flags=re.MULTILINE)
