"""`speakerplug convert`: saved transcripts in, other formats out, without running a model."""

from __future__ import annotations

from typing import Any

import click

from . import messages
from .cueing import CUES, take_rules
from .formats import FORMATS, chosen, delivery, suffixes_of
from .outputs import Targets, plan_outputs
from .running import run_each
from .shared import VERBOSITY, with_options


@click.command(short_help="Write saved transcripts in other formats.")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@with_options(FORMATS, CUES, VERBOSITY)
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

    INPUT is the JSON that `transcribe --json` wrote, subtitles (.vtt, .srt), whose words get estimated times, or what
    another program wrote (see `attribute`). Without a format, VTT is written, beside the input.
    """
    messages.set_level(quiet, verbose)
    from ..loading import load
    from ..plugins import load_plugins

    plugins = load_plugins()
    asked = chosen(formats, named_formats, plugins)
    planned = plan_outputs(inputs, asked, output, suffixes_of(plugins))
    deliver = delivery(plugins, take_rules(given), crlf=crlf, bom=bom)

    def work(source: str, targets: Targets) -> None:
        """One input."""
        transcript = load(source)
        for format, path in targets.items():
            deliver(transcript, format, path)

    return run_each(inputs, planned, work, plugins, quiet)
