"""Pipelines fetched whole, from a hub on loopback to a diarization without any network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from speakerplug import hub
from speakerplug.cli import main
from speakerplug.devices import DeviceManager
from speakerplug.diarizers.pyannote.load import load_pipeline
from speakerplug.diarizers.pyannote.pretrained import COMMUNITY, pretrained
from speakerplug.errors import ModelError
from speakerplug.plugin.roles import DiarizationRequest, DiarizerSettings
from speakerplug.transcript import Diarization
from speakerplug.waveform import Waveform
from tests.diarizers.pyannote.test_offline import FORMER, FORMER_CONFIG, SEGMENTATION, published
from tests.media_files import record
from tests.standins.hub import TOKEN, StandInHub, connect, environment

pytestmark = pytest.mark.models

GUARDED = """
import json, sys
reached = []
sys.addaudithook(lambda event, given: reached.append(event) if event in ("socket.connect", "socket.getaddrinfo") else 0)
from speakerplug.cli import main
code = main({arguments!r})
print(json.dumps({{"code": code, "reached": reached}}))
"""


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, community: Path) -> Iterator[StandInHub]:
    """A hub with community-1 and 3.1, whose parts are in other repositories; all behind gates."""
    repositories = published(community)
    with StandInHub(repositories, gated=set(repositories)).listening() as standin:
        connect(monkeypatch, standin.endpoint, tmp_path / "home")
        yield standin


def heard(source: str, call: Waveform, **settings: object) -> Diarization:
    diarizer = pretrained(source, DiarizerSettings(**settings))  # type: ignore[arg-type]
    return diarizer.diarize(call, DiarizationRequest(), DeviceManager("cpu"), lambda *report: None)


def test_a_fetched_folder_transcribes_without_a_network(standin: StandInHub, tmp_path: Path, call: Waveform) -> None:
    """`fetch --to`, then both folders with --offline: no library opens a socket, though the hub would answer."""
    pipeline, model = tmp_path / "pipeline", tmp_path / "model"
    assert main(["fetch", "community-1", "--hf-token", TOKEN, "--to", str(pipeline)]) == 0
    assert main(["fetch", "tiny.en", "--to", str(model)]) == 0
    standin.asked.clear()
    talk, out = record(tmp_path / "talk.wav", call.samples[None], codec="pcm_s16le"), tmp_path / "talk.json"
    chosen = ["--model", str(model), "--diarizer", str(pipeline), "--offline", "--device", "cpu"]
    done = subprocess.run(
        [sys.executable, "-c", GUARDED.format(arguments=["transcribe", str(talk), *chosen, "--json", "-o", str(out)])],
        env={**os.environ, **environment(standin.endpoint, tmp_path / "home"), "HF_TOKEN": TOKEN},
        capture_output=True,
        text=True,
        check=False,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == {"code": 0, "reached": []}, done.stderr
    assert {word["speaker"] for word in json.loads(out.read_text())["words"]}
    assert not standin.asked


@pytest.mark.parametrize("name", [COMMUNITY, FORMER])
def test_a_pipeline_runs_alike_from_cache_and_folder(
    standin: StandInHub, tmp_path: Path, call: Waveform, name: str
) -> None:
    """Fetched when first used, then offline: loaded from the named cache, and from a folder with the same turns."""
    cache = str(tmp_path / "cache")
    first = heard(name, call, token=TOKEN, cache_dir=cache)
    assert first.turns
    assert not (tmp_path / "home" / "hub").exists()
    assert main(["fetch", name, "--hf-token", TOKEN, "--cache-dir", cache, "--to", str(tmp_path / "whole")]) == 0
    standin.asked.clear()
    there = hub.cached(name, ["config.yaml"], cache_dir=cache)
    assert there is not None
    load_pipeline(there, name, None, offline=True, cache_dir=cache)
    assert heard(str(tmp_path / "whole"), call, offline=True, cache_dir=str(tmp_path / "empty")) == first
    assert not standin.asked


@pytest.mark.parametrize(
    ("name", "repo", "file"),
    [(COMMUNITY, COMMUNITY, "embedding/pytorch_model.bin"), (FORMER, SEGMENTATION, "pytorch_model.bin")],
)
@pytest.mark.parametrize("damage", [lambda good: good[:100_000], lambda good: b""])
def test_damaged_weights_are_named_and_repaired(
    standin: StandInHub, tmp_path: Path, name: str, repo: str, file: str, damage: Callable[[bytes], bytes]
) -> None:
    """What pyannote makes of a damaged cache becomes the file's name and a command; the command repairs it."""
    assert main(["fetch", name, "--hf-token", TOKEN]) == 0
    folder = hub.cached(repo, [file])
    home = hub.cached(name, ["config.yaml"])
    assert folder is not None
    assert home is not None
    (folder / file).write_bytes(damage((folder / file).read_bytes()))
    with pytest.raises(ModelError) as caught:
        load_pipeline(home, name, None, offline=True)
    assert str(caught.value) == f"The file {file} of {repo} is damaged; fetch it again with: speakerplug fetch {name}."
    assert caught.value.__cause__ is not None
    assert main(["fetch", name, "--hf-token", TOKEN]) == 0
    assert load_pipeline(home, name, None, offline=True) is not None


def test_a_published_pipeline_of_the_second_version_is_refused(standin: StandInHub) -> None:
    """pyannote.audio would say that revisions must be passed otherwise, which no user can do."""
    config = yaml.safe_dump(FORMER_CONFIG).replace(SEGMENTATION, "pyannote/segmentation@2022.07")
    standin.repositories[FORMER]["config.yaml"] = config.encode()
    with pytest.raises(ModelError, match=rf"{FORMER} is made for pyannote\.audio 2, .*; choose a newer pipeline"):
        pretrained(FORMER, DiarizerSettings(token=TOKEN)).prepare(DeviceManager("cpu"), lambda *report: None)


def test_a_published_pipeline_of_a_coming_version_is_refused(standin: StandInHub) -> None:
    """It is fetched, for that is where the version is written, and not loaded."""
    config = yaml.safe_dump({**FORMER_CONFIG, "version": "5.0.0"})
    standin.repositories[FORMER]["config.yaml"] = config.encode()
    with pytest.raises(ModelError, match=rf"{FORMER} asks for pyannote\.audio 5\.0\.0, and 4\..* is installed; choose"):
        heard(FORMER, Waveform.of([0.0] * 16_000), token=TOKEN)
