"""The options for cues, and the rules that they make."""

from __future__ import annotations

from dataclasses import replace

import pytest

from speakerplug.cli.convert import convert
from speakerplug.cli.cue_options import cue_rules
from speakerplug.errors import UsageError
from speakerplug.subtitles import PROFILES
from tests.cli.conftest import Run, parsed


def test_cue_rules_with_a_width_apply_to_every_format() -> None:
    """It overrides the profile's own width for SRT."""
    rules = cue_rules(parsed(convert, "--cue-profile=bbc", "--max-line-width=20", "--gap=0.1"))
    assert rules is not None
    assert (rules.columns, rules.for_srt.columns, rules.gap_ms, rules.cps) == (20, 20, 100, PROFILES["bbc"].cps)


def test_cue_rules_with_infinite_seconds_are_refused() -> None:
    """No cue is shown for longer than a day."""
    with pytest.raises(UsageError, match="--max-duration is inf"):
        cue_rules(parsed(convert, "--max-duration=inf"))


@pytest.mark.parametrize(
    ("argument", "rule", "value"),
    [
        ("--max-cps=15", "cps", 15.0),
        ("--max-lines=3", "lines", 3),
        ("--min-duration=0.5", "shortest_ms", 500),
        ("--gap=0", "gap_ms", 0),
        ("--words", "words", True),
        ("--dual=hyphen", "dual", "hyphen"),
        ("--style=colors", "colors", True),
    ],
)
def test_cue_option_changes_one_rule(argument: str, rule: str, value: object) -> None:
    """All others stay those of the profile, which is netflix where none is named."""
    rules = cue_rules(parsed(convert, argument))
    assert rules == replace(PROFILES["netflix"], **{rule: value})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("--gap", "-1"), "--gap is -1; it must be at least 0"),
        (("--max-cps", "0"), "--max-cps is 0; it must be"),
        (("--max-duration", "0.1"), "--max-duration 0.1 is less than the shortest cue, of 0.833; "),
    ],
)
def test_message_about_a_cue_option_names_it_as_it_was_given(
    run: Run, capsys: pytest.CaptureFixture[str], given: tuple[str, ...], message: str
) -> None:
    """With its dashes and in seconds, where the rules have milliseconds; before the transcript is read."""
    assert run("convert", "talk.json", *given) == 2
    assert message in capsys.readouterr().err
