from __future__ import annotations

import json

import pytest

from speakerplug.transcript import Transcript, Turn, Word
from speakerplug_evaluate.hypotheses import Hypothesis, from_transcript, read_hypothesis


def test_own_json_gives_words_and_turns() -> None:
    """Words by start with their speaker, turns as they are, and speakers are those of the turns."""
    words = [{"text": "b", "start": 1, "end": 2, "speaker": "S1"}, {"text": "a", "start": 0, "end": 1, "speaker": None}]
    turns = [{"start": 0, "end": 2, "speaker": "S1"}, {"start": 2, "end": 3, "speaker": "S2"}]
    hypothesis = read_hypothesis(json.dumps({"words": words, "turns": turns}))
    assert hypothesis.words == (Word("a", 0, 1), Word("b", 1, 2, "S1"))
    assert hypothesis.turns == (Turn(0, 2, "S1"), Turn(2, 3, "S2"))
    assert hypothesis.num_speakers == 2


def test_whisperx_json_gives_words_only() -> None:
    """Words are in segments; one without times or speaker is kept, up to the end of the segment; no turns."""
    words = [{"word": "a", "start": 0.5, "end": 1.0, "speaker": "S0"}, {"word": "5"}]
    hypothesis = read_hypothesis(json.dumps({"segments": [{"start": 0.5, "end": 1.5, "text": " a 5", "words": words}]}))
    assert hypothesis == Hypothesis((Word("a", 0.5, 1.0, "S0"), Word("5", 1.0, 1.5, estimated=True)), None)
    assert hypothesis.num_speakers == 1


def test_stm_has_words_and_rttm_has_turns() -> None:
    """What a format does not provide is None, not empty."""
    assert read_hypothesis("a 1 S0 0 2 hi", ".stm") == Hypothesis((Word("hi", 0, 2, "S0", estimated=True),), None)
    rttm = "SPEAKER a 1 0 2 <NA> <NA> S0 <NA> <NA>\n"
    assert read_hypothesis(rttm, ".rttm") == Hypothesis(None, (Turn(0, 2, "S0"),))
    assert read_hypothesis(rttm, ".rttm", "b").turns == ()


def test_other_json_is_rejected() -> None:
    """A document of another kind is an error that names both kinds, not an empty result."""
    for text in ("{}", "[]"):
        with pytest.raises(ValueError, match="WhisperX"):
            read_hypothesis(text)


def test_transcript_is_a_hypothesis() -> None:
    """What the library returns is scored like what it saves."""
    transcript = Transcript(words=(Word("a", 0, 1, "S0"),), turns=(Turn(0, 1, "S0"),))
    assert from_transcript(transcript) == Hypothesis((Word("a", 0, 1, "S0"),), (Turn(0, 1, "S0"),))
