"""`speakerplug rename`: new names for the speakers of a saved transcript."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from . import console
from .outputs import STDOUT
from .shared import VERBOSITY, names_of, with_options
from .stdout import deliver

log = logging.getLogger(__name__)


@click.command(short_help="Give the speakers of a saved transcript other names.")
@click.argument("transcript", metavar="TALK.json")
@click.argument("pairs", nargs=-1, required=True, metavar="SPEAKER_00=Ana...")
@click.option("-o", "--output", metavar="FILE|-", help="Write this file instead; - for standard output.")
@with_options(VERBOSITY)
def rename(transcript: str, pairs: tuple[str, ...], output: str | None, quiet: bool, verbose: bool) -> None:
    """Give the speakers of a saved transcript other names.

    The JSON is written anew, in place, whole or not at all; all but the names stays as it is. Subtitles and texts
    that were written from it are not touched: `speakerplug convert` writes them again.
    """
    console.set_level(quiet, verbose)
    from ..formats.rename import renamed_text
    from ..system.files import write_whole

    text = renamed_text(transcript, names_of(pairs))
    if output == STDOUT:
        deliver(text)
        return
    write_whole(Path(output or transcript), text)
    log.info("Wrote %s", output or transcript)
