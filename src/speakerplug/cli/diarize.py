"""`speakerplug diarize`: recordings in, who speaks when out."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import console
from .batch import are_missing, report_missing, run_each
from .outputs import Targets, plan_outputs, refuse_same_artifacts
from .shared import CHANNELS, DEVICES, DIARIZER, FETCHING, SAYING, parameters_of, with_options
from .stdout import deliver
from .tables import show_talk, show_timings

if TYPE_CHECKING:
    from ..system.progress import Report
    from ..transcript import Transcript

log = logging.getLogger(__name__)

# Beside a recording these must not lie where a transcript's files do.
SUFFIXES = {"rttm": ".rttm", "json": ".diarization.json", "txt": ".turns.txt"}


@click.command(short_help="Find out who speaks when, without the words.")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("--rttm", "formats", flag_value="rttm", multiple=True, help="Write RTTM.")
@click.option("--json", "formats", flag_value="json", multiple=True, help="Write JSON: turns, and how much each talks.")
@click.option("--txt", "formats", flag_value="txt", multiple=True, help="Write a line a turn, to read.")
@click.option("--exclusive", is_flag=True, help="One speaker at a time in RTTM and TXT; JSON has both.")
@click.option("-o", "--output", metavar="DIR|FILE|-", help="Where to: a folder, a file, or - for standard output.")
@with_options((CHANNELS,), DIARIZER, DEVICES, FETCHING, SAYING)
def diarize(
    inputs: tuple[str, ...],
    formats: tuple[str, ...],
    exclusive: bool,
    output: str | None,
    quiet: bool,
    verbose: bool,
    **given: Any,
) -> int:
    """Find out who speaks when, without the words.

    INPUT is any file with sound. Without a format, RTTM is written, beside the input.
    """
    console.set_level(quiet, verbose)
    from ..pipeline.options import Options
    from ..plugin.manager import load_plugins

    given["diarizer_params"] = parameters_of(given["diarizer_params"])
    options = Options(recognizer=None, **given)
    others = [value for value in given.values() if isinstance(value, str) and os.path.isfile(value)]
    planned = plan_outputs(inputs, tuple(dict.fromkeys(formats)), output, SUFFIXES, "rttm", others)
    refuse_same_artifacts(inputs, options.artifacts, planned)
    writers, plugins = _writers(exclusive), load_plugins()
    if are_missing(inputs):
        return run_each(inputs, planned, report_missing, quiet)

    from ..pipeline.transcriber import Transcriber

    with Transcriber(options, plugins=plugins) as transcriber:

        def work(source: str, targets: Targets, progress: Report | None) -> None:
            """One input."""
            transcript = transcriber.transcribe(source, progress=progress)
            written = time.perf_counter()
            for format, path in targets.items():
                _deliver(writers[format](transcript), path)
            if not quiet:
                show_talk(transcript)
                show_timings(transcript, time.perf_counter() - written)

        return run_each(inputs, planned, work, quiet)


def _writers(exclusive: bool) -> Mapping[str, Callable[[Transcript], str]]:
    from ..formats import diarization, rttm

    def chosen(write: Callable[[Transcript], str]) -> Callable[[Transcript], str]:
        """A writer of turns, given the exclusive ones where these are wanted."""
        return lambda transcript: write(replace(transcript, turns=transcript.exclusive) if exclusive else transcript)

    return {"rttm": chosen(rttm.write), "txt": chosen(diarization.write_txt), "json": diarization.write_json}


def _deliver(text: str, path: Path | None) -> None:
    if path is None:
        deliver(text)
        return
    from ..system.files import write_whole

    write_whole(path, text)
    log.info("Wrote %s", path)
