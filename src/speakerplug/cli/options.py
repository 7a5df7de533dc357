"""The options that several commands share, in groups, and the value that each group makes.

Each value reads the options that it needs and removes none, so their order does not matter.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from ..errors import UsageError, keep_secret
from .help import OTHER, Option, section
from .progress import PROGRESS

if TYPE_CHECKING:
    from ..pipeline.options import Options

Command = TypeVar("Command", bound=Callable[..., Any])
Given = Mapping[str, Any]
"""The values that click passes to a command, by the names of its options."""


files = section("Input and output")
recognition = section("Recognition")
speakers = section("Speakers")
subtitles = section("Subtitles")
compute = section("Devices")
network = section("Models and network")
other = section(OTHER)

TRUST = speakers(
    "--trust-model",
    is_flag=True,
    advanced=True,
    help="Load a diarizer even if its files name code; that code can run any program with your rights.",
)
SPEAKER_BOUNDS = (
    speakers("--min-speakers", type=int, metavar="N", help="Lower bound on the number of speakers."),
    speakers("--max-speakers", type=int, metavar="N", help="Upper bound on the number of speakers."),
)
DIARIZER = (
    speakers(
        "--diarizer",
        default="auto",
        show_default=True,
        metavar="NAME|HUB-ID|FOLDER",
        help="Speaker diarizer; of several, separated by commas, the first that works.",
    ),
    speakers("--num-speakers", type=int, metavar="N", show_default="estimated", help="Number of speakers."),
    *SPEAKER_BOUNDS,
    speakers(
        "--diarizer-batch-size",
        type=int,
        metavar="N",
        advanced=True,
        show_default="as memory allows",
        help="Windows per batch, of segmentation and of speaker embedding.",
    ),
    speakers(
        "--diarizer-param",
        "diarizer_params",
        multiple=True,
        metavar="NAME=VALUE",
        advanced=True,
        help="Set a parameter of the diarization pipeline, such as clustering.threshold=0.65; repeatable.",
    ),
    speakers(
        "--segmentation-step",
        type=float,
        metavar="SECONDS",
        advanced=True,
        show_default="2 for the bundled diarizer, else the pipeline's own",
        help="Step between segmentation windows, from 0.1 to 10.",
    ),
    speakers(
        "--exact",
        is_flag=True,
        advanced=True,
        help="Diarize the bundled networks with pyannote's own pipeline, which is several times slower.",
    ),
    speakers(
        "--artifacts",
        metavar="FOLDER",
        advanced=True,
        help="Save segmentation, embeddings and clustering of the diarizer to this folder.",
    ),
    TRUST,
)
AUDIO_TRACK = files(
    "--audio-track",
    metavar="N|CODE",
    advanced=True,
    show_default="the best with speech",
    help="Audio track of a video: its number, from 1, or its language; -v lists them.",
)
CHANNELS = speakers(
    "--channels",
    type=click.Choice(["mix", "speakers", "auto"]),
    default="mix",
    show_default=True,
    help="Mix the channels, take each channel as one speaker, or detect which fits.",
)


def _spoken(context: click.Context, option: click.Parameter, given: str | None) -> str | None:
    from ..formats.languages import checked_code

    return checked_code(given)


def language(default: str, help: str) -> Callable[[Command], Command]:
    """Return the option for a language, by its code or its English name."""
    return recognition("--language", metavar="CODE|NAME", show_default=default, callback=_spoken, help=help)


ALIGNER = (
    recognition(
        "--aligner", metavar="NAME", advanced=True, show_default="none", help="Forced aligner, for better word times."
    ),
    recognition(
        "--aligner-model",
        metavar="NAME|FOLDER",
        advanced=True,
        show_default="the aligner's own",
        help="Model of the aligner.",
    ),
)
REVISION = network(
    "--revision",
    metavar="REVISION",
    advanced=True,
    help="Branch, tag or commit of the diarizer on the hub.",
)
CACHE = (
    network(
        "--hf-token",
        "token",
        metavar="TOKEN",
        callback=lambda context, option, token: keep_secret(token),
        show_default="HF_TOKEN or login",
        help="Access token for the model hub.",
    ),
    network(
        "--cache-dir",
        metavar="FOLDER",
        advanced=True,
        show_default="the hub's cache",
        help="Folder for downloaded models.",
    ),
)
OFFLINE = network("--offline", is_flag=True, help="Never access the network.")
FETCHING = (REVISION, *CACHE, OFFLINE)
DEVICE = compute(
    "--device", metavar="DEVICE", show_default="auto", help="Device for all stages: auto, cpu, cuda, cuda:N or mps."
)
RECOGNIZER_DEVICE, DIARIZER_DEVICE, ALIGNER_DEVICE = (
    compute(
        f"--{stage}-device",
        metavar="DEVICE",
        advanced=True,
        show_default="--device",
        help=f"Device for the {stage}.",
    )
    for stage in ("recognizer", "diarizer", "aligner")
)
COMPUTE_TYPE = compute(
    "--compute-type",
    metavar="TYPE",
    advanced=True,
    show_default="the device's best",
    help="Precision of the recognizer, such as int8 or float16.",
)
MEMORY_LIMIT = compute(
    "--memory-limit",
    metavar="SIZE",
    advanced=True,
    show_default="what is free",
    help="Use at most this much memory of each GPU, such as 6GB.",
)
ISOLATE = compute(
    "--isolate",
    is_flag=True,
    advanced=True,
    help="Run each stage in a subprocess, whose memory is freed when it ends.",
)
DEVICES = (DEVICE, DIARIZER_DEVICE, MEMORY_LIMIT, ISOLATE)
BATCH_SIZE = recognition(
    "--batch-size",
    type=int,
    metavar="N",
    advanced=True,
    show_default="as memory allows",
    help="Speech segments per batch.",
)
CONCURRENCY = compute(
    "--concurrency",
    metavar="auto|on|off",
    advanced=True,
    show_default="auto",
    help="Run recognition and diarization concurrently.",
)
VERBOSITY = (
    other("-q", "--quiet", is_flag=True, help="Print errors only."),
    other("-v", "--verbose", is_flag=True, help="Print debug messages, and tracebacks of errors."),
)
TIMINGS = (other("--timings", is_flag=True, advanced=True, help="Print the seconds that each step took."),)
MESSAGES = (*TIMINGS, *PROGRESS, *VERBOSITY)


ENCODING = (
    files(
        "--encoding",
        metavar="NAME",
        advanced=True,
        show_default="detected",
        help="Encoding of the subtitles or text to read, such as cp1251.",
    ),
)
NAMES = (
    speakers(
        "--name", "names", multiple=True, metavar="SPEAKER_00=Ana", help="Name a speaker in the results; repeatable."
    ),
)


def output(default: str) -> Callable[[Command], Command]:
    """Return the option that says where results go, with the place where they go without it."""
    return files(
        "-o",
        "--output",
        metavar="FOLDER|FILE|-",
        show_default=default,
        help="Folder or file to write, or - for standard output.",
    )


OUTPUT = output("next to the input")
CHECKPOINT = files(
    "--no-checkpoint",
    is_flag=True,
    advanced=True,
    help="Save no progress of recordings over 15 minutes; the same command could not resume them.",
)
IN_PLACE = click.option(
    "-o",
    "--output",
    cls=Option,
    metavar="FILE|-",
    show_default="in place",
    help="File to write, or - for standard output.",
)


def pipeline_options(given: Given, **fixed: Any) -> Options:
    """Return the options of the pipeline, with `fixed` values in place of given ones; raises what `Options` raises."""
    from ..pipeline.options import Options

    asked = {field.name: given[field.name] for field in fields(Options) if field.name in given}
    return Options(**{**asked, "diarizer_params": parameters_of(given["diarizer_params"]), **fixed})


def files_named(given: Given) -> list[str]:
    """Return the files that options other than --output name: they are read, so no result may overwrite them."""
    return [
        value for name, value in given.items() if name != "output" and isinstance(value, str) and os.path.isfile(value)
    ]


def refuse_given(context: click.Context, parameters: tuple[Callable[[Any], Any], ...], why: str) -> None:
    """Raise UsageError, with the reason `why`, if one of these options was given."""
    command = click.Command("")
    for parameter in with_options(parameters)(command).params:
        if context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE:
            raise UsageError(f"{parameter.opts[0]} {why}, so leave it out.")


def with_options(*groups: tuple[Callable[[Command], Command], ...]) -> Callable[[Command], Command]:
    """Return a decorator that adds options, in their order."""

    def decorate(command: Command) -> Command:
        """Add the options to the command."""
        for option in reversed([option for group in groups for option in group]):
            command = option(command)
        return command

    return decorate


def parameters_of(pairs: tuple[str, ...]) -> dict[str, Any]:
    """Return parameters by name, from NAME=VALUE; a value is read as YAML: a number, true, a string.

    Raises UsageError for a malformed one.
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
    """Return names by speaker id, from SPEAKER_00=Ana; `option` precedes each in messages.

    Raises UsageError for a malformed one.
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
