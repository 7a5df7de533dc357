"""Validation: one table for the times of words and turns, from any source."""

from __future__ import annotations

import json
import logging
import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from speakerplug import Diarization, Transcript, Turn, Word, hookimpl
from speakerplug.errors import PluginError, UsageError
from speakerplug.formats.importers.words import filled
from speakerplug.formats.json import write
from speakerplug.formats.load import load
from speakerplug.formats.rttm import load_rttm
from speakerplug.pipeline.transcriber import Transcriber
from speakerplug.plugin.roles import Recognition
from speakerplug.plugin.validation import admitted_diarization, admitted_recognition, admitted_turns, admitted_words
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, silence, turns, words
from speakerplug.transcript import Media, Provenance, SpeakerTree

NAN, INF = math.nan, math.inf
DURATION = 10.0
LOST = (None, None)

TABLE = [
    # start, end, a word's times, a turn's times (None: it is left out), whether a warning is logged
    (1.0, 2.0, (1.0, 2.0), (1.0, 2.0), False),
    (1.0, 1.0, (1.0, 1.0), None, False),
    (NAN, 2.0, LOST, None, True),
    (1.0, NAN, LOST, None, True),
    (1.0, INF, LOST, None, True),
    (-INF, 2.0, LOST, None, True),
    (10**400, 10**401, LOST, None, True),
    (-1.0, 2.0, LOST, None, True),
    (1.0, -1.0, LOST, None, True),
    (2.0, 1.0, LOST, None, True),
    (-0.02, 2.0, (0.0, 2.0), (0.0, 2.0), False),
    (9.0, 10.05, (9.0, 10.0), (9.0, 10.0), False),
    (9.0, 11.9, (9.0, 10.0), (9.0, 10.0), True),
    (10.5, 11.0, (10.0, 10.0), None, True),
    (9.0, 12.1, (9.0, 12.1), (9.0, 10.0), None),
    (50.0, 51.0, (50.0, 51.0), None, None),
    (9.0, 1e308, LOST, (9.0, 10.0), True),
    (2e6, 3e6, LOST, None, True),
]


@pytest.mark.parametrize(("start", "end", "expected", "_", "warns"), TABLE)
def test_word_with_any_times_is_kept_by_the_table(
    start: float, end: float, expected: tuple[Any, Any], _: Any, warns: bool | None, caplog: pytest.LogCaptureFixture
) -> None:
    """No word is left out: it has its times, those of the edge of the recording, or none, to be estimated."""
    (word,) = admitted_words([Word("hi", start, end)], "Recognizer ear", DURATION)
    assert (word.text, word.start, word.end) == ("hi", *expected)
    assert len(caplog.records) == bool(warns)  # a word of another recording is reported with all others


@pytest.mark.parametrize(("start", "end", "_", "expected", "warns"), TABLE)
def test_turn_with_any_times_is_kept_cut_or_left_out_by_the_table(
    start: float, end: float, _: Any, expected: Any, warns: bool | None, caplog: pytest.LogCaptureFixture
) -> None:
    """A turn is inside the recording, or left out."""
    found = admitted_turns([Turn(start, end, "A")], "Diarizer ears", DURATION)
    assert [(turn.start, turn.end) for turn in found] == ([] if expected is None else [expected])
    assert len(caplog.records) == (warns is not False)


def test_many_faults_log_one_warning_with_source_and_counts(caplog: pytest.LogCaptureFixture) -> None:
    """However much is wrong, one line names the source, what is wrong, and how many of how many."""
    given = turns((0, 1, "A"), (NAN, 1, "A"), (3, 2, "A"), (9, 99, "B"), (70, 99, "B"))
    admitted_diarization(Diarization(given, given), "Diarizer ears", DURATION)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage() == (
        "Diarizer ears: of 5 turns, 2 with invalid times "
        "(not finite, negative, too late, the end before the start) "
        "left out and 2 cut at the end of the recording (10.0 s)."
    )


@pytest.mark.parametrize("times", [(None, 1.0), (1.0, None), (None, b"1"), (None, None)])
def test_word_with_one_time_has_none(times: Any, caplog: pytest.LogCaptureFixture) -> None:
    """It is estimated like one without times, without a warning."""
    (word,) = admitted_words([Word("hi", *times)], "x")
    assert (word.start, word.end) == LOST
    assert caplog.records == []


