"""The options that several commands share, in groups, and the value that each group makes.

What a value needs it reads out of what click gives; nothing is taken out, so no order matters.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from ..errors import UsageError, keep_secret
from ..subtitles import PROFILES, CueRules
from ..subtitles.rules import DUAL, LABELS, OVERLAP

if TYPE_CHECKING:
    from ..pipeline.options import Options
    from ..transcript import Transcript

log = logging.getLogger(__name__)

Command = TypeVar("Command", bound=Callable[..., Any])
Given = Mapping[str, Any]
"""What click gives a command, by the names of its options."""

LONGEST_S = 86_400.0
"""No cue stays for longer than a day."""
FLAGS = ("vtt", "srt", "ass", "json", "txt", "md", "html", "tsv", "rttm", "stm", "ctm")
"""The formats that have an option of their own."""

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
DIARIZER_DEVICE = click.option("--diarizer-device", metavar="DEVICE", help="Another device for the diarizer.")
DEVICES = (
    click.option("--device", metavar="DEVICE", help="auto, cpu, cuda, cuda:N or mps.  [default: auto]"),
    DIARIZER_DEVICE,
    click.option("--memory-limit", metavar="SIZE", help="How much of each GPU may be used, such as 6GB."),
    click.option("--isolate", is_flag=True, help="Run each stage in a process of its own, whose end frees everything."),
)
VERBOSITY = (
    click.option("-q", "--quiet", is_flag=True, help="Say only what went wrong."),
    click.option("-v", "--verbose", is_flag=True, help="Say everything, with the details of errors."),
)
SAYING = (click.option("--timings", is_flag=True, help="Show how many seconds each step took."), *VERBOSITY)


NAMES = (
    click.option("--name", "names", multiple=True, metavar="SPEAKER_00=Ana", help="Give a speaker a name; repeatable."),
)
PROFILE = click.Choice(list(PROFILES))
CUES = (
    click.option(
        "--cue-profile", type=PROFILE, help="Rules for cues.  [default: netflix; podcast for --format podcast]"
    ),
    click.option("--max-line-width", type=int, metavar="COLUMNS", help="Another width of a line."),
    click.option("--max-lines", type=int, metavar="N", help="Another number of lines."),
    click.option("--max-cps", type=float, metavar="N", help="Another reading speed, in characters a second."),
    click.option("--min-duration", type=float, metavar="SECONDS", help="A cue stays so long at least."),
    click.option("--max-duration", type=float, metavar="SECONDS", help="A cue stays so long at most."),
    click.option("--gap", type=float, metavar="SECONDS", help="Time between two cues."),
    click.option("--labels", type=click.Choice(LABELS), help="Show names.  [default: never in VTT, change in SRT]"),
    click.option("--dual", type=click.Choice(DUAL), help="Two short cues of two speakers in one.  [default: off]"),
    click.option("--overlap", type=click.Choice(OVERLAP), help="One cue at once, or a stack.  [default: clip]"),
    click.option("--words", is_flag=True, help="Write the time of each word, in VTT and ASS."),
    click.option("--style", type=click.Choice(["colors"]), help="Give each speaker a color in VTT, as in ASS."),
)
OUTPUT = click.option(
    "-o", "--output", metavar="DIR|FILE|-", help="Where to: a folder, a file, or - for standard output."
)
IN_PLACE = click.option("-o", "--output", metavar="FILE|-", help="Write this file instead; - for standard output.")


def formats(*but: str) -> tuple[Callable[[Command], Command], ...]:
    """The options that say which formats are written, and how; none for the formats that are named."""
    return (
        *(
            click.option(f"--{name}", "formats", flag_value=name, multiple=True, help=f"Write {name.upper()}.")
            for name in FLAGS
            if name not in but
        ),
        click.option(
            "--format",
            "named_formats",
            multiple=True,
            metavar="NAME",
            help="Write any format: these, podcast, openai, verbose_json, whisperx, or a plugin's; repeatable.",
        ),
        click.option(
            "--embed-subs",
            is_flag=True,
            help="Write a copy of the recording that holds the subtitles, as NAME.subtitled.mp4 or .mkv.",
        ),
        OUTPUT,
        click.option("--embed-audio", is_flag=True, help="Put the sound into the HTML page, not a link to it."),
        click.option("--crlf", is_flag=True, help="End lines as Windows does, in subtitles and texts."),
        click.option("--bom", is_flag=True, help="Begin subtitles and texts with a byte order mark, for old programs."),
    )


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """What is written and how: `formats` by name, each once, `output` as it was given, and the rules of cues."""

    formats: tuple[str, ...] = ()
    output: str | None = None
    rules: CueRules | None = None
    embed_subs: bool = False
    embed_audio: bool = False
    crlf: bool = False
    bom: bool = False

    @classmethod
    def of(cls, given: Given) -> OutputOptions:
        """What the options `formats()` and `CUES` ask for; raises UsageError for what cannot be meant."""
        named = {field.name: given[field.name] for field in fields(cls) if field.name in given}
        wanted = tuple(dict.fromkeys((*given["formats"], *given["named_formats"])))
        return cls(**{**named, "formats": wanted, "rules": cue_rules(given)})


def cue_rules(given: Given) -> CueRules | None:
    """What the options `CUES` ask for: None where that is nothing, so that formats choose.

    Raises UsageError for what cannot be meant.
    """
    profile, width = given["cue_profile"], given["max_line_width"]
    asked = {"columns": width, "lines": given["max_lines"], "cps": given["max_cps"]}
    for name, option in (("shortest_ms", "min_duration"), ("longest_ms", "max_duration"), ("gap_ms", "gap")):
        seconds = given[option]
        if seconds is not None and not abs(seconds) <= LONGEST_S:
            raise UsageError(f"--{option.replace('_', '-')} is {seconds:g}; give at most {LONGEST_S:.0f} seconds.")
        asked[name] = None if seconds is None else round(seconds * 1000)
    asked |= {name: given[name] for name in ("labels", "dual", "overlap")}
    asked |= {"words": given["words"] or None, "colors": given["style"] == "colors" or None}
    changes = {name: value for name, value in asked.items() if value is not None}
    if profile is None and not changes:
        return None
    rules = PROFILES[profile or "netflix"]
    if width is not None:
        rules = replace(rules, srt_columns=None)  # the width that was asked for is every format's
    return replace(rules, **changes)


def pipeline_options(given: Given, **fixed: Any) -> Options:
    """What the options of the pipeline ask for, those that are `fixed` aside; raises what `Options` does."""
    from ..pipeline.options import Options

    asked = {field.name: given[field.name] for field in fields(Options) if field.name in given}
    return Options(**{**asked, "diarizer_params": parameters_of(given["diarizer_params"]), **fixed})


def files_named(given: Given) -> list[str]:
    """The files that options name but --output: they are read, whatever for."""
    return [
        value for name, value in given.items() if name != "output" and isinstance(value, str) and os.path.isfile(value)
    ]


def refuse_given(context: click.Context, parameters: tuple[Callable[[Any], Any], ...], why: str) -> None:
    """Raise UsageError for one of these options that was given, for `why`."""
    command = click.Command("")
    for parameter in with_options(parameters)(command).params:
        if context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE:
            raise UsageError(f"{parameter.opts[0]} {why}, so leave it out.")


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


def named(transcript: Transcript, names: Mapping[str, str]) -> Transcript:
    """The transcript with new names for its speakers; a warning names an id that it does not have."""
    known = {speaker.id for speaker in transcript.speakers}
    for unknown in names.keys() - known:
        there = ", ".join(sorted(known)) or "no speakers"
        log.warning("There is no %s in %s to name; it has %s.", unknown, transcript.media.file, there)
    return transcript.renamed({speaker: name for speaker, name in names.items() if speaker in known})
