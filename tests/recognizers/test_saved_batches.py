"""A recognition goes on after the last saved batch, and ends with the words of an undisturbed one."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.recognizers.batches import BatchedRecognition
from speakerplug.recognizers.fallback import Recognized
from speakerplug.recognizers.saved_batches import SavedBatches
from speakerplug.recognizers.windows import Span, Window
from speakerplug.transcript import Removed, Word
from tests.standins.checkpoint import MemoryCheckpoint

WORK = {"model": "tiny", "precision": "int8"}
DURATION = 900.0
SPEECH = st.lists(st.tuples(st.floats(0.1, 9.0), st.floats(1.0, 29.0)), min_size=1, max_size=20).map(
    lambda parts: [
        (sum(map(sum, parts[:index])) + pause, sum(map(sum, parts[: index + 1])))
        for index, (pause, _) in enumerate(parts)
    ]
)
"""Speech segments of 1 to 29 s with pauses between them."""


class Whisper:
    """Recognize a word at the start of each window, every third window none; the language shows after the first."""

    def __init__(self, language: str | None = None, most: int = 1000) -> None:
        self.language, self.batches, self._most = language, [], most  # type: ignore[var-annotated]
        self.language_probability: float | None = None

    def __call__(self, batch: Sequence[Window], before: Sequence[str]) -> Recognized:
        """Return the words of the windows, every fifth left out; raise once there were too many batches."""
        if len(self.batches) == self._most:
            raise InterruptedError
        self.batches.append(list(batch))
        if self.language is None:
            self.language, self.language_probability = "de", 0.75
        found = [(window[0][0], window[-1][1]) for window in batch if round(window[0][0] * 100) % 3]
        words = [Word(f"w{a}", a + 1 / 3, b - 1 / 7, confidence=a / 901, joined=a > 9) for a, b in found]
        removed = [Removed(a, b, "it loops") for a, b in found if not round(a * 100) % 5]
        return Recognized(tuple(words), tuple(removed))


def recognized(
    speech: Sequence[Span],
    checkpoint: MemoryCheckpoint | None,
    batch_size: int = 4,
    most: int = 1000,
    work: Mapping[str, str] = WORK,
) -> tuple[tuple[Word, ...], str | None, list[list[Window]]]:
    """Return words, language and the batches that were recognized; interrupted after the `most`-th batch."""
    batches = SavedBatches(BatchedRecognition(speech, DURATION), checkpoint, None)
    batches.restore(work)
    whisper = Whisper(batches.language, most)
    try:
        while batches.advance(whisper, batch_size):
            pass
    except InterruptedError:
        pass
    return batches.recognition.words, batches.language, whisper.batches


@given(speech=SPEECH, size=st.integers(1, 5), kills=st.lists(st.integers(0, 3), max_size=4), planned=st.integers(5, 9))
def test_advance_after_any_interruptions_ends_with_the_same_words(
    speech: list[Span], size: int, kills: list[int], planned: int
) -> None:
    """Both passes; no batch is recognized twice, and more memory in a later run does not move the limits of batches."""
    whole = recognized(speech, None, size)
    checkpoint, batches = MemoryCheckpoint(), []
    for number, most in enumerate([*kills, 1000]):
        first_saved = len(checkpoint.records) > 1
        words, language, done = recognized(speech, checkpoint, planned if first_saved and number else size, most)
        batches += done
    assert (words, language, batches) == whole


def test_restore_within_a_smaller_batch_goes_on_in_smaller_ones() -> None:
    """MemoryCheckpoint may be short this time: the words are kept, and the windows left are recognized two by two."""
    speech = [(start, start + 20.0) for start in (10.0, 40.0, 70.0, 100.0, 130.0, 160.0)]
    checkpoint = MemoryCheckpoint()
    first = recognized(speech, checkpoint, 4, most=1)
    words, _, batches = recognized(speech, checkpoint, 2)
    assert words[: len(first[0])] == first[0]
    assert [len(batch) for batch in batches[:1]] == [2]


@pytest.mark.parametrize("batches", [0, 2])
def test_restore_of_other_work_begins_anew_and_says_why(batches: int, caplog: pytest.LogCaptureFixture) -> None:
    """Another model is never mixed with the first one's words; where none were saved, there is nothing to say."""
    speech = [(start, start + 25.0) for start in (10.0, 40.0, 70.0)]
    checkpoint, other = MemoryCheckpoint(), {**WORK, "model": "base"}
    recognized(speech, checkpoint, 1, most=batches)
    with caplog.at_level(logging.INFO, "speakerplug"):
        assert recognized(speech, checkpoint, 1, most=1, work=other)[2] == recognized(speech, None, 1, most=1)[2]
    said = "The checkpoint is of another model, so recognition begins anew."
    assert [record.getMessage() for record in caplog.records] == [said] * bool(batches)
    caplog.clear()
    with caplog.at_level(logging.INFO, "speakerplug"):
        assert recognized(speech, checkpoint, 1, work=other)[0] == recognized(speech, None, 1)[0]
    assert [record.getMessage() for record in caplog.records] == ["Recognition goes on at 0:00:40."]


def test_restore_keeps_the_probability_of_the_language() -> None:
    """A run that goes on has the language from the checkpoint, and detects nothing."""
    speech = [(start, start + 25.0) for start in (10.0, 40.0, 70.0)]
    checkpoint = MemoryCheckpoint()
    recognized(speech, checkpoint, 1, most=1)
    batches = SavedBatches(BatchedRecognition(speech, DURATION), checkpoint, None)
    batches.restore(WORK)
    batches.advance(Whisper(batches.language), 1)
    assert (batches.language, batches.language_probability) == ("de", 0.75)


def test_restore_a_second_time_changes_nothing() -> None:
    """The device manager calls the work again after a failure; what was recognized by then is there."""
    checkpoint, speech = MemoryCheckpoint(), [(10.0, 35.0), (40.0, 65.0)]
    batches = SavedBatches(BatchedRecognition(speech, DURATION), checkpoint, None)
    batches.restore(WORK)
    batches.advance(Whisper(), 1)
    batches.restore({**WORK, "precision": "float32"})
    assert batches.advance(Whisper("de"), 1)
    assert len(checkpoint.records) == 3
