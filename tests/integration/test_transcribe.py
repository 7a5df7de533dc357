"""Real speech is transcribed with the real recognizer and the real diarizer."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import webvtt

import speakerplug
from speakerplug import Transcriber, Transcript, Waveform
from speakerplug.devices import DeviceManager, read_device_options
from speakerplug.plugin.roles import Recognition
from speakerplug.subtitles import cues_from
from speakerplug.testing import check_diarization, check_recognition, silence
from tests.comparison import assert_same_words, paired
from tests.recordings import ROOT, TALK, call_path, open_recordings, three_speakers

pytestmark = pytest.mark.models


def matched(transcript: Transcript) -> list[tuple[str, str]]:
    """Return (true speaker, found speaker) of the words that were recognized correctly."""
    truth = json.loads((ROOT / "samples" / "talk.words.json").read_text())
    pairs = paired([word["word"] for word in truth], [word.text for word in transcript.words])
    return [(truth[i]["speaker"], transcript.words[j].speaker or "") for i, j in pairs]


def test_transcribe_the_sample_gives_words_and_speakers(sample: Transcript) -> None:
    """Two speakers are found, nine words in ten are correct, and 97 % of these have the right speaker."""
    pairs = matched(sample)
    truth_words = len(json.loads((ROOT / "samples" / "talk.words.json").read_text()))
    assert len(pairs) >= 0.9 * truth_words
    assert len(sample.speakers) == 2
    first = pairs[0][1]
    right = sum((true == pairs[0][0]) == (found == first) for true, found in pairs)
    assert right >= 0.97 * len(pairs)


def test_transcribe_the_sample_gives_every_word_a_speaker_and_no_cue_two(sample: Transcript) -> None:
    """No other program guarantees that."""
    assert all(word.speaker and word.method and word.speaker_confidence is not None for word in sample.words)
    assert all(len({word.speaker for word in cue.words}) == 1 for cue in cues_from(sample))


def test_transcribe_the_sample_gives_valid_stages(sample: Transcript) -> None:
    """Turns are sorted, exclusive ones disjoint, words have text and times inside the recording."""
    check_diarization(speakerplug.Diarization(sample.turns, sample.exclusive), sample.media.duration)
    check_recognition(Recognition(sample.words, "en", "tiny.en"), sample.media.duration)


def test_provenance_of_the_sample_names_the_stages(sample: Transcript) -> None:
    """It has recognizer, model, diarizer and device; the transcript has the language."""
    found = sample.provenance
    assert (found.recognizer, found.model, found.diarizer, found.device) == (
        "faster-whisper",
        "tiny.en",
        "bundled",
        "cpu",
    )
    assert (sample.language, sample.media.file) == ("en", "talk.mp4")
    assert sample.media.duration == pytest.approx(57.8, abs=0.1)


def test_files_of_the_sample_have_its_words_and_speakers(sample: Transcript, tmp_path: Path) -> None:
    """webvtt-py reads the VTT with a voice in every cue; the JSON is valid and loads as the same transcript."""
    captions = webvtt.read(str(sample.save(tmp_path / "talk.vtt"))).captions
    assert len(captions) == len(cues_from(sample))
    assert {caption.voice for caption in captions} == {speaker.name for speaker in sample.speakers}
    schema = json.loads((ROOT / "docs" / "transcript.schema.json").read_text())
    jsonschema.validate(json.loads(sample.save(tmp_path / "talk.json").read_text()), schema)
    assert [w.text for w in speakerplug.load(tmp_path / "talk.json").words] == [w.text for w in sample.words]
    assert re.search(r"^SPEAKER_0\d: ", sample.save(tmp_path / "talk.srt").read_text(), re.MULTILINE)


def test_transcribe_a_phone_call_finds_its_two_speakers(transcriber: Transcriber) -> None:
    """The call is 30 s long."""
    transcript = transcriber.transcribe(call_path())
    assert len({word.speaker for word in transcript.words}) == 2


@pytest.mark.parametrize("source", [None, *open_recordings("falcon_test.wav")])
def test_diarize_with_a_number_of_speakers_returns_that_many(source: Path | None) -> None:
    """num_speakers reaches the clustering: a clip with three speakers can be forced to two."""
    clip = Waveform.of(three_speakers()) if source is None else source
    assert len(speakerplug.diarize(clip, diarizer="bundled", num_speakers=2, device="cpu").speakers) == 2


def test_attribute_words_of_a_host_gives_the_same_speakers(sample: Transcript) -> None:
    """faster-whisper's own segments, labeled through `diarizing`, have the speakers of the whole pipeline."""
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    from speakerplug.plugin.manager import load_plugins

    model = WhisperModel(str(load_plugins().models["tiny.en"].locate()), device="cpu", local_files_only=True)
    with speakerplug.diarizing(TALK, diarizer="bundled", device="cpu") as speakers:
        segments, info = BatchedInferencePipeline(model).transcribe(speakers.samples, word_timestamps=True)
        labeled = speakers.attribute(segments, language=info.language)
    assert labeled.turns == sample.turns
    pairs = paired([word.text for word in labeled.words], [word.text for word in sample.words])
    assert len(pairs) >= 0.95 * len(sample.words)
    assert sum(labeled.words[i].speaker == sample.words[j].speaker for i, j in pairs) >= 0.98 * len(pairs)


