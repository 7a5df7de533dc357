"""The options that choose formats and places, and how a transcript gets there."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .muxing import EMBED, EMBEDDING
from .outputs import Targets
from .shared import Command

if TYPE_CHECKING:
    from ..cues import CueRules
    from ..plugins import Plugins
    from ..transcript import Transcript

log = logging.getLogger(__name__)

FLAGS = ("vtt", "srt", "ass", "json", "txt", "md", "tsv", "rttm", "stm", "ctm")


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


def delivery(
    plugins: Plugins, rules: CueRules | None, *, crlf: bool, bom: bool
) -> Callable[[Transcript, Targets, str | Path], None]:
    """A function that writes a transcript of a recording, its cues by `rules`, to every target, or prints it."""

    def deliver(transcript: Transcript, targets: Targets, media: str | Path) -> None:
        """Write or print it."""
        from ..saving import written

        for format, path in targets.items():
            if path is None:
                sys.stdout.write(written(transcript, plugins.choose("writers", format), rules, crlf=crlf, bom=bom))
                sys.stdout.flush()
                continue
            if format == EMBED:
                from ..muxing import embed

                embed(transcript, media, path, rules)
            else:
                transcript.save(path, format, rules, crlf=crlf, bom=bom)
            log.info("Wrote %s", path)

    return deliver
