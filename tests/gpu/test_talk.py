"""Recordings on a GPU: the words and speakers of the CPU, both stages at once, and all that where memory is short."""

from __future__ import annotations

import difflib
import statistics
import time
from typing import Any

import numpy as np
import pytest

from speakerplug import Transcriber, Transcript
from speakerplug.devices.device import GB
from speakerplug.devices.probe import LocalProbe
from speakerplug.media.recording import read_waveform
from speakerplug.media.waveform import Waveform
from tests.gpu.machine import GPU, ballast
from tests.recordings import TALK

pytestmark = [pytest.mark.gpu, pytest.mark.usefixtures("gpu")]


def transcribed(audio: Any = TALK, **options: Any) -> Transcript:
    with Transcriber(model="tiny.en", diarizer="bundled", timings=True, **options) as transcriber:
        return transcriber.transcribe(audio)


def placements(transcript: Transcript) -> dict[str, str]:
    """Where each stage ran, and how."""
    plan = transcript.provenance.plan or {}
    return {
        stage: f"{one['device']}, {one['compute_type']}, batch {one['batch_size']}"
        for stage, one in plan["stages"].items()
    }


def timings(transcript: Transcript) -> dict[str, float]:
    """The seconds of each step."""
    return {step: round(seconds, 2) for step, seconds in (transcript.provenance.timings or {}).items()}


def words_of(transcript: Transcript) -> list[str]:
    return [word.text.strip().lower() for word in transcript.words]


def alike(one: Transcript, other: Transcript) -> float:
    """The share of words that are the same."""
    return difflib.SequenceMatcher(None, words_of(one), words_of(other), autojunk=False).ratio()


def furthest_turn(one: Transcript, other: Transcript) -> float:
    """The longest time between the ends of turns that belong together, in seconds."""
    pairs = zip(one.exclusive, other.exclusive, strict=True)
    return max(max(abs(a.start - b.start), abs(a.end - b.end)) for a, b in pairs)


def test_talk_on_gpu_has_the_words_and_turns_of_the_cpu(figures: dict[str, Any]) -> None:
    """In the same precision 99 % of the words are the same, the speakers are, and turns differ by at most 20 ms."""
    cpu = transcribed(device="cpu", compute_type="float32")
    gpu = transcribed(device="cuda", compute_type="float32")
    usual_cpu, usual_gpu = transcribed(device="cpu"), transcribed(device="cuda")
    figures.update(
        plan=placements(gpu),
        usual_plan=placements(usual_gpu),
        same_words=alike(cpu, gpu),
        same_words_as_usual=alike(usual_cpu, usual_gpu),
        furthest_turn_s=furthest_turn(cpu, gpu),
        seconds_cpu=timings(usual_cpu),
        seconds_gpu=timings(usual_gpu),
    )
    assert alike(cpu, gpu) >= 0.99
    assert [turn.speaker for turn in cpu.exclusive] == [turn.speaker for turn in gpu.exclusive]
    assert furthest_turn(cpu, gpu) <= 0.02


def test_concurrency_on_one_gpu_shortens_a_long_recording(figures: dict[str, Any]) -> None:
    """Ten times the talk, both stages at once or one after the other: at once it is clearly shorter."""
    samples = np.tile(read_waveform(TALK).samples, 10)
    long = Waveform.of(samples, name="long")
    seconds: dict[str, list[float]] = {"on": [], "off": []}
    for _ in range(2):
        for concurrency, taken in seconds.items():
            with Transcriber(
                model="tiny.en", diarizer="bundled", device="cuda", concurrency=concurrency, timings=True
            ) as transcriber:
                transcriber.transcribe(TALK)
                start = time.monotonic()
                transcript = transcriber.transcribe(long)
                taken.append(round(time.monotonic() - start, 2))
            figures["steps_" + concurrency] = timings(transcript)
    figures.update(audio_s=round(len(samples) / 16000), **seconds)
    assert statistics.median(seconds["on"]) < 0.95 * statistics.median(seconds["off"])


@pytest.mark.parametrize("device", ["auto", "cuda"])
def test_full_card_gives_smaller_batches_and_the_same_words(device: str, figures: dict[str, Any]) -> None:
    """Where another process leaves 3 GB, all stays on the GPU, in smaller batches, and the memory comes back."""
    roomy = transcribed(device="cuda")
    with ballast(3 * GB):
        before = LocalProbe().free_bytes(GPU) or 0
        tight = transcribed(device=device)
        LocalProbe().release(GPU)
        after = LocalProbe().free_bytes(GPU) or 0
    figures.update(plan=placements(tight), before_mb=before >> 20, after_mb=after >> 20, same_words=alike(roomy, tight))
    assert all(where.startswith("cuda:0") for where in placements(tight).values())
    assert alike(roomy, tight) >= 0.99
    assert before - after <= 0.05 * before


def test_card_that_fills_up_meanwhile_is_survived(caplog: pytest.LogCaptureFixture, figures: dict[str, Any]) -> None:
    """Another process takes all but 300 MB after the models were loaded: the work goes on, and says how."""
    with Transcriber(model="tiny.en", diarizer="bundled", device="auto", timings=True) as transcriber:
        roomy = transcriber.transcribe(TALK)
        LocalProbe().release(GPU)
        with ballast(300 * 2**20):
            full = transcriber.transcribe(TALK)
    figures.update(same_words=alike(roomy, full), said=[record.getMessage() for record in caplog.records])
    assert alike(roomy, full) >= 0.95
    assert all(word.speaker for word in full.words)
