"""The command line: it parses options, calls the library and writes results; no other room prints."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import click

from ..errors import PluginError, SpeakerPlugError, first_line, kind_of, shortened
from ..plugin.hooks import hookimpl
from ..plugin.known import install, package_of_command, package_of_option
from ..system.arguments import named_as_options
from ..system.packages import diagnosis, memory_limit
from . import console, events, signals, timings
from .completion import VARIABLE as COMPLETION
from .completion import register_shells
from .help import Command
from .inputs import with_command
from .peer_options import similar
from .stdout import for_results, unfit
from .version import version_option

DOCUMENTATION = "https://github.com/speakerplug/speakerplug/blob/main/docs/index.md"
BROKEN_PIPE = 141
"""The exit code of a program that SIGPIPE ends: 128 and its number, which Windows does not have."""
EPILOG = (
    "Example: speakerplug transcribe talk.mp4 --vtt. speakerplug COMMAND --help explains a command. "
    f"Documentation: {DOCUMENTATION}"
)


class BrokenOutputError(Exception):
    """The reader of standard output has exited."""


@contextmanager
def _before_click() -> Iterator[None]:
    """Raise BrokenOutputError for a broken pipe, before click exits with 1 for it."""
    try:
        yield
    except BrokenPipeError as error:
        raise BrokenOutputError from error


class Commands(click.Group):
    """A group whose names cannot be taken twice; its commands, those of plugins too, have our kind of help."""

    command_class = Command

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands in the order in which they were added, transcribe first."""
        return [*self.commands]

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Add a command; raises PluginError for another object, and for a name that is taken."""
        name = name or getattr(cmd, "name", None)
        if not isinstance(cmd, click.Command) or not isinstance(name, str):
            raise PluginError(f"{kind_of(cmd)} named {name!r:.80} is not a click command")
        if name in self.commands:
            raise PluginError(f"the command {name!r} already exists")
        super().add_command(cmd, name)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; a recording in place of a command is transcribed."""
        own = {name for each in self.get_params(ctx) for name in each.opts}
        is_known = bool(args) and package_of_command(args[0]) is not None
        return super().parse_args(ctx, args if is_known else with_command(args, self.commands, own))

    def make_context(self, *arguments: Any, **settings: Any) -> click.Context:
        """Parse the arguments of `speakerplug` itself."""
        with _before_click():
            return super().make_context(*arguments, **settings)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _before_click():
            return super().invoke(ctx)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the name, the command and the other arguments; a command of a plugin handles Ctrl-C itself."""
        package = package_of_command(args[0]) if args and args[0] not in self.commands else None
        if package is not None:
            ctx.fail(f"No such command {args[0]!r}: it comes with {package}; {install(package)}")
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None and not str(getattr(command.callback, "__module__", "")).startswith(f"{__package__}."):
            signals.leave_to_command()
        return name, command, rest


@hookimpl(tryfirst=True)  # so that no plugin takes their names
def register_commands(cli: click.Group) -> None:
    """Add the commands that come with SpeakerPlug."""
    from .attribute import attribute
    from .batch import batch
    from .check import check
    from .completion import completion
    from .config import config
    from .convert import convert
    from .devices import devices
    from .diarize import diarize
    from .doctor.command import doctor
    from .edit import edit
    from .fetch import fetch
    from .list import diarizers, models, plugins
    from .man import man
    from .pipeline import pipeline
    from .preview import preview
    from .relabel import relabel
    from .rename import rename
    from .transcribe import transcribe

    first = (transcribe, diarize, attribute, batch, convert, rename, edit, relabel, preview, check)
    for command in (*first, fetch, pipeline, models, diarizers, plugins, devices, doctor, config, completion, man):
        cli.add_command(command)


def command_line() -> click.Group:
    """Return the `speakerplug` command with the commands that plugins add to it."""
    from ..plugin.manager import load_plugins

    group = Commands(
        name="speakerplug",
        help="Speaker-attributed transcripts and subtitles of audio and video: who said each word.\n\n"
        "speakerplug talk.mp4 is short for speakerplug transcribe talk.mp4.",
        epilog=EPILOG,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    group = version_option(group)
    with for_results():  # importing a plugin may print
        plugins = load_plugins()
        console.show_logs(*plugins.packages)
        plugins.hook.register_commands(cli=group)
    if COMPLETION in os.environ:
        register_shells()
    return group


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0, 1 for a failure, 2 for invalid options, 130 for Ctrl-C.

    It is 141 where the reader of standard output has exited, and 143 for SIGTERM and 129 for SIGHUP, which only `run`
    handles.
    """
    code = _main(arguments, owns_process=False)
    events.end(code)
    return code


