"""`speakerplug relabel`: another number of speakers for a saved transcript."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from ..errors import MediaError, UsageError
from . import console
from .options import IN_PLACE, VERBOSITY, with_options
from .output import STDOUT, put

log = logging.getLogger(__name__)


@click.command(short_help="Give a saved transcript another number of speakers, without its recording.")
@click.argument("transcript", metavar="TALK.json")
@click.option("--num-speakers", type=int, metavar="N", help="How many speakers there are.")
@click.option("--min-speakers", type=int, metavar="N", help="At least so many.")
@click.option("--max-speakers", type=int, metavar="N", help="At most so many.")
@with_options((IN_PLACE,), VERBOSITY)
def relabel(
    transcript: str,
    num_speakers: int | None,
    min_speakers: int | None,
    max_speakers: int | None,
    output: str | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """Give a saved transcript another number of speakers, without its recording.

    Its JSON says which turns sound alike: speakers are united or divided by that, and words attributed anew. No model
    runs. Names stay with the voice that has most of their speech. The JSON is written in place, whole or not at all.
    """
    console.set_level(quiet, verbose)
    if num_speakers is None and min_speakers is None and max_speakers is None:
        raise UsageError("Say how many speakers there are, with --num-speakers, --min-speakers or --max-speakers.")
    from ..attribution.recluster import number_of, number_within, relabeled
    from ..formats.json import write
    from ..formats.load import load_own
    from ..pipeline.options import Options
    from ..plugin.formats import FileContent

    Options(num_speakers=num_speakers, min_speakers=min_speakers, max_speakers=max_speakers)  # which checks them
    before = load_own(FileContent.of(transcript))
    there = number_of(before)
    if not there:
        raise MediaError(f"{transcript} has no turns to relabel; transcribe the recording with a diarizer.")
    number = number_within(there, num_speakers, min_speakers, max_speakers)
    try:
        after = relabeled(before, number)
    except UsageError as error:
        raise UsageError(f"{transcript} cannot have {number} speakers. {error}") from error
    put(write(after), None if output == STDOUT else Path(output or transcript))
    if output != STDOUT:
        changed = sum(one.speaker != other.speaker for one, other in zip(before.words, after.words, strict=True))
        log.info("%d speakers, were %d; %d of %d words have another", number, there, changed, len(after.words))
