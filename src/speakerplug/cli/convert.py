"""`speakerplug convert`: saved transcripts in, other formats out, without running a model."""

from __future__ import annotations

from typing import Any

import click

from ..errors import UsageError
from . import messages
from .cueing import CUES, take_rules
from .formats import FORMATS, chosen, delivery, suffixes_of
from .muxing import EMBED, named_for, recording_of, with_embedding
from .outputs import Targets, plan_outputs
from .running import run_each
from .shared import VERBOSITY, with_options


@click.command(short_help="Write saved transcripts in other formats.")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@with_options(FORMATS)
@click.option("--media", metavar="FILE", help="The recording for --embed.  [default: the one beside the transcript]")
@with_options(CUES, VERBOSITY)
def convert(
    inputs: tuple[str, ...],
    formats: tuple[str, ...],
    named_formats: tuple[str, ...],
    output: str | None,
    crlf: bool,
    bom: bool,
    quiet: bool,
    verbose: bool,
    **given: Any,
) -> int:
    """Write saved transcripts in other formats; no model runs.

    INPUT is the JSON that `transcribe --json` wrote, or subtitles as .vtt or .srt, whose words get estimated times.
    Without a format, VTT is written, beside the input.
    """
    messages.set_level(quiet, verbose)
    from ..loading import load
    from ..plugins import load_plugins

    plugins = load_plugins()
    media = given.pop("media")
    _refuse_media(media, len(inputs), given["embed"])
    asked = chosen(formats, named_formats, plugins)
    every, suffixes = with_embedding(asked, given.pop("embed"), suffixes_of(plugins), output)
    planned = plan_outputs(inputs, every, output, suffixes)
    deliver = delivery(plugins, take_rules(given), crlf=crlf, bom=bom)

    def work(source: str, targets: Targets) -> None:
        """One input."""
        transcript = load(source)
        recording = recording_of(source, transcript.media.file, media) if EMBED in targets else ""
        deliver(transcript, named_for(recording, targets), recording)

    return run_each(inputs, planned, work, plugins, quiet)


def _refuse_media(media: str | None, inputs: int, embed: bool) -> None:
    if media is not None and not embed:
        raise UsageError("--media names the recording for --embed; add that, or leave --media out.")
    if media is not None and inputs > 1:
        raise UsageError("--media is the recording of one transcript; convert one at a time.")
