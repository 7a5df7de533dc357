from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.formats import srt, vtt
from speakerplug.formats.load import load_cues
from speakerplug.subtitles import PROFILES, CueRules, cues_from
from speakerplug.subtitles.check import check, document, rounding_ms, text
from speakerplug.subtitles.check.measure import HARD, RULES, most_speakers
from speakerplug.subtitles.parsed import ParsedCue
from speakerplug.subtitles.rules import LABELS
from speakerplug.system.files import write_whole
from speakerplug.transcript import Transcript, Word
from tests.strategies import spoken_words

NETFLIX = PROFILES["netflix"]


def cue(start: int, end: int, *lines: str) -> ParsedCue:
    return ParsedCue(start, end, ((None, "\n".join(lines)),) if lines else ())


def broken(*cues: ParsedCue, rules: CueRules = NETFLIX) -> list[tuple[int, str]]:
    return [(found.number, found.rule) for found in check(cues, rules)]


@given(
    rules=st.sampled_from(tuple(PROFILES.values())),
    format=st.sampled_from(("vtt", "srt")),
    words=spoken_words(),
    labels=st.sampled_from(LABELS),
)
def test_check_written_file_keeps_the_hard_rules(
    tmp_path_factory: pytest.TempPathFactory,
    rules: CueRules,
    format: str,
    words: tuple[Word, ...],
    labels: str,
) -> None:
    """A written file has as many cues, and breaks a hard rule only where speech leaves no choice.

    That is for a cue that another one waits for already, and for a word wider than a line.
    """
    path = tmp_path_factory.mktemp("checked") / f"talk.{format}"
    chosen = replace(rules, labels=labels)
    chosen = chosen.for_srt if format == "srt" else chosen
    write_whole(path, (srt if format == "srt" else vtt).write(Transcript(words), replace(rules, labels=labels)))
    read_back = load_cues(path)
    cues = cues_from(Transcript(words), chosen)
    assert len(read_back) == len(cues)
    assert [(round(c.start * 1000), round(c.end * 1000)) for c in cues] == [(c.start_ms, c.end_ms) for c in read_back]
    for found in check(read_back, chosen):
        if found.hard and found.rule == "line width":
            assert len(cues[found.number - 1].words) == 1
        elif found.hard and found.rule == "shortest":
            assert found.number < len(cues)
        elif found.hard and found.rule == "empty":
            # What players of SRT take for a mark cannot be escaped.
            assert not "".join(cues[found.number - 1].lines).replace("{\\an8}", "").strip()
        else:
            assert not found.hard or found.rule == "speakers"


def test_check_each_broken_rule_is_found() -> None:
    """Each rule that a cue breaks is named, and no other."""
    good = cue(0, 2000, "This is fine.")
    assert broken(good) == []
    assert broken(cue(0, 2000)) == [(1, "empty")]
    assert broken(cue(0, 2000, " ")) == [(1, "empty")]
    assert broken(cue(0, 5000, "x" * 43)) == [(1, "line width")]
    assert broken(cue(0, 2000, "a", "b", "c")) == [(1, "lines")]
    assert broken(cue(2000, 1000, "a")) == [(1, "order")]
    assert broken(cue(0, 800, "a")) == [(1, "shortest")]
    assert broken(cue(0, 7100, "a")) == [(1, "longest")]
    assert broken(cue(0, 1000, "x" * 21)) == [(1, "reading speed")]
    assert broken(good, cue(1500, 3000, "a")) == [(2, "overlap")]
    assert broken(good, cue(2010, 3000, "a")) == [(2, "gap")]
    assert broken(good, cue(2300, 3300, "a")) == [(2, "small gap")]
    assert broken(good, cue(2083, 3300, "a"), cue(3800, 4800, "a")) == []
    assert broken(cue(0, 2000, "Ana: Yes.", "Ben: No.")) == [(1, "speakers")]


def test_check_overlap_with_an_earlier_cue_is_found() -> None:
    """A long cue is still shown after a short one has ended."""
    assert broken(cue(0, 5000, "a"), cue(1000, 2000, "b"), cue(3000, 4000, "c")) == [(2, "overlap"), (3, "overlap")]


def test_check_stacked_cues_may_overlap() -> None:
    """Overlapping cues are allowed where the rules say so, and wrong only where their order is."""
    stack = replace(NETFLIX, overlap="stack")
    assert broken(cue(0, 3000, "a"), cue(1000, 2000, "b"), rules=stack) == []
    assert broken(cue(1000, 3000, "a"), cue(500, 2000, "b"), rules=stack) == [(2, "overlap")]


@pytest.mark.parametrize(
    ("lines", "speakers"),
    [
        (("Ana: Yes.", "No."), 1),
        (("-Ana: Yes.", "-Ben: No."), 1),
        (("[Ana] Yes.", "[Ben] No."), 2),
        (("He said: yes.", "She said: no."), 1),
        (("[laughs] Yes.", "[coughs] No."), 1),
        (("It is 12:30", "and 13:45"), 0),
    ],
)
def test_most_speakers_counts_labels(lines: tuple[str, ...], speakers: int) -> None:
    """Names that begin lines are speakers; with a hyphen before every line each line may have its own."""
    assert most_speakers(cue(0, 1000, *lines)) in ({speakers} if speakers > 1 else {0, 1})


def test_check_wide_characters_count_two_columns() -> None:
    """Line width and reading speed are measured in columns."""
    assert broken(cue(0, 6000, "\u65e5" * 22)) == [(1, "line width")]


def test_document_summary_counts_cues() -> None:
    """Pass rates and quantiles are over cues; no cues break no rule."""
    cues = [cue(0, 1000, "abcd"), cue(2000, 4000, "x" * 50)]
    report = document(cues, check(cues, NETFLIX))
    assert report["passed"] == {**dict.fromkeys(RULES, 1.0), "line width": 0.5, "reading speed": 0.5}
    assert report["measures"]["duration s"] == {"p50": 1.0, "p95": 2.0, "max": 2.0}
    assert report["ok"] is False
    assert document([], ())["ok"] is True
    assert "line width 50 instead of 42; break the line" in text(cues, check(cues, NETFLIX))


def test_hard_rules_are_a_proper_subset() -> None:
    """Hard rules are a proper subset of all rules."""
    assert set(HARD) < set(RULES)


def test_check_ass_times_are_rounded_to_hundredths(tmp_path: Path) -> None:
    """Times that ASS can only round break no rule in it."""
    cues = (cue(0, 830, "Yes."), cue(910, 2000, "No."))
    assert check(cues, NETFLIX, rounding_ms(tmp_path / "talk.ass")) == ()
    assert [found.rule for found in check(cues, NETFLIX, rounding_ms(tmp_path / "talk.srt"))] == ["shortest", "gap"]
