"""faster-whisper's classes with speakers, as a host uses them that has changed one line."""

from __future__ import annotations

import dataclasses
import functools
import io
from collections.abc import Iterator
from typing import Any

import faster_whisper
import numpy as np
import pytest
from faster_whisper import transcribe as library

from speakerplug.errors import UsageError
from speakerplug.hosts.faster_whisper import BatchedInferencePipeline, Segment, WhisperModel, Word
from speakerplug.testing import FakeDiarizer, turns

TURNS = turns((0, 2, "SPEAKER_00"), (2, 4, "SPEAKER_01"))
SAMPLES = np.zeros(4 * 16_000, dtype=np.float32)
WORDS = ((" Hello", 0.0, 0.5), (" there.", 0.5, 1.0), (" Good", 2.5, 3.0), (" day", 3.0, 3.5))
Given = dict[str, Any]


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Given:
    """Replace recognition by one segment of four words; return what faster-whisper was called with."""
    given: Given = {}

    def recognized() -> Iterator[Any]:
        """Yield the segment."""
        words = [library.Word(start, end, text, 0.9) for text, start, end in WORDS]
        text = "".join(word.word for word in words)
        yield library.Segment(7, 0, 0.0, 3.6, text, [1, 2], -0.1, 1.0, 0.1, words, 0.0)

    def replaced(original: Any) -> Any:
        """Return a `transcribe` with the same parameters."""

        @functools.wraps(original)
        def transcribe(self: Any, audio: Any, **arguments: Any) -> tuple[Iterator[Any], Any]:
            given.update(arguments, audio=audio)
            names = [field.name for field in dataclasses.fields(library.TranscriptionOptions)]
            options = library.TranscriptionOptions(**{**dict.fromkeys(names), "word_timestamps": True})
            return recognized(), library.TranscriptionInfo("en", 1.0, 4.0, 4.0, None, options, None)

        return transcribe

    for kind in (library.WhisperModel, library.BatchedInferencePipeline):
        monkeypatch.setattr(kind, "transcribe", replaced(kind.transcribe))
    monkeypatch.setattr(library.WhisperModel, "__init__", functools.wraps(library.WhisperModel.__init__)(_init))
    return given


def _init(self: Any, *args: Any, **kwargs: Any) -> None:
    self.feature_extractor = type("Extractor", (), {"sampling_rate": 16_000})()


def model(**options: Any) -> WhisperModel:
    """Return a model with a fake diarizer."""
    return WhisperModel("tiny", "cpu", diarizer=FakeDiarizer(TURNS), **options)


def test_transcribe_splits_a_segment_where_the_speaker_changes(given: Given) -> None:
    """Both parts are dataclasses of faster-whisper's, numbered anew; `asdict` has the speaker of segments and words."""
    segments, info = model().transcribe(SAMPLES, beam_size=1, word_timestamps=True)
    parts = [dataclasses.asdict(segment) for segment in segments]
    found = [(part["id"], part["start"], part["end"], part["text"], part["speaker"]) for part in parts]
    assert found == [(1, 0.0, 1.0, " Hello there.", "SPEAKER_00"), (2, 2.5, 3.6, " Good day", "SPEAKER_01")]
    assert [word["speaker"] for part in parts for word in part["words"]] == ["SPEAKER_00"] * 2 + ["SPEAKER_01"] * 2
    assert (given["beam_size"], info.transcription_options.word_timestamps) == (1, True)
    assert issubclass(Segment, library.Segment)
    assert issubclass(Word, library.Word)


def test_transcribe_without_word_timestamps_gives_no_words_back(given: Given) -> None:
    """They are needed inside, and the host sees what it asked for."""
    segments, info = model().transcribe(SAMPLES)
    assert [(segment.words, segment.speaker) for segment in segments] == [(None, "SPEAKER_00"), (None, "SPEAKER_01")]
    assert (given["word_timestamps"], info.transcription_options.word_timestamps) == (True, False)


def test_transcribe_with_whole_segments_has_who_speaks_longest_in_each(given: Given) -> None:
    """Words keep their own speakers, and the segment its text and tokens."""
    (whole,) = model(split_segments=False).transcribe(SAMPLES, "en", word_timestamps=True)[0]
    assert (whole.speaker, whole.tokens, whole.text) == ("SPEAKER_00", [1, 2], " Hello there. Good day")
    assert [word.speaker for word in whole.words or ()] == ["SPEAKER_00"] * 2 + ["SPEAKER_01"] * 2


def test_transcribe_with_translation_has_one_speaker_per_segment(given: Given) -> None:
    """The times of translated words are a guess."""
    (whole,) = model().transcribe(SAMPLES, None, "translate", word_timestamps=True)[0]
    assert {whole.speaker, *(word.speaker for word in whole.words or ())} == {"SPEAKER_00"}


def test_transcribe_reads_a_stream_once(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    """What faster-whisper recognizes is what is diarized."""
    reads = []
    monkeypatch.setattr(faster_whisper, "decode_audio", lambda audio, sampling_rate: reads.append(audio) or SAMPLES)
    stream = io.BytesIO(b"media")
    assert len(list(model().transcribe(stream)[0])) == 2
    assert reads == [stream]
    assert given["audio"] is SAMPLES


def test_transcribe_passes_the_number_of_speakers_to_the_diarizer_only(given: Given) -> None:
    """faster-whisper has no such arguments; an unknown one is still its TypeError."""
    diarizer = FakeDiarizer(TURNS)
    host = WhisperModel("tiny", diarizer=diarizer, diarizer_options={"device": "cpu"})
    list(host.transcribe(SAMPLES, min_speakers=2, max_speakers=3)[0])
    assert [(request.min_speakers, request.max_speakers) for request in diarizer.requests] == [(2, 3)]
    assert "min_speakers" not in given
    with pytest.raises(TypeError, match="nonsense"):
        host.transcribe(SAMPLES, nonsense=1)


def test_batched_pipeline_has_the_diarizer_of_its_model(given: Given) -> None:
    """The same segments with speakers; a model of faster-whisper itself is refused, with the import to change."""
    segments, _ = BatchedInferencePipeline(model()).transcribe(SAMPLES, batch_size=4)
    assert [segment.speaker for segment in segments] == ["SPEAKER_00", "SPEAKER_01"]
    assert given["batch_size"] == 4
    with pytest.raises(UsageError, match=r"speakerplug\.hosts\.faster_whisper"):
        BatchedInferencePipeline(object())  # type: ignore[arg-type]


@pytest.mark.models
@pytest.mark.parametrize("batched", [False, True])
def test_real_model_gives_the_same_text_with_speakers(batched: bool) -> None:
    """On the conversation that comes with pyannote.audio: the text is faster-whisper's own, said by two people."""
    from speakerplug.cli.doctor.decoding import sample
    from speakerplug.plugin.manager import load_plugins

    folder = str(load_plugins().models["tiny.en"].locate())
    ours: Any = WhisperModel(folder, device="cpu", diarizer="bundled")
    theirs: Any = faster_whisper.WhisperModel(folder, device="cpu")
    if batched:
        ours, theirs = BatchedInferencePipeline(ours), faster_whisper.BatchedInferencePipeline(theirs)
    found = list(ours.transcribe(str(sample()))[0])
    plain = theirs.transcribe(str(sample()), word_timestamps=True)[0]
    assert "".join(segment.text for segment in found) == "".join(segment.text for segment in plain)
    assert {segment.speaker for segment in found} == {"SPEAKER_00", "SPEAKER_01"}
