"""A stereo call, built of two real voices, through the real recognizer."""

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
BLEED = 0.1


@pytest.fixture(scope="module")
def stereo() -> np.ndarray:
    """The sample talk with each speaker in a channel, and a tenth of the other in it."""
    samples = read_waveform(TALK).samples
    truth = json.loads((ROOT / "samples" / "talk.words.json").read_text())
    voices = sorted({word["speaker"] for word in truth})
    clean = np.zeros((2, len(samples)), np.float32)
    for word, following in zip(truth, [*truth[1:], None], strict=True):  # what follows a word is its speaker's, too
        same = following and following["speaker"] == word["speaker"]
        until = following["start"] if same else word["end"] + 0.1
        part = slice(round((word["start"] - 0.1) * 16_000), round(until * 16_000))
        clean[voices.index(word["speaker"]), part] = samples[part]
    noise = np.random.default_rng(0).standard_normal(clean.shape).astype(np.float32) * 0.0005
    return clean + BLEED * np.roll(clean[::-1], 40, axis=1) + noise


@pytest.fixture(scope="module")
def call(stereo: np.ndarray) -> Transcript:
    """The call, with auto, which is to find that the channels are people."""
    with Transcriber(model="tiny.en", channels="auto", device="cpu") as transcriber:
        return transcriber.transcribe(stereo)


def test_every_word_has_the_right_speaker(call: Transcript) -> None:
    """Of the rightly heard words, nine in ten of all, at least 99 % are their speaker's; none is heard twice."""
    pairs = matched(call)
    truth = json.loads((ROOT / "samples" / "talk.words.json").read_text())
    assert len(pairs) >= 0.9 * len(truth)
    voices = sorted({word["speaker"] for word in truth})
    right = sum(found == f"SPEAKER_{voices.index(true):02d}" for true, found in pairs)
    assert right >= 0.99 * len(pairs)
    assert len(call.words) <= 1.1 * len(truth)
    assert call.provenance.diarizer == "channels"
    check_diarization(Diarization(call.turns, call.exclusive), call.media.duration)


def test_bleed_alone_is_nobody(stereo: np.ndarray) -> None:
    """A channel in which there is nothing but the other's bleed has no words and no turns."""
    alone = np.stack([stereo[0], BLEED * np.roll(stereo[0], 30)])
    alone[1] += np.random.default_rng(1).standard_normal(alone.shape[1]).astype(np.float32) * 0.0005
    with Transcriber(model="tiny.en", channels="speakers", device="cpu") as transcriber:
        transcript = transcriber.transcribe(alone)
    assert {word.speaker for word in transcript.words} == {"SPEAKER_00"}
    assert {turn.speaker for turn in transcript.turns} == {"SPEAKER_00"}


def test_dual_mono_is_mixed() -> None:
    """The sample, whose channels hold the same sound, is no call for auto."""
    with Transcriber(model="tiny.en", channels="auto", diarizer=None, device="cpu") as transcriber:
        assert transcriber.transcribe(TALK).provenance.diarizer is None
