"""The hooks by which MkDocs completes pages."""

from __future__ import annotations

import click
import pytest

from scripts.site import command_reference, with_repository_links
from speakerplug.cli import command_line


def test_command_reference_lists_every_option() -> None:
    """Each command has a section, with its usage and each of its options that is not hidden."""
    group = command_line()
    text = command_reference(group)
    for name, command in group.commands.items():
        section = text.split(f"## {name}\n")[1].split("\n## ")[0]
        assert f"speakerplug {name}" in section
        options = [option for option in command.params if isinstance(option, click.Option) and not option.hidden]
        assert [flag for option in options for flag in option.opts if flag not in section] == []


def test_command_reference_lists_options_that_help_leaves_out() -> None:
    """What a command's own --help shows comes first, the rest of its options after that."""

    class Short(click.Command):
        def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
            with formatter.section("Common"):
                formatter.write_dl([("--model NAME", "The model | *path*.")])

    options = [click.Option(["--model"]), click.Option(["--beam"], help="Width of the beam.")]
    text = command_reference(click.Group(commands=[Short("run", params=options, help="Run `it_now` on <a>.")]))
    assert "**Common**" in text
    assert r"| `--model NAME` | The model \| \*path\*. |" in text
    assert r"Run `it_now` on \<a\>." in text
    assert "| `--beam TEXT` | Width of the beam. |" in text.split("**More options**")[1]
    assert text.count("`--model") == 1


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("[x](../../SECURITY.md)", "[x](repo/SECURITY.md)"),
        ("[x](../../benchmarks/README.md#speed)", "[x](repo/benchmarks/README.md#speed)"),
        ("[x](../reference/hooks.md#report)", "[x](../reference/hooks.md#report)"),
        ("[x](cloud.md)", "[x](cloud.md)"),
    ],
)
def test_link_out_of_docs_leads_into_the_repository(link: str, expected: str) -> None:
    """Links within docs/ stay relative; those to other files get the repository's address."""
    assert with_repository_links(link, "how-to/models.md", "repo/") == expected
