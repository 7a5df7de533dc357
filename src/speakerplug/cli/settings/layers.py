"""The value of each option that is not typed, and where it came from."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from ...errors import UsageError, shown, suggested
from ...plugin.known import install, package_of_command
from .authority import FORMATS, NEVER, is_ours, refusal
from .files import ConfigFile

PREFIX = "SPEAKERPLUG_"
_NUMBERS = {"num_speakers", "min_speakers", "max_speakers"}
INSTEAD = {
    "formats": {"named_formats"},
    "named_formats": {"formats"},
    "num_speakers": _NUMBERS,
    "min_speakers": {"num_speakers"},
    "max_speakers": {"num_speakers"},
    "no_diarize": _NUMBERS,
    "rttm": _NUMBERS,
    "quiet": {"verbose"},
    "verbose": {"quiet"},
}
"""The options that one option replaces, or leaves without a meaning, where it is given in a place that counts more."""
_NOT_SET = {"help", "help-all", "config", "version"}


@dataclass(frozen=True, slots=True)
class Setting:
    """The value of an option, as click takes it, by the option's long name; `origin` is a file's line or a variable."""

    name: str
    value: Any
    origin: str


Settings = Mapping[str, Setting]
"""What holds for a command, by the names of click's parameters."""


def settings_for(command: str, group: click.Group, files: Sequence[ConfigFile], environ: Mapping[str, str]) -> Settings:
    """Return what holds for a command: of files, the weakest first, and of environment variables, which win.

    Raises UsageError for a table, key or value in a file that is not valid, of whichever command, and for an invalid
    value of a variable.
    """
    known = {name: options_of(each) for name, each in group.commands.items()}
    options = known[command]
    # `json = true` for all commands is the format; the --json of doctor and the --html FILE of evaluate are not.
    shared = {name: each for name, each in options.items() if name not in FORMATS or each.name == "formats"}
    held: dict[str, Setting] = {}
    for file in files:
        refuse_unknown(file, known)
        if file.is_own or is_ours(group.commands[command]):
            keys = {key: value for key, value in file.content.items() if not isinstance(value, dict)}
            held = merged(held, _of_table(file, "", keys, shared))
            held = merged(held, _of_table(file, command, file.content.get(command, {}), options))
        elif command in file.content:
            why = "a file that was only found sets no options of a plugin's command"
            raise UsageError(f"{file.where(command)}: {why}; type them, or name the file with --config.")
    held = merged(held, _of_environment(PREFIX, shared, environ))
    return merged(held, _of_environment(f"{PREFIX}{capitals(command)}_", options, environ))


def merged(weaker: Settings, stronger: Settings) -> dict[str, Setting]:
    """Return both, without the weaker ones that a stronger one replaces."""
    return {**without(weaker, stronger), **stronger}


def without(held: Settings, given: Iterable[str]) -> dict[str, Setting]:
    """Return what still holds if the options `given`, of these parameters, are given in a place that counts more."""
    gone = {each for name in given for each in (name, *INSTEAD.get(name, ()))}
    return {name: setting for name, setting in held.items() if name not in gone}


def refuse_unknown(file: ConfigFile, options: Mapping[str, Mapping[str, click.Option]]) -> None:
    """Raise UsageError for a table that is no command, and for a key that is no option of it."""
    anywhere = {name for each in options.values() for name in each}
    for key, value in file.content.items():
        if not isinstance(value, dict):
            if _dashed(key) not in anywhere:
                hint = suggested(_dashed(key), anywhere)
                hint = hint if hint.startswith("did") else "see speakerplug COMMAND --help-all."
                raise UsageError(f"{file.where('', key)}: there is no option {key:.80}; {hint}")
        elif key not in options:
            package = package_of_command(key)
            hint = f"it comes with {package}; {install(package)}." if package else suggested(key, options)
            raise UsageError(f"{file.where(key)}: there is no command {key:.80}; {hint}")
        else:
            for name in value:
                if _dashed(name) not in options[key]:
                    hint = suggested(_dashed(name), options[key])
                    raise UsageError(f"{file.where(key, name)}: {key} has no option {name:.80}; {hint}")


def _of_table(
    file: ConfigFile, table: str, given: Mapping[str, Any], options: Mapping[str, click.Option]
) -> dict[str, Setting]:
    found: dict[str, Setting] = {}
    for key, value in given.items():
        name = _dashed(key)
        if name not in options:  # of another command
            continue
        where = file.where(table, key)
        why = refusal(name, value, file.is_own)
        if why is not None:
            raise UsageError(f"{where}: {why}.")
        _add(found, options[name], Setting(name, _typed(options[name], key, value, where), where))
    return found


def _of_environment(prefix: str, options: Mapping[str, click.Option], environ: Mapping[str, str]) -> dict[str, Setting]:
    found: dict[str, Setting] = {}
    for name, option in options.items():
        variable = f"{prefix}{capitals(name)}"
        text = environ.get(variable)
        if text and name not in NEVER:
            value = _words(text, variable) if option.multiple and not option.is_flag else text
            _add(found, option, Setting(name, _converted(option, variable, value, variable), variable))
    return found


def _words(text: str, variable: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise UsageError(f"{variable} has a quote that is not closed; write it as on the command line.") from error


def _add(found: dict[str, Setting], option: click.Option, setting: Setting) -> None:
    """Add a setting; flags that share a parameter, such as --vtt and --srt, add up."""
    name = option.name or ""
    if option.is_flag and option.multiple:
        if not setting.value:
            return
        before = found[name].value if name in found else ()
        setting = Setting("format", (*before, option.flag_value), setting.origin)
    found[name] = setting


def _typed(option: click.Option, key: str, value: Any, where: str) -> Any:
    """Return a value of a file for an option; raises UsageError for one of another type."""
    if option.is_flag:
        if not isinstance(value, bool):
            raise UsageError(f"{where}: {key} is {shown(value)}; write true or false.")
        return value
    for each in value if option.multiple and isinstance(value, list) else [value]:
        if isinstance(each, bool) or not isinstance(each, (str, int, float)):
            raise UsageError(f"{where}: {key} is {shown(each)}; write a text or a number.")
    return _converted(option, key, value if isinstance(value, list) or not option.multiple else [value], where)


def _converted(option: click.Option, key: str, value: Any, where: str) -> Any:
    """Return a value as click converts it; raises UsageError, which says where it stands, for an invalid one."""
    if isinstance(value, list):
        return [_converted(option, key, each, where) for each in value]
    if not isinstance(value, bool):
        value = str(value)  # as typed: click would round 2.5 to an integer
    try:
        return (click.BOOL if option.is_flag else option.type).convert(value, option, None)
    except click.UsageError as error:
        reason = error.message.rstrip(".")
        raise UsageError(f"{where}: {reason}." if where == key else f"{where}: {key}: {reason}.") from error


def options_of(command: click.Command) -> dict[str, click.Option]:
    """Return the options of a command by their long names, without dashes at the front; those of plugins, too."""
    params = command.get_params(click.Context(command))
    options = (each for each in params if isinstance(each, click.Option) and not each.hidden)
    named = {max(option.opts, key=len).lstrip("-"): option for option in options}
    return {name: option for name, option in named.items() if name not in _NOT_SET}


def _dashed(key: str) -> str:
    return key.replace("_", "-")


def capitals(name: str) -> str:
    """Return an option or a command as it stands in the name of a variable."""
    return name.replace("-", "_").upper()
