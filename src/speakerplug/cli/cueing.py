"""The options of every command that writes cues, and the rules that they make."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from ..cues import PROFILES, CueRules
from ..cues.rules import DUAL, LABELS, OVERLAP

PROFILE = click.Choice(list(PROFILES))

CUES = (
    click.option("--cue-profile", type=PROFILE, default="netflix", show_default=True, help="Rules for subtitles."),
    click.option("--max-line-width", type=int, metavar="COLUMNS", help="Another width of a line."),
    click.option("--max-lines", type=int, metavar="N", help="Another number of lines."),
    click.option("--max-cps", type=float, metavar="N", help="Another reading speed, in characters a second."),
    click.option("--min-duration", type=float, metavar="SECONDS", help="A cue stays so long at least."),
    click.option("--max-duration", type=float, metavar="SECONDS", help="A cue stays so long at most."),
    click.option("--gap", type=float, metavar="SECONDS", help="Time between two cues."),
    click.option("--labels", type=click.Choice(LABELS), help="Show names.  [default: never in VTT, change in SRT]"),
    click.option(
        "--dual",
        type=click.Choice(DUAL),
        default="off",
        show_default=True,
        help="Two short cues of two speakers in one.",
    ),
    click.option(
        "--overlap", type=click.Choice(OVERLAP), default="clip", show_default=True, help="One cue at once, or a stack."
    ),
    click.option("--words", is_flag=True, help="Write the time of each word, in VTT."),
    click.option("--style", type=click.Choice(["colors"]), help="Give each speaker a colour, in VTT."),
)


def take_rules(given: dict[str, Any]) -> CueRules:
    """Take the values of the options `CUES` out of `given`; raises UsageError for what cannot be meant."""
    rules = PROFILES[given.pop("cue_profile")]
    numbers = {"columns": given.pop("max_line_width"), "lines": given.pop("max_lines"), "cps": given.pop("max_cps")}
    for name, option in (("shortest_ms", "min_duration"), ("longest_ms", "max_duration"), ("gap_ms", "gap")):
        seconds = given.pop(option)
        numbers[name] = None if seconds is None else round(seconds * 1000)
    numbers["labels"] = given.pop("labels")
    if numbers["columns"] is not None:
        rules = replace(rules, srt_columns=None)  # the width that was asked for is every format's
    return replace(
        rules,
        **{name: value for name, value in numbers.items() if value is not None},
        dual=given.pop("dual"),
        overlap=given.pop("overlap"),
        words=given.pop("words"),
        colors=given.pop("style") == "colors",
    )
