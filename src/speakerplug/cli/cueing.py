"""The options of every command that writes cues, and the rules that they make."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from ..errors import UsageError
from ..subtitles import PROFILES, CueRules
from ..subtitles.rules import DUAL, LABELS, OVERLAP

PROFILE = click.Choice(list(PROFILES))

LONGEST_S = 86_400.0
"""No cue stays for longer than a day."""

CUES = (
    click.option(
        "--cue-profile", type=PROFILE, help="Rules for cues.  [default: netflix; podcast for --format podcast]"
    ),
    click.option("--max-line-width", type=int, metavar="COLUMNS", help="Another width of a line."),
    click.option("--max-lines", type=int, metavar="N", help="Another number of lines."),
    click.option("--max-cps", type=float, metavar="N", help="Another reading speed, in characters a second."),
    click.option("--min-duration", type=float, metavar="SECONDS", help="A cue stays so long at least."),
    click.option("--max-duration", type=float, metavar="SECONDS", help="A cue stays so long at most."),
    click.option("--gap", type=float, metavar="SECONDS", help="Time between two cues."),
    click.option("--labels", type=click.Choice(LABELS), help="Show names.  [default: never in VTT, change in SRT]"),
    click.option("--dual", type=click.Choice(DUAL), help="Two short cues of two speakers in one.  [default: off]"),
    click.option("--overlap", type=click.Choice(OVERLAP), help="One cue at once, or a stack.  [default: clip]"),
    click.option("--words", is_flag=True, help="Write the time of each word, in VTT and ASS."),
    click.option("--style", type=click.Choice(["colors"]), help="Give each speaker a colour in VTT, as in ASS."),
)


def take_rules(given: dict[str, Any]) -> CueRules | None:
    """Take the values of the options `CUES` out of `given`: None where nothing is asked for, so that formats choose.

    Raises UsageError for what cannot be meant.
    """
    profile, width = given.pop("cue_profile"), given.pop("max_line_width")
    asked = {"columns": width, "lines": given.pop("max_lines"), "cps": given.pop("max_cps")}
    for name, option in (("shortest_ms", "min_duration"), ("longest_ms", "max_duration"), ("gap_ms", "gap")):
        seconds = given.pop(option)
        if seconds is not None and not abs(seconds) <= LONGEST_S:
            raise UsageError(f"--{option.replace('_', '-')} is {seconds:g}; give at most {LONGEST_S:.0f} seconds.")
        asked[name] = None if seconds is None else round(seconds * 1000)
    asked |= {name: given.pop(name) for name in ("labels", "dual", "overlap")}
    asked |= {"words": given.pop("words") or None, "colors": given.pop("style") == "colors" or None}
    changes = {name: value for name, value in asked.items() if value is not None}
    if profile is None and not changes:
        return None
    rules = PROFILES[profile or "netflix"]
    if width is not None:
        rules = replace(rules, srt_columns=None)  # the width that was asked for is every format's
    return replace(rules, **changes)
