"""A pyannote pipeline in one pass: turns, options, checkpoints, and the pipelines that it cannot run."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from speakerplug.devices import CPU, DeviceManager, Placement
from speakerplug.diarizers.artifacts import Artifacts
from speakerplug.diarizers.pyannote import single_pass
from speakerplug.diarizers.pyannote.load import load_pipeline
from speakerplug.diarizers.pyannote.single_pass import SinglePassPyannoteDiarizer, networks_of
from speakerplug.diarizers.single_pass import saved_windows
from speakerplug.diarizers.single_pass.clustering import Clustering
from speakerplug.errors import UsageError
from speakerplug.media.recording import read_waveform
from speakerplug.media.waveform import SAMPLE_RATE, Waveform
from speakerplug.plugin.roles import DiarizationRequest, DiarizerSettings
from speakerplug.testing import check_diarization, silence
from speakerplug.transcript import Diarization
from tests.diarizers.conftest import CONFIG
from tests.recordings import TALK
from tests.standins.checkpoint import MemoryCheckpoint
from tests.standins.networks import FakeSegmentation, fake_networks, talk

SPOKEN = Waveform.of(talk(("A", 3.0), ("", 0.5), ("B", 3.0), ("", 0.7), ("A", 2.0)), "talk")
DEFAULT = DiarizationRequest()


class Pipeline:
    """A pipeline without networks, for the stand-ins."""

    instantiated = True
    clustering = None

    def __init__(self, pause_s: float = 0.0, weights: Any = 1.0) -> None:
        self.segmentation = SimpleNamespace(min_duration_off=pause_s)
        tensor = SimpleNamespace(cpu=lambda: SimpleNamespace(numpy=lambda: np.array(weights)))
        self._segmentation = SimpleNamespace(step=0.5, model=SimpleNamespace(state_dict=lambda: {"weight": tensor}))

    def to(self, device: Any) -> None:
        """Stay."""


@pytest.fixture
def segmentation(monkeypatch: pytest.MonkeyPatch) -> FakeSegmentation:
    """Use small networks in place of those of pipelines, and our clustering in place of theirs; return one of them."""
    network = FakeSegmentation()
    monkeypatch.setattr(single_pass, "networks_of", lambda *_: fake_networks(network))
    monkeypatch.setattr(single_pass, "PipelineClustering", lambda *_: Clustering(0.5, 1.0, 0.6))
    return network


def diarized(
    load: Callable[[], Any], request: DiarizationRequest = DEFAULT, waveform: Waveform = SPOKEN, **settings: Any
) -> Diarization:
    """Return the diarization of a pipeline in one pass, on the CPU."""
    under_test = SinglePassPyannoteDiarizer("made", load, settings=DiarizerSettings(**settings))
    return under_test.diarize(waveform, request, DeviceManager("cpu"), lambda *_: None)


@pytest.mark.usefixtures("segmentation")
def test_diarize_finds_the_turns_of_each_speaker() -> None:
    """Regular and exclusive turns, the tree; progress ends at 1."""
    steps: list[tuple[str, float, float]] = []
    found = SinglePassPyannoteDiarizer("made", Pipeline).diarize(
        SPOKEN, DEFAULT, DeviceManager("cpu"), lambda *step: steps.append(step)
    )
    assert [(round(turn.start, 1), round(turn.end, 1), turn.speaker[-1]) for turn in found.turns] == [
        (0.0, 3.0, "0"),
        (3.5, 6.5, "1"),
        (7.2, 9.2, "0"),
    ]
    assert found.speaker_tree is not None
    assert list(dict.fromkeys(name for name, *_ in steps)) == ["segmentation", "clustering", "turns"]
    assert steps[-1] == ("turns", 1.0, 1.0)
    check_diarization(found, SPOKEN.duration)


@pytest.mark.usefixtures("segmentation")
def test_pauses_are_bridged_as_the_pipeline_says() -> None:
    """Its own min_duration_off."""
    spoken = Waveform.of(talk(("A", 2.0), ("", 0.7), ("A", 2.0)))
    numbers = [len(diarized(lambda pause_s=pause_s: Pipeline(pause_s), waveform=spoken).turns) for pause_s in (0, 1)]
    assert numbers == [2, 1]


@pytest.mark.usefixtures("segmentation")
def test_silence_has_no_turn() -> None:
    """And no error."""
    assert diarized(Pipeline, waveform=silence(3.0)).turns == ()


def test_checkpoint_resumes_with_the_same_segmentation_only(
    segmentation: FakeSegmentation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Saved windows are not segmented again, unless the weights are others; the turns are the same."""
    monkeypatch.setattr(saved_windows, "RECORD_WINDOWS", 5)
    request, counts, turns = DiarizationRequest(checkpoint=MemoryCheckpoint()), [], []
    for weights in (1.0, 1.0, 2.0):
        segmentation.windows = 0
        turns.append(diarized(lambda weights=weights: Pipeline(weights=weights), request).turns)
        counts.append(segmentation.windows)
    assert turns[0] == turns[1] == turns[2]
    assert counts[1] < 5 < counts[0] == counts[2]


