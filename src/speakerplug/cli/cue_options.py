"""The options for cues, and the rules that they make."""

from __future__ import annotations

from dataclasses import replace

import click

from ..errors import UsageError
from ..subtitles import PROFILES, CueRules
from ..subtitles.rules import DUAL, LABELS, OVERLAP
from .options import Given, subtitles

LONGEST_S = 86_400.0
"""The longest duration that an option takes: no cue is shown for longer than a day."""
PROFILE = click.Choice(list(PROFILES))
CUES = (
    subtitles(
        "--cue-profile",
        type=PROFILE,
        show_default="netflix; podcast for --format podcast",
        help="Published guidelines for line width, reading speed and timing; social is for 9:16 video.",
    ),
    subtitles(
        "--max-line-width",
        type=int,
        metavar="COLUMNS",
        show_default="by profile",
        help="Maximum line width.",
    ),
    subtitles(
        "--max-lines",
        type=int,
        metavar="N",
        advanced=True,
        show_default="by profile",
        help="Maximum number of lines in a cue.",
    ),
    subtitles(
        "--max-cps",
        type=float,
        metavar="N",
        advanced=True,
        show_default="by profile",
        help="Maximum reading speed, in characters (wide ones count as two) per second.",
    ),
    subtitles(
        "--min-duration",
        type=float,
        metavar="SECONDS",
        advanced=True,
        show_default="by profile",
        help="Minimum duration of a cue.",
    ),
    subtitles(
        "--max-duration",
        type=float,
        metavar="SECONDS",
        advanced=True,
        show_default="by profile",
        help="Maximum duration of a cue.",
    ),
    subtitles(
        "--gap",
        type=float,
        metavar="SECONDS",
        advanced=True,
        show_default="by profile",
        help="Minimum pause between two cues.",
    ),
    subtitles(
        "--labels",
        type=click.Choice(LABELS),
        show_default="never in VTT, change in SRT",
        help="When to show the speaker's name; dash shows a dash where another one follows.",
    ),
    subtitles(
        "--dual",
        type=click.Choice(DUAL),
        advanced=True,
        show_default="off",
        help="Join two short cues of two speakers into one, with a hyphen before each.",
    ),
    subtitles(
        "--overlap",
        type=click.Choice(OVERLAP),
        advanced=True,
        show_default="clip",
        help="When speakers overlap, show one cue at a time (clip) or several (stack).",
    ),
    subtitles(
        "--sdh",
        is_flag=True,
        advanced=True,
        help="For the deaf and hard of hearing: speaker names in capitals, sounds in brackets.",
    ),
    subtitles("--words", is_flag=True, advanced=True, help="Write the time of each word, in VTT and ASS."),
    subtitles(
        "--style",
        type=click.Choice(["colors"]),
        advanced=True,
        help="Give each speaker a color in VTT, as ASS always does.",
    ),
)


def cue_rules(given: Given) -> CueRules | None:
    """Return the rules of the options `CUES`; None where none is given, so that each format has its own.

    Raises UsageError for invalid values.
    """
    profile, width = given["cue_profile"], given["max_line_width"]
    asked = {"columns": width, "lines": given["max_lines"], "cps": given["max_cps"]}
    for name, option in (("shortest_ms", "min_duration"), ("longest_ms", "max_duration"), ("gap_ms", "gap")):
        seconds = given[option]
        if seconds is not None and not abs(seconds) <= LONGEST_S:
            raise UsageError(f"--{option.replace('_', '-')} is {seconds:g}; give at most {LONGEST_S:.0f} seconds.")
        asked[name] = None if seconds is None else round(seconds * 1000)
    asked |= {name: given[name] for name in ("labels", "dual", "overlap")}
    asked |= {
        "words": given["words"] or None,
        "colors": given["style"] == "colors" or None,
        "sdh": given["sdh"] or None,
    }
    changes = {name: value for name, value in asked.items() if value is not None}
    if profile is None and not changes:
        return None
    rules = PROFILES[profile or "netflix"]
    if width is not None:
        rules = replace(rules, srt_columns=None)  # an explicit width applies to every format
    return replace(rules, **changes)
