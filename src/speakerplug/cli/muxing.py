"""The option that embeds subtitles into a copy of the recording, and where that copy goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from ..errors import UsageError
from .outputs import STDOUT, Targets

EMBED = "--embed-subs"
"""Stands for a format among `Targets`; no format of a plugin can be called that."""

_SUBTITLED = ".subtitled"

EMBEDDING = click.option(
    EMBED,
    "subtitled",
    is_flag=True,
    help="Write a copy of the recording that holds the subtitles, as NAME.subtitled.mp4 or .mkv.",
)


def with_embedding(
    formats: Sequence[str], embed: bool, suffixes: Mapping[str, str], output: str | None
) -> tuple[list[str], dict[str, str]]:
    """Formats and suffixes, those of the copy among them if it is asked for; raises UsageError for printing it."""
    if embed and output == STDOUT:
        raise UsageError("A recording cannot be printed; give --embed-subs a file or a folder with --output.")
    return ([*formats, EMBED], {**suffixes, EMBED: _SUBTITLED}) if embed else (list(formats), dict(suffixes))


def named_for(media: str | Path, targets: Targets) -> Targets:
    """The targets with the copy of `media` under its whole name, which depends on what `media` holds.

    Raises MediaError where `media` cannot be copied and UsageError for a name that says nothing of the kind of file.
    """
    path = targets.get(EMBED)
    if path is None:
        return targets
    from ..formats.mux import container_for

    if path.name.endswith(_SUBTITLED):
        path = path.with_name(path.name + container_for(media).suffix)
    else:
        container_for(media, path)
    return {**targets, EMBED: path}
