"""`speakerplug transcribe`: recordings in, subtitles and transcripts out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from . import console, options
from .batch import are_missing, report_missing, run_each
from .output import Output, Targets, refuse_same_artifacts

if TYPE_CHECKING:
    from ..system.progress import Report

FOR_DIARIZER = (*options.DIARIZER[1:], options.DIARIZER_DEVICE, options.REVISION)
"""What is said of a diarizer; its name may stand there, for --no-diarize is added where it failed."""


@click.command(short_help="Turn recordings into subtitles and transcripts that say who speaks.")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@options.with_options(options.formats())
@click.option("--recognizer", default="faster-whisper", show_default=True, metavar="NAME", help="What hears words.")
@click.option("--model", default="auto", show_default=True, metavar="NAME|FOLDER", help="The recognizer's model.")
@click.option("--language", metavar="CODE", help="Language spoken, such as en; detected if left out.")
@click.option("--task", type=click.Choice(["transcribe", "translate"]), default="transcribe", show_default=True)
@click.option("--prompt", metavar="TEXT", help="Words before the recording, for style and spelling.")
@click.option("--hotwords", metavar="TEXT", help="Names and terms to listen for.")
@click.option("--batch-size", type=int, metavar="N", help="Stretches of speech recognized at once.")
@options.with_options((options.CHANNELS,), options.DIARIZER, options.ALIGNER, options.NAMES)
@click.option("--no-diarize", is_flag=True, help="Words only, no speakers.")
@click.option("--recognizer-device", metavar="DEVICE", help="Another device for the recognizer.")
@click.option("--compute-type", metavar="TYPE", help="The recognizer's precision, such as int8 or float16.")
@click.option("--concurrency", metavar="auto|on|off", help="Whether both stages run at once.  [default: auto]")
@options.with_options(options.CUES, options.DEVICES, options.FETCHING, options.SAYING)
@click.pass_context
def transcribe(context: click.Context, /, inputs: tuple[str, ...], quiet: bool, verbose: bool, **given: Any) -> int:
    """Turn recordings into subtitles and transcripts that say who speaks.

    INPUT is any file with sound. Without a format, VTT is written, beside the input.
    """
    console.set_level(quiet, verbose)
    if given["no_diarize"]:
        options.refuse_given(context, FOR_DIARIZER, "is for a diarizer; with --no-diarize there is none")
    from ..formats.save import writable
    from ..plugin.manager import load_plugins

    plugins = load_plugins()
    output = Output(writable(plugins), inputs, options.OutputOptions.of(given), options.files_named(given))
    names = options.names_of(given["names"], "--name ")
    asked = options.pipeline_options(given, **({"diarizer": None} if given["no_diarize"] else {}))
    plugins.choose("recognizers", given["recognizer"])
    if given["aligner"] is not None:
        plugins.choose("aligners", given["aligner"])
    refuse_same_artifacts(inputs, asked.artifacts, output.planned)
    if are_missing(inputs):
        return run_each(inputs, output.planned, report_missing, quiet)

    from ..pipeline.transcriber import Transcriber

    with Transcriber(asked, plugins=plugins) as transcriber:

        def work(source: str, targets: Targets, progress: Report | None) -> None:
            """One input."""
            targets = output.of(source, targets)
            transcript = options.named(transcriber.transcribe(source, progress=progress), names)
            began = time.perf_counter()
            output.deliver(transcript, targets, source)
            if not quiet:
                console.show_timings(transcript, time.perf_counter() - began)

        return run_each(inputs, output.planned, work, quiet, keeps=True, partial=lambda: transcriber.partial)
