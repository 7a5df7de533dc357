"""The options that several commands share, in groups, and the value that each group makes.

Each value reads the options that it needs and removes none, so their order does not matter.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from ..errors import UsageError, keep_secret
from ..subtitles import PROFILES, CueRules
from ..subtitles.rules import DUAL, LABELS, OVERLAP
from .help import OTHER, Option, section

if TYPE_CHECKING:
    from ..pipeline.options import Options
    from ..transcript import Transcript

log = logging.getLogger(__name__)

Command = TypeVar("Command", bound=Callable[..., Any])
Given = Mapping[str, Any]
"""The values that click passes to a command, by the names of its options."""

LONGEST_S = 86_400.0
"""The longest duration that an option takes: no cue is shown for longer than a day."""
FLAGS = {
    "vtt": "WebVTT subtitles",
    "srt": "SubRip subtitles",
    "ass": "ASS subtitles, with a style for each speaker",
    "ttml": "TTML (IMSC) subtitles, with an agent for each speaker",
    "json": "JSON with all words, turns and speakers; convert makes every other format of it",
    "txt": "plain text, a paragraph per turn",
    "md": "Markdown, a paragraph per turn",
    "html": "a web page that plays the recording and lets you correct words and speakers",
    "docx": "a Word document, a paragraph per turn",
    "tsv": "a table of cues, for spreadsheets",
    "eaf": "a document of ELAN, with tiers of utterances and words for each speaker",
    "textgrid": "a TextGrid of Praat, with tiers of utterances and words for each speaker",
    "rttm": "RTTM: turns, without words",
    "stm": "STM: segments with speakers, for scoring tools",
    "ctm": "CTM: words, without speakers, for scoring tools",
}
"""What each format holds that has an option of its own."""

files = section("Input and output")
recognition = section("Recognition")
speakers = section("Speakers")
subtitles = section("Subtitles")
compute = partial(section("Devices"), environment=True)
network = section("Models and network")
other = section(OTHER)

TRUST = speakers(
    "--trust-model",
    is_flag=True,
    advanced=True,
    help="Load the diarizer whatever code its files name; that code can run any program with your rights.",
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
        help="Speaker diarization backend; several, separated by commas, are tried in order.",
    ),
    speakers("--num-speakers", type=int, metavar="N", show_default="estimated", help="Number of speakers."),
    *SPEAKER_BOUNDS,
    speakers(
        "--diarizer-batch-size",
        type=int,
        metavar="N",
        advanced=True,
        environment=True,
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
    help="Audio track of a video to take: its number, from 1, or its language; -v lists them.",
)
CHANNELS = speakers(
    "--channels",
    type=click.Choice(["mix", "speakers", "auto"]),
    default="mix",
    show_default=True,
    help="Mix the channels, take each as one speaker, or detect which of the two fits.",
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
    environment=False,
    advanced=True,
    help="Run each stage in a subprocess, which frees all its memory when it ends.",
)
DEVICES = (DEVICE, DIARIZER_DEVICE, MEMORY_LIMIT, ISOLATE)
BATCH_SIZE = recognition(
    "--batch-size",
    type=int,
    metavar="N",
    advanced=True,
    environment=True,
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
MESSAGES = (other("--timings", is_flag=True, advanced=True, help="Print the seconds that each step took."), *VERBOSITY)


ENCODING = (
    files(
        "--encoding",
        metavar="NAME",
        advanced=True,
        show_default="found",
        help="Encoding of subtitles or text that is read, such as cp1251.",
    ),
)
NAMES = (
    speakers(
        "--name", "names", multiple=True, metavar="SPEAKER_00=Ana", help="Name a speaker in the results; repeatable."
    ),
)
PROFILE = click.Choice(list(PROFILES))
CUES = (
    subtitles(
        "--cue-profile",
        type=PROFILE,
        show_default="netflix; podcast for --format podcast",
        help="Published guidelines for line width, reading speed and timing; social is for 9:16 video.",
    ),
    subtitles(
        "--max-line-width",
        type=int,
        metavar="COLUMNS",
        show_default="by profile",
        help="Maximum line width.",
    ),
    subtitles(
        "--max-lines",
        type=int,
        metavar="N",
        advanced=True,
        show_default="by profile",
        help="Maximum number of lines in a cue.",
    ),
    subtitles(
        "--max-cps",
        type=float,
        metavar="N",
        advanced=True,
        show_default="by profile",
        help="Maximum reading speed, in characters (wide ones count as two) per second.",
    ),
    subtitles(
        "--min-duration",
        type=float,
        metavar="SECONDS",
        advanced=True,
        show_default="by profile",
        help="Minimum duration of a cue.",
    ),
    subtitles(
        "--max-duration",
        type=float,
        metavar="SECONDS",
        advanced=True,
        show_default="by profile",
        help="Maximum duration of a cue.",
    ),
    subtitles(
        "--gap",
        type=float,
        metavar="SECONDS",
        advanced=True,
        show_default="by profile",
        help="Minimum pause between two cues.",
    ),
    subtitles(
        "--labels",
        type=click.Choice(LABELS),
        show_default="never in VTT, change in SRT",
        help="When to show the speaker's name; dash shows a dash where another one follows.",
    ),
    subtitles(
        "--dual",
        type=click.Choice(DUAL),
        advanced=True,
        show_default="off",
        help="Join two short cues of two speakers, with a hyphen before each.",
    ),
    subtitles(
        "--overlap",
        type=click.Choice(OVERLAP),
        advanced=True,
        show_default="clip",
        help="When speakers overlap, show one cue at a time or stack them.",
    ),
    subtitles(
        "--sdh",
        is_flag=True,
        advanced=True,
        help="Write for people who do not hear: names in capitals where the speaker changes, sounds in brackets.",
    ),
    subtitles("--words", is_flag=True, advanced=True, help="Write the time of each word, in VTT and ASS."),
    subtitles(
        "--style",
        type=click.Choice(["colors"]),
        advanced=True,
        help="Give each speaker a color in VTT, as ASS always does.",
    ),
)
OUTPUT = files(
    "-o",
    "--output",
    metavar="DIR|FILE|-",
    show_default="next to the input",
    help="Folder or file to write, or - for standard output.",
)
CHECKPOINT = files(
    "--no-checkpoint",
    is_flag=True,
    advanced=True,
    help="Do not save the progress of recordings of over 15 minutes, from which the same command goes on if killed.",
)
IN_PLACE = click.option(
    "-o",
    "--output",
    cls=Option,
    metavar="FILE|-",
    show_default="in place",
    help="File to write, or - for standard output.",
)


class _NamedFormat(Option):
    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the line of the help, with the names of the registered formats that have no option of their own."""
        from ..formats.save import writable
        from ..plugin.manager import load_plugins

        names = [name for name in writable(load_plugins()) if name not in FLAGS]
        record = super().get_help_record(ctx)
        return record and (record[0], record[1].replace("its name", f"its name: {', '.join(sorted(names))}"))


