"""`speakerplug attribute`: a transcript made elsewhere in, the same words with speakers out."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from ..errors import UsageError
from . import console
from .batch import report_missing, run_each
from .cueing import CUES
from .delivery import Delivery
from .formats import FLAGS, FORMATS
from .outputs import Targets, refuse_same_artifacts
from .shared import ALIGNER, CHANNELS, DEVICES, DIARIZER, FETCHING, SAYING, names_of, parameters_of, with_options
from .tables import show_timings
from .transcribe import kept, named

if TYPE_CHECKING:
    from ..plugin.manager import Plugins
    from ..system.progress import Report
    from ..transcript import Transcript

WRITTEN = (*FORMATS[: FLAGS.index("rttm")], *FORMATS[FLAGS.index("rttm") + 1 :])
"""RTTM is written with --format rttm, for --rttm is what is read."""
FOR_AUDIO = (CHANNELS, *ALIGNER, *DIARIZER, *DEVICES, *FETCHING)


@click.command(short_help="Give the words of a transcript made elsewhere their speakers.")
@click.argument("source", metavar="WORDS")
@click.option("--audio", metavar="FILE", help="The recording, to be diarized.")
@click.option("--rttm", metavar="FILE", help="Turns that are known already, instead of the recording.")
@with_options(WRITTEN)
@click.option("--language", metavar="CODE", help="Language of the words, where their file does not say it.")
@click.option("--name", "names", multiple=True, metavar="SPEAKER_00=Ana", help="Give a speaker a name; repeatable.")
@with_options(FOR_AUDIO, CUES, SAYING)
@click.pass_context
def attribute(context: click.Context, /, source: str, quiet: bool, verbose: bool, **given: Any) -> int:
    """Give the words of a transcript made elsewhere their speakers.

    WORDS is what another program wrote: the JSON of Whisper and its relatives, transformers, NeMo, Deepgram, AWS,
    AssemblyAI or OpenAI, subtitles, CTM, or our own JSON. Speakers in it are left aside. Without a format, VTT is
    written, beside WORDS.
    """
    console.set_level(quiet, verbose)
    from ..plugin.manager import load_plugins

    plugins = load_plugins()
    delivery = Delivery(plugins, (source,), given, (given["audio"], given["rttm"]))
    names = names_of(given.pop("names"), "--name ")
    audio, rttm, language = (given.pop(name) for name in ("audio", "rttm", "language"))
    if (audio is None) == (rttm is None):
        raise UsageError("Give either the recording with --audio or known turns with --rttm.")
    if rttm is not None:
        _refuse_options_for_audio(context)
        if delivery.needs_recording:
            raise UsageError(
                "--embed-subs and --embed-audio need the recording; write JSON, and convert it with --media."
            )
    else:
        refuse_same_artifacts((audio,), given["artifacts"], [*delivery.planned, {"words": Path(source)}])
    given["diarizer_params"] = parameters_of(given["diarizer_params"])

    def work(source: str, targets: Targets, progress: Report | None) -> None:
        """The one input."""
        from ..formats.load import load

        targets = delivery.of(audio, targets)
        heard = load(source)
        heard = replace(heard, language=language or heard.language)
        if audio is not None:
            report_missing(audio, targets, progress)
        transcript = _by_turns(heard, source, rttm) if rttm else _by_ear(heard, audio, plugins, given, progress)
        began = time.perf_counter()
        made = replace(transcript.provenance, recognizer=heard.provenance.recognizer, model=heard.provenance.model)
        transcript = named(replace(transcript, provenance=made), names)
        delivery.deliver(transcript, targets, audio)
        if not quiet:
            show_timings(transcript, time.perf_counter() - began)

    return run_each((source,), delivery.planned, work, quiet, kept)


def _by_turns(heard: Transcript, source: str, rttm: str) -> Transcript:
    from ..attribution.assign import labelled
    from ..formats.importers.rttm import load_rttm
    from ..transcript import Provenance

    diarization = load_rttm(rttm, Path(source).stem, Path(heard.media.file).stem, Path(rttm).stem)
    return replace(labelled(heard, diarization), provenance=Provenance())


def _by_ear(
    heard: Transcript, audio: str, plugins: Plugins, given: dict[str, Any], progress: Report | None
) -> Transcript:
    from ..pipeline.options import Options
    from ..pipeline.transcriber import Transcriber

    if given["aligner"] is not None:
        plugins.choose("aligners", given["aligner"])
    options = Options(recognizer=None, language=heard.language, **given)
    with Transcriber(options, plugins=plugins) as transcriber:
        return transcriber.attribute(audio, heard.words, heard.language, progress=progress)


def _refuse_options_for_audio(context: click.Context) -> None:
    """Raise UsageError for an option that only --audio has a use for."""
    for parameter in with_options(FOR_AUDIO)(click.Command("")).params:
        if context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE:
            raise UsageError(f"{parameter.opts[0]} is for --audio; with --rttm nothing is diarized, so leave it out.")
