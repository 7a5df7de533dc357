"""The options that choose formats and places, and how a transcript gets there."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import UsageError
from .muxing import EMBED, EMBEDDING
from .shared import Command

if TYPE_CHECKING:
    from ..cues import CueRules
    from ..plugins import Plugins
    from ..transcript import Transcript

log = logging.getLogger(__name__)

FLAGS = ("vtt", "srt", "ass", "json", "txt", "md", "html", "tsv", "rttm", "stm", "ctm")


def _flag(name: str) -> Callable[[Command], Command]:
    return click.option(f"--{name}", "formats", flag_value=name, multiple=True, help=f"Write {name.upper()}.")


FORMATS = (
    *map(_flag, FLAGS),
    click.option(
        "--format",
        "named_formats",
        multiple=True,
        metavar="NAME",
        help="Write any format: these, podcast, openai, verbose_json, whisperx, or a plugin's; repeatable.",
    ),
    EMBEDDING,
    click.option("-o", "--output", metavar="DIR|FILE|-", help="Where to: a folder, a file, or - for standard output."),
    click.option("--embed-media", "embed", is_flag=True, help="Put the sound into the HTML page, not a link to it."),
    click.option("--crlf", is_flag=True, help="End lines as Windows does, in subtitles and texts."),
    click.option("--bom", is_flag=True, help="Begin subtitles and texts with a byte order mark, for old programs."),
)


def chosen(flags: tuple[str, ...], named: tuple[str, ...], plugins: Plugins) -> list[str]:
    """The formats that are asked for, each once; raises UsageError for one that nobody offers."""
    for name in named:
        plugins.choose("writers", name)
    return list(dict.fromkeys((*flags, *named)))


def suffixes_of(plugins: Plugins) -> dict[str, str]:
    """The suffix of each format."""
    return {offer.name: offer.suffix for offer in plugins.writers.values()}


def refuse_embedding(formats: Iterable[str], plugins: Plugins) -> None:
    """Raise UsageError where none of the formats can hold sound."""
    from ..saving import takes

    if not any(takes(plugins.choose("writers", name).make, "media") for name in formats if name != EMBED):
        raise UsageError("--embed-media is for a page that plays the recording; add --html.")


def delivery(
    plugins: Plugins, rules: CueRules | None, *, embed: bool, crlf: bool, bom: bool
) -> Callable[[Transcript, str, Path | None, Path | None], None]:
    """A function that writes a transcript, its cues by `rules`, to a file, or prints it where that is None.

    Its last argument is where the recording is, for a page; None where it is not known.
    """

    def deliver(transcript: Transcript, format: str, path: Path | None, recording: Path | None) -> None:
        """Write or print it."""
        from ..saving import media_for, written

        if format == EMBED and path is not None and recording is not None:
            from ..muxing import embed as embed_subtitles

            embed_subtitles(transcript, recording, path, rules)
            log.info("Wrote %s", path)
            return
        if path is not None:
            transcript.save(path, format, rules, recording=recording, embed=embed, crlf=crlf, bom=bom)
            log.info("Wrote %s", path)
            return
        offer = plugins.choose("writers", format)
        media = media_for(offer, recording, Path(), embed)
        sys.stdout.write(written(transcript, offer, rules, media=media, crlf=crlf, bom=bom))
        sys.stdout.flush()

    return deliver
