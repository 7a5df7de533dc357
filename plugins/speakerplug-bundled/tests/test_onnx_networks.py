"""The exported networks equal those in torch, and the diarization with them agrees with pyannote's own pipeline."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from speakerplug.devices import CPU, DeviceManager, Placement
from speakerplug.diarizers.single_pass import Networks, SinglePassDiarizer, Speech
from speakerplug.media.recording import read_waveform
from speakerplug.plugin.roles import DiarizationRequest, DiarizerSettings
from speakerplug.transcript import Diarization
from speakerplug_bundled.geometry import MIN_FRAMES
from speakerplug_bundled.onnx_networks import OnnxCampplus, OnnxSegmentation, load_onnx_networks
from speakerplug_bundled.pipeline import flat_parameters
from speakerplug_bundled.plugin import bundled_diarizer
from speakerplug_bundled.torch_networks import TorchCampplus, load_torch_networks
from tests.recordings import TALK, call_path

pytestmark = pytest.mark.models
RECORDINGS = {"talk": TALK, "call": call_path()}


@pytest.fixture(scope="module")
def onnx() -> Networks:
    return load_onnx_networks()


@pytest.fixture(scope="module")
def in_torch() -> Networks:
    return load_torch_networks(CPU, 4)


def diarized(diarizer: Any, path: Path) -> Diarization:
    """Return the diarization of a recording on the CPU."""
    found: Diarization = diarizer.diarize(
        read_waveform(path), DiarizationRequest(), DeviceManager("cpu"), lambda *_: None
    )
    return found


def annotation(found: Diarization) -> Any:
    """Return the regular turns as pyannote has them."""
    from pyannote.core import Annotation, Segment

    turns = Annotation()
    for number, turn in enumerate(found.turns):
        turns[Segment(turn.start, turn.end), number] = turn.speaker
    return turns


@pytest.mark.parametrize("windows", [1, 2, 3])
def test_segmentation_equals_torch(onnx: Networks, in_torch: Networks, windows: int) -> None:
    """The scores of random windows are at most 5e-5 apart, so the classes are the same."""
    rng = np.random.default_rng(windows)
    samples = (rng.normal(0, 1, (windows, 160_000)) * rng.uniform(0.01, 1, (windows, 1))).astype(np.float32)
    assert isinstance(onnx.segmentation, OnnxSegmentation)
    (scores,) = onnx.segmentation._session.run(None, {"waveforms": samples[:, None]})
    with torch.inference_mode():
        expected = in_torch.segmentation._network(torch.from_numpy(samples)[:, None]).numpy()  # type: ignore[attr-defined]
    assert np.abs(scores - expected).max() < 5e-5
    for one, other in zip(onnx.segmentation(list(samples)), in_torch.segmentation(list(samples)), strict=True):
        assert (one == other).mean() > 0.999


@pytest.mark.parametrize("frames", [MIN_FRAMES, 21, 99, 400, 1501])
def test_campplus_equals_torch(onnx: Networks, in_torch: Networks, frames: int) -> None:
    """The embeddings of random features of any length are at most 5e-5 apart, relative to their length."""
    features = np.random.default_rng(frames).normal(10, 3, (frames, 80)).astype(np.float32)
    speech = [Speech(features, np.arange(frames) // 2)]
    assert isinstance(onnx.embedding, OnnxCampplus)
    assert isinstance(in_torch.embedding, TorchCampplus)
    vectors = []
    for network in (onnx.embedding, in_torch.embedding):
        (sums,) = network.running_sums(speech)
        assert sums is not None
        vectors.append(network.embed(sums.statistics(np.array([0]), np.array([len(sums.counts) - 1])))[0])
    assert np.abs(vectors[0] - vectors[1]).max() < 5e-5 * np.linalg.norm(vectors[1])
    assert vectors[0].shape == (192,)


def test_too_little_speech_has_no_sums(onnx: Networks, in_torch: Networks) -> None:
    """Less than 0.2 s, in either."""
    few = Speech(np.zeros((MIN_FRAMES - 1, 80), np.float32), np.arange(MIN_FRAMES - 1))
    none = Speech(np.zeros((0, 80), np.float32), np.arange(0))
    assert onnx.embedding.running_sums([few, none]) == [None, None]
    assert in_torch.embedding.running_sums([few, none]) == [None, None]


@pytest.mark.parametrize("name", RECORDINGS)
def test_diarization_agrees_with_pyannotes_own_pipeline(name: str) -> None:
    """As many speakers, and a DER below 5 %, with the usual 0.25 s on either side of an edge left out.

    Without that it is 5.06 % on the call: 1.2 s of 24 s are the other speaker's.
    """
    from pyannote.metrics.diarization import DiarizationErrorRate

    quick, exact = (
        diarized(bundled_diarizer(DiarizerSettings(exact=exact)), RECORDINGS[name]) for exact in (False, True)
    )
    assert len({turn.speaker for turn in quick.turns}) == len({turn.speaker for turn in exact.turns}) == 2
    assert DiarizationErrorRate(collar=0.5)(annotation(exact), annotation(quick)) < 0.05


@pytest.mark.parametrize("name", RECORDINGS)
def test_torch_on_the_cpu_gives_the_same_turns(name: str, in_torch: Networks) -> None:
    """What a GPU computes is what ONNX Runtime computes, up to rounding."""
    by_torch = SinglePassDiarizer("bundled", lambda placement: in_torch, flat_parameters())
    one, other = diarized(by_torch, RECORDINGS[name]), diarized(bundled_diarizer(DiarizerSettings()), RECORDINGS[name])
    for ours, theirs in ((one.turns, other.turns), (one.exclusive or (), other.exclusive or ())):
        assert [turn.speaker for turn in ours] == [turn.speaker for turn in theirs]
        np.testing.assert_allclose(
            [(turn.start, turn.end) for turn in ours], [(turn.start, turn.end) for turn in theirs], atol=0.04
        )


def test_diarization_imports_neither_torch_nor_pyannote(onnx: Networks, tmp_path: Path) -> None:
    """Once the networks are exported: importing both takes seconds and half a gigabyte."""
    code = """
import sys
import numpy as np
from speakerplug.devices import DeviceManager
from speakerplug.plugin import DiarizerSettings
from speakerplug.plugin.roles import DiarizationRequest
from speakerplug.media.waveform import Waveform
from speakerplug_bundled.plugin import bundled_diarizer
request, waveform = DiarizationRequest(), Waveform.of(np.load(sys.argv[1]))
found = bundled_diarizer(DiarizerSettings()).diarize(waveform, request, DeviceManager("cpu"), lambda *_: None)
print(len({turn.speaker for turn in found.turns}))
print([name for name in ("torch", "pyannote", "torchaudio", "lightning") if name in sys.modules])
"""
    np.save(tmp_path / "call.npy", read_waveform(call_path()).samples)
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "call.npy")],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env=dict(os.environ),
    )
    assert done.stdout.split("\n")[:2] == ["2", "[]"], done.stderr


def test_load_networks_takes_onnx_for_the_cpu() -> None:
    """And as many windows at a time as a core's cache holds."""
    from speakerplug_bundled.networks import load_networks

    networks = load_networks(Placement("diarizer"))
    assert isinstance(networks.segmentation, OnnxSegmentation)
    assert networks.segments_at_once == 1
