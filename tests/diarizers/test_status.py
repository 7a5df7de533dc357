"""Which diarizers can run now, and what keeps the others from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from speakerplug import hub
from speakerplug.diarizers.pyannote.pretrained import COMMUNITY, COMMUNITY_FILES
from speakerplug.diarizers.status import Readiness, readiness
from speakerplug.plugin.roles import DiarizerSettings
from speakerplug.testing import plugins_with
from tests.standins.hub import TOKEN, StandInHub, connect

OTHER = "owner/pipeline"
CONFIG = {"pipeline": {"name": "x.SpeakerDiarization", "params": dict.fromkeys(("segmentation", "embedding"), "a/b")}}


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInHub]:
    """A hub with community-1 behind its gate, and a pipeline."""
    files = {name: name.encode() for name in COMMUNITY_FILES}
    other = {"config.yaml": yaml.safe_dump(CONFIG).encode()}
    repositories = {COMMUNITY: files, OTHER: other, "a/b": {"pytorch_model.bin": b"weights"}}
    with StandInHub(repositories, gated={COMMUNITY}).listening() as standin:
        connect(monkeypatch, standin.endpoint, tmp_path)
        yield standin


def rows(**settings: object) -> dict[str, Readiness]:
    return {row.name: row for row in readiness(plugins_with(), DiarizerSettings(**settings))}  # type: ignore[arg-type]


def test_a_diarizer_without_needs_is_ready(standin: StandInHub) -> None:
    """What a plugin offers runs as it is; a pipeline that is still to be named is no diarizer yet."""
    found = rows(offline=True)
    assert found["fake"].ready
    assert found["fake"].needs == ()
    assert set(found) == {"fake", "community-1"}


@pytest.mark.parametrize(
    ("given", "ready", "why"),
    [
        ({"token": TOKEN}, True, "fetched when first used"),
        ({}, False, "no hub token is set (HF_TOKEN)"),
        ({"token": TOKEN, "offline": True}, False, "the network is not to be used"),
        ({"token": "hf_known"}, False, "is gated; accept its terms at https://hf.co/pyannote"),
        ({"token": "hf_expired"}, False, "refused the token"),
    ],
)
def test_community_1_says_what_is_missing(standin: StandInHub, given: dict[str, object], ready: bool, why: str) -> None:
    """A token, the terms, the network: the hub is asked, and nothing is downloaded; offline it is not asked."""
    standin.known = {"hf_known"}
    row = rows(**given)["community-1"]
    assert row.ready is ready
    assert why in row.why
    assert "\n" not in row.why
    assert TOKEN not in row.why
    assert not standin.downloads()
    if given.get("offline"):
        assert not standin.asked


def test_a_silent_hub_is_said(standin: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a short time."""
    monkeypatch.setattr(hub, "PATIENCE", 0.2)
    standin.stalls = "/"
    assert rows(token=TOKEN)["community-1"].why == "not on this machine, and the model hub does not answer"


def test_cached_pipelines_are_listed(standin: StandInHub, tmp_path: Path) -> None:
    """Once they are whole; before, what they lack and how to get it. Only of the cache that is meant."""
    hub.fetch(COMMUNITY, COMMUNITY_FILES, TOKEN)
    hub.fetch(OTHER, ("config.yaml",))
    standin.asked.clear()
    found = rows(offline=True)
    assert found["community-1"].why == "on this machine"
    assert not found[OTHER].ready
    assert found[OTHER].why.startswith("its segmentation and embedding is not here; fetch it with: speakerplug fetch")
    assert not standin.asked
    hub.fetch("a/b", ("pytorch_model.bin",))
    found = rows(offline=True)
    assert found[OTHER] == Readiness(OTHER, (), True, "on this machine")
    assert "a/b" not in found
    assert set(rows(offline=True, cache_dir=str(tmp_path / "empty"))) == {"fake", "community-1"}
