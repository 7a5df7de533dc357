"""`speakerplug rename`: new names for the speakers of a saved transcript."""

from __future__ import annotations

from pathlib import Path

import click

from . import console
from .options import IN_PLACE, VERBOSITY, names_of, with_options
from .output import STDOUT, put


@click.command(short_help="Give the speakers of a saved transcript other names.")
@click.argument("transcript", metavar="TALK.json")
@click.argument("pairs", nargs=-1, required=True, metavar="SPEAKER_00=Ana...")
@with_options((IN_PLACE,), VERBOSITY)
def rename(transcript: str, pairs: tuple[str, ...], output: str | None, quiet: bool, verbose: bool) -> None:
    """Give the speakers of a saved transcript other names.

    The JSON is written anew, in place, whole or not at all; all but the names stays as it is. Subtitles and texts
    that were written from it are not touched: `speakerplug convert` writes them again.
    """
    console.set_level(quiet, verbose)
    from ..formats.rename import renamed_text

    put(renamed_text(transcript, names_of(pairs)), None if output == STDOUT else Path(output or transcript))
