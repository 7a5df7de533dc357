"""`speakerplug transcribe`: recordings in, subtitles and transcripts with speakers out."""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

from ..attribution.named import named
from ..formats.earlier import with_kept_names
from ..formats.targets import Targets
from ..system.process import process_seconds
from . import console, options
from .each import are_missing, report_missing, run_each
from .earlier import FORCE, SKIP_EXISTING, to_do
from .format_options import formats, output_options
from .help import Command
from .inputs import OPTIONS, found
from .output import Output, checkpoint_path, refuse_same_artifacts
from .part import PART
from .timings import show_timings
from .transcription_options import RECOGNITION, REST, SPEAKERS, asked_options

if TYPE_CHECKING:
    from ..system.progress import Report


@click.command(cls=Command, short_help="Transcribe recordings, with the speaker of each word.")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@options.with_options((*formats(), FORCE, SKIP_EXISTING, *PART, options.AUDIO_TRACK, options.CHECKPOINT))
@options.with_options(RECOGNITION, OPTIONS, SPEAKERS, REST, options.MESSAGES)
@click.pass_context
def transcribe(context: click.Context, /, inputs: tuple[str, ...], quiet: bool, verbose: bool, **given: Any) -> int:
    """Transcribe recordings, with the speaker of each word, into subtitles and other formats.

    INPUT is an audio or video file, or - for standard input; with --recursive a folder, with --download a URL.
    """
    console.set_level(quiet, verbose)
    from ..formats.save import writable
    from ..plugin.manager import load_plugins

    plugins = load_plugins()
    names = options.names_of(given["names"], "--name ")
    asked = asked_options(context, given, plugins)
    recordings = context.with_resource(found(inputs, {**given, "quiet": quiet}))
    inputs, given["output"] = recordings.paths, recordings.output
    output = Output(writable(plugins), inputs, output_options(given), options.files_named(given))
    refuse_same_artifacts(inputs, asked.artifacts, output.planned)
    inputs, planned = to_do(inputs, output, given)
    if not inputs:
        return 0
    recordings.spool()
    if are_missing(inputs):
        return run_each(inputs, planned, report_missing, quiet)

    from ..pipeline.checkpoint import Checkpoint
    from ..pipeline.job import expected_costs
    from ..pipeline.transcriber import Transcriber

    with Transcriber(asked, plugins=plugins) as transcriber:

        def work(source: str, targets: Targets, progress: Report | None) -> None:
            """Transcribe one recording, and write its results."""
            started = process_seconds()
            targets = output.of(source, targets)
            path = None if given["no_checkpoint"] else checkpoint_path(source, targets)
            with nullcontext() if path is None else Checkpoint(path) as checkpoint:
                transcript = transcriber.transcribe(source, progress=progress, checkpoint=checkpoint)
                transcript = named(with_kept_names(transcript, targets, output.formats, output.read), names)
                began = time.perf_counter()
                output.deliver(transcript, targets, source, progress)
            if not quiet:
                show_timings(transcript, started, time.perf_counter() - began)

        partial, checkpoint = (lambda: transcriber.partial), (lambda: transcriber.checkpoint)
        costs = expected_costs(asked, output.copy_costs)
        return run_each(inputs, planned, work, quiet, keeps=True, partial=partial, checkpoint=checkpoint, costs=costs)
