"""The clustering of a pipeline gets from one pass what it gets from pyannote: embeddings of local speakers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.diarizers.pyannote.pipeline_clustering import PipelineClustering, stacked, window_embeddings
from speakerplug.diarizers.single_pass import Masks, SinglePass, SpeakerChange
from speakerplug.diarizers.single_pass.engine import Passed
from tests.standins.networks import SPEAKERS, fake_networks, talk

Parts = list[tuple[str, float]]
TALK: Parts = [("A", 3.0), ("", 0.5), ("B", 3.0), ("AB", 1.0), ("", 0.7), ("A", 2.0)]


def passed(parts: Parts) -> tuple[Passed, list[Masks]]:
    """Return what one pass over a talk finds, and the masks of its windows."""
    masks: list[Masks] = []
    engine = SinglePass(fake_networks(), SpeakerChange(2.0, 1.0), on_window=masks.append)
    engine.push(talk(*parts))
    return engine.finish(), masks


@given(st.lists(st.tuples(st.sampled_from(SPEAKERS), st.floats(1.0, 3.0)), min_size=1, max_size=5))
def test_window_embeddings_are_of_the_one_who_speaks(parts: Parts) -> None:
    """Between pauses there is one direction for each speaker: a local speaker has its own; a silent one has none."""
    paused = [each for who, seconds in parts for each in ((who, seconds), ("", 0.5))]
    found, masks = passed(paused)
    activity = stacked(masks)
    embeddings = window_embeddings(found, activity)
    assert embeddings.shape == (len(masks), activity.shape[2], len(SPEAKERS))
    assert np.isnan(embeddings[~activity.any(axis=1)]).all()
    known = embeddings[activity.sum(axis=1) > 20]
    assert np.isfinite(known).all()
    np.testing.assert_allclose(np.sort(known, axis=1)[:, -2:], [[0.0, 1.0]] * len(known), atol=0.1)
    assert {SPEAKERS[each] for each in known.argmax(axis=1)} == {who for who, _ in parts}


def test_window_embeddings_leave_overlap_out() -> None:
    """Each local speaker of a window is the one who speaks alone in the rest of it; both where there is no rest."""
    found, masks = passed([("A", 1.0), ("AB", 0.6), ("B", 1.0)])
    embeddings = window_embeddings(found, stacked(masks))
    first, *_, last = (window[np.isfinite(window).all(axis=1)] for window in embeddings)
    np.testing.assert_allclose(sorted(first.tolist()), [[0, 1, 0, 0], [1, 0, 0, 0]], atol=0.05)
    assert sorted(last.round(1).tolist()) == [[0, 1, 0, 0], [0.5, 0.5, 0, 0]]


def agglomerative(**parameters: Any) -> Any:
    """Return pyannote's clustering with these parameters."""
    from speakerplug.diarizers.pyannote.diarizer import prepare_import

    prepare_import()
    from pyannote.audio.pipelines.clustering import AgglomerativeClustering

    return AgglomerativeClustering().instantiate(
        {"method": "centroid", "threshold": 0.7, "min_cluster_size": 2} | parameters
    )


def found_by(clustering: Any, low: int = 1, high: int = 9, parts: Parts = TALK) -> Any:
    """Return the centroids that a clustering finds in a talk."""
    units = np.eye(4)[:2]
    centroids, others = PipelineClustering(clustering, *passed(parts)).speakers(units, np.array([3.0, 1.0]), low, high)
    assert others == []
    return centroids


@pytest.mark.models
def test_speakers_are_those_of_the_clustering_of_the_pipeline() -> None:
    """Two, who are as far apart as they can be; with a threshold beyond that, one."""
    np.testing.assert_allclose(np.sort(found_by(agglomerative()), axis=0), [[0] * 4, [1, 1, 0, 0]], atol=0.05)
    assert len(found_by(agglomerative(threshold=1.9))) == 1


@pytest.mark.models
@pytest.mark.parametrize(("low", "high", "expected"), [(1, 1, 1), (2, 2, 2), (1, 9, 2), (3, 3, 3)])
def test_speakers_keep_to_the_bounds(low: int, high: int, expected: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is printed, as standard output is for transcripts."""
    assert len(found_by(agglomerative(), low, high)) == expected
    assert capsys.readouterr().out == ""


@pytest.mark.models
def test_speakers_are_one_where_nobody_says_enough() -> None:
    """Less than a fifth of a window each: pyannote clusters none, and gives everybody to one speaker."""
    centroids = found_by(agglomerative(), parts=[("A", 0.3), ("", 1.7), ("B", 0.3), ("", 3.0)])
    np.testing.assert_allclose(centroids, [[3.0, 1.0, 0.0, 0.0]])
