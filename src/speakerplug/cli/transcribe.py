"""`speakerplug transcribe`: recordings in, subtitles and transcripts out."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import SpeakerPlugError
from . import console
from .batch import are_missing, report_missing, run_each
from .cueing import CUES
from .delivery import Delivery
from .formats import FORMATS
from .outputs import Targets, place_of, refuse_same_artifacts
from .shared import ALIGNER, CHANNELS, DEVICES, DIARIZER, FETCHING, SAYING, names_of, parameters_of, with_options
from .tables import show_timings

if TYPE_CHECKING:
    from ..system.progress import Report
    from ..transcript import Transcript

log = logging.getLogger(__name__)

LONGEST_STEM = 242
"""Bytes of a name that leave room for .partial.json in the 255 that most systems allow."""


@click.command(short_help="Turn recordings into subtitles and transcripts that say who speaks.")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@with_options(FORMATS)
@click.option("--recognizer", default="faster-whisper", show_default=True, metavar="NAME", help="What hears words.")
@click.option("--model", default="auto", show_default=True, metavar="NAME|FOLDER", help="The recognizer's model.")
@click.option("--language", metavar="CODE", help="Language spoken, such as en; detected if left out.")
@click.option("--task", type=click.Choice(["transcribe", "translate"]), default="transcribe", show_default=True)
@click.option("--prompt", metavar="TEXT", help="Words before the recording, for style and spelling.")
@click.option("--hotwords", metavar="TEXT", help="Names and terms to listen for.")
@click.option("--batch-size", type=int, metavar="N", help="Stretches of speech recognized at once.")
@with_options((CHANNELS,), DIARIZER, ALIGNER)
@click.option("--name", "names", multiple=True, metavar="SPEAKER_00=Ana", help="Give a speaker a name; repeatable.")
@click.option("--no-diarize", is_flag=True, help="Words only, no speakers.")
@click.option("--recognizer-device", metavar="DEVICE", help="Another device for the recognizer.")
@click.option("--compute-type", metavar="TYPE", help="The recognizer's precision, such as int8 or float16.")
@click.option("--concurrency", metavar="auto|on|off", help="Whether both stages run at once.  [default: auto]")
@with_options(CUES, DEVICES, FETCHING, SAYING)
def transcribe(inputs: tuple[str, ...], quiet: bool, verbose: bool, **given: Any) -> int:
    """Turn recordings into subtitles and transcripts that say who speaks.

    INPUT is any file with sound. Without a format, VTT is written, beside the input.
    """
    console.set_level(quiet, verbose)
    from ..pipeline.options import Options
    from ..plugin.manager import load_plugins

    plugins = load_plugins()
    delivery = Delivery(plugins, inputs, given)
    names = names_of(given.pop("names"), "--name ")
    if given.pop("no_diarize"):
        given["diarizer"] = None
    given["diarizer_params"] = parameters_of(given["diarizer_params"])
    options = Options(**given)
    plugins.choose("recognizers", given["recognizer"])
    if given["aligner"] is not None:
        plugins.choose("aligners", given["aligner"])
    refuse_same_artifacts(inputs, options.artifacts, delivery.planned)
    if are_missing(inputs):
        return run_each(inputs, delivery.planned, report_missing, quiet)

    from ..pipeline.transcriber import Transcriber

    with Transcriber(options, plugins=plugins) as transcriber:

        def work(source: str, targets: Targets, progress: Report | None) -> None:
            """One input."""
            targets = delivery.of(source, targets)
            transcript = named(transcriber.transcribe(source, progress=progress), names)
            began = time.perf_counter()
            delivery.deliver(transcript, targets, source)
            if not quiet:
                show_timings(transcript, time.perf_counter() - began)

        def rescued(source: str, targets: Targets) -> str:
            """Keep the words of one input that was not finished."""
            return _saved(transcriber.partial, source, targets)

        return run_each(inputs, delivery.planned, work, quiet, kept, rescued)


def kept(error: SpeakerPlugError, source: str, targets: Targets) -> str:
    """Save what was done before it went wrong, and say where."""
    return _saved(error.partial, source, targets)


def _saved(partial: Transcript | None, source: str, targets: Targets) -> str:
    if partial is None:
        return ""
    stem = Path(source).stem.encode("utf-8", "surrogateescape")[:LONGEST_STEM].decode("utf-8", "ignore")
    try:
        path = partial.save(place_of(targets) / f"{stem}.partial.json")
    except SpeakerPlugError as second:
        return f" What was done until then could not be kept: {second}"
    if any(word.speaker for word in partial.words):
        return f" The transcript is kept in {path}; speakerplug convert writes other formats of it."
    return f" The words, without speakers, are kept in {path}; --no-diarize gives subtitles of them."


def named(transcript: Transcript, names: Mapping[str, str]) -> Transcript:
    """The transcript with new names for its speakers; a warning names an id that it does not have."""
    known = {speaker.id for speaker in transcript.speakers}
    for unknown in names.keys() - known:
        there = ", ".join(sorted(known)) or "no speakers"
        log.warning("There is no %s in %s to name; it has %s.", unknown, transcript.media.file, there)
    return transcript.renamed({speaker: name for speaker, name in names.items() if speaker in known})
