"""Complete pipelines work offline, from a hub on loopback to a diarization without any network."""

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
from speakerplug.media.waveform import Waveform
from speakerplug.plugin.roles import DiarizationRequest, DiarizerSettings
from speakerplug.transcript import Diarization
from tests.diarizers.pyannote.test_offline import CONFIG_3_1, SEGMENTATION, VERSION_3_1, published
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
    """Serve a hub with community-1 and 3.1, whose parts are in other repositories; all are gated."""
    repositories = published(community)
    with StandInHub(repositories, gated=set(repositories)).listening() as standin:
        connect(monkeypatch, standin.endpoint, tmp_path / "home")
        yield standin


def diarized(source: str, call: Waveform, **settings: object) -> Diarization:
    diarizer = pretrained(source, DiarizerSettings(**settings))  # type: ignore[arg-type]
    return diarizer.diarize(call, DiarizationRequest(), DeviceManager("cpu"), lambda *report: None)


def test_transcribe_with_fetched_folders_opens_no_socket(standin: StandInHub, tmp_path: Path, call: Waveform) -> None:
    """After `fetch --to`, both folders work with --offline, although the hub would answer."""
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


@pytest.mark.parametrize("name", [COMMUNITY, VERSION_3_1])
def test_diarize_from_cache_and_from_folder_gives_the_same_turns(
    standin: StandInHub, tmp_path: Path, call: Waveform, name: str
) -> None:
    """The pipeline is fetched when first used; then it is loaded offline from the given cache, and from a folder."""
    cache = str(tmp_path / "cache")
    first = diarized(name, call, token=TOKEN, cache_dir=cache)
    assert first.turns
    assert not (tmp_path / "home" / "hub").exists()
    assert main(["fetch", name, "--hf-token", TOKEN, "--cache-dir", cache, "--to", str(tmp_path / "whole")]) == 0
    standin.asked.clear()
    there = hub.cached(name, ["config.yaml"], cache_dir=cache)
    assert there is not None
    load_pipeline(there, name, None, offline=True, cache_dir=cache)
    assert diarized(str(tmp_path / "whole"), call, offline=True, cache_dir=str(tmp_path / "empty")) == first
    assert not standin.asked


@pytest.mark.parametrize(
    ("name", "repo", "file"),
    [(COMMUNITY, COMMUNITY, "embedding/pytorch_model.bin"), (VERSION_3_1, SEGMENTATION, "pytorch_model.bin")],
)
@pytest.mark.parametrize("damage", [lambda good: good[:100_000], lambda good: b""])
def test_load_pipeline_with_a_damaged_cache_names_the_file_and_the_command(
    standin: StandInHub, tmp_path: Path, name: str, repo: str, file: str, damage: Callable[[bytes], bytes]
) -> None:
    """The command repairs the cache."""
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


def test_prepare_of_a_version_2_pipeline_raises(standin: StandInHub) -> None:
    """pyannote.audio would advise to pass revisions in another way, which no user can do."""
    config = yaml.safe_dump(CONFIG_3_1).replace(SEGMENTATION, "pyannote/segmentation@2022.07")
    standin.repositories[VERSION_3_1]["config.yaml"] = config.encode()
    with pytest.raises(ModelError, match=rf"{VERSION_3_1} was made for pyannote\.audio 2, .*; choose a newer pipeline"):
        pretrained(VERSION_3_1, DiarizerSettings(token=TOKEN)).prepare(DeviceManager("cpu"), lambda *report: None)


def test_diarize_with_a_pipeline_of_a_future_version_raises(standin: StandInHub) -> None:
    """It is fetched, because its configuration has the version, and not loaded."""
    config = yaml.safe_dump({**CONFIG_3_1, "version": "5.0.0"})
    standin.repositories[VERSION_3_1]["config.yaml"] = config.encode()
    with pytest.raises(
        ModelError, match=rf"{VERSION_3_1} requires pyannote\.audio 5\.0\.0, and 4\..* is installed; choose"
    ):
        diarized(VERSION_3_1, Waveform.of([0.0] * 16_000), token=TOKEN)
