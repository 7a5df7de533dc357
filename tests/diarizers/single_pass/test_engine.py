"""One pass over a recording finds the same however its audio comes, and keeps little of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.diarizers.single_pass import Masks, Networks, SinglePass, SpeakerChange
from speakerplug.diarizers.single_pass.engine import Passed
from speakerplug.media.waveform import SAMPLE_RATE, Samples
from tests.standins.networks import SPEAKERS, WINDOW_S, FakeEmbedding, FakeSegmentation, fake_networks, talk

CHANGE = SpeakerChange(0.5, 0.8)
TALKS = st.lists(
    st.tuples(st.sampled_from(["", "", "A", "B", "C", "AB", "BD"]), st.floats(0.05, 4.0)), min_size=1, max_size=8
)
A_TALK = talk(("A", 3.0), ("", 0.5), ("B", 2.5), ("AB", 1.2), ("", 3.0), ("C", 0.4), ("", 0.3), ("C", 2.2))


def passed(
    samples: Samples,
    networks: Networks | None = None,
    *,
    blocks: Sequence[float] = (30.0,),
    step_s: float | None = None,
    threads: int = 1,
    saved: Sequence[Masks] = (),
    masks: list[Masks] | None = None,
) -> Passed:
    """Return what one pass finds; the audio comes in blocks of these seconds in turn."""
    add = None if masks is None else masks.append
    engine = SinglePass(networks or fake_networks(), CHANGE, step_s, threads=threads, saved=saved, on_window=add)
    first = number = 0
    while first < len(samples):
        last = first + round(blocks[number % len(blocks)] * SAMPLE_RATE)
        engine.push(samples[first:last])
        first, number = last, number + 1
    return engine.finish()


def assert_same(one: Passed, other: Passed) -> None:
    """Both have the same segments, votes, parts, embeddings and numbers of speakers."""
    np.testing.assert_array_equal(one.count, other.count)
    assert len(one.segments) == len(other.segments)
    for each, same in zip(one.segments, other.segments, strict=True):
        assert each.segment.first == same.segment.first
        np.testing.assert_array_equal(each.segment.votes, same.segment.votes)
        np.testing.assert_array_equal(each.edges, same.edges)
        np.testing.assert_array_equal(each.embeddings, same.embeddings)
        np.testing.assert_array_equal(each.clean_s, same.clean_s)


def speakers_of_parts(found: Passed) -> list[str]:
    """Return who speaks in each part, by its embedding."""
    vectors = np.vstack([each.embeddings for each in found.segments])
    return ["?" if np.isnan(vector).any() else SPEAKERS[int(vector.argmax())] for vector in vectors]


@given(
    TALKS,
    st.lists(st.floats(0.001, 5.0), min_size=1, max_size=4),
    st.sampled_from([0.1, 0.5, 0.77, 1.3, WINDOW_S]),
    st.integers(1, 3),
    st.integers(1, 5),
)
def test_pass_does_not_depend_on_blocks_threads_or_batches(
    parts: list[tuple[str, float]], blocks: list[float], step_s: float, threads: int, at_once: int
) -> None:
    """Even if each window overlooks something else, and windows only just touch."""
    blocks = [max(length, 0.05) for length in blocks]
    samples = talk(*parts)
    whole = passed(samples, fake_networks(FakeSegmentation(misses=True)), blocks=[1000.0], step_s=step_s)
    networks = fake_networks(FakeSegmentation(misses=True), at_once)
    assert_same(passed(samples, networks, blocks=blocks, step_s=step_s, threads=threads), whole)


def test_pass_with_features_dropped_in_between_keeps_what_a_later_window_finds() -> None:
    """A segment begins earlier than all open ones if the windows before overlooked it."""

    class LateFinder(FakeSegmentation):
        """The first windows find only what begins at 1.2 s."""

        def _mask(self, window: Samples) -> Masks:
            mask = super()._mask(window)
            self._number = getattr(self, "_number", -1) + 1
            if self._number < 1:
                mask[:60] = 0
            return mask

    samples = talk(("", 0.6), ("A", 0.5), ("", 0.2), ("B", 1.5), ("", 3.0))
    whole = passed(samples, fake_networks(LateFinder()))
    assert_same(passed(samples, fake_networks(LateFinder()), blocks=[0.1]), whole)
    assert speakers_of_parts(whole) == ["A", "B"]


@pytest.mark.parametrize("block_s", [WINDOW_S, 3 * WINDOW_S])
def test_pass_of_windows_that_only_touch_keeps_features_in_place(block_s: float) -> None:
    """After silence nothing is kept; the features that follow have their own times."""
    samples = talk(("", 2 * WINDOW_S * 3), ("A", 1.0), ("B", 1.0), ("", 4.0))
    one = passed(samples, blocks=[block_s], step_s=WINDOW_S)
    assert_same(one, passed(samples, blocks=[1000.0], step_s=WINDOW_S))


def test_pass_finds_who_speaks() -> None:
    """Each speaker has a segment of its own with the right embedding, and overlap counts two."""
    found = passed(A_TALK)
    assert sorted(set(speakers_of_parts(found))) == ["A", "B", "C"]
    assert found.count.max() == 2
    assert found.count[round(2.0 / 0.02)] == 1
    assert found.count[round(6.6 / 0.02)] == 2
    assert found.count[round(8.5 / 0.02)] == 0


def test_pass_embeds_speech_without_overlap() -> None:
    """Where half a second or more is left, what someone says alone is embedded, and nothing else."""
    found = passed(talk(("A", 1.0), ("AB", 1.0), ("B", 1.0), ("", 1.0)))
    assert speakers_of_parts(found) == ["A", "B"]
    for each in found.segments:
        np.testing.assert_allclose(each.embeddings.max(axis=1), 1.0, atol=0.05)
        np.testing.assert_allclose(each.embeddings.sum(axis=1), 1.0, atol=0.05)
        np.testing.assert_allclose(each.clean_s, 1.0, atol=0.1)


def test_pass_with_a_change_of_speaker_within_a_segment_cuts_it() -> None:
    """The segmentation takes A and B for one, and the embeddings do not."""

    class Deaf(FakeSegmentation):
        """Say that someone speaks, not who."""

        def _mask(self, window: Samples) -> Masks:
            return super()._mask(window).max(axis=1, keepdims=True)

    found = passed(talk(("A", 3.0), ("B", 2.0), ("", 1.0)), fake_networks(Deaf()))
    (only,) = found.segments
    assert speakers_of_parts(found) == ["A", "B"]
    np.testing.assert_allclose(found.grid.middles(only.edges)[1], 3.0, atol=0.1)
    np.testing.assert_allclose(only.clean_s, [3.0, 2.0], atol=0.15)


@pytest.mark.parametrize("noise", [0.0, 5e-5])
def test_silence_costs_no_network_call(noise: float) -> None:
    """Not even for noise below -80 dB: no window is segmented, and nobody is found."""
    segmentation = FakeSegmentation()
    found = passed(np.full(20 * SAMPLE_RATE, noise, np.float32), fake_networks(segmentation))
    assert segmentation.windows == 0
    assert found.segments == ()
    assert not found.count.any()
    assert len(found.count) == found.grid.offset(36) + found.grid.per_window


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.3, 1.0, 2.0])
def test_recording_shorter_than_a_window_is_one_window(seconds: float) -> None:
    """It is padded with silence; of too little speech there is no embedding."""
    found = passed(talk(("A", seconds)))
    assert len(found.count) == found.grid.per_window
    expected = {0.0: [], 0.01: [], 0.3: ["A"], 1.0: ["A"], 2.0: ["A"]}[seconds]
    assert ([] if not found.segments else speakers_of_parts(found)) == expected


def test_recording_that_ends_within_a_step_has_a_padded_last_window() -> None:
    """What is said in its last moments is found."""
    segmentation = FakeSegmentation()
    found = passed(talk(("", 2.3), ("A", 0.5)), fake_networks(segmentation))
    assert segmentation.windows == 2  # of three, as the first one is silent
    (only,) = found.segments
    np.testing.assert_allclose(found.grid.middles(only.edges), [2.3, 2.8], atol=0.05)


def test_saved_windows_are_not_computed_again_and_give_the_same() -> None:
    """Whatever number of windows is known, the rest is computed; all are passed on in order."""
    masks: list[Masks] = []
    whole = passed(A_TALK, masks=masks)
    for known in (1, 7, len(masks)):
        segmentation, again = FakeSegmentation(), []  # type: ignore[var-annotated]
        assert_same(passed(A_TALK, fake_networks(segmentation), saved=masks[:known], masks=again), whole)
        assert segmentation.windows <= len(masks) - known
        assert all(np.array_equal(*pair) for pair in zip(again, masks, strict=True))


def long_talk() -> Iterable[Samples]:
    """Yield three minutes of conversation, a second at a time."""
    for turn in range(30):
        yield from np.split(talk(("A", 2.6), ("", 0.4), ("B", 2.5), ("AB" if turn % 2 else "", 0.5)), 6)


@pytest.mark.parametrize("saved", [False, True])
def test_audio_and_features_kept_are_bounded_on_a_long_recording(saved: bool) -> None:
    """A few windows' worth, however long the recording is; also where windows are known and only embedding is left."""
    masks: list[Masks] = []
    if saved:
        passed(np.concatenate(list(long_talk())), masks=masks)
    engine, kept = SinglePass(fake_networks(), CHANGE, saved=masks), []
    for block in long_talk():
        engine.push(block)
        assert engine._features is not None
        kept.append((len(engine._audio._rows) / SAMPLE_RATE, len(engine._features._rows) / 100))
    engine.finish()
    assert max(audio for audio, _ in kept) <= WINDOW_S + 1
    assert max(features for _, features in kept[60:]) <= max(features for _, features in kept[:60]) + 0.1
    assert max(features for _, features in kept) < 4 * WINDOW_S + 3


