"""Every option and format is described: in the help, on a page that people wrote, and by a test."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from speakerplug.cli import command_line
from speakerplug.cli.help import Command, Option
from speakerplug.cli.transcribe import transcribe
from speakerplug.plugin.manager import load_plugins

ROOT = Path(__file__).parents[2]
GENERATED = ROOT / "docs" / "reference" / "cli.md"
"""This page is made from the options themselves, so it proves nothing."""


Texts = Sequence[str]
"""The texts of pages, or of test files."""


def texts_of(paths: Iterable[Path]) -> list[str]:
    """Return the texts of these files, without the page that is generated and without this test."""
    return [path.read_text(encoding="utf-8") for path in paths if path not in (GENERATED, Path(__file__))]


@pytest.fixture(scope="module")
def docs() -> Texts:
    """The pages that people wrote, ours and those of plugins; what the changelog names is not yet documented."""
    return texts_of((ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *ROOT.glob("plugins/*/README.md")))


@pytest.fixture(scope="module")
def suite() -> Texts:
    """All test files, ours and those of plugins."""
    return texts_of((*(ROOT / "tests").rglob("test_*.py"), *ROOT.glob("plugins/*/tests/test_*.py")))


def options_of(name: str, command: click.Command) -> Iterator[tuple[str, click.Option]]:
    """Yield the options of a command and of those below it, hidden ones too, each with the name of its command."""
    yield from ((name, each) for each in command.params if isinstance(each, click.Option))
    if isinstance(command, click.Group):
        for below in command.commands.items():
            yield from options_of(*below)


def is_in(name: str, texts: Iterable[str]) -> bool:
    """Whether a text has this name of an option."""
    return any(name in text and re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) for text in texts)


def missing(group: click.Group, docs: Texts, tests: Texts) -> list[str]:
    """Return what is missing of the options of the commands in a group, a sentence each.

    Commands share an option that has the same name and help; a page and a test name it next to one of them.
    """
    shared: dict[tuple[str, str], list[tuple[str, click.Option]]] = {}
    for name, option in options_of("", group):
        shared.setdefault((option.opts[-1], option.help or ""), []).append((name, option))

    @cache
    def about(commands: str) -> tuple[Texts, Texts]:
        pages = [text for text in docs if re.search(rf"\b({commands})\b", text)]
        return pages, [text for text in tests if re.search(rf"\"({commands})\"", text)]

    found = []
    for (flag, help), owners in shared.items():
        option = owners[0][1]
        has_default = option.to_info_dict()["default"] is not None and not option.is_flag
        pages, files = about("|".join(re.escape(name) for name, _ in owners))
        wanted = {
            "help of three words or more that ends with a period": len(help.split()) > 2 and help.endswith("."),
            "its default in the help (show_default)": bool(option.show_default) or not has_default,
            "its names on a page in docs/ that is about the command": all(is_in(name, pages) for name in option.opts),
            "a name in a test of the command": any(is_in(name, files) for name in option.opts),
        }
        found += [f"{owners[0][0]} {flag} needs {what}" for what, is_there in wanted.items() if not is_there]
    return found


def test_options_of_every_command_are_described_and_tested(docs: Texts, suite: Texts) -> None:
    """A new option without help, documentation or a test turns this red; plugins' commands are among them."""
    group = command_line()
    assert {"transcribe", "evaluate"} <= {*group.commands}
    found = missing(group, docs, suite)
    assert not found, "\n".join(found)


def test_options_that_every_command_has_are_described_and_tested(docs: Texts, suite: Texts) -> None:
    """Those that are added to all of them: help and configuration."""
    params = transcribe.get_params(click.Context(transcribe, help_option_names=["-h", "--help"]))
    common = [each for each in params if each not in transcribe.params]
    assert [each.opts[-1] for each in common] == ["--help", "--config", "--help-all"]
    group = click.Group("all", {"transcribe": click.Command("transcribe", params=common)})
    assert missing(group, docs, suite) == []


def test_commands_stand_on_a_page(docs: Texts) -> None:
    """As they are typed."""
    assert [name for name in command_line().commands if not is_in(f"speakerplug {name}", docs)] == []


