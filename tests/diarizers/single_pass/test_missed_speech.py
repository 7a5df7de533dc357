"""Speech that the segmentation misses for long is found by voice activity detection, and is speech like any other."""

from __future__ import annotations

import numpy as np
import pytest

from speakerplug.diarizers.single_pass import Masks, SinglePass, SpeakerChange
from speakerplug.diarizers.single_pass.engine import Passed
from speakerplug.diarizers.single_pass.missed_speech import with_missed_speech
from speakerplug.media import vad
from speakerplug.media.vad import Span
from speakerplug.media.waveform import SAMPLE_RATE, Samples, Waveform
from speakerplug.system.progress import Progress
from tests.standins.networks import FRAME_STEP_S, SPEAKERS, FakeSegmentation, fake_networks, talk

TALK = talk(("A", 3.0), ("", 0.5), ("B", 4.0), ("C", 2.0), ("", 1.5), ("A", 2.0))


class Deaf(FakeSegmentation):
    """Find nobody but A."""

    def _mask(self, window: Samples) -> Masks:
        only_a = np.where((window * 16).astype(int) == 1, window, 0.0)
        return super()._mask(only_a.astype(np.float32))


def audible(samples: Samples, **options: float) -> list[Span]:
    """Return where there is a sample, as a detector of voice activity would."""
    edges = np.flatnonzero(np.diff(samples > 0, prepend=False, append=False)).reshape(-1, 2)
    return [(start / SAMPLE_RATE, end / SAMPLE_RATE) for start, end in edges.tolist()]


def passed(samples: Samples, progress: Progress = lambda *_: None) -> Passed:
    """Return what one pass finds that knows A alone, with what it misses."""
    engine = SinglePass(fake_networks(Deaf()), SpeakerChange(0.5, 0.8))
    engine.push(samples)
    return with_missed_speech(engine.finish(), Waveform.of(samples, "talk"), engine, progress)


def speakers_in(found: Passed) -> list[tuple[str, float, float]]:
    """Return who speaks in each part by its embedding, and when."""
    return [
        (SPEAKERS[int(vector.argmax())], round(start * FRAME_STEP_S, 1), round(end * FRAME_STEP_S, 1))
        for each in found.segments
        for vector, start, end in zip(each.embeddings, each.edges, each.edges[1:], strict=False)
    ]


@pytest.fixture(autouse=True)
def _voice_activity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vad, "_detect", audible)


def test_speech_without_a_speaker_for_long_is_cut_and_embedded() -> None:
    """B and C follow each other without a pause; in the order of time, one at a time."""
    found = passed(TALK)
    assert speakers_in(found) == [
        ("A", 0.0, pytest.approx(3.0, abs=0.1)),
        ("B", 3.5, pytest.approx(7.5, abs=0.1)),
        ("C", pytest.approx(7.5, abs=0.1), pytest.approx(9.5, abs=0.1)),
        ("A", pytest.approx(11.0, abs=0.1), pytest.approx(13.0, abs=0.1)),
    ]
    spoken = {second: found.count[round(second / FRAME_STEP_S)] for second in (1.0, 3.3, 5.0, 8.0, 10.0, 12.0)}
    assert spoken == {1.0: 1, 3.3: 0, 5.0: 1, 8.0: 1, 10.0: 0, 12.0: 1}


@pytest.mark.parametrize("parts", [[("A", 3.0), ("", 0.1), ("B", 0.7), ("", 0.1), ("A", 2.0)], [("A", 2.0), ("", 9.0)]])
def test_short_gap_or_silence_adds_nothing(parts: list[tuple[str, float]]) -> None:
    """The edges of turns are the network's, and silence is not looked into."""
    assert {speaker for speaker, _, _ in speakers_in(passed(talk(*parts)))} == {"A"}


def test_speech_of_less_than_half_a_second_adds_nothing() -> None:
    """It is too short for an embedding."""
    samples = talk(("A", 2.0), ("", 1.0), ("B", 0.4), ("", 1.0), ("A", 2.0))
    assert {speaker for speaker, _, _ in speakers_in(passed(samples))} == {"A"}


def test_canceled_work_ends_within_a_long_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hours of music are looked through in chunks, before each of which progress may raise."""
    calls = []

    def progress(phase: str, done: float, total: float) -> None:
        calls.append(phase)
        if len(calls) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(vad, "CHUNK_S", 2.0)
    with pytest.raises(KeyboardInterrupt):
        passed(talk(("A", 2.0), ("", 30.0)), progress)
    assert calls == ["segmentation"] * 3
