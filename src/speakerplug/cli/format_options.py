"""The options for the formats to write, and what they make: what to write, where and how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

import click

from ..formats.targets import OutputOptions
from .cue_options import cue_rules
from .help import Option
from .options import OUTPUT, Command, Given, files

FLAGS = {
    "vtt": "WebVTT subtitles",
    "srt": "SubRip subtitles",
    "ass": "ASS subtitles, with a style for each speaker",
    "ttml": "TTML (IMSC) subtitles, with an agent for each speaker",
    "json": "JSON with all words, turns and speakers; convert makes every other format from it",
    "txt": "plain text, a paragraph per turn",
    "md": "Markdown, a paragraph per turn",
    "html": "a web page that plays the recording and lets you correct words and speakers",
    "docx": "a Word document, a paragraph per turn",
    "tsv": "a table of cues, for spreadsheets",
    "eaf": "an ELAN document, with tiers of utterances and words for each speaker",
    "textgrid": "a Praat TextGrid, with tiers of utterances and words for each speaker",
    "rttm": "RTTM: turns, without words",
    "stm": "STM: segments with speakers, for scoring tools",
    "ctm": "CTM: words, without speakers, for scoring tools",
}
"""What each format holds that has an option of its own."""


class _NamedFormat(Option):
    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the line of the help, with the names of the registered formats that have no option of their own."""
        from ..formats.save import writable
        from ..plugin.manager import load_plugins

        names = [name for name in writable(load_plugins()) if name not in FLAGS]
        record = super().get_help_record(ctx)
        return record and (record[0], record[1].replace("its name", f"its name: {', '.join(sorted(names))}"))


def formats(
    *but: str, usual: str = "vtt", output: Callable[[Command], Command] = OUTPUT
) -> tuple[Callable[[Command], Command], ...]:
    """Return the options for the formats to write, by default the `usual` one, without those of the formats `but`."""
    return (
        *(
            files(
                f"--{name}",
                "formats",
                flag_value=name,
                multiple=True,
                help=f"Write {holds}.",
                summary=f"Formats to write; several make several files.  [default: {usual}]",
            )
            for name, holds in FLAGS.items()
            if name not in but
        ),
        files(
            "--format",
            "named_formats",
            multiple=True,
            cls=_NamedFormat,
            metavar="NAME",
            help="Write a format by its name; repeatable.",
        ),
        output,
        files(
            "--embed-subs",
            is_flag=True,
            help="Write a copy of the recording with a subtitle track, as NAME.subtitled.mp4 or .mkv.",
        ),
        files(
            "--burn",
            is_flag=True,
            advanced=True,
            help="Write a copy with the subtitles drawn into the picture, as NAME.burned.mp4; needs ffmpeg.",
        ),
        files("--embed-audio", is_flag=True, advanced=True, help="Put the audio into the HTML page instead of a link."),
        files("--crlf", is_flag=True, advanced=True, help="End lines with CRLF, in subtitles and text."),
        files("--bom", is_flag=True, advanced=True, help="Begin subtitles and text with a byte order mark."),
    )


def output_options(given: Given) -> OutputOptions:
    """Return the value of the options `formats()` and `CUES`; raises UsageError for invalid ones."""
    named = {field.name: given[field.name] for field in fields(OutputOptions) if field.name in given}
    wanted = tuple(dict.fromkeys((*given["formats"], *given["named_formats"])))
    return OutputOptions(**{**named, "formats": wanted, "rules": cue_rules(given)})
