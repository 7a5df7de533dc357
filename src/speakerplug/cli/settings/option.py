"""`--config`, which every command has: before the other options it makes defaults of what holds."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click


class ConfigOption(click.Option):
    """The option `--config`; typed or not, it gives click the values of files and variables as defaults."""

    section = "Other"

    def __init__(self) -> None:
        super().__init__(
            ["--config"],
            metavar="FILE",
            is_eager=True,
            expose_value=False,
            show_default="speakerplug.toml here or above, and your own",
            help="Read options from this file only.",
        )

    def handle_parse_result(
        self, ctx: click.Context, opts: Mapping[str, Any], args: list[str]
    ) -> tuple[Any, list[str]]:
        """Set the defaults of the command; `opts` are the options that were typed."""
        value, args = super().handle_parse_result(ctx, opts, args)
        group = None if ctx.parent is None else ctx.parent.command
        name = ctx.command.name or ""
        if not ctx.resilient_parsing and isinstance(group, click.Group) and name in group.commands:
            from .files import config_files
            from .layers import settings_for, without

            held = settings_for(name, group, config_files(opts.get("config")), os.environ)
            held = without(held, _typed(opts))
            ctx.default_map = {name: setting.value for name, setting in held.items()}
        return value, args


def _typed(opts: Mapping[str, Any]) -> set[str]:
    """Return the options that were typed; an output with an ending is typed for its format, too."""
    names = {name for name, value in opts.items() if value is not None}
    output = opts.get("output")
    if isinstance(output, str) and Path(output).suffix and not os.path.isdir(output):
        names.add("formats")
    return names