def test_someone_who_never_pauses_is_embedded_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the network would take hours of speech at a time."""
    monkeypatch.setattr("speakerplug.diarizers.single_pass.segments.LONGEST_FRAMES", 500)
    networks = fake_networks()
    found = passed(talk(("A", 60.0)), networks)
    assert isinstance(networks.embedding, FakeEmbedding)
    assert max(networks.embedding.seconds) < 10 + 2 * WINDOW_S
    assert set(speakers_of_parts(found)) == {"A"}


def test_batches_of_speech_that_wait_for_a_thread_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A push waits for the threads, where embedding is slower than the audio comes."""
    monkeypatch.setattr("speakerplug.diarizers.single_pass.engine.MOST_WAITING", 1)
    whole, masks = passed(A_TALK), []  # type: ignore[var-annotated]
    engine = SinglePass(fake_networks(), CHANGE, on_window=masks.append)
    engine.push(A_TALK)
    assert all(future.done() for future in engine._embedded[:-1])
    assert_same(engine.finish(), whole)


def test_failure_of_a_network_is_raised_as_it_is() -> None:
    """The device manager finds out what it means; nothing that has not begun begins after `close`."""

    class Broken(FakeEmbedding):
        """Has no memory left."""

        def running_sums(self, batch: Sequence[object]) -> list[None]:  # type: ignore[override]
            """Raise."""
            raise MemoryError

    engine = SinglePass(Networks(FakeSegmentation(), Broken()), CHANGE)
    engine.push(talk(("A", 1.0)))
    with pytest.raises(MemoryError):
        engine.finish()
    engine.close()
