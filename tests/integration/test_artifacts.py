"""Timings, artifacts and turns of the real stack on real speech agree with each other."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import speakerplug
from speakerplug import Transcript
from speakerplug.diarizers import Artifacts, load_artifacts
from tests.integration.test_command_line import speakerplug as command
from tests.recordings import ROOT, call_path

pytestmark = pytest.mark.models

STEPS = {"segmentation", "clustering", "turns"}


@dataclass(frozen=True)
class Run:
    """A transcript with its timings, and its artifacts, loaded again."""

    transcript: Transcript
    artifacts: Artifacts


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run both stages on the call, once."""
    folder = tmp_path_factory.mktemp("artifacts")
    transcript = speakerplug.transcribe(
        call_path(), model="tiny.en", diarizer="bundled", device="cpu", timings=True, artifacts=str(folder)
    )
    return Run(transcript, load_artifacts(folder / "sample.artifacts.npz"))


def test_timings_of_every_step_are_positive(run: Run) -> None:
    """The steps add up to nearly all of the diarization, the stages to nearly all of the total."""
    timings = run.transcript.provenance.timings
    assert timings is not None
    stages = {"decoding", "loading", "recognition", "diarization", "attribution"}
    assert stages | {"total"} | {f"diarization: {step}" for step in STEPS} <= timings.keys()
    assert all(seconds > 0 for seconds in timings.values())
    steps = sum(timings[f"diarization: {step}"] for step in STEPS)
    assert 0.8 * timings["diarization"] < steps <= timings["diarization"]
    assert all(timings[stage] <= timings["total"] for stage in stages)
    assert sum(timings[stage] for stage in stages) >= 0.9 * timings["total"]


def test_artifacts_of_a_run_agree_with_its_turns(run: Run) -> None:
    """In the middle of each turn exactly the speakers who talk there are active."""
    kept, turns = run.artifacts, run.transcript.turns
    assert set(kept.speakers) == {turn.speaker for turn in turns}
    for turn in turns:
        middle = (turn.start + turn.end) / 2
        row = kept.diarization.data[np.searchsorted(kept.diarization.times, middle, side="right") - 1]
        active = {speaker for speaker, talks in zip(kept.speakers, row, strict=True) if talks}
        assert turn.speaker in active
        assert active == {other.speaker for other in turns if other.start <= middle < other.end}


def test_artifacts_diarization_has_the_edges_of_the_turns(run: Run) -> None:
    """Columns begin and end with the turns, to the frame."""
    kept = run.artifacts
    made = []
    for speaker, column in zip(kept.speakers, kept.diarization.data.T, strict=True):
        edges = np.flatnonzero(np.diff(column.astype(int), prepend=0, append=0))
        times = kept.diarization.times[np.minimum(edges, len(column) - 1)]
        made += [(start, end, speaker) for start, end in times.reshape(-1, 2) if end > start]
    turns = [(turn.start, turn.end, turn.speaker) for turn in run.transcript.turns]
    assert [speaker for *_, speaker in sorted(made)] == [speaker for *_, speaker in sorted(turns)]
    np.testing.assert_allclose([t[:2] for t in sorted(made)], [t[:2] for t in sorted(turns)], atol=1e-6)


def test_artifacts_of_a_run_agree_with_each_other(run: Run) -> None:
    """As many speakers in each frame as were counted; embeddings of parts of speech; a centroid for each speaker."""
    kept = run.artifacts
    windows, frames, local = kept.segmentation.data.shape
    assert (windows, frames, local) == (11, 589, 3)
    assert kept.embeddings.shape[1:] == (1, kept.centroids.shape[1])
    assert kept.centroids.shape[0] == len(kept.speakers) == 2
    counted = kept.speaker_count.data[: len(kept.diarization.data)]
    np.testing.assert_array_equal(kept.diarization.data.sum(axis=1), counted)
    assert np.isfinite(kept.embeddings).all(axis=2).mean() > 0.5
    assert kept.segmentation.times[0] == 5.0


def test_diarize_command_writes_the_same_turns_in_each_format(run: Run, tmp_path: Path) -> None:
    """It shows its tables, and saves the artifacts."""
    done = command(
        *("diarize", call_path(), "--diarizer", "bundled", "--device", "cpu"),
        *("--rttm", "--json", "--txt", "--timings", "-o", f"{tmp_path}/out/", "--artifacts", tmp_path / "kept"),
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert "sample.wav: 2 speakers" in done.stderr
    assert "segmentation" in done.stderr
    document = json.loads((tmp_path / "out" / "sample.diarization.json").read_text())
    jsonschema.validate(document, json.loads((ROOT / "docs" / "diarization.schema.json").read_text()))
    found = [(turn["start"], turn["end"], turn["speaker"]) for turn in document["turns"]]
    assert found == [(round(t.start, 3), round(t.end, 3), t.speaker) for t in run.transcript.turns]
    assert len((tmp_path / "out" / "sample.rttm").read_text().splitlines()) == len(found)
    assert len((tmp_path / "out" / "sample.turns.txt").read_text().splitlines()) == len(found)
    kept = load_artifacts(tmp_path / "kept" / "sample.artifacts.npz")
    np.testing.assert_array_equal(kept.diarization.data, run.artifacts.diarization.data)
