from __future__ import annotations

from pathlib import Path

import pytest

from accuracy import PAGE, filled, marked, speaker_counts
from speakerplug import Transcript, Turn, Word
from speakerplug_evaluate.measures import Result
from speakerplug_evaluate.truth import Item, Truth
from whisperx_rules import segments_of


def test_page_has_a_place_for_each_table() -> None:
    """Tables go between their marks, the text around them stays, and they can be filled in again."""
    page = PAGE.read_text(encoding="utf-8")
    new = filled(page, {"system": "one", "rules": r"two \1"})
    assert "<!-- system -->\n\none\n\n<!-- /system -->" in new
    assert filled(new, {"system": "three"}) == filled(filled(page, {"rules": r"two \1"}), {"system": "three"})
    with pytest.raises(ValueError, match="no marks for nothing"):
        filled(page, {"nothing": ""})


def test_marked_words_are_counted_by_their_mark() -> None:
    """Of twenty words the least sure two, whatever their speaker, and two of an unsure speaker."""
    words = tuple(Word(f"w{at}", float(at), at + 1.0, "A", at / 20, "exact", 0.5 + at / 20) for at in range(20))
    sentence = marked([Transcript(words), Transcript()])
    assert sentence.startswith("Of these 20 words, ")
    assert sentence.endswith(" marks 10.0 % for their wording and 10.0 % for their speaker.")


def test_speakers_who_hardly_talk_are_counted_apart() -> None:
    """One talks for a second in two turns, one for less; in the second recording both are found."""
    turns = (Turn(0.0, 0.5, "A"), Turn(1.0, 1.5, "A"), Turn(2.0, 2.9, "B"))
    items = [Item(id, "call", Path(id), 9.0, 2, Truth((), turns[at:], (0.0, 9.0))) for at, id in enumerate("xy")]
    head, *lines = speaker_counts([Result(item, number, {}) for item, number in zip(items, (1, 2), strict=True)])
    assert head[1] == "talk for 1 s and more"
    assert lines == [["call", "1", "3", "3", "1 of 2"], ["all", "1", "3", "3", "1 of 2"]]


def test_words_are_split_into_sentences() -> None:
    """After a mark that ends a sentence, and where a segment would grow longer than WhisperX's windows."""
    texts = [("Well,", 0), ("yes.", 1), ('"No!"', 2), ("So", 3), ("on", 40)]
    segments = segments_of([{"word": text, "start": float(start), "end": start + 0.5} for text, start in texts])
    assert [segment["text"] for segment in segments] == ["Well, yes.", '"No!"', "So", "on"]
    assert (segments[0]["start"], segments[0]["end"]) == (0.0, 1.5)
    assert [word["word"] for segment in segments for word in segment["words"]] == [text for text, _ in texts]
