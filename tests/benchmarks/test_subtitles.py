from __future__ import annotations

from pathlib import Path

from cue_measures import Pool, rules_table, share
from speakerplug import Transcript, Word
from speakerplug.subtitles import PROFILES
from speakerplug.transcript import Speaker
from subtitles import named, taken

TALK = Transcript(
    (Word("Well,", 0.0, 0.4, "A"), Word("yes.", 0.4, 0.8, "A"), Word("No!", 2.0, 2.1, "B")),
    speakers=(Speaker("A", "A"), Speaker("B", "B")),
)


def test_pool_counts_broken_rules(tmp_path: Path) -> None:
    """Of a cue that is shown long enough and one that is not; only the words that are spoken too fast are left out."""
    path = tmp_path / "talk.vtt"
    path.write_text("WEBVTT\n\n00:00.000 --> 00:01.000\n[A]: Well, yes.\n\n00:02.000 --> 00:02.100\n[B]: No!\n")
    assert taken(path, TALK) == [list(TALK.words[:2]), [TALK.words[2]]]
    pool = Pool()
    pool.add(path, PROFILES["netflix"], taken(path, TALK))
    assert (pool.cues, pool.wrong, pool.mixed) == (2, 1, 0)
    assert (pool.slow, pool.slow_and_unread) == (1, 0)
    rows = list(rules_table({"it": pool}))
    assert "| shortest | 50.0 |" in rows
    assert "| reading speed, of cues not spoken faster | 100.0 |" in rows


def test_share_is_rounded_down() -> None:
    """Only a share of all is shown as all."""
    assert [share(1999, 2000), share(2000, 2000), share(0, 0)] == ["99.9", "100.0", "-"]


def test_speakers_get_short_names() -> None:
    """In the order of their first words."""
    assert [speaker.name for speaker in named(TALK).speakers] == ["Ana", "Ben"]
