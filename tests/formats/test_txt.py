from __future__ import annotations

from hypothesis import given

from speakerplug.formats import txt
from speakerplug.transcript import Speaker, Transcript, Word, plain
from tests.strategies import transcripts


def test_write_txt_has_a_paragraph_per_speaker_turn() -> None:
    """Everything a speaker says until another speaks is one paragraph under the name; unassigned words have none."""
    transcript = Transcript(
        (
            Word("Good", 0.0, 0.4, "A"),
            Word("morning.", 0.4, 0.9, "A"),
            Word("Slept", 60.0, 60.4, "A"),
            Word("well?", 60.4, 60.9, "A"),
            Word("(bell)", 61.0, 61.5, None),
            Word("我", 62.0, 62.2, "B"),
            Word("好", 62.2, 62.4, "B", joined=True),
        ),
        speakers=(Speaker("A", "Ana\nMaria"), Speaker("B", "")),
    )
    assert txt.write(transcript) == "Ana Maria: Good morning. Slept well?\n\n(bell)\n\nB: 我好\n"


def test_write_txt_without_words_is_empty() -> None:
    """A transcript without words, or with blank ones only, is an empty file."""
    assert txt.write(Transcript()) == txt.write(Transcript((Word(" ", 0.0, 1.0, "A"),))) == ""


@given(transcripts())
def test_write_txt_paragraph_has_no_line_break(transcript: Transcript) -> None:
    """There are as many paragraphs as changes of speaker, and no line break inside one."""
    speakers = [word.speaker for word in transcript.words if plain(word.text)]
    changes = sum(1 for i, speaker in enumerate(speakers) if i == 0 or speaker != speakers[i - 1])
    paragraphs = txt.write(transcript).split("\n\n") if changes else []
    assert len(paragraphs) == changes
    assert all(len(paragraph.strip("\n").splitlines()) == 1 for paragraph in paragraphs)
