"""The options of whisper, whisper-ctranslate2 and WhisperX: what they are called here, or what to type instead.

An option that is only named otherwise is accepted. One that means something else, or takes another value, is answered
with the line to type. Names are without underscores: in options these are the same as dashes.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

import click

from ..errors import UsageError, keep_secret
from ..system.clock_time import clock_seconds

ACCEPTED: Mapping[str, str] = {
    "--output-dir": "--output={}/",  # it is a folder even if it does not exist yet
    "--initial-prompt": "--prompt={}",
    "--max-line-count": "--max-lines={}",
    "--model-dir": "--cache-dir={}",
    "--model-directory": "--model={}",
    "--diarize-model": "--diarizer={}",
    "--diarize": "",
    "--no-align": "",
}
"""Options with another name here, and the same value {}; those with none ask for what is done anyway."""

BOOLEANS = ("true", "false")


@dataclass(frozen=True, slots=True)
class Answer:
    """Why an option is not accepted, and what to type `instead`: for some values, else for any, which is {}.

    What takes no value, or is a boolean, says so.
    """

    why: str
    instead: str = ""
    by_value: Mapping[str, str] = field(default_factory=dict)
    is_flag: bool = False
    is_boolean: bool = False


_FORMATS = {
    "all": "--txt --vtt --srt --tsv --json",
    **{name: f"--{name}" for name in ("txt", "vtt", "srt", "tsv", "json")},
    "aud": "--tsv",
}
_FORMAT = Answer("each format has an option of its own", "--format {}", _FORMATS)
_DECODING = Answer("the recognizer sets how it decodes and when it decodes again")
_DECODING_BOOLEAN = Answer(_DECODING.why, is_boolean=True)
_VAD = Answer("voice activity is always detected, with settings of its own")
_WORDS = Answer("the JSON always has the time of each word", is_boolean=True)
_ALIGNER = Answer("the model of an aligner is for the aligner that loads it", "--aligner ctc --aligner-model {}")
_CACHED = Answer("only cached models are used with --offline", by_value={"true": "--offline"}, is_boolean=True)
_PROGRESS = Answer("progress is shown unless it is off", by_value={"false": "--progress off"}, is_boolean=True)
_LIVE = Answer("recordings are transcribed, not a microphone")

ANSWERED: Mapping[str, Answer] = {
    "--output-format": _FORMAT,
    "-f": _FORMAT,
    "--highlight-words": Answer(
        "the time of each word is written into VTT and ASS", by_value={"true": "--words --vtt"}, is_boolean=True
    ),
    "--word-timestamps": _WORDS,
    "--pretty-json": Answer("JSON has one layout", is_boolean=True),
    "--print-colors": Answer(
        "colors are for each speaker, in VTT", by_value={"true": "--style colors"}, is_boolean=True
    ),
    "--max-words-per-line": Answer("lines are limited by their width, in columns", "--max-line-width 42"),
    "--segment-resolution": Answer("cues are cut by the rules for subtitles", by_value={"chunk": "", "sentence": ""}),
    "--print-progress": _PROGRESS,
    "--log-level": Answer("there is --verbose and --quiet", by_value={"debug": "--verbose", "error": "--quiet"}),
    "--threads": Answer("all cores that the process may use are used"),
    "--device-index": Answer("the device has its number in its name", "--device cuda:{}"),
    "--fp16": Answer(
        "the precision is the best of the device, or named",
        by_value={"false": "--compute-type float32"},
        is_boolean=True,
    ),
    "--model-cache-only": _CACHED,
    "--local-files-only": _CACHED,
    "--duration": Answer("a part ends at a time, in seconds or as 2:30", "--end {}"),
    "--clip-timestamps": Answer("a part has a start and an end", "--start {} --end {}"),
    "--align-model": _ALIGNER,
    "--interpolate-method": Answer("words without a time get one by their length"),
    "--timestamp-sanitize": Answer("times are always put in order", is_flag=True),
    "--return-char-alignments": Answer("words have times, characters have none", is_flag=True),
    "--speaker-embeddings": Answer(
        "speaker embeddings are saved with the other artifacts", "--artifacts artifacts", is_flag=True
    ),
    "--speaker-name": Answer("each speaker has a name", "--name SPEAKER_00={}"),
    "--vad-filter": Answer(_VAD.why, is_boolean=True),
    "--live-transcribe": Answer(_LIVE.why, is_boolean=True),
    **dict.fromkeys(("--live-volume-threshold", "--live-input-device"), _LIVE),
    **dict.fromkeys(
        (
            "--vad-method",
            "--vad-onset",
            "--vad-offset",
            "--vad-threshold",
            "--vad-min-speech-duration-ms",
            "--vad-max-speech-duration-s",
            "--vad-min-silence-duration-ms",
            "--chunk-size",
        ),
        _VAD,
    ),
    **dict.fromkeys(
        (
            "--temperature",
            "--temperature-increment-on-fallback",
            "--prompt-reset-on-temperature",
            "--best-of",
            "--beam-size",
            "--patience",
            "--length-penalty",
            "--repetition-penalty",
            "--no-repeat-ngram-size",
            "--suppress-tokens",
            "--compression-ratio-threshold",
            "--logprob-threshold",
            "--no-speech-threshold",
            "--hallucination-silence-threshold",
            "--prefix",
            "--prepend-punctuations",
            "--append-punctuations",
        ),
        _DECODING,
    ),
    **dict.fromkeys(("--condition-on-previous-text", "--carry-initial-prompt", "--suppress-blank"), _DECODING_BOOLEAN),
    "--suppress-numerals": Answer(_DECODING.why, is_flag=True),
}
"""Options that mean something else here, or take another value."""

ALIKE = 0.8
"""Ratio of equal characters from which a name counts as a misspelling of another."""


def dashed(name: str) -> str:
    """Return the name of an option with dashes in place of underscores."""
    return name.replace("_", "-")


def in_our_words(args: Sequence[str], command: click.Command, ctx: click.Context) -> list[str]:
    """Return the arguments of a command with the options of other programs as they are here.

    Raises UsageError with the line to type where one is not only named otherwise, what click raises for an unknown one.
    """
    fixed, why = _without_booleans(args, command, ctx)
    while True:
        try:
            command.make_parser(ctx).parse_args([*fixed])
            break
        except click.NoSuchOption as error:
            fixed, reason = _translated(error, fixed, _options(command, ctx))
            why += reason
    if why:
        raise UsageError(f"There is no {', no '.join(why)} here; type: {_line(ctx, fixed)}")
    return fixed


def _translated(error: click.NoSuchOption, args: Sequence[str], known: Collection[str]) -> tuple[list[str], list[str]]:
    """Return the arguments with an unknown option as it is here, and why it is not accepted, if so.

    Raises `error` where nothing in the command is like it.
    """
    name = dashed(error.option_name)
    place = next((i for i, arg in enumerate(args) if dashed(arg.partition("=")[0]) == name), None)
    if place is None or not (name in ANSWERED or _is_accepted(name, known)):
        raise error
    given, equals, value = args[place].partition("=")
    before, rest = args[:place], args[place + 1 :]
    if not equals and rest and _is_value(rest[0], name):
        value, *rest = rest
    if name in ACCEPTED:
        template = ACCEPTED[name]
        words = [template.format(value) if value else template.partition("=")[0]] if template else []
        return [*before, *words, *rest], []
    answer = ANSWERED[name]
    template = answer.by_value.get(value.lower(), answer.instead)
    if not all(word in known for word in template.split() if word.startswith("--")):
        raise error
    option = " ".join(filter(None, (given, value)))
    instead = _words(template, _end(args, value) if name == "--duration" else value)
    return [*before, *instead, *rest], [f"{option} ({answer.why})"]


def _without_booleans(args: Sequence[str], command: click.Command, ctx: click.Context) -> tuple[list[str], list[str]]:
    """Return the arguments without True or False after a flag, where it would be taken for a file, and why."""
    params = [each for each in command.get_params(ctx) if isinstance(each, click.Option) and each.is_flag]
    flags = {name for each in params for name in each.opts}
    fixed, why, rest = list[str](), list[str](), [*args]
    while rest:
        arg, *rest = rest
        name, equals, value = arg.partition("=")
        value = value if equals or not rest else rest[0]
        if arg == "--":
            return [*fixed, arg, *rest], why
        if dashed(name) not in flags or value.lower() not in BOOLEANS or os.path.exists(value):
            fixed.append(arg)
            continue
        rest = rest if equals else rest[1:]
        fixed += [dashed(name)] if value.lower() == "true" else []
        why.append(f"{name} {value} (it takes no value)")
    return fixed, why


def similar(error: click.NoSuchOption) -> str:
    """Return the options that an unknown one misspells, "--a or --b"; "" where none is close enough to be meant."""
    if error.ctx is None or dashed(error.option_name) in ANSWERED:
        return ""
    wanted = dashed(error.option_name).strip("-")
    ratios = {
        name: 1.0
        if len(wanted) > 2 and name[2:].startswith(wanted)
        else SequenceMatcher(None, wanted, name[2:]).ratio()
        for name in _options(error.ctx.command, error.ctx)
        if name.startswith("--")
    }
    best = max(ratios.values(), default=0.0)
    return " or ".join(name for name, ratio in ratios.items() if ratio == best) if best >= ALIKE else ""


def _options(command: click.Command, ctx: click.Context) -> list[str]:
    """Return the names of the options of a command that are not hidden."""
    params = command.get_params(ctx)
    return [name for each in params if isinstance(each, click.Option) and not each.hidden for name in each.opts]


def _is_accepted(name: str, known: Collection[str]) -> bool:
    """Return whether an option of another program is only named otherwise, in a command with these options."""
    return name in ACCEPTED and (ACCEPTED[name].partition("=")[0] or "--no-diarize") in known


def _is_value(text: str, name: str) -> bool:
    """Return whether the argument after an option of another program is its value."""
    answer = ANSWERED.get(name)
    if answer is None:
        return bool(ACCEPTED[name])
    if answer.is_boolean:
        return text.lower() in BOOLEANS
    return not answer.is_flag and not text.startswith("--")


def _end(args: Sequence[str], duration: str) -> str:
    """Return the end of a part with this duration, after the --start in the arguments; times that are none stay."""
    for arg, following in zip(args, (*args[1:], ""), strict=True):
        name, equals, value = arg.partition("=")
        if name == "--start":
            start, seconds = clock_seconds(value if equals else following), clock_seconds(duration)
            return duration if start is None or seconds is None else f"{start + seconds:.10g}"
    return duration


def _words(template: str, value: str) -> list[str]:
    """Return the words of an answer, with the value or its parts."""
    parts = iter(value.split(",") if template.count("{}") > 1 else [value])
    return [word.format(next(parts, "") or "VALUE") if "{}" in word else word for word in template.split()]


def _line(ctx: click.Context, args: Sequence[str]) -> str:
    """Return the line to type, in which the token is masked as in every message."""
    for arg, following in zip(args, (*args[1:], ""), strict=True):
        name, equals, value = arg.partition("=")
        if dashed(name) == "--hf-token":
            keep_secret(value if equals else following)
    return f"{ctx.command_path} {shlex.join(args)}"
