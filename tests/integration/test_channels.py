"""A stereo call with two real speakers is transcribed by channel with the real recognizer."""

from __future__ import annotations

import json

import numpy as np
import pytest

from speakerplug import Transcriber, Transcript, read_waveform
from speakerplug.testing import check_diarization
from speakerplug.transcript import Diarization
from tests.integration.test_transcribe import matched
from tests.recordings import ROOT, TALK

pytestmark = pytest.mark.models
CROSSTALK = 0.1


@pytest.fixture(scope="module")
def stereo() -> np.ndarray:
    """Return the sample talk with one speaker per channel, and crosstalk of a tenth."""
    samples = read_waveform(TALK).samples
    truth = json.loads((ROOT / "samples" / "talk.words.json").read_text())
    speakers = sorted({word["speaker"] for word in truth})
    clean = np.zeros((2, len(samples)), np.float32)
    for word, following in zip(truth, [*truth[1:], None], strict=True):  # what follows a word is its speaker's, too
        same = following and following["speaker"] == word["speaker"]
        until = following["start"] if same else word["end"] + 0.1
        part = slice(round((word["start"] - 0.1) * 16_000), round(until * 16_000))
        clean[speakers.index(word["speaker"]), part] = samples[part]
    noise = np.random.default_rng(0).standard_normal(clean.shape).astype(np.float32) * 0.0005
    return clean + CROSSTALK * np.roll(clean[::-1], 40, axis=1) + noise


@pytest.fixture(scope="module")
def call(stereo: np.ndarray) -> Transcript:
    """Return the transcript of the call with auto, which should find the separate speakers."""
    with Transcriber(model="tiny.en", channels="auto", device="cpu") as transcriber:
        return transcriber.transcribe(stereo)


def test_transcribe_a_stereo_call_gives_each_word_its_speaker(call: Transcript) -> None:
    """Nine words in ten are recognized correctly, 99 % of these with the right speaker; none is repeated."""
    pairs = matched(call)
    truth = json.loads((ROOT / "samples" / "talk.words.json").read_text())
    assert len(pairs) >= 0.9 * len(truth)
    speakers = sorted({word["speaker"] for word in truth})
    right = sum(found == f"SPEAKER_{speakers.index(true):02d}" for true, found in pairs)
    assert right >= 0.99 * len(pairs)
    assert len(call.words) <= 1.1 * len(truth)
    assert call.provenance.diarizer == "channels"
    check_diarization(Diarization(call.turns, call.exclusive), call.media.duration)


def test_transcribe_a_channel_with_only_crosstalk_finds_no_speaker_there(stereo: np.ndarray) -> None:
    """Such a channel has no words and no turns."""
    alone = np.stack([stereo[0], CROSSTALK * np.roll(stereo[0], 30)])
    alone[1] += np.random.default_rng(1).standard_normal(alone.shape[1]).astype(np.float32) * 0.0005
    with Transcriber(model="tiny.en", channels="speakers", device="cpu") as transcriber:
        transcript = transcriber.transcribe(alone)
    assert {word.speaker for word in transcript.words} == {"SPEAKER_00"}
    assert {turn.speaker for turn in transcript.turns} == {"SPEAKER_00"}


def test_transcribe_dual_mono_with_auto_mixes_it() -> None:
    """Both channels of the sample have the same audio."""
    with Transcriber(model="tiny.en", channels="auto", diarizer=None, device="cpu") as transcriber:
        assert transcriber.transcribe(TALK).provenance.diarizer is None
