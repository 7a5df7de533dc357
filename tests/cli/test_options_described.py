"""Every option of every command is described: in its help, in a page that people wrote, and by a test."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import pytest

from speakerplug.cli import command_line
from speakerplug.cli.help import Command, Option

ROOT = Path(__file__).parents[2]
GENERATED = ROOT / "docs" / "reference" / "cli.md"
"""This page is made from the options themselves, so it proves nothing."""


def text_of(paths: Iterable[Path]) -> str:
    """Return the text of these files, without the page that is generated and without this test."""
    return "\n".join(path.read_text(encoding="utf-8") for path in paths if path not in (GENERATED, Path(__file__)))


@pytest.fixture(scope="module")
def docs() -> str:
    """The pages that people wrote, ours and those of plugins."""
    return text_of((*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("plugins/*/*.md")))


@pytest.fixture(scope="module")
def suite() -> str:
    """All tests, ours and those of plugins."""
    return text_of((*(ROOT / "tests").rglob("*.py"), *ROOT.glob("plugins/*/tests/**/*.py")))


def options_of(command: click.Command) -> Iterator[click.Option]:
    """Yield the options of a command and of those below it."""
    yield from (each for each in command.params if isinstance(each, click.Option))
    if isinstance(command, click.Group):
        for below in command.commands.values():
            yield from options_of(below)


def is_named(option: click.Option, text: str) -> bool:
    """Whether a text has the long name of an option."""
    return re.search(rf"(?<![\w-]){re.escape(option.opts[-1])}(?![\w-])", text) is not None


def missing(command: click.Command, docs: str, tests: str) -> list[str]:
    """Return what is missing of the options of a command, and of those below it, a sentence each."""
    found = []
    for option in options_of(command):
        has_default = option.to_info_dict()["default"] is not None and not option.is_flag
        wanted = {
            "help that ends with a period": (option.help or "").endswith("."),
            "its default in the help (show_default)": bool(option.show_default) or not has_default,
            "its name on a page in docs/": is_named(option, docs),
            "its name in a test": is_named(option, tests),
        }
        found += [f"{option.opts[-1]} needs {what}" for what, is_there in wanted.items() if not is_there]
    return found


def test_options_of_every_command_are_described_and_tested(docs: str, suite: str) -> None:
    """A new option without help, documentation or a test turns this red; plugins' commands are among them."""
    group = command_line()
    assert {"transcribe", "evaluate"} <= {*group.commands}
    group.params.clear()  # --version is click's
    assert missing(group, docs, suite) == []


@pytest.mark.parametrize(
    ("settings", "needs"),
    [
        ({}, []),
        ({"help": None}, ["--new needs help that ends with a period"]),
        ({"help": "Be new"}, ["--new needs help that ends with a period"]),
        ({"show_default": None}, ["--new needs its default in the help (show_default)"]),
        ({"default": None, "show_default": None}, []),
    ],
)
def test_missing_help_of_a_new_option_is_found(settings: dict[str, str | None], needs: list[str]) -> None:
    """In a command below a group, too."""
    new = click.Option(["--new"], **{"help": "Be new.", "default": "no", "show_default": True, **settings})  # type: ignore[arg-type]
    group = click.Group("all", {"make": click.Command("make", params=[new])})
    assert missing(group, docs="`--new`", tests='run("--new")') == needs


def test_missing_page_and_test_of_a_new_option_are_found() -> None:
    """A longer option that begins alike, or ends so, is another."""
    new = Option(["--new"], is_flag=True, section="Speakers", help="Be new.")
    both = ["--new needs its name on a page in docs/", "--new needs its name in a test"]
    assert missing(Command("make", params=[new]), docs="--newer --re--new", tests="--new-one") == both
