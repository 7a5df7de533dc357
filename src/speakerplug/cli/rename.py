"""`speakerplug rename`: rename the speakers of a saved transcript."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from ..errors import UsageError
from . import console
from .help import Command
from .options import IN_PLACE, VERBOSITY, names_of, with_options
from .output import STDOUT, put

MOST = 20
"""Speakers that a message lists, at most."""


@click.command(cls=Command, short_help="Rename the speakers of a saved transcript.")
@click.argument("transcript", metavar="TALK.json")
@click.argument("pairs", nargs=-1, required=True, metavar="SPEAKER_00=Ana...")
@with_options((IN_PLACE,), VERBOSITY)
def rename(transcript: str, pairs: tuple[str, ...], output: str | None, quiet: bool, verbose: bool) -> None:
    """Rename the speakers of a saved transcript.

    The JSON is replaced atomically, and nothing but the names changes. Subtitles and text files that were written from
    it stay as they are: `speakerplug convert` writes them again.
    """
    console.set_level(quiet, verbose)
    put(renamed_text(transcript, names_of(pairs)), None if output == STDOUT else Path(output or transcript))


def renamed_text(path: str | Path, names: Mapping[str, str]) -> str:
    """Return the text of the JSON file at `path`, with new names for the speaker ids in `names`.

    Unknown keys are kept. Raises UsageError for an id that the transcript does not have and for a file that is not a
    transcript, MediaError for one that cannot be read.
    """
    from ..formats import json
    from ..formats.load import load_own
    from ..plugin.formats import FileContent

    file = FileContent.of(path)
    before = load_own(file)
    speakers = before.speakers
    ids = {known.id for known in speakers}
    unknown = [speaker for speaker in names if speaker not in ids]
    if unknown:
        there = ", ".join(f"{known.id:.80} ({known.name:.80})" for known in speakers[:MOST]) or "no speakers"
        raise UsageError(f"There is no {unknown[0]:.80} in {path}; it has {there}.")
    document = file.json  # a transcript, also with NaN, as Python writes it
    for speaker in document["speakers"]:
        speaker["name"] = names.get(speaker["id"], speaker["name"])
    if "provenance" in document:
        document["provenance"]["digest"] = before.provenance.digest
    return json.rewritten(document)