def test_pipeline_without_parameters_gets_its_default_ones() -> None:
    """As pyannote does when it is called."""
    pipeline = SimpleNamespace(
        instantiated=False, default_parameters=lambda: {"a": 1}, instantiate=lambda given: ("instantiated", given)
    )
    assert single_pass.instantiated(pipeline) == ("instantiated", {"a": 1})


@pytest.fixture(scope="module")
def speech() -> Waveform:
    """Return half a minute of a talk of two."""
    return Waveform.of(read_waveform(TALK).samples[: 30 * SAMPLE_RATE], name="talk")


@pytest.fixture
def made(changed: Callable[[object], Path]) -> Callable[..., Callable[[], Any]]:
    """Return what makes a function that loads community-1 with made weights, with another clustering."""

    def make(clustering: str, **parameters: Any) -> Callable[[], Any]:
        config = copy.deepcopy(CONFIG)
        config["pipeline"]["params"]["clustering"] = clustering
        config["params"]["clustering"] = parameters
        folder = changed(config)
        return lambda: load_pipeline(folder, "It", None, offline=True)

    return make


@pytest.mark.models
def test_options_hold_with_agglomerative_clustering(
    made: Callable[..., Callable[[], Any]], speech: Waveform, caplog: pytest.LogCaptureFixture
) -> None:
    """The number of speakers, bounds, parameters, the step and artifacts, with real networks of made weights."""
    pipeline = made("AgglomerativeClustering", method="centroid", min_cluster_size=1, threshold=0.7)()
    parameters = {"clustering.threshold": 1e-9}
    loose = diarized(lambda: pipeline, waveform=speech)
    check_diarization(loose, speech.duration)
    assert loose.turns
    for bounds in ({"num_speakers": 2}, {"min_speakers": 2}):
        assert len(diarized(lambda: pipeline, DiarizationRequest(**bounds), speech).speakers) == 2
    assert len(diarized(lambda: pipeline, DiarizationRequest(keep_artifacts=True), speech, step_s=2.0).speakers) >= 1
    strict = diarized(lambda: pipeline, DiarizationRequest(max_speakers=3), speech, parameters=parameters)
    assert len(strict.speakers) in (2, 3)
    kept = diarized(lambda: pipeline, DiarizationRequest(keep_artifacts=True), speech, step_s=2.0).artifacts
    assert isinstance(kept, Artifacts)
    assert (kept.segmentation.step, kept.segmentation.data.shape[1:]) == (2.0, (589, 3))
    assert kept.embeddings.shape[1:] == (1, 256)
    with pytest.raises(UsageError, match=r"no parameter 'clustering\.Fa'"):
        diarized(lambda: pipeline, waveform=speech, parameters={"clustering.Fa": 0.1})
    with pytest.raises(UsageError, match="--segmentation-step is 11"):
        diarized(lambda: pipeline, waveform=speech, step_s=11.0)
    assert "Traceback" not in caplog.text


@pytest.mark.models
def test_vbx_clusters_what_one_pass_finds(community: Path, speech: Waveform, caplog: pytest.LogCaptureFixture) -> None:
    """Outside the bounds it clusters again by k-means, and the same warning says so."""
    pipeline = load_pipeline(community, "It", None, offline=True)
    found = diarized(lambda: pipeline, waveform=speech)
    check_diarization(found, speech.duration)
    assert found.turns
    assert "k-means" not in caplog.text
    assert len(diarized(lambda: pipeline, DiarizationRequest(num_speakers=2), speech).speakers) == 2
    assert "clustered them again into 2 by k-means" in caplog.text


def refused(pipeline: Any) -> str:
    """Return why a pipeline cannot be run in one pass."""
    with pytest.raises(UsageError, match=r"^engine=single-pass cannot run .*; leave engine=single-pass out\.$") as why:
        networks_of(pipeline, Placement("diarizer", CPU))
    return str(why.value)


@pytest.mark.models
def test_pipelines_without_these_networks_are_refused(community: Path) -> None:
    """One sentence says what is in the way, and the remedy."""
    pipeline = load_pipeline(community, "It", None, offline=True)
    assert networks_of(pipeline, Placement("diarizer", CPU, batch_size=3)).windows_at_once == 3
    from pyannote.audio.models.embedding import XVectorSincNet
    from pyannote.audio.pipelines import SpeakerDiarization

    class Other(SpeakerDiarization):  # type: ignore[misc]  # pyannote ships no types
        """A pipeline with steps of its own."""

    pipeline.__class__ = Other
    assert "is a Other, not pyannote's SpeakerDiarization" in refused(pipeline)
    pipeline.__class__ = SpeakerDiarization
    pipeline.clustering.expects_num_clusters, pipeline.klustering = True, "KMeansClustering"
    assert "has the clustering KMeansClustering" in refused(pipeline)
    pipeline.clustering.expects_num_clusters = False
    pipeline._segmentation.model.audio.sample_rate = 8000
    assert "takes audio of 8000 Hz, not of 16000" in refused(pipeline)
    pipeline._embedding.model_ = XVectorSincNet()
    assert "has the speaker embedding XVectorSincNet, not a WeSpeaker ResNet" in refused(pipeline)
