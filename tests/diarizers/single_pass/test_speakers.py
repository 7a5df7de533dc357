"""If the number of speakers is in doubt, one warning says so, with a hint."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyannote.core import SlidingWindow, SlidingWindowFeature
from speakerplug_bundled.speaker_count import doubt_about

from speakerplug_bundled.clustering import SpeakerClustering

PARAMETERS = {"threshold": 0.5, "min_piece": 1.0, "min_speech": 4.0, "distinct": 0.6}


def cluster(angle: float, **bounds: int) -> int:
    """Return how many speakers are found in eight turns of two speakers that are `angle` (radians) apart."""
    embeddings = np.zeros((8, 1, 3), dtype=np.float32)
    embeddings[:, 0, 0] = [1.0, np.cos(angle)] * 4
    embeddings[:, 0, 1] = [0.0, np.sin(angle)] * 4
    embeddings[:, 0, 2] = np.linspace(0, 0.05, 8)
    segmentation = SlidingWindowFeature(np.ones((8, 100, 1), dtype=np.uint8), SlidingWindow(duration=10.0, step=10.0))
    found, _, _ = SpeakerClustering().instantiate(PARAMETERS)(embeddings, segmentation, **bounds)
    return int(found.max()) + 1


@pytest.mark.parametrize(("distance", "others"), [(0.52, "1"), (0.48, "2")])
def test_speakers_about_as_far_apart_as_the_threshold_are_in_doubt(
    distance: float, others: str, caplog: pytest.LogCaptureFixture
) -> None:
    """One or two speakers: the warning has the number found, and the alternative."""
    with caplog.at_level(logging.WARNING):
        cluster(float(np.arccos(1 - distance)))
    (record,) = caplog.records
    assert f"it may also be {others}: give --num-speakers" in record.getMessage()


@pytest.mark.parametrize("distance", [0.1, 0.3, 0.8])
def test_clear_numbers_are_not_doubted(distance: float, caplog: pytest.LogCaptureFixture) -> None:
    """Clearly one or clearly two speakers are no reason for a warning."""
    with caplog.at_level(logging.WARNING):
        cluster(float(np.arccos(1 - distance)))
    assert not caplog.records


def test_requested_number_is_not_doubted(caplog: pytest.LogCaptureFixture) -> None:
    """A number that was requested is not in doubt."""
    with caplog.at_level(logging.WARNING):
        assert cluster(float(np.arccos(0.48)), num_clusters=2) == 2
    assert not caplog.records


@given(st.integers(1, 30), st.lists(st.integers(-1, 30)))
def test_doubt_names_every_other_number(found: int, others: list[int]) -> None:
    """Each number once and in order, without the found one and impossible ones; None without any."""
    sentence = doubt_about(found, others)
    rest = [number for number in sorted(set(others)) if number > 0 and number != found]
    if sentence is None:
        assert not rest
    else:
        listed = sentence.split("also be ")[1].split(":")[0]
        assert [int(number) for number in listed.replace(" or ", ", ").split(", ")] == rest
