"""Passages: what is one, what it says of itself, and how they are read."""

from __future__ import annotations

import asyncio
import pickle
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug import Cancelled, Diarization, Speaker, Transcript, UsageError, Word
from speakerplug.attribution.attribute import attribute
from speakerplug.formats.segments import shown_words
from speakerplug.hosts.passages import BY, Passage, PassageReader, passages_of
from speakerplug.plugin import Media
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, silence, turns, words
from tests.hosts.canceled import WaitingRecognizer, canceled_at_work
from tests.strategies import conversations

SAID = words(
    ("Dr.", 0.0, 0.2), ("Lee", 0.2, 0.4), ("left.", 0.4, 0.6), ("She", 0.6, 0.8), ("ran.", 0.8, 0.9), ("Ah!", 1.5, 1.8)
)
TURNS = turns((0.0, 1.0, "SPEAKER_00"), (1.4, 1.9, "SPEAKER_01"))  # fmt: skip
FAKES: dict[str, Any] = {"recognizer": "fake", "diarizer": "fake", "device": "cpu"}


def reader(fake: FakeRecognizer | None = None, **options: Any) -> PassageReader:
    """Return a reader whose stages are fakes."""
    plugins = plugins_with(recognizer=fake or FakeRecognizer(SAID), diarizer=FakeDiarizer(TURNS))
    return PassageReader(plugins=plugins, **{**FAKES, **options})


def test_read_by_turn_returns_what_each_speaker_says() -> None:
    """With times, the name of the recording, and metadata that are texts and numbers."""
    first, second = reader().read(silence(2.0, "talk.wav"))
    assert first == Passage("Dr. Lee left. She ran.", 0.0, 0.9, "SPEAKER_00", "talk.wav", "en")
    assert (second.text, second.start, second.end, second.speaker) == ("Ah!", 1.5, 1.8, "SPEAKER_01")
    assert first.metadata == {
        "source": "talk.wav",
        "start": 0.0,
        "end": 0.9,
        "speaker": "SPEAKER_00",
        "language": "en",
    }


def test_read_by_paragraph_divides_at_ends_of_sentences() -> None:
    """An abbreviation ends none; a sentence that is longer than max_chars stays whole; each part has its own times."""
    for max_chars in (1, 13, 21):
        found = reader(by="paragraph", max_chars=max_chars).read(silence(2.0))
        assert [(each.text, each.start, each.end) for each in found] == [
            ("Dr. Lee left.", 0.0, 0.6),
            ("She ran.", 0.6, 0.9),
            ("Ah!", 1.5, 1.8),
        ]
    assert len(reader(by="paragraph", max_chars=22).read(silence(2.0))) == 2


def test_read_by_recording_returns_all_with_names() -> None:
    """One passage, from the first word to the last; none where nobody speaks."""
    (whole,) = reader(by="recording").read(silence(2.0))
    assert whole.text == "SPEAKER_00: Dr. Lee left. She ran.\n\nSPEAKER_01: Ah!"
    assert (whole.start, whole.end, whole.speaker) == (0.0, 1.8, "SPEAKER_00, SPEAKER_01")
    for by in BY:
        assert reader(FakeRecognizer(()), by=by).read(silence(2.0)) == []


def test_passages_of_unknown_speaker_have_none() -> None:
    """And its metadata lack what is unknown; names of speakers are displayed."""
    transcript = Transcript(
        (Word("Hm.", 0.0, 0.5), Word("Yes.", 0.5, 1.0, "A")),
        speakers=(Speaker("A", "Ana"),),
        media=Media("talk.wav", 1.0),
    )
    first, second = passages_of(transcript)
    assert first.metadata == {"source": "talk.wav", "start": 0.0, "end": 0.5}
    assert second.speaker == "Ana"
    assert passages_of(transcript, "recording")[0].speaker == "Ana"


@given(conversations(), st.sampled_from(BY), st.integers(1, 40))
def test_passages_hold_every_word_once_in_order(
    conversation: tuple[tuple[Word, ...], Diarization], by: Any, max_chars: int
) -> None:
    """However they are divided; by paragraph they are parts of those by turn."""
    spoken, diarization = conversation
    transcript = Transcript(tuple(attribute(spoken, diarization)))
    found = passages_of(transcript, by, max_chars=max_chars)
    if by != "recording":
        texts = [word.text for word in shown_words(transcript)]
        assert "".join("".join(each.text.split()) for each in found) == "".join("".join(text.split()) for text in texts)
    assert all(each.text and 0 <= each.start <= each.end for each in found)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": "turns"}, "did you mean turn?"),
        ({"max_chars": "9"}, "a number of characters"),
        ({"max_chars": 0}, "at least one character"),
        ({"recognizer": None}, "Without a recognizer"),
        ({"num_speaker": 2}, "num_speakers"),
    ],
)
def test_reader_with_invalid_option_raises_at_once(options: dict[str, Any], message: str) -> None:
    """Before any recording."""
    with pytest.raises(UsageError, match=message):
        reader(**options)


def test_reader_keeps_its_models_until_closed() -> None:
    """One transcriber serves all recordings; after `close` there is another one."""
    with_fakes = reader()
    with_fakes.close()
    with_fakes.read(silence(2.0))
    kept = with_fakes._transcriber
    with_fakes.read(silence(2.0))
    assert with_fakes._transcriber is kept is not None
    with_fakes.close()
    assert with_fakes._transcriber is None
    assert len(with_fakes.read(silence(2.0))) == 2
    with_fakes.close()


def test_reader_is_sent_to_another_process_without_models() -> None:
    """As LlamaIndex does with several workers."""
    sent = pickle.loads(pickle.dumps(PassageReader("paragraph", max_chars=9, cancel=threading.Event(), **FAKES)))
    assert (sent.by, sent.max_chars, sent._options.recognizer) == ("paragraph", 9, "fake")
    assert sent._cancel is None


def test_aread_returns_the_same_and_a_canceled_task_ends_the_work() -> None:
    """The event loop goes on meanwhile."""
    assert asyncio.run(reader().aread(silence(2.0))) == reader().read(silence(2.0))
    asyncio.run(canceled_at_work(reader(WaitingRecognizer(SAID)).aread(silence(2.0))))


def test_read_with_cancel_set_raises_cancelled() -> None:
    """Given to the reader, it is for all its recordings."""
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        reader(cancel=cancel).read(silence(2.0))