@pytest.mark.parametrize("seconds", [0.05, 5.0])
def test_transcribe_silence_returns_no_words(transcriber: Transcriber, seconds: float) -> None:
    """Silence, even of 50 ms, gives a valid empty transcript."""
    transcript = transcriber.transcribe(silence(seconds))
    assert (transcript.words, transcript.turns, transcript.speakers) == ((), (), ())
    assert cues_from(transcript) == ()


def test_transcribe_noise_returns_no_words(transcriber: Transcriber) -> None:
    """Half a minute of white noise is not recognized as words."""
    noise = np.random.default_rng(0).normal(0, 0.1, 30 * 16_000).astype(np.float32)
    assert transcriber.transcribe(Waveform.of(noise)).words == ()


def test_transcribe_isolated_gives_the_same(sample: Transcript) -> None:
    """All words, times, speakers and turns are equal to those of one process."""
    with Transcriber(model="tiny.en", diarizer="bundled", device="cpu", isolate=True) as transcriber:
        isolated = transcriber.transcribe(TALK)
    assert (isolated.words, isolated.turns, isolated.exclusive) == (sample.words, sample.turns, sample.exclusive)


def test_transcribe_out_of_memory_repeats_only_the_batch(
    sample: Transcript, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whisper continues with a smaller batch after the finished windows; no word is lost."""
    from faster_whisper import BatchedInferencePipeline

    real, batches = BatchedInferencePipeline.forward, []

    def forward(self: BatchedInferencePipeline, features: np.ndarray, *rest: object) -> object:
        """Fail after the first batch, of which two workers have recognized a window each."""
        batches.append(len(features))
        if len(batches) == 3:
            raise RuntimeError("CUDA failed with error out of memory")
        return real(self, features, *rest)

    monkeypatch.setattr(BatchedInferencePipeline, "forward", forward)
    devices = DeviceManager(
        "cpu", device_options=read_device_options({"batch_size": 2, "device": "cpu"}, ("recognizer",)), limits={}
    )
    with Transcriber(model="tiny.en", diarizer=None, devices=devices) as transcriber:
        transcript = transcriber.transcribe(TALK)
    assert batches == [1] * 5  # two at once, one that fails and is repeated, and one of the second pass
    assert_same_words(transcript.words, [replace(word, speaker=None, method=None) for word in sample.words])
    assert "ran out of memory; going on with a batch of 1" in caplog.text
