"""`speakerplug man`: pages built from the options."""

from __future__ import annotations

import re

import click
import pytest

from speakerplug.cli import command_line
from speakerplug.cli.help import Command
from speakerplug.cli.man import page
from tests.cli.conftest import Run

MACROS = {"TH", "SH", "B", "BR", "PP", "TP", "nf", "fi"}


def unescaped(text: str) -> str:
    """Return roff as a reader sees it."""
    return re.sub(r"\\f[BR]|\\&", "", text).replace("\\-", "-").replace("\\(ti", "~").replace("\\e", "\\")


def test_man_page_of_every_command_has_its_options(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """All of them, those that the first page of the help leaves out too; no other line is a command of roff."""
    group = command_line()
    for name, command in group.commands.items():
        assert run("man", name) == 0
        text = capsys.readouterr().out
        shown = set(re.findall(r"--[\w-]+", unescaped(text)))
        declared = {flag for each in command.params if isinstance(each, click.Option) for flag in each.opts}
        assert {flag for flag in declared if flag.startswith("--")} <= shown, name
        assert {line[1:].split()[0] for line in text.splitlines() if line.startswith(".")} <= MACROS
        assert f"speakerplug-{name} - " in unescaped(text)


def test_man_page_of_the_program_lists_the_commands(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """With what each does, and the exit codes."""
    assert run("man") == 0
    text = unescaped(capsys.readouterr().out)
    assert ".TP\ntranscribe\nTranscribe recordings, with the speaker of each word." in text
    assert ".TP\n130, 129, 143\nCanceled by Ctrl-C, SIGHUP or SIGTERM." in text


def test_man_page_of_an_unknown_command_is_a_usage_error(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """In one sentence."""
    assert run("man", "transcibe") == 2
    assert "No such command 'transcibe': speakerplug --help lists them" in capsys.readouterr().err


def test_man_page_of_a_help_with_the_marks_of_roff_shows_them() -> None:
    """A dot or an apostrophe at the start of a line, a backslash, and lines that are kept as they are."""
    option = click.Option(["--it"], help=".start 'it' in a\\b-c.")
    command = Command("it", params=[option], help="'Do it.\n\n\b\nfirst  line\n.second")
    text = page(command, click.Context(command, info_name="it"))
    assert "\n\\&.start 'it' in a\\eb\\-c." in text
    assert "\n\\&'Do it.\n" in text
    assert "\n.nf\nfirst  line\n\\&.second\n.fi\n" in text
