"""`speakerplug diarize`: recordings in, speaker turns out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from ..formats.earlier import with_kept_names
from ..formats.targets import OutputOptions, Targets
from ..system.process import process_seconds
from . import console, options
from .each import are_missing, report_missing, run_each
from .earlier import FORCE, SKIP_EXISTING, to_do
from .help import Command
from .inputs import OPTIONS, found
from .output import Output, refuse_same_artifacts
from .part import PART
from .timings import show_timings

if TYPE_CHECKING:
    from ..system.progress import Report


@click.command(cls=Command, short_help="Find out who speaks when, without the words.")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@options.with_options(OPTIONS)
@options.files("--rttm", "formats", flag_value="rttm", multiple=True, help="Write RTTM, the default.")
@options.files("--json", "formats", flag_value="json", multiple=True, help="Write JSON: turns and speaking times.")
@options.files("--txt", "formats", flag_value="txt", multiple=True, help="Write plain text, a line per turn.")
@options.files("--exclusive", is_flag=True, help="Write one speaker at a time to RTTM and TXT; JSON has both.")
@options.with_options(
    (options.OUTPUT, FORCE, SKIP_EXISTING, *PART, options.AUDIO_TRACK, options.CHANNELS),
    options.DIARIZER,
    options.DEVICES,
    options.FETCHING,
    options.MESSAGES,
)
@click.pass_context
def diarize(
    context: click.Context, /, inputs: tuple[str, ...], exclusive: bool, quiet: bool, verbose: bool, **given: Any
) -> int:
    """Find out who speaks when, without the words.

    INPUT is an audio or video file, or - for standard input; with --recursive a folder, with --download a URL.
    """
    console.set_level(quiet, verbose)
    from ..formats.diarization import formats_of_turns
    from ..plugin.manager import load_plugins

    asked = options.pipeline_options(given, recognizer=None)
    recordings = context.with_resource(found(inputs, {**given, "quiet": quiet}))
    inputs = recordings.paths
    wanted = OutputOptions(tuple(dict.fromkeys(given["formats"])), recordings.output)
    output = Output(formats_of_turns(exclusive), inputs, wanted, options.files_named(given), usual="rttm")
    refuse_same_artifacts(inputs, asked.artifacts, output.planned)
    inputs, planned = to_do(inputs, output, given)
    if not inputs:
        return 0
    recordings.spool()
    plugins = load_plugins()
    if are_missing(inputs):
        return run_each(inputs, planned, report_missing, quiet)

    from ..pipeline.job import expected_costs
    from ..pipeline.transcriber import Transcriber

    with Transcriber(asked, plugins=plugins) as transcriber:

        def work(source: str, targets: Targets, progress: Report | None) -> None:
            """Diarize one recording, and write its turns."""
            started = process_seconds()
            transcript = transcriber.transcribe(source, progress=progress)
            transcript = with_kept_names(transcript, targets, output.formats, output.read)
            began = time.perf_counter()
            output.deliver(transcript, targets)
            if not quiet:
                console.show_speaking_times(transcript)
                show_timings(transcript, started, time.perf_counter() - began)

        return run_each(inputs, planned, work, quiet, costs=expected_costs(asked))
