"""`speakerplug relabel`: change the number of speakers in a saved transcript."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from ..errors import MediaError, UsageError
from ..transcript import Transcript, can_relabel, plausible_numbers
from . import console
from .help import Command
from .options import IN_PLACE, SPEAKER_BOUNDS, VERBOSITY, with_options
from .output import STDOUT, put

log = logging.getLogger(__name__)


@click.command(cls=Command, short_help="Change the number of speakers in a saved transcript.")
@click.argument("transcript", metavar="TALK.json")
@click.option("--num-speakers", type=int, metavar="N", help="Number of speakers.")
@with_options(SPEAKER_BOUNDS, (IN_PLACE,), VERBOSITY)
def relabel(
    transcript: str,
    num_speakers: int | None,
    min_speakers: int | None,
    max_speakers: int | None,
    output: str | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """Change the number of speakers in a saved transcript, without its recording.

    Speakers are merged or split by the similarity of their turns, which the JSON holds, and words are attributed
    again. No model runs. A name stays with the speaker who has most of its speech. The JSON is replaced atomically.
    Without a number, it says which numbers the diarizer took for plausible.
    """
    console.set_level(quiet, verbose)
    from ..attribution.recluster import recluster, speaker_count, speaker_count_within
    from ..formats.json import write
    from ..formats.load import load_own
    from ..pipeline.options import Options
    from ..plugin.formats import FileContent

    Options(num_speakers=num_speakers, min_speakers=min_speakers, max_speakers=max_speakers)  # validates them
    before = load_own(FileContent.of(transcript))
    if num_speakers is None and min_speakers is None and max_speakers is None:
        raise UsageError(_question(transcript, before))
    there = speaker_count(before)
    if not there:
        raise MediaError(f"{transcript} has no turns to relabel; transcribe the recording with a diarizer.")
    number = speaker_count_within(there, num_speakers, min_speakers, max_speakers)
    try:
        after = recluster(before, number)
    except UsageError as error:
        raise UsageError(f"{transcript} cannot have {number} speakers. {error}") from error
    put(write(after), None if output == STDOUT else Path(output or transcript))
    if output != STDOUT:
        changed = sum(one.speaker != other.speaker for one, other in zip(before.words, after.words, strict=True))
        log.info(
            "%d speakers instead of %d; %d of %d words have another speaker", number, there, changed, len(after.words)
        )


def _question(path: str, transcript: Transcript) -> str:
    """Return what to say where no number is given: the plausible ones, if the diarizer was in doubt."""
    numbers = plausible_numbers(transcript)
    known = "" if numbers is None else f"; {path} has {len(transcript.speakers)}, and it may be {numbers}"
    again = "" if numbers is None or can_relabel(transcript) else " (some only if the recording is transcribed again)"
    return f"Give the number of speakers, with --num-speakers, --min-speakers or --max-speakers{known}{again}."
