"""`speakerplug config`: what holds if it is not typed, and where it came from."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

import click

from .help import Command
from .settings.files import NAME, VARIABLE, config_files, found_path, own_path
from .settings.layers import Setting, Settings, options_of, settings_for
from .settings.variables import unknown_variables
from .stdout import show, table


@click.command(cls=Command, short_help="Show what configuration files and variables set.")
@click.option("--config", "named", metavar="FILE", help="Read options from this file only, as other commands do.")
@click.pass_context
def config(context: click.Context, named: str | None) -> None:
    """Show the options that configuration files and environment variables set, and where each comes from.

    What you type takes precedence, then the variables SPEAKERPLUG_COMMAND_OPTION and SPEAKERPLUG_OPTION, then
    speakerplug.toml in this folder or the nearest one above it, then your own speakerplug.toml.
    """
    group = context.find_root().command
    assert isinstance(group, click.Group)
    files = config_files(named)
    show("Files, the strongest first:")
    for line in table([*_looked_at(named, {str(file.path) for file in files})]):
        show(line)
    rows = list(_rows(group, {name: settings_for(name, group, files, os.environ) for name in group.commands}))
    show("Options:" if rows else "Options: none is set.")
    for line in table([("OPTION", "VALUE", "FROM", "COMMANDS"), *rows]) if rows else ():
        show(line)
    for name, alike in unknown_variables(group, os.environ).items():
        show(f"{name} is the variable of no option{f'; did you mean {alike}?' if alike else '.'}")


def _looked_at(named: str | None, read: set[str]) -> Iterator[tuple[str, str]]:
    """Yield the path of each file that is looked for, and what became of it."""
    named = named or os.environ.get(VARIABLE)
    if named:
        yield named, "read instead of those that are found"
        return
    found = found_path()
    yield (
        (f"{NAME} here or above", "none") if found is None else (str(found), "found: sets no trust, network or output")
    )
    own = str(own_path())
    yield own, "your own" if own in read else "none"


def _rows(group: click.Group, held: Mapping[str, Settings]) -> Iterator[tuple[str, str, str, str]]:
    """Yield a row for each setting: option, value, origin, and the commands for which it holds."""
    commands: dict[tuple[str, str, str], list[str]] = {}
    for command, settings in held.items():
        for setting in settings.values():
            commands.setdefault((setting.name, _shown(setting), setting.origin), []).append(command)
    for row, names in commands.items():
        having = [command for command, each in group.commands.items() if row[0] in options_of(each)]
        yield (*row, "all that have it" if names == having and len(names) > 1 else ", ".join(names))


def _shown(setting: Setting) -> str:
    if "token" in setting.name:
        return "(hidden)"
    if isinstance(setting.value, bool):
        return "yes" if setting.value else "no"
    return ", ".join(map(str, setting.value)) if isinstance(setting.value, (list, tuple)) else str(setting.value)
