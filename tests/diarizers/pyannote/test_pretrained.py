"""Published pipelines are found and fetched before anything is loaded."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from speakerplug import hub
from speakerplug.devices import DeviceManager
from speakerplug.diarizers.pyannote.diarizer import PyannoteDiarizer
from speakerplug.diarizers.pyannote.pretrained import (
    COMMUNITY,
    COMMUNITY_FILES,
    community_cached,
    configured,
    fetch_pipeline,
    pretrained,
)
from speakerplug.errors import ModelError, UsageError
from speakerplug.plugin.roles import DiarizationRequest, DiarizerSettings
from speakerplug.testing import silence
from tests.standins.hub import TOKEN, StandInHub, connect

OTHER = "owner/pipeline"
SETTINGS = DiarizerSettings(token=TOKEN)


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInHub]:
    """Serve a hub with community-1 and another pipeline, both with pictures that are not needed."""
    community = {name: name.encode() for name in (*COMMUNITY_FILES, "picture.gif")}
    other = {"config.yaml": b"task: {}", "pytorch_model.bin": b"weights", "picture.gif": b"picture"}
    with StandInHub({COMMUNITY: community, OTHER: other}).listening() as standin:
        connect(monkeypatch, standin.endpoint, tmp_path)
        yield standin


def test_fetch_pipeline_downloads_only_the_needed_files(standin: StandInHub) -> None:
    """Configuration, weights and PLDA; nothing else."""
    folder = fetch_pipeline(COMMUNITY, SETTINGS)
    found = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    assert found == set(COMMUNITY_FILES)


def test_fetch_pipeline_with_a_complete_community_1_sends_no_request(standin: StandInHub) -> None:
    """A complete copy needs no token, either."""
    folder = fetch_pipeline(COMMUNITY, SETTINGS)
    standin.asked.clear()
    assert fetch_pipeline(COMMUNITY, DiarizerSettings()) == folder
    assert not standin.asked


def test_fetch_pipeline_of_another_one_asks_the_hub_again(standin: StandInHub) -> None:
    """Only the hub knows which files belong to it, so it is asked if it answers."""
    folder = fetch_pipeline(OTHER, SETTINGS)
    standin.asked.clear()
    assert fetch_pipeline(OTHER, SETTINGS) == folder
    assert standin.asked
    assert not standin.downloads()


def test_fetch_pipeline_with_an_unhelpful_hub_uses_the_cache(
    standin: StandInHub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Offline, with a silent hub, and with one that refuses (which is logged)."""
    folder = fetch_pipeline(OTHER, SETTINGS)
    standin.asked.clear()
    assert fetch_pipeline(OTHER, DiarizerSettings(offline=True)) == folder
    assert not standin.asked
    standin.repositories.clear()
    assert fetch_pipeline(OTHER, SETTINGS) == folder
    assert f"The copy of {OTHER} on this machine is used, because: The hub has no repository" in caplog.text
    monkeypatch.setattr(hub, "answers", lambda: False)
    assert fetch_pipeline(OTHER, SETTINGS) == folder


@pytest.mark.parametrize("offline", [True, False])
def test_fetch_pipeline_that_is_unavailable_raises_with_a_hint(
    standin: StandInHub, monkeypatch: pytest.MonkeyPatch, offline: bool
) -> None:
    """It is not cached, and there is no network."""
    monkeypatch.setattr(hub, "answers", lambda: False)
    with pytest.raises(ModelError, match=f"{OTHER} is not on this machine, .*; (fetch it once|check the network)"):
        fetch_pipeline(OTHER, DiarizerSettings(offline=offline))
    assert not standin.asked