HELP = "make --new needs help of three words or more that ends with a period"


@pytest.mark.parametrize(
    ("settings", "needs"),
    [
        ({}, []),
        ({"help": None}, [HELP]),
        ({"help": "Be quite new"}, [HELP]),
        ({"help": "No idea."}, [HELP]),
        ({"help": "."}, [HELP]),
        ({"show_default": None}, ["make --new needs its default in the help (show_default)"]),
        ({"default": None, "show_default": None}, []),
    ],
)
def test_missing_help_of_a_new_option_is_found(settings: dict[str, str | None], needs: list[str]) -> None:
    """In a command below a group, too."""
    new = click.Option(["--new"], **{"help": "Be quite new.", "default": "no", "show_default": True, **settings})  # type: ignore[arg-type]
    group = click.Group("all", {"make": click.Command("make", params=[new])})
    assert missing(group, docs=["make `--new`"], tests=['run("make", "--new")']) == needs


BOTH = [
    "make --new needs its names on a page in docs/ that is about the command",
    "make --new needs a name in a test of the command",
]


@pytest.mark.parametrize(
    ("docs", "tests", "needs"),
    [
        ("make --newer --re--new", 'run("make", "--new-one")', BOTH),
        ("build --new", 'run("build", "--new")', BOTH),
        ("make --new", 'run("make", "-n")', BOTH[:1]),
        ("make --new -n", 'run("make", "-n")', []),
    ],
)
def test_missing_page_and_test_of_a_new_option_are_found(docs: str, tests: str, needs: list[str]) -> None:
    """A longer option that begins alike, or ends so, is another; so is that of another command, with other help."""
    new = Option(["-n", "--new"], is_flag=True, section="Speakers", help="Be quite new.")
    old = Option(["--new"], is_flag=True, section="Speakers", help="Build all of it anew.")
    group = click.Group("all", {"make": Command("make", params=[new]), "build": Command("build", params=[old])})
    found = missing(group, [docs, "build --new"], [tests, 'run("build", "--new")'])
    assert found == needs


FILES = ROOT / "tests" / "formats"
"""The tests of formats."""


def undescribed(name: str, is_written: bool, page: str, help: str) -> list[str]:
    """Return what is missing of a format, a sentence each."""
    tests = [*FILES.rglob("test_*.py"), *FILES.glob("importers/files/*")]
    of_several = [path.read_text(encoding="utf-8").partition("\n")[0] for path in FILES.glob("test_*.py")]
    wanted = {
        "its name on docs/reference/formats.md, or docs/reference/transcripts.md if it is only read": re.search(
            rf"(?<!\w){name}(?!\w)", page, re.IGNORECASE
        ),
        "a place in the help of transcribe": not is_written or re.search(rf"(--| ){name}\b", help),
        "a test (tests/formats/test_NAME.py, or a file in importers/files)": any(
            re.match(rf"(test_)?{name}\b", path.name) for path in tests
        )
        or any(re.search(rf"\b{name}\b", line) for line in of_several),
    }
    return [f"{name} needs {what}" for what, is_there in wanted.items() if not is_there]


@pytest.fixture(scope="module")
def help_of_transcribe() -> str:
    """All of it, in one line."""
    shown = CliRunner().invoke(transcribe, ["--help-all"], terminal_width=100).output
    return " ".join(shown.split())


def test_formats_are_documented_in_the_help_and_tested(help_of_transcribe: str) -> None:
    """A new format without documentation, help or a test turns this red."""
    pages = [
        (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8") for name in ("formats.md", "transcripts.md")
    ]
    ours = [each for each in load_plugins().formats.values() if each.plugin == "speakerplug.formats"]
    found = []
    for each in ours:
        is_written = each.write is not None
        found += undescribed(each.name, is_written, pages[0] if is_written else "".join(pages), help_of_transcribe)
    assert not found, "\n".join(found)


def test_format_without_documentation_help_and_test_is_found(help_of_transcribe: str) -> None:
    """Each of the three is missed."""
    found = undescribed("lrc", True, "| `vtt` |", help_of_transcribe)
    assert [sentence.partition(" needs ")[2][:6] for sentence in found] == ["its na", "a plac", "a test"]