def formats(*but: str) -> tuple[Callable[[Command], Command], ...]:
    """Return the options for the formats to write, without those of the formats `but`."""
    return (
        *(
            files(
                f"--{name}",
                "formats",
                flag_value=name,
                multiple=True,
                help=f"Write {holds}.",
                summary="Formats to write; several make several files.  [default: vtt]",
            )
            for name, holds in FLAGS.items()
            if name not in but
        ),
        files(
            "--format",
            "named_formats",
            multiple=True,
            cls=_NamedFormat,
            metavar="NAME",
            help="Write a format by its name; repeatable.",
        ),
        OUTPUT,
        files(
            "--embed-subs",
            is_flag=True,
            help="Write a copy of the recording with the subtitles in it, as NAME.subtitled.mp4 or .mkv.",
        ),
        files(
            "--burn",
            is_flag=True,
            advanced=True,
            help="Draw the subtitles into the picture of a copy, NAME.burned.mp4, with the program ffmpeg.",
        ),
        files(
            "--embed-audio", is_flag=True, advanced=True, help="Put the audio into the HTML page, instead of a link."
        ),
        files("--crlf", is_flag=True, advanced=True, help="End lines with CRLF, in subtitles and text."),
        files("--bom", is_flag=True, advanced=True, help="Begin subtitles and text with a byte order mark."),
    )


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """What to write and how: `formats` by name, each once, `output` as given, and the rules of cues."""

    formats: tuple[str, ...] = ()
    output: str | None = None
    rules: CueRules | None = None
    embed_subs: bool = False
    burn: bool = False
    embed_audio: bool = False
    audio_track: str | None = None
    crlf: bool = False
    bom: bool = False

    @classmethod
    def of(cls, given: Given) -> OutputOptions:
        """Return the value of the options `formats()` and `CUES`; raises UsageError for invalid ones."""
        named = {field.name: given[field.name] for field in fields(cls) if field.name in given}
        wanted = tuple(dict.fromkeys((*given["formats"], *given["named_formats"])))
        return cls(**{**named, "formats": wanted, "rules": cue_rules(given)})


def cue_rules(given: Given) -> CueRules | None:
    """Return the rules of the options `CUES`; None where none is given, so that each format has its own.

    Raises UsageError for invalid values.
    """
    profile, width = given["cue_profile"], given["max_line_width"]
    asked = {"columns": width, "lines": given["max_lines"], "cps": given["max_cps"]}
    for name, option in (("shortest_ms", "min_duration"), ("longest_ms", "max_duration"), ("gap_ms", "gap")):
        seconds = given[option]
        if seconds is not None and not abs(seconds) <= LONGEST_S:
            raise UsageError(f"--{option.replace('_', '-')} is {seconds:g}; give at most {LONGEST_S:.0f} seconds.")
        asked[name] = None if seconds is None else round(seconds * 1000)
    asked |= {name: given[name] for name in ("labels", "dual", "overlap")}
    asked |= {
        "words": given["words"] or None,
        "colors": given["style"] == "colors" or None,
        "sdh": given["sdh"] or None,
    }
    changes = {name: value for name, value in asked.items() if value is not None}
    if profile is None and not changes:
        return None
    rules = PROFILES[profile or "netflix"]
    if width is not None:
        rules = replace(rules, srt_columns=None)  # an explicit width applies to every format
    return replace(rules, **changes)


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


def named(transcript: Transcript, names: Mapping[str, str]) -> Transcript:
    """Return the transcript with new names for its speakers; an unknown id is logged as a warning."""
    known = {speaker.id for speaker in transcript.speakers}
    for unknown in names.keys() - known:
        there = ", ".join(sorted(known)) or "no speakers"
        log.warning("There is no %s in %s to name; it has %s.", unknown, transcript.media.file, there)
    return transcript.renamed({speaker: name for speaker, name in names.items() if speaker in known})