def test_pretrained_with_a_revision_fetches_that_one(standin: StandInHub) -> None:
    """`owner/name@revision` reaches the hub as a revision; an unknown one is an error."""
    devices, request = DeviceManager("cpu"), DiarizationRequest()
    with pytest.raises(ModelError, match=r"has a config\.yaml without a pipeline"):
        pretrained(f"{OTHER}@v1", SETTINGS).diarize(silence(), request, devices, lambda *report: None)
    assert hub.cached(OTHER, ["config.yaml"], "v1") is not None
    assert hub.cached(OTHER, ["config.yaml"]) is None
    with pytest.raises(ModelError, match="no such revision"):
        pretrained(f"{OTHER}@v7", SETTINGS).diarize(silence(), request, devices, lambda *report: None)


def test_configured_key_does_not_contain_the_configuration(caplog: pytest.LogCaptureFixture) -> None:
    """The device manager logs keys, and a configuration may contain a token; different ones have different keys."""
    config = {"pipeline": {"params": {"token": TOKEN}}}
    with caplog.at_level(logging.DEBUG, "speakerplug"), pytest.raises(ModelError):
        configured(config, SETTINGS).diarize(
            silence(), DiarizationRequest(), DeviceManager("cpu"), lambda *report: None
        )
    assert "Loading" in caplog.text
    assert TOKEN not in caplog.text
    keys = {_key(configured(given, SETTINGS)) for given in (config, {"pipeline": {}}, config)}
    assert len(keys) == 2


def _key(diarizer: object) -> object:
    assert isinstance(diarizer, PyannoteDiarizer)
    return diarizer._handle.key


def test_pretrained_with_a_separate_revision_equals_one_in_the_name(standin: StandInHub) -> None:
    """`--revision v1` equals `@v1`, also for community-1, and is in the name of the diarizer."""
    settings = DiarizerSettings(token=TOKEN, revision="v1")
    apart, named = pretrained(OTHER, settings), pretrained(f"{OTHER}@v1", SETTINGS)
    assert _key(apart) == _key(named) == _key(pretrained(f"{OTHER}@v1", settings))
    assert apart.name == named.name == f"{OTHER}@v1"
    assert pretrained(COMMUNITY, settings, name="community-1").name == "community-1@v1"
    assert _key(apart) != _key(pretrained(OTHER, SETTINGS))


def test_pretrained_with_an_invalid_revision_raises(standin: StandInHub, tmp_path: Path) -> None:
    """Two different ones, or one for a source that is not on the hub: a folder, a configuration."""
    (tmp_path / "config.yaml").touch()
    settings = DiarizerSettings(revision="v2")
    with pytest.raises(UsageError, match=f"{OTHER}@v1 contradicts --revision v2; give one of the two"):
        pretrained(f"{OTHER}@v1", settings)
    for source in (tmp_path, tmp_path / "config.yaml"):
        with pytest.raises(UsageError, match="has no revisions, because it is not on the hub; leave out --revision"):
            pretrained(str(source), settings)
    with pytest.raises(UsageError, match="a configuration has no revisions"):
        configured({"pipeline": {}}, settings)
    assert not standin.asked


def test_fetch_pipeline_uses_the_given_cache_folder(standin: StandInHub, tmp_path: Path) -> None:
    """The default cache of the hub is not touched."""
    settings = DiarizerSettings(token=TOKEN, cache_dir=str(tmp_path / "cache"))
    folder = fetch_pipeline(COMMUNITY, settings)
    assert folder.is_relative_to(tmp_path / "cache")
    assert community_cached(settings.cache_dir) == folder
    assert community_cached() is None
    standin.asked.clear()
    assert fetch_pipeline(COMMUNITY, DiarizerSettings(offline=True, cache_dir=settings.cache_dir)) == folder
    assert not standin.asked


def test_fetch_pipeline_with_an_impossible_name_raises(standin: StandInHub) -> None:
    """The refusal of the client gets a user-facing message."""
    with pytest.raises(ModelError, match="is not a valid name of a hub repository; write it as owner/name"):
        fetch_pipeline("owner/a--b..c", SETTINGS)
