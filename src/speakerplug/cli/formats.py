"""The options that choose formats, and what they choose."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from .muxing import EMBEDDING
from .shared import Command

if TYPE_CHECKING:
    from ..plugin.manager import Plugins

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
    click.option("--embed-audio", "embed", is_flag=True, help="Put the sound into the HTML page, not a link to it."),
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
