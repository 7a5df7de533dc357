"""Complete the pages that `make docs` builds: MkDocs calls these hooks (mkdocs.yml)."""

from __future__ import annotations

import inspect
import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from speakerplug.cli.man import Recorder

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

COMMANDS = "<!-- commands -->"
"""What docs/reference/cli.md holds in place of the options."""
LINK = re.compile(r"\]\((\.\./[^)#\s]+)(#[^)\s]*)?\)")


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: object) -> str:
    """Return the page's Markdown with the options of all commands, and with links that lead out of docs/ resolved."""
    if COMMANDS in markdown:
        from speakerplug.cli import command_line

        markdown = markdown.replace(COMMANDS, command_reference(command_line()))
    return with_repository_links(markdown, page.file.src_uri, f"{config.extra['repository']}/blob/main/")


def with_repository_links(markdown: str, page: str, repository: str) -> str:
    """Return `markdown` with its links to files outside docs/ pointing into the repository."""

    def resolved(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page), link[1]))
        return link[0] if target.startswith("docs/") else f"]({repository}{target}{link[2] or ''})"

    return LINK.sub(resolved, markdown)


def command_reference(group: click.Group) -> str:
    """Return Markdown with a section for each command of `group`: its usage, its help and its options by group."""
    root = click.Context(group, info_name="speakerplug", color=False)
    commands = ((name, group.get_command(root, name)) for name in group.list_commands(root))
    return "\n\n".join(_section(command, name, root) for name, command in commands if command is not None)


def _section(command: click.Command, name: str, root: click.Context) -> str:
    context = click.Context(command, info_name=name, parent=root)
    context.meta["speakerplug.cli.help.everything"] = True  # as --help-all sets it
    usage = " ".join((context.command_path, *command.collect_usage_pieces(context)))
    parts = [f"## {name}", f"```\n{usage}\n```", _prose(command.help or "")]
    for heading, rows in _options(command, context):
        parts += [f"**{heading}**", _table(rows)]
    return "\n\n".join(filter(None, parts))


def _prose(help_text: str) -> str:
    """Return a command's help as Markdown: what click keeps as it is (after a line \\b) becomes a code block."""
    paragraphs = inspect.cleandoc(help_text).split("\n\n")
    return "\n\n".join(
        f"```\n{inspect.cleandoc(text[2:])}\n```" if text.startswith("\b\n") else _escaped(text) for text in paragraphs
    )


def _options(command: click.Command, context: click.Context) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield the groups of options as --help shows them, then the options that its first page leaves out."""
    recorder = Recorder()
    command.format_options(context, recorder)
    yield from ((heading, rows) for heading, rows in recorder.groups if rows)
    shown = {flag for _, rows in recorder.groups for first, _ in rows for flag in re.findall(r"--?[\w-]+", first)}
    rest = [option for option in command.get_params(context) if not shown & {*option.opts, *option.secondary_opts}]
    records = [option.get_help_record(context) for option in rest if isinstance(option, click.Option)]
    if any(records):
        yield "More options", [record for record in records if record is not None]


def _table(rows: Sequence[tuple[str, str]]) -> str:
    lines = [f"| `{first}` | {_escaped(second)} |" for first, second in rows]
    return "\n".join(("| Option | Meaning |", "| --- | --- |", *lines))


def _escaped(text: str) -> str:
    """Return prose in which nothing is Markdown or HTML, but code between backticks."""
    return re.sub(r"(`[^`|]+`)|([\\`*_\[\]|<>])", lambda found: found[1] or f"\\{found[2]}", text)
