"""New names for the speakers of a saved transcript, with everything else in the file as it was."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..errors import UsageError
from ..plugin.formats import FileContent
from . import json
from .load import load_own

MOST = 20
"""Speakers that a message lists."""


def renamed_text(path: str | Path, names: Mapping[str, str]) -> str:
    """The text of the JSON file at `path`, with new names for the speaker ids in `names`.

    Keys that this version does not know are kept. Raises UsageError for an id that the transcript does not have and
    for a file that is no transcript, MediaError for one that cannot be read.
    """
    file = FileContent.of(path)
    speakers = load_own(file).speakers
    ids = {known.id for known in speakers}
    unknown = [speaker for speaker in names if speaker not in ids]
    if unknown:
        there = ", ".join(f"{known.id:.80} ({known.name:.80})" for known in speakers[:MOST]) or "no speakers"
        raise UsageError(f"There is no {unknown[0]:.80} in {path}; it has {there}.")
    document = file.json  # the one document that is a transcript, also with NaN, as Python writes it
    for speaker in document["speakers"]:
        speaker["name"] = names.get(speaker["id"], speaker["name"])
    return json.rewritten(document)
