"""The help of commands: options in sections, with a short first page (`--help`) and all of them (`--help-all`).

The option lists of transcribe and the like are too long to read in one go. So the first page has the options that most
people use.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Sequence
from functools import partial
from textwrap import fill
from typing import Any

import click

from .peer_options import dashed, in_our_words
from .settings.authority import NEVER
from .settings.option import ConfigOption
from .settings.variables import unknown_variables

log = logging.getLogger(__name__)

OPTIONS, OTHER = "Options", "Other"
"""The headings of options without a section, and of those that every command has."""
SHORT = 12
"""A command with no more options than this shows them all, in one list."""
COLUMN = 30
"""Characters of the left column at most, and of a default that is kept in one line."""
NAMES_WIDTH = 76
"""Characters of a line of options that share one description."""

EVERYTHING = f"{__name__}.everything"
"""In the meta of a context: whether the help shows all options."""
_DEFAULT = re.compile(r"\[default: (?:\((.*?)\)(?:; [^]]*)?|(.*?))\]$")
_UNBROKEN = str.maketrans(" -", "\N{NO-BREAK SPACE}\N{NON-BREAKING HYPHEN}")
_BROKEN = {new: old for old, new in _UNBROKEN.items()}


class Option(click.Option):
    """An option with its place in the help.

    `section` is the heading that it stands under. An `advanced` option is left out of the first page. Options that set
    the same parameter and have a `summary` stand together there, with this text.
    """

    def __init__(
        self,
        *declarations: Any,
        section: str = OPTIONS,
        advanced: bool = False,
        summary: str = "",
        **settings: Any,
    ) -> None:
        super().__init__(*declarations, **settings)
        self.section, self.advanced, self.summary = section, advanced, summary


def section(title: str) -> Callable[..., Callable[[Any], Any]]:
    """Return a decorator like `click.option` whose options stand under `title`."""
    return partial(click.option, cls=Option, section=title)


class Command(click.Command):
    """A command whose help has sections and, where it is long, a first page."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the parameters of the command, `--help`, `--config` and `--help-all`."""
        params = super().get_params(ctx)
        show_all = click.Option(
            ["--help-all"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            hidden=len(_shown(params)) <= SHORT,
            callback=_show_everything,
            help="Show every option and exit.",
        )
        own = [name for each in self.params if isinstance(each, click.Option) for name in each.opts]
        config = [ConfigOption()] if own and "--config" not in own else []
        return [*params, *config, show_all]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; those of other programs are accepted, or answered (see `peer_options`)."""
        ctx.token_normalize_func = ctx.token_normalize_func or dashed
        return super().parse_args(ctx, in_our_words(args, self, ctx))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, after a warning of variables that are misspelled."""
        group = None if ctx.parent is None else ctx.parent.command
        reads = any(isinstance(each, ConfigOption) for each in self.get_params(ctx))
        if reads and isinstance(group, click.Group) and not ctx.params.get("quiet"):
            for name, alike in unknown_variables(group, os.environ).items():
                if alike is not None:
                    log.warning("%s is the variable of no option; did you mean %s?", name, alike)
        return super().invoke(ctx)

    def get_help(self, ctx: click.Context) -> str:
        """Return the help in plain text, as wide as the terminal."""
        return super().get_help(ctx).translate(_BROKEN)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under their headings, and how to see those that are left out."""
        options = _shown(self.get_params(ctx))
        is_long = len(options) > SHORT
        everything = not is_long or ctx.meta.get(EVERYTHING, False)
        sections: dict[str, list[tuple[str, str]]] = {}
        for option in options:
            record = option.get_help_record(ctx) if everything else _on_first_page(option, options, ctx)
            if record is not None:
                title = OTHER if {"--help", "--help-all"} & {*option.opts} else getattr(option, "section", OPTIONS)
                sections.setdefault(title if is_long else OPTIONS, []).append(record)
        lengths = [len(left) for records in sections.values() for left, _ in records]
        width = max((length for length in lengths if length <= COLUMN), default=COLUMN)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl([(left.ljust(width), _DEFAULT.sub(_default, text)) for left, text in records], width)
        if is_long:
            common = f"These are the most common options: {ctx.command_path} --help-all shows the rest."
            formatter.write_paragraph()
            formatter.write_text(variables(ctx, options) if everything else common)


def variables(ctx: click.Context, options: Sequence[click.Option]) -> str:
    """Return a sentence about the variables that set the options of a command."""
    name = (ctx.command.name or "").replace("-", "_").upper()
    typed = [flag for each in options for flag in each.opts if flag.lstrip("-") in NEVER]
    but = f"; {' and '.join(typed)} must be typed" if typed else ""
    return (
        f"Each option can be set by a variable: SPEAKERPLUG_OPTION for all commands that have it, or "
        f"SPEAKERPLUG_{name}_OPTION for this one, in capitals with underscores{but}."
    )


def _shown(params: Sequence[click.Parameter]) -> list[click.Option]:
    """Return the options that are not hidden."""
    return [each for each in params if isinstance(each, click.Option) and not each.hidden]


def _on_first_page(option: click.Option, options: Sequence[click.Option], ctx: click.Context) -> tuple[str, str] | None:
    """Return the line of the first page for `option`, None where it has none or shares that of an earlier one."""
    if isinstance(option, ConfigOption):
        return None
    if not isinstance(option, Option):
        return option.get_help_record(ctx)
    if not option.summary:
        return None if option.advanced else option.get_help_record(ctx)
    together = [each for each in options if each.name == option.name]
    if option is not together[0]:
        return None
    names = " ".join(each.opts[0] for each in together)
    return fill(names, NAMES_WIDTH, subsequent_indent="  ", break_on_hyphens=False), option.summary


def _default(found: re.Match[str]) -> str:
    """Return a default, words without click's parentheses and range; a short one is not wrapped."""
    text = f"[default: {found[1] or found[2]}]"
    return text if len(text) > COLUMN else text.translate(_UNBROKEN)


def _show_everything(ctx: click.Context, option: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        ctx.meta[EVERYTHING] = True
        click.echo(ctx.get_help(), color=ctx.color)
        ctx.exit()