@pytest.mark.parametrize("length", [None, DURATION])
def test_turn_of_an_unknown_recording_ends_by_the_upper_bound(length: float | None) -> None:
    """With a known duration, a huge end is cut there; otherwise it is invalid."""
    assert len(admitted_turns(turns((1, 1e300, "A")), "x", length)) == (length is not None)


def test_overlapping_turns_are_admitted(caplog: pytest.LogCaptureFixture) -> None:
    """Overlapping speech is valid."""
    given = turns((0, 5, "A"), (1, 4, "B"), (1, 4, "A"))
    assert admitted_turns(given, "Diarizer ears", DURATION) == given
    assert caplog.records == []


@pytest.mark.parametrize("number", [np.float32(1.5), np.float64(1.5), np.int64(1), 1, Fraction(3, 2)])
def test_numbers_of_other_types_become_floats(number: Any) -> None:
    """Values are plain floats inside, which every writer supports."""
    (word,) = admitted_words([Word("hi", number, number)], "x")
    (turn,) = admitted_turns([Turn(number * 0, number, "A")], "x")
    assert {type(time) for time in (word.start, word.end, turn.start, turn.end)} == {float}
    assert word.start == float(number)


def test_valid_values_are_the_same_objects() -> None:
    """Valid values are not copied, as a long recording has many words."""
    given = words(("a", 0.5, 1.0), ("b", 1.0, 2.0))
    assert all(one is other for one, other in zip(admitted_words(given, "x", DURATION), given, strict=True))


def test_confidence_that_is_not_finite_becomes_none() -> None:
    """NaN is not a probability."""
    (word,) = admitted_words([Word("hi", 0.0, 1.0, confidence=NAN)], "x")
    assert word.confidence is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("hi", 0.0, 1.0), "word 1 is a str, not a Word"),
        ([("hi", 0.0, 1.0)], "word 1 is a tuple, not a Word"),
        ([Word(5, 0.0, 1.0)], "the text of word 1 is an int"),  # type: ignore[arg-type]
        ([Word("hi", "0.0", 1.0)], "a time of word 1 is '0.0', not a number"),  # type: ignore[arg-type]
        ([Word("hi", 0.0, True)], "a time of word 1 is True"),
        ([Word("hi", 0.0, 1.0, confidence="high")], "the confidence of word 1 is 'high'"),  # type: ignore[arg-type]
        ([Word("hi", 0.0, 1.0, speaker=5)], "the speaker of word 1 is an int"),  # type: ignore[arg-type]
        ([Word("hi", None, None, speaker=["A"])], "the speaker of word 1 is a list"),  # type: ignore[arg-type]
        ([Word("hi", 0.0, 1.0, method=5)], "the method of word 1 is an int"),  # type: ignore[arg-type]
        ([Word("hi", 0.0, 1.0, others=(5,))], "the others of word 1 are not"),  # type: ignore[arg-type]
        ([Word("hi", 0.0, 1.0, others=5)], "the others of word 1 are not"),  # type: ignore[arg-type]
        ([Word("hi", 0.0, 1.0, speaker_confidence="high")], "the speaker_confidence of word 1"),  # type: ignore[arg-type]
        (None, "its words are a NoneType"),
        ("hello", "its words are a str"),
    ],
)
def test_invalid_word_is_rejected_with_its_number(given: Any, said: str) -> None:
    """Nothing is guessed for values of another type: the error says which one it is, and what."""
    with pytest.raises(ValueError, match=said):
        admitted_words(given, "x", DURATION)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([(0.0, 1.0, "A")], "turn 1 is a tuple, not a Turn"),
        ([Turn(0.0, 1.0, "A"), Turn(0.0, 1.0, 3)], "the speaker of turn 2 is an int"),  # type: ignore[arg-type]
        ([Turn("soon", 1.0, "A")], "a time of turn 1 is 'soon'"),  # type: ignore[arg-type]
        ([Turn(None, 1.0, "A")], "a time of turn 1 is None"),  # type: ignore[arg-type]
        ([Turn([1] * 500, 1.0, "A")], r"a time of turn 1 is \[1, 1.{,90}, not a number"),  # type: ignore[arg-type]
        (5, "its turns are an int"),
    ],
)
def test_invalid_turn_is_rejected_with_its_number(given: Any, said: str) -> None:
    """As for words; the quoted value is short."""
    with pytest.raises(ValueError, match=said):
        admitted_turns(given, "x", DURATION)


