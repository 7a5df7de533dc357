"""`speakerplug attribute`: a transcript made elsewhere in, the same words with speakers out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from ..attribution.named import named
from ..errors import UsageError
from ..formats.earlier import with_kept_names
from ..formats.targets import COPIES, Targets
from ..system.process import process_seconds
from . import console, options
from .cue_options import CUES
from .each import report_missing, run_each
from .earlier import FORCE, refuse_edited
from .format_options import formats, output_options
from .help import Command
from .output import Output, refuse_same_artifacts
from .timings import show_timings

if TYPE_CHECKING:
    from ..formats.kept import KeptCues, SubtitleFile
    from ..pipeline.options import Options
    from ..plugin.manager import Plugins
    from ..system.progress import Report
    from ..transcript import Transcript

STAGES = (options.AUDIO_TRACK, *options.ALIGNER, options.CHANNELS, *options.DIARIZER)
MODELS = (*options.DEVICES, options.ALIGNER_DEVICE, *options.FETCHING)
CUTTING = (
    "cue_profile",
    "max_line_width",
    "max_lines",
    "max_cps",
    "min_duration",
    "max_duration",
    "gap",
    "dual",
    "overlap",
    "words",
)
"""Options for new cues."""
RECUT = click.option("--recut", is_flag=True, help="Cut subtitles into new cues, instead of keeping theirs.")
FOR_AUDIO = (*STAGES, *MODELS)
"""Options that need --audio."""


@click.command(cls=Command, short_help="Add speakers to a transcript made elsewhere.")
@click.argument("source", metavar="WORDS")
@options.files("--audio", metavar="FILE", help="Recording to diarize.")
@options.files("--rttm", metavar="FILE", help="Known turns, instead of the recording.")
@options.with_options((*formats("rttm"), FORCE))  # --format rttm writes it, for --rttm reads it
@options.language("as in WORDS", "Language of the words.")
@options.with_options((RECUT,))
@options.with_options(options.ENCODING, STAGES, options.NAMES, CUES, MODELS, options.MESSAGES)
@click.pass_context
def attribute(context: click.Context, /, source: str, quiet: bool, verbose: bool, **given: Any) -> int:
    """Add speakers to a transcript made elsewhere, by diarizing its recording or by known turns.

    WORDS is the JSON of Whisper and its relatives, transformers, NeMo, Deepgram, AWS, AssemblyAI or OpenAI, subtitles,
    CTM, or SpeakerPlug's own JSON. Speakers in it are ignored. Subtitles keep their cues, unless --recut is given.
    """
    console.set_level(quiet, verbose)
    from ..formats.load import load, load_subtitles
    from ..formats.save import writable
    from ..pipeline.job import expected_costs
    from ..plugin.manager import load_plugins

    plugins, audio, rttm, asked = load_plugins(), given["audio"], given["rttm"], None
    output = Output(writable(plugins), (source,), output_options(given), options.files_named(given))
    names = options.names_of(given["names"], "--name ")
    if (audio is None) == (rttm is None):
        raise UsageError("Give either the recording with --audio or known turns with --rttm.")
    if rttm is not None:
        options.refuse_given(context, FOR_AUDIO, "is for --audio; with --rttm nothing is diarized")
        if output.needs_recording:
            raise UsageError(
                "--embed-subs and --embed-audio need the recording; write JSON, and convert it with --media."
            )
    else:
        asked = options.pipeline_options(given, recognizer=None)
        if asked.aligner is not None:
            plugins.choose("aligners", asked.aligner)
        refuse_same_artifacts((audio,), asked.artifacts, [*output.planned, {"words": Path(source)}])

    if not given["force"]:
        _refuse_edited(output, lambda: load(source, plugins, given["encoding"]))

    def work(source: str, targets: Targets, progress: Report | None) -> None:
        """Add the speakers, and write the results."""
        started = process_seconds()
        targets = output.of(audio, targets)
        words = load(source, plugins, given["encoding"])
        subtitles = load_subtitles(source, plugins, given["encoding"])
        if subtitles is not None and not given["recut"]:
            _refuse_cutting(context, targets)
        words = replace(words, language=given["language"] or words.language)
        if audio is not None:
            report_missing(audio, targets, progress)
        transcript = (
            _by_turns(words, source, rttm) if asked is None else _by_audio(words, audio, plugins, asked, progress)
        )
        began = time.perf_counter()
        made = replace(transcript.provenance, recognizer=words.provenance.recognizer, model=words.provenance.model)
        transcript = with_kept_names(replace(transcript, provenance=made), targets, output.formats, output.read)
        transcript, kept = _of_cues(named(transcript, names), subtitles)
        if kept is not None and not given["recut"]:
            kept.report()
        output.deliver(transcript, targets, audio, progress, None if given["recut"] else kept)
        if not quiet:
            show_timings(transcript, started, time.perf_counter() - began)

    return run_each((source,), output.planned, work, quiet, keeps=True, costs=expected_costs(asked, output.copy_costs))


def _refuse_edited(output: Output, read: Callable[[], object]) -> None:
    """Raise UsageError where an edited result would be replaced; before that, what `read` raises about the words."""
    try:
        refuse_edited(output, output.planned)
    except UsageError:
        read()
        raise


def _refuse_cutting(context: click.Context, targets: Targets) -> None:
    """Raise UsageError for an option of new cues, where those of the subtitles are kept."""
    from ..formats.kept import WRITERS

    if not {*targets} & {*WRITERS, *COPIES}:
        return
    for option in context.command.params:
        if option.name in CUTTING and context.get_parameter_source(option.name) is ParameterSource.COMMANDLINE:
            raise UsageError(f"{option.opts[0]} is for new cues, and those of subtitles are kept; add --recut.")


def _of_cues(transcript: Transcript, subtitles: SubtitleFile | None) -> tuple[Transcript, KeptCues | None]:
    """Return the transcript of subtitles, in which sounds have no speaker, and their cues."""
    from ..formats.kept import KeptCues, without_speakers_of_sounds

    if subtitles is None:
        return transcript, None
    transcript = without_speakers_of_sounds(subtitles, transcript)
    return transcript, KeptCues.of(subtitles, transcript)


def _by_turns(words: Transcript, source: str, rttm: str) -> Transcript:
    from ..attribution.assign import assign_speakers
    from ..formats.rttm import load_rttm
    from ..transcript import Provenance

    diarization = load_rttm(rttm, Path(source).stem, Path(words.media.file).stem, Path(rttm).stem)
    return replace(assign_speakers(words, diarization), provenance=Provenance())


def _by_audio(words: Transcript, audio: str, plugins: Plugins, asked: Options, progress: Report | None) -> Transcript:
    from ..pipeline.transcriber import Transcriber

    with Transcriber(replace(asked, language=words.language), plugins=plugins) as transcriber:
        return transcriber.attribute(audio, words.words, words.language, progress=progress)