def _main(arguments: Sequence[str] | None, owns_process: bool) -> int:
    console.start()
    events.prepare(sys.argv[1:] if arguments is None else arguments, owns_process)
    try:
        return _run(arguments)
    except MemoryError:  # also while an error was being explained
        limit = memory_limit()
        why = f": it is limited to {limit / 1e9:.1f} GB (ulimit -v)" if limit else ""
        console.fail(f"Memory ran out{why}; give more, or end other programs.", kind="MemoryError")
        return 1


def _run(arguments: Sequence[str] | None) -> int:
    try:
        with named_as_options():
            result = command_line().main(arguments, prog_name="speakerplug", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 2
    except click.ClickException as error:
        console.fail(shortened(_with_hint(error)), kind="UsageError", code=error.exit_code)
        return error.exit_code
    except SpeakerPlugError as error:
        console.fail(str(error), error)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        signals.report_cancelled()
        return signals.exit_code()
    except (BrokenPipeError, BrokenOutputError):
        return _after_broken_pipe()
    except SystemExit as left:  # of a plugin's command
        events.end(left.code if isinstance(left.code, int) else int(left.code is not None))
        raise
    except MemoryError:
        raise
    except Exception as error:
        if signals.is_cancelled():  # an import that is interrupted raises anything
            signals.report_cancelled(error)
            return signals.exit_code()
        console.fail(shortened(_explained(error)), error)
        return 1


def _after_broken_pipe() -> int:
    """Return the exit code of a program whose reader has exited, as of `| head`, without a message for people."""
    with suppress(OSError, ValueError):  # Python would complain about what it cannot write at exit
        descriptor = sys.stdout.fileno()
        os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
    if events.current() is not None:
        console.fail("The reader of standard output has exited.", kind="BrokenPipeError", code=BROKEN_PIPE)
    return BROKEN_PIPE


def _with_hint(error: click.ClickException) -> str:
    """Return the message of click, with the closest option or where to read about the command."""
    if isinstance(error, click.NoSuchOption):
        if package := package_of_option(error.option_name):
            return f"There is no option {error.option_name}: it is for batch, with {package}; {install(package)}"
        close = similar(error)
        return f"There is no option {error.option_name}" + (
            f"; did you mean {close}?" if close else f"; see {error.ctx.command_path} --help." if error.ctx else "."
        )
    text = error.format_message().rstrip(".")
    if isinstance(error, click.MissingParameter):  # click lists choices in lines
        text = " ".join(text.split())
    if not isinstance(error, click.UsageError) or error.ctx is None or ";" in text or text.endswith("?"):
        return error.format_message()
    return f"{text}; see {error.ctx.command_path} --help."


def _explained(error: Exception) -> str:
    """Return one sentence about an unexpected error."""
    found = diagnosis(error)
    if found is not None:
        return str(found.as_error())
    if isinstance(error, UnicodeEncodeError):
        return unfit(error)
    if isinstance(error, OSError) and error.strerror and not isinstance(error, (ConnectionError, TimeoutError)):
        where = error.filename or "A file, or standard output,"
        return f"{where} cannot be read or written ({error.strerror}); check the paths and the free space."
    return f"Unexpected {type(error).__name__}: {first_line(error)}; run again with -v for the details."


def run() -> None:
    """Run the command line in a process of its own, with signal handlers, and exit."""
    try:
        signals.install_handlers()
        code = _main(None, owns_process=True)
        signals.end_silently()
        timings.show_exit()
        events.end(code)
        signals.leave(code)
    except KeyboardInterrupt:  # in the moment before or after what `main` does
        signals.report_cancelled()
        code = signals.exit_code()
    if signals.is_cancelled():
        signals.end(code)
    sys.exit(code)
