"""`speakerplug attribute`: a transcript made elsewhere in, the same words with speakers out."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import UsageError
from . import console, options
from .batch import report_missing, run_each
from .output import Output, Targets, refuse_same_artifacts

if TYPE_CHECKING:
    from ..pipeline.options import Options
    from ..plugin.manager import Plugins
    from ..system.progress import Report
    from ..transcript import Transcript

FOR_AUDIO = (options.CHANNELS, *options.ALIGNER, *options.DIARIZER, *options.DEVICES, *options.FETCHING)


@click.command(short_help="Give the words of a transcript made elsewhere their speakers.")
@click.argument("source", metavar="WORDS")
@click.option("--audio", metavar="FILE", help="The recording, to be diarized.")
@click.option("--rttm", metavar="FILE", help="Turns that are known already, instead of the recording.")
@options.with_options(options.formats("rttm"))  # which is written with --format rttm, for --rttm is what is read
@click.option("--language", metavar="CODE", help="Language of the words, where their file does not say it.")
@options.with_options(options.NAMES, FOR_AUDIO, options.CUES, options.SAYING)
@click.pass_context
def attribute(context: click.Context, /, source: str, quiet: bool, verbose: bool, **given: Any) -> int:
    """Give the words of a transcript made elsewhere their speakers.

    WORDS is what another program wrote: the JSON of Whisper and its relatives, transformers, NeMo, Deepgram, AWS,
    AssemblyAI or OpenAI, subtitles, CTM, or our own JSON. Speakers in it are left aside. Without a format, VTT is
    written, beside WORDS.
    """
    console.set_level(quiet, verbose)
    from ..formats.save import writable
    from ..plugin.manager import load_plugins

    plugins, audio, rttm, asked = load_plugins(), given["audio"], given["rttm"], None
    output = Output(writable(plugins), (source,), options.OutputOptions.of(given), options.files_named(given))
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

    def work(source: str, targets: Targets, progress: Report | None) -> None:
        """The one input."""
        from ..formats.load import load

        targets = output.of(audio, targets)
        heard = load(source, plugins)
        heard = replace(heard, language=given["language"] or heard.language)
        if audio is not None:
            report_missing(audio, targets, progress)
        transcript = (
            _by_turns(heard, source, rttm) if asked is None else _by_ear(heard, audio, plugins, asked, progress)
        )
        began = time.perf_counter()
        made = replace(transcript.provenance, recognizer=heard.provenance.recognizer, model=heard.provenance.model)
        transcript = options.named(replace(transcript, provenance=made), names)
        output.deliver(transcript, targets, audio)
        if not quiet:
            console.show_timings(transcript, time.perf_counter() - began)

    return run_each((source,), output.planned, work, quiet, keeps=True)


def _by_turns(heard: Transcript, source: str, rttm: str) -> Transcript:
    from ..attribution.assign import labeled
    from ..formats.rttm import load_rttm
    from ..transcript import Provenance

    diarization = load_rttm(rttm, Path(source).stem, Path(heard.media.file).stem, Path(rttm).stem)
    return replace(labeled(heard, diarization), provenance=Provenance())


def _by_ear(heard: Transcript, audio: str, plugins: Plugins, asked: Options, progress: Report | None) -> Transcript:
    from ..pipeline.transcriber import Transcriber

    with Transcriber(replace(asked, language=heard.language), plugins=plugins) as transcriber:
        return transcriber.attribute(audio, heard.words, heard.language, progress=progress)
