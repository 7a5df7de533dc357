"""Configurations that name pyannoteAI's pipeline classes run locally or are refused."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from speakerplug.devices import DeviceManager
from speakerplug.diarizers.pyannote.pretrained import configured, pretrained
from speakerplug.errors import ModelError, UsageError
from speakerplug.plugin.roles import DiarizationRequest, Diarizer, DiarizerSettings
from speakerplug.testing import check_diarization, silence, turns
from speakerplug.transcript import Diarization
from tests.standins.cloud import KEY, StandInCloud, connect
from tests.standins.hub import TOKEN

pytestmark = pytest.mark.models  # they load no model, but import pyannote.audio, which takes time

SETTINGS = DiarizerSettings(token=TOKEN)
LOCAL: dict[str, Any] = {"pipeline": {"name": "pyannote.audio.pipelines.pyannoteai.local.Local"}}
CLOUD: dict[str, Any] = {"pipeline": {"name": "pyannote.audio.pipelines.pyannoteai.sdk.SDK"}}


@pytest.fixture(autouse=True)
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandInCloud]:
    """Serve a reachable cloud, with a key for it."""
    with StandInCloud().listening() as cloud:
        connect(monkeypatch, cloud)
        yield cloud


def folder_of(config: dict[str, Any], tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    return tmp_path


def run(diarizer: Diarizer, **request: int) -> Diarization:
    return diarizer.diarize(silence(2.0), DiarizationRequest(**request), DeviceManager("cpu"), lambda *report: None)


@pytest.mark.parametrize("dependencies", [{}, {"pyannoteai-local": "1.0.0"}])
def test_diarize_with_the_local_pipeline_without_its_package_raises(
    tmp_path: Path, dependencies: dict[str, str]
) -> None:
    """This holds if the import fails, and if the configuration requires the package."""
    folder = folder_of({**LOCAL, "dependencies": dependencies}, tmp_path)
    with pytest.raises(ModelError, match=r"needs the package pyannoteai\.local, .*; install it, or choose") as caught:
        run(pretrained(str(folder), SETTINGS))
    assert type(caught.value.__cause__).__name__ == ("MissingDependency" if dependencies else "ModuleNotFoundError")


def test_diarize_with_the_local_pipeline_and_its_package_returns_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cloud: StandInCloud
) -> None:
    """It gets the samples, the bounds and pyannoteAI's key (not the hub's token), and no request is sent.

    The package is unavailable here; this one takes the arguments of pyannote's wrapper, and no others.
    """
    given: list[Any] = []

    class Pipeline:
        def __init__(self, token: str | None) -> None:
            given.append(token)

        def diarize(
            self, file: dict[str, Any], num_speakers: int | None, min_speakers: int | None, max_speakers: int | None
        ) -> dict[str, Any]:
            given.extend([file["waveform"], file["sample_rate"], num_speakers])
            spans = [{"start": 0.0, "end": 1.0, "speaker": "A"}, {"start": 0.5, "end": 1.5, "speaker": "B"}]
            return {"diarization": spans, "exclusive_diarization": spans[:1]}

    module = types.ModuleType("pyannoteai.local")
    monkeypatch.setattr(module, "Pipeline", Pipeline, raising=False)
    monkeypatch.setitem(sys.modules, "pyannoteai.local", module)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    diarization = run(pretrained(str(folder_of(LOCAL, tmp_path)), SETTINGS), num_speakers=2)
    assert diarization.turns == turns((0.0, 1.0, "A"), (0.5, 1.5, "B"))
    assert diarization.exclusive == turns((0.0, 1.0, "A"))
    check_diarization(diarization, 2.0)
    token, waveform, rate, speakers = given
    assert (token, rate, speakers) == (KEY, 16_000, 2)
    assert isinstance(waveform, np.ndarray)
    assert waveform.shape == (1, 32_000)
    assert not cloud.asked


def test_diarize_with_a_cloud_pipeline_in_a_configuration_is_refused(
    tmp_path: Path, cloud: StandInCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder, its config.yaml, a dict, and a class by another name: the message says which diarizer uploads."""
    from pyannote.audio import pipelines
    from pyannote.audio.pipelines.pyannoteai.sdk import SDK

    monkeypatch.setattr(pipelines, "Innocent", type("Innocent", (SDK,), {}), raising=False)
    other = {"pipeline": {"name": "pyannote.audio.pipelines.Innocent"}}
    folder = folder_of(CLOUD, tmp_path)
    for diarizer in (
        pretrained(str(folder), SETTINGS),
        pretrained(str(folder / "config.yaml"), SETTINGS),
        configured(CLOUD, SETTINGS),
        configured(other, replace(SETTINGS, trust_model=True)),
    ):
        with pytest.raises(UsageError, match=r"would upload recordings to pyannoteAI's cloud; name a diarizer"):
            run(diarizer)
    assert not cloud.asked
