"""Published pipelines: which files are taken from where, before anything is loaded."""

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
    """A hub with community-1 and another pipeline; both hold pictures that nobody needs."""
    community = {name: name.encode() for name in (*COMMUNITY_FILES, "picture.gif")}
    other = {"config.yaml": b"task: {}", "pytorch_model.bin": b"weights", "picture.gif": b"picture"}
    with StandInHub({COMMUNITY: community, OTHER: other}).listening() as standin:
        connect(monkeypatch, standin.endpoint, tmp_path)
        yield standin


def test_the_files_of_a_pipeline_are_fetched(standin: StandInHub) -> None:
    """Configuration, weights and PLDA; nothing else."""
    folder = fetch_pipeline(COMMUNITY, SETTINGS)
    found = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    assert found == set(COMMUNITY_FILES)


def test_community_1_is_asked_for_once(standin: StandInHub) -> None:
    """A complete copy needs no token and no request."""
    folder = fetch_pipeline(COMMUNITY, SETTINGS)
    standin.asked.clear()
    assert fetch_pipeline(COMMUNITY, DiarizerSettings()) == folder
    assert not standin.asked


def test_another_pipeline_is_kept_up_to_date(standin: StandInHub) -> None:
    """Which files belong to it is the hub's to say, so it is asked again where it answers."""
    folder = fetch_pipeline(OTHER, SETTINGS)
    standin.asked.clear()
    assert fetch_pipeline(OTHER, SETTINGS) == folder
    assert standin.asked
    assert not standin.downloads()


def test_a_cached_pipeline_is_used_where_the_hub_is_no_help(
    standin: StandInHub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Offline, with a silent hub, and with one that refuses (which is said)."""
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
def test_what_cannot_be_had_is_an_error(standin: StandInHub, monkeypatch: pytest.MonkeyPatch, offline: bool) -> None:
    """Not cached, and no network: one sentence with its remedy."""
    monkeypatch.setattr(hub, "answers", lambda: False)
    with pytest.raises(ModelError, match=f"{OTHER} is not on this machine, .*; (fetch it once|check the network)"):
        fetch_pipeline(OTHER, DiarizerSettings(offline=offline))
    assert not standin.asked


def test_a_revision_is_fetched_under_its_name(standin: StandInHub) -> None:
    """`owner/name@revision` reaches the hub as a revision; an unknown one is an error."""
    devices, request = DeviceManager("cpu"), DiarizationRequest()
    with pytest.raises(ModelError, match=r"names no pipeline in its config\.yaml"):
        pretrained(f"{OTHER}@v1", SETTINGS).diarize(silence(), request, devices, lambda *report: None)
    assert hub.cached(OTHER, ["config.yaml"], "v1") is not None
    assert hub.cached(OTHER, ["config.yaml"]) is None
    with pytest.raises(ModelError, match="no such revision"):
        pretrained(f"{OTHER}@v7", SETTINGS).diarize(silence(), request, devices, lambda *report: None)


def test_a_key_of_a_configuration_tells_nothing_of_it(caplog: pytest.LogCaptureFixture) -> None:
    """The device manager logs keys, and a configuration may hold a token; different ones have different keys."""
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
    return diarizer._resident.key


def test_a_revision_may_be_said_apart_from_the_name(standin: StandInHub) -> None:
    """`--revision v1` is the same as `@v1`, also for community-1, and is told of in the diarizer's name."""
    settings = DiarizerSettings(token=TOKEN, revision="v1")
    apart, named = pretrained(OTHER, settings), pretrained(f"{OTHER}@v1", SETTINGS)
    assert _key(apart) == _key(named) == _key(pretrained(f"{OTHER}@v1", settings))
    assert apart.name == named.name == f"{OTHER}@v1"
    assert pretrained(COMMUNITY, settings, name="community-1").name == "community-1@v1"
    assert _key(apart) != _key(pretrained(OTHER, SETTINGS))


def test_a_revision_that_cannot_be_meant_is_an_error(standin: StandInHub, tmp_path: Path) -> None:
    """Two that differ, or one of something that is not on the hub: a folder, a configuration."""
    (tmp_path / "config.yaml").touch()
    settings = DiarizerSettings(revision="v2")
    with pytest.raises(UsageError, match=f"{OTHER}@v1 contradicts --revision v2; give one of the two"):
        pretrained(f"{OTHER}@v1", settings)
    for source in (tmp_path, tmp_path / "config.yaml"):
        with pytest.raises(UsageError, match="has no revisions, for it is not on the hub; leave out --revision"):
            pretrained(str(source), settings)
    with pytest.raises(UsageError, match="a configuration has no revisions"):
        configured({"pipeline": {}}, settings)
    assert not standin.asked


def test_the_cache_folder_is_the_one_that_is_named(standin: StandInHub, tmp_path: Path) -> None:
    """For fetching and for finding; the hub's own cache is left alone."""
    settings = DiarizerSettings(token=TOKEN, cache_dir=str(tmp_path / "cache"))
    folder = fetch_pipeline(COMMUNITY, settings)
    assert folder.is_relative_to(tmp_path / "cache")
    assert community_cached(settings.cache_dir) == folder
    assert community_cached() is None
    standin.asked.clear()
    assert fetch_pipeline(COMMUNITY, DiarizerSettings(offline=True, cache_dir=settings.cache_dir)) == folder
    assert not standin.asked


def test_a_name_that_no_repository_has_is_an_error(standin: StandInHub) -> None:
    """The client's own refusal, in plain words."""
    with pytest.raises(ModelError, match="is not a valid name of a hub repository; write it as owner/name"):
        fetch_pipeline("owner/a--b..c", SETTINGS)
