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
def test_what_is_written_keeps_the_rules(
    tmp_path_factory: pytest.TempPathFactory,
    rules: CueRules,
    format: str,
    words: tuple[Word, ...],
    labels: str,
) -> None:
    """Of a written file the check finds as many cues, and no hard rule broken but where the speech leaves no choice:
    a cue that another one waits for already, a word wider than a line."""
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
            # SRT cannot escape what players take for a mark.
            assert format == "srt"
            assert not "".join(cues[found.number - 1].lines).replace("{\\an8}", "").strip()
        else:
            assert not found.hard or found.rule == "speakers"


def test_each_rule_is_found() -> None:
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


def test_an_overlap_with_any_cue_before_is_found() -> None:
    """A long cue still stands there after a short one has gone."""
    assert broken(cue(0, 5000, "a"), cue(1000, 2000, "b"), cue(3000, 4000, "c")) == [(2, "overlap"), (3, "overlap")]


def test_a_stack_may_overlap() -> None:
    """Cues that stand there at once are right where that is asked for, and wrong only where they run backwards."""
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
def test_labels_tell_speakers(lines: tuple[str, ...], speakers: int) -> None:
    """Names that open lines are speakers; with a hyphen before every line each may have its own."""
    assert most_speakers(cue(0, 1000, *lines)) in ({speakers} if speakers > 1 else {0, 1})


def test_wide_characters_take_two_columns() -> None:
    """Width and reading speed are of what is seen."""
    assert broken(cue(0, 6000, "\u65e5" * 22)) == [(1, "line width")]


def test_the_summary_counts_cues() -> None:
    """Shares are of cues, and typical numbers are those of the cues; no cues break nothing."""
    cues = [cue(0, 1000, "abcd"), cue(2000, 4000, "x" * 50)]
    told = document(cues, check(cues, NETFLIX))
    assert told["passed"] == {**dict.fromkeys(RULES, 1.0), "line width": 0.5, "reading speed": 0.5}
    assert told["measures"]["duration s"] == {"p50": 1.0, "p95": 2.0, "max": 2.0}
    assert told["ok"] is False
    assert document([], ())["ok"] is True
    assert "line width 50 instead of 42; divide" in text(cues, check(cues, NETFLIX))


def test_hard_and_soft_rules_are_apart() -> None:
    """Every finding is of one kind."""
    assert set(HARD) < set(RULES)


def test_times_of_ass_are_hundredths(tmp_path: Path) -> None:
    """What ASS cannot say more exactly is not broken in it."""
    cues = (cue(0, 830, "Yes."), cue(910, 2000, "No."))
    assert check(cues, NETFLIX, rounding_ms(tmp_path / "talk.ass")) == ()
    assert [found.rule for found in check(cues, NETFLIX, rounding_ms(tmp_path / "talk.srt"))] == ["shortest", "gap"]
