"""The options that several commands share, and what becomes of their values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from ..errors import UsageError, keep_secret

Command = TypeVar("Command", bound=Callable[..., Any])

TRUST = click.option(
    "--trust-model",
    is_flag=True,
    help="Load a diarizer whatever its files name; they can then run any program with your rights.",
)
DIARIZER = (
    click.option(
        "--diarizer",
        default="auto",
        show_default=True,
        metavar="NAME|HUB-ID|FOLDER",
        help="What tells speakers apart; several, with commas between them, are tried in order.",
    ),
    click.option("--num-speakers", type=int, metavar="N", help="How many speakers there are, if you know."),
    click.option("--min-speakers", type=int, metavar="N", help="At least so many."),
    click.option("--max-speakers", type=int, metavar="N", help="At most so many."),
    click.option("--diarizer-batch-size", type=int, metavar="N", help="Windows diarized at once."),
    click.option(
        "--diarizer-param",
        "diarizer_params",
        multiple=True,
        metavar="NAME=VALUE",
        help="A parameter of the pipeline, such as clustering.threshold=0.65; repeatable.",
    ),
    click.option("--segmentation-step", type=float, metavar="SECONDS", help="Distance of the windows diarized."),
    click.option("--artifacts", metavar="FOLDER", help="Keep what the diarizer computes on the way here."),
    TRUST,
)
CHANNELS = click.option(
    "--channels",
    type=click.Choice(["mix", "speakers", "auto"]),
    default="mix",
    show_default=True,
    help="Mix the channels, take each for one speaker, or decide by how they sound.",
)
ALIGNER = (
    click.option("--aligner", metavar="NAME", help="What gives the words better times.  [default: nothing]"),
    click.option("--aligner-model", metavar="NAME|FOLDER", help="The aligner's model.  [default: its own]"),
    click.option("--aligner-device", metavar="DEVICE", help="Another device for the aligner."),
)
REVISION = click.option("--revision", metavar="REVISION", help="Branch, tag or commit of the diarizer on the hub.")
CACHE = (
    click.option(
        "--hf-token",
        "token",
        metavar="TOKEN",
        callback=lambda context, option, token: keep_secret(token),
        help="Token for the model hub.  [default: HF_TOKEN, or login]",
    ),
    click.option("--cache-dir", metavar="FOLDER", help="Keep downloaded models here.  [default: the hub's cache]"),
)
OFFLINE = click.option("--offline", is_flag=True, help="Ask nothing of any network.")
FETCHING = (REVISION, *CACHE, OFFLINE)
DEVICES = (
    click.option("--device", metavar="DEVICE", help="auto, cpu, cuda, cuda:N or mps.  [default: auto]"),
    click.option("--diarizer-device", metavar="DEVICE", help="Another device for the diarizer."),
    click.option("--memory-limit", metavar="SIZE", help="How much of each GPU may be used, such as 6GB."),
    click.option("--isolate", is_flag=True, help="Run each stage in a process of its own, whose end frees everything."),
)
VERBOSITY = (
    click.option("-q", "--quiet", is_flag=True, help="Say only what went wrong."),
    click.option("-v", "--verbose", is_flag=True, help="Say everything, with the details of errors."),
)
SAYING = (click.option("--timings", is_flag=True, help="Show how many seconds each step took."), *VERBOSITY)


def with_options(*groups: tuple[Callable[[Command], Command], ...]) -> Callable[[Command], Command]:
    """A decorator that adds options, in their order."""

    def decorate(command: Command) -> Command:
        """The command with the options."""
        for option in reversed([option for group in groups for option in group]):
            command = option(command)
        return command

    return decorate


def parameters_of(pairs: tuple[str, ...]) -> dict[str, Any]:
    """Parameters by name, from NAME=VALUE; a value is read as YAML: a number, true, a text.

    Raises UsageError for what cannot be read.
    """
    from ..diarizers.pyannote.configuration import parsed

    parameters = {}
    for pair in pairs:
        name, separator, text = pair.partition("=")
        try:
            value = parsed(text)
        except ValueError:
            value = None
        if not (separator and name.strip()) or value is None:
            raise UsageError(f"--diarizer-param {pair:.80} cannot be read; write it like clustering.threshold=0.65.")
        parameters[name.strip()] = value
    return parameters


def names_of(pairs: tuple[str, ...], option: str = "") -> dict[str, str]:
    """Names by speaker id, from SPEAKER_00=Ana; `option` is what stands before each on the command line.

    Raises UsageError for what cannot be read.
    """
    names = {}
    for pair in pairs:
        speaker, separator, name = pair.partition("=")
        if not (speaker and separator and name.strip()):
            raise UsageError(f"{option}{pair:.80} cannot be read; write it like SPEAKER_00=Ana.")
        if speaker in names:
            raise UsageError(f"{speaker:.80} is named twice; give it one name.")
        names[speaker] = name.strip()
    return names
