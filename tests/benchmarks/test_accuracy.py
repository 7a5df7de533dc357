from __future__ import annotations

import pytest

from accuracy import PAGE, filled, marked
from speakerplug import Transcript, Word
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


def test_words_are_split_into_sentences() -> None:
    """After a mark that ends a sentence, and where a segment would grow longer than WhisperX's windows."""
    texts = [("Well,", 0), ("yes.", 1), ('"No!"', 2), ("So", 3), ("on", 40)]
    segments = segments_of([{"word": text, "start": float(start), "end": start + 0.5} for text, start in texts])
    assert [segment["text"] for segment in segments] == ["Well, yes.", '"No!"', "So", "on"]
    assert (segments[0]["start"], segments[0]["end"]) == (0.0, 1.5)
    assert [word["word"] for segment in segments for word in segment["words"]] == [text for text, _ in texts]