@pytest.mark.parametrize("given", [None, [], Recognition(5, None, None), Recognition((), 5, None)])  # type: ignore[arg-type]
def test_invalid_recognition_is_rejected(given: Any) -> None:
    """A recognizer returns a Recognition, whose language is a string."""
    with pytest.raises(ValueError, match=r"Recognition|words|language"):
        admitted_recognition(given, "x")


@pytest.mark.parametrize("given", [(2, 3), (4, 4)])
def test_range_of_speakers_is_kept(given: tuple[int, int]) -> None:
    """The least and the greatest number."""
    assert admitted_diarization(Diarization(speakers_range=given), "X").speakers_range == given


@pytest.mark.parametrize("given", [(3, 2), (0, 2), (2,), [2, 3], ("2", "3"), 2])
def test_impossible_range_of_speakers_becomes_none(given: Any) -> None:
    """It is a hint: a wrong one is no error."""
    assert admitted_diarization(Diarization(speakers_range=given), "X").speakers_range is None


@pytest.mark.parametrize(("exclusive", "kept"), [((0.0, 9.0), True), ((NAN, 9.0), False)])
def test_speaker_tree_is_kept_only_with_every_exclusive_turn(exclusive: tuple[float, float], kept: bool) -> None:
    """Its groups are by the index of a turn: with one left out, they no longer match."""
    given = Diarization((), (Turn(*exclusive, "A"),), speaker_tree=SpeakerTree((0,), ()))
    assert (admitted_diarization(given, "x", DURATION).speaker_tree is not None) == kept


class Words:
    """A plugin that refines words, and returns `given`."""

    def __init__(self, given: Any) -> None:
        self.given = given

    @hookimpl
    def modify_words(self) -> Any:
        return self.given


BAD_WORDS = (Word("a", 0.0, 1.0), Word("b", 1.5, -1.0), Word("c", 2.0, 3.0))


def _by_recognizer() -> Transcript:
    return transcribed(FakeRecognizer(BAD_WORDS))


def _by_plugin() -> Transcript:
    return transcribed(FakeRecognizer(BAD_WORDS[:1]), {"adder": Words(BAD_WORDS)})


def _by_host() -> Transcript:
    plugins = plugins_with(diarizer=FakeDiarizer(turns((0, 10, "A"))))
    with Transcriber(plugins=plugins, diarizer="fake", device="cpu") as ready:
        return ready.attribute(silence(DURATION), BAD_WORDS)


def transcribed(recognizer: FakeRecognizer, plugins: dict[str, object] | None = None) -> Transcript:
    found = plugins_with(plugins, recognizer=recognizer, diarizer=FakeDiarizer(turns((0, 10, "A"))))
    with Transcriber(plugins=found, recognizer="fake", diarizer="fake", device="cpu") as ready:
        return ready.transcribe(silence(DURATION))


