"""Real speech through the real recognizer and the real diarizer."""

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
    """(true speaker, found speaker) of the words that were recognized rightly."""
    truth = json.loads((ROOT / "samples" / "talk.words.json").read_text())
    pairs = paired([word["word"] for word in truth], [word.text for word in transcript.words])
    return [(truth[i]["speaker"], transcript.words[j].speaker or "") for i, j in pairs]


def test_the_sample_talk_is_understood(sample: Transcript) -> None:
    """Two speakers are found, nine words in ten are right, and of these at least 97 % have the right speaker."""
    pairs = matched(sample)
    truth_words = len(json.loads((ROOT / "samples" / "talk.words.json").read_text()))
    assert len(pairs) >= 0.9 * truth_words
    assert len(sample.speakers) == 2
    first = pairs[0][1]
    right = sum((true == pairs[0][0]) == (found == first) for true, found in pairs)
    assert right >= 0.97 * len(pairs)


def test_every_word_has_a_speaker_and_no_cue_has_two(sample: Transcript) -> None:
    """The guarantee that no peer gives."""
    assert all(word.speaker and word.method and word.speaker_confidence is not None for word in sample.words)
    assert all(len({word.speaker for word in cue.words}) == 1 for cue in cues_from(sample))


def test_the_stages_keep_their_rules(sample: Transcript) -> None:
    """Turns in order, exclusive ones without overlap, words with text and times inside the recording."""
    check_diarization(speakerplug.Diarization(sample.turns, sample.exclusive), sample.media.duration)
    check_recognition(Recognition(sample.words, "en", "tiny.en"), sample.media.duration)


def test_it_says_what_made_it(sample: Transcript) -> None:
    """The transcript names recognizer, model, diarizer, device and language."""
    made = sample.provenance
    assert (made.recognizer, made.model, made.diarizer, made.device) == ("faster-whisper", "tiny.en", "bundled", "cpu")
    assert (sample.language, sample.media.file) == ("en", "talk.mp4")
    assert sample.media.duration == pytest.approx(57.8, abs=0.1)


def test_the_files_hold_what_was_heard(sample: Transcript, tmp_path: Path) -> None:
    """VTT is read back by webvtt-py with a voice on every cue; JSON is valid and loads as the same transcript."""
    captions = webvtt.read(str(sample.save(tmp_path / "talk.vtt"))).captions
    assert len(captions) == len(cues_from(sample))
    assert {caption.voice for caption in captions} == {speaker.name for speaker in sample.speakers}
    schema = json.loads((ROOT / "docs" / "transcript.schema.json").read_text())
    jsonschema.validate(json.loads(sample.save(tmp_path / "talk.json").read_text()), schema)
    assert [w.text for w in speakerplug.load(tmp_path / "talk.json").words] == [w.text for w in sample.words]
    assert re.search(r"^SPEAKER_0\d: ", sample.save(tmp_path / "talk.srt").read_text(), re.MULTILINE)


def test_a_real_call_has_its_two_speakers(transcriber: Transcriber) -> None:
    """A telephone call of 30 s: two speakers."""
    transcript = transcriber.transcribe(call_path())
    assert len({word.speaker for word in transcript.words}) == 2


@pytest.mark.parametrize("source", [None, *open_recordings("falcon_test.wav")])
def test_the_number_of_speakers_can_be_asked_for(source: Path | None) -> None:
    """num_speakers reaches the clustering: a clip of three voices can be forced to two."""
    clip = Waveform.of(three_speakers()) if source is None else source
    assert len(speakerplug.diarize(clip, diarizer="bundled", num_speakers=2, device="cpu").speakers) == 2


def test_a_host_gets_the_same_speakers(sample: Transcript) -> None:
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
def test_silence_is_a_transcript_without_words(transcriber: Transcriber, seconds: float) -> None:
    """Silence, even of 50 ms, gives a valid empty transcript."""
    transcript = transcriber.transcribe(silence(seconds))
    assert (transcript.words, transcript.turns, transcript.speakers) == ((), (), ())
    assert cues_from(transcript) == ()


def test_noise_is_no_speech(transcriber: Transcriber) -> None:
    """Half a minute of white noise is not made into words."""
    noise = np.random.default_rng(0).normal(0, 0.1, 30 * 16_000).astype(np.float32)
    assert transcriber.transcribe(Waveform.of(noise)).words == ()


def test_stages_in_processes_of_their_own_give_the_same(sample: Transcript) -> None:
    """With isolate every word, time, speaker and turn is what it is in one process."""
    with Transcriber(model="tiny.en", diarizer="bundled", device="cpu", isolate=True) as transcriber:
        isolated = transcriber.transcribe(TALK)
    assert (isolated.words, isolated.turns, isolated.exclusive) == (sample.words, sample.turns, sample.exclusive)


def test_out_of_memory_in_the_middle_costs_only_the_batch(
    sample: Transcript, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whisper goes on, with a smaller batch, after the windows that it has heard; no word is lost."""
    from faster_whisper import BatchedInferencePipeline

    real, heard = BatchedInferencePipeline.forward, []

    def forward(self: BatchedInferencePipeline, features: np.ndarray, *rest: object) -> object:
        """Fail at the second batch."""
        heard.append(len(features))
        if len(heard) == 2:
            raise RuntimeError("CUDA failed with error out of memory")
        return real(self, features, *rest)

    monkeypatch.setattr(BatchedInferencePipeline, "forward", forward)
    devices = DeviceManager(
        "cpu", device_options=read_device_options({"batch_size": 2, "device": "cpu"}, ("recognizer",)), limits={}
    )
    with Transcriber(model="tiny.en", diarizer=None, devices=devices) as transcriber:
        transcript = transcriber.transcribe(TALK)
    assert heard[:3] == [2, 1, 1]
    assert_same_words(transcript.words, [replace(word, speaker=None, method=None) for word in sample.words])
    assert "ran out of memory; going on with a batch of 1" in caplog.text
