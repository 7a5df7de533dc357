"""WhisperX's `assign_word_speakers` in our hands: the same arguments and result, and every word has a speaker."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from speakerplug import Diarization, Word
from speakerplug.attribution.attribute import attribute
from speakerplug.errors import UsageError
from speakerplug.hosts.whisperx import assign_word_speakers
from tests.strategies import conversations

TURNS = [{"start": 0.0, "end": 2.0, "speaker": "SPEAKER_00"}, {"start": 2.0, "end": 4.0, "speaker": "SPEAKER_01"}]


class Frame:
    """What is used of pandas' data frame."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows

    def to_dict(self, orient: str) -> list[dict[str, Any]]:
        """Return the rows."""
        assert orient == "records"
        return self.rows


def result(*segments: tuple[float, float, list[dict[str, Any]]]) -> dict[str, Any]:
    """Return an aligned result of WhisperX, whose `word_segments` are the words of its segments."""
    made = [{"start": start, "end": end, "text": "", "words": words} for start, end, words in segments]
    return {"segments": made, "word_segments": [word for _, _, words in segments for word in words], "language": "en"}


def test_assign_word_speakers_gives_every_word_a_speaker() -> None:
    """Words outside of every turn, and those that the alignment gave no time, as digits have none in WhisperX."""
    words = [{"word": "In", "start": 0.1, "end": 0.4}, {"word": "1999"}, {"word": "I", "start": 1.0, "end": 1.2}]
    late = [{"word": "Yes", "start": 5.0, "end": 5.5}]
    given = result((0.0, 1.5, words), (5.0, 5.5, late))
    assert assign_word_speakers(Frame(TURNS), given) is given
    assert [word["speaker"] for word in given["word_segments"]] == ["SPEAKER_00"] * 3 + ["SPEAKER_01"]
    assert [segment["speaker"] for segment in given["segments"]] == ["SPEAKER_00", "SPEAKER_01"]
    assert words[1] == {"word": "1999", "speaker": "SPEAKER_00"}


def test_assign_word_speakers_without_any_word_time_uses_those_of_the_segment() -> None:
    """Segments that are not aligned have a speaker each; words without times share the time of theirs."""
    plain = {"segments": [{"start": 2.5, "end": 3.5, "text": " Good day."}], "language": "en"}
    assert assign_word_speakers(TURNS, plain)["segments"][0]["speaker"] == "SPEAKER_01"
    untimed = result((2.5, 3.5, [{"word": "12"}, {"word": "34"}]))
    assert [word["speaker"] for word in assign_word_speakers(TURNS, untimed)["word_segments"]] == ["SPEAKER_01"] * 2


def test_assign_word_speakers_without_turns_returns_the_result_untouched() -> None:
    """As WhisperX's own does; embeddings are added where there are some."""
    given = result((0.0, 1.0, [{"word": "Hm", "start": 0.0, "end": 1.0}]))
    assert assign_word_speakers([], given, {"A": [1.0]}) == result((0.0, 1.0, given["word_segments"]))
    assert assign_word_speakers(None, {"segments": []}) == {"segments": []}
    assert assign_word_speakers(TURNS, given, {"A": [1.0]}, True)["speaker_embeddings"] == {"A": [1.0]}


def test_assign_word_speakers_with_something_else_raises() -> None:
    """One sentence with what is accepted."""
    for wrong in ([{"begin": 0.0}], [(0.0, 1.0, "A")], 7):
        with pytest.raises(UsageError, match="start, end and speaker"):
            assign_word_speakers(wrong, result((0.0, 1.0, [{"word": "Hm"}])))


@given(conversations())
def test_assign_word_speakers_decides_as_attribute(conversation: tuple[tuple[Word, ...], Diarization]) -> None:
    """Whatever the turns and words are, the speakers are those of our own attribution by these turns."""
    spoken, diarization = conversation
    rows = [{"start": turn.start, "end": turn.end, "speaker": turn.speaker} for turn in diarization.turns]
    words = [{"word": word.text, "start": word.start, "end": word.end} for word in spoken]
    given = assign_word_speakers(rows, result((0.0, 9.0, words)))
    expected = attribute(spoken, Diarization(diarization.turns))
    assert [word.get("speaker") for word in given["word_segments"]] == [word.speaker for word in expected]