@pytest.mark.parametrize(
    ("transcript", "source"),
    [(_by_recognizer, "Recognizer fake"), (_by_plugin, "Plugin adder"), (_by_host, "The words")],
)
def test_words_of_any_source_are_validated_when_they_enter(
    transcript: Any, source: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A recognizer, a plugin and a host: a word with invalid times is estimated, and its source named once."""
    found = transcript().words
    assert [(word.text, word.start, word.end, word.estimated) for word in found] == [
        ("a", 0.0, 1.0, False),
        ("b", 1.0, 2.0, True),
        ("c", 2.0, 3.0, False),
    ]
    assert [record.getMessage().split(":")[0] for record in caplog.records] == [source]


def test_host_with_invalid_words_is_an_error_before_any_work() -> None:
    """Strings are not words: a UsageError says so, and no diarizer runs."""
    diarizer = FakeDiarizer(turns((0, 10, "A")))
    with (
        Transcriber(plugins=plugins_with(diarizer=diarizer), diarizer="fake", device="cpu") as ready,
        pytest.raises(UsageError, match=r"a list of str is not a recognizer's result; .* several speakerplug\.Word"),
    ):
        ready.attribute(silence(), ["hello"])
    assert diarizer.requests == []


def test_recognizer_with_an_invalid_result_is_named() -> None:
    """One sentence with the recognizer, its result, and its plugin."""
    broken = FakeRecognizer()
    broken.recognize = lambda *_: ["hello"]  # type: ignore[method-assign,assignment,return-value]
    with pytest.raises(
        PluginError, match=r"Recognizer fake failed \(.*returned a list, not a Recognition\).*plugin fakes"
    ):
        transcribed(broken)


SAVED = Transcript(
    (Word("a", 0.0, 1.0, "A"), Word("b", 1.5, -1.0, "A"), Word("c", 2.0, 11.0, "A"), Word("d", 20.0, 30.0, "A")),
    turns((0, 1, "A"), (-5, 1, "A"), (3, 2, "A"), (9, 30, "A")),
    turns((0, 1, "A"), (-5, 1, "A"), (9, 30, "A")),
    media=Media("talk.wav", 10.0),
    provenance=Provenance(version="0.1.0"),
    speaker_tree=SpeakerTree((0, 0, 0), ()),
)


def test_saved_transcript_with_invalid_times_is_loaded_by_the_table(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Our own JSON, which may have been edited, is validated like all input; saved again, it loads the same."""
    path = tmp_path / "talk.json"
    path.write_text(write(SAVED))
    found = load(path)
    assert [(word.start, word.end) for word in found.words] == [(0.0, 1.0), (1.0, 2.0), (2.0, 10.0), (20.0, 30.0)]
    assert found.turns == found.exclusive == turns((0, 1, "A"), (9, 10, "A"))
    assert found.speaker_tree is None
    assert [str(path) in record.getMessage() for record in caplog.records] == [True, True]  # of words, of turns
    assert load(found.save(path)) == found


def test_saved_transcript_with_nan_is_loaded(tmp_path: Path) -> None:
    """Python's JSON has numbers that JSON has not: they are invalid times."""
    path = tmp_path / "talk.json"
    document = json.loads(write(replace(SAVED, words=SAVED.words[:3])))
    document["words"][1]["start"], document["turns"][0]["end"] = NAN, INF
    path.write_text(json.dumps(document))
    found = load(path)
    assert [(word.start, word.end) for word in found.words] == [(0.0, 1.0), (1.0, 2.0), (2.0, 10.0)]
    assert found.turns == turns((9, 10, "A"))


def test_transcript_of_unknown_length_is_not_cut(tmp_path: Path) -> None:
    """Only a length that was measured is the end of a recording."""
    path = Transcript((Word("a", 0.0, 1.0),), turns((5, 9, "A")), media=Media("", 1.0)).save(tmp_path / "talk.json")
    assert load(path).turns == turns((5, 9, "A"))


FOREIGN = {
    "whisper.json": {"segments": [{"start": 0, "end": 4, "text": " a b c", "words": "words"}]},
    "openai.json": {"text": "a b c", "task": "transcribe", "words": "words"},
    "deepgram.json": {"metadata": {}, "results": {"channels": [{"alternatives": [{"words": "words"}]}]}},
    "nemo.json": {"timestamp": {"word": "words"}},
}
SPOKEN = [
    {"word": " a", "start": 0.0, "end": 1.0},
    {"word": " b", "start": 3.0, "end": -1.0},
    {"word": " c", "start": 2.0, "end": 3.0},
]


@pytest.mark.parametrize("name", [*FOREIGN, "words.ctm"])
def test_foreign_file_with_invalid_times_is_loaded_by_the_table(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever wrote it: the word is estimated from its neighbors, and one warning names the file."""
    path = tmp_path / name
    text = json.dumps(FOREIGN.get(name)).replace('"words"}', f"{json.dumps(SPOKEN)}}}")
    path.write_text(text if name in FOREIGN else "x 1 0 1 a\nx 1 3 -4 b\nx 1 2 1 c\n")
    found = load(path).words
    assert [(word.text.strip(), word.start, word.end, word.estimated) for word in found] == [
        ("a", 0.0, 1.0, False),
        ("b", 1.0, 2.0, True),
        ("c", 2.0, 3.0, False),
    ]
    (record,) = caplog.records
    assert record.getMessage().startswith(f"{path}: of 3 words, 1 with invalid times")


def test_timed_words_leaves_invalid_times_to_validation() -> None:
    """Words without times are interpolated between the others, whose times are left as they are."""
    given = [Word("a", 1.0, 0.5), Word("b", None, None)]
    assert filled(given, 0.0, 2.0)[0] is given[0]


def test_rttm_file_with_invalid_turns_drops_them(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One invalid line costs one turn, with a warning."""
    path = tmp_path / "turns.rttm"
    lines = (f"SPEAKER t 1 {times} <NA> <NA> A <NA> <NA>\n" for times in ("0 1", "nan 1", "5 -1", "-3 1", "2 inf"))
    path.write_text("".join(lines))
    assert load_rttm(path).turns == turns((0, 1, "A"))
    assert "of 5 turns, 4 with invalid times" in caplog.text
