"""The readiness of each diarizer, with the reason why one cannot run now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from speakerplug import hub
from speakerplug.diarizers.pyannote.pretrained import COMMUNITY, COMMUNITY_FILES
from speakerplug.diarizers.status import Readiness, local_diarizers, readiness
from speakerplug.plugin import DiarizerRegistration, DiarizerSettings, Plugins, hookimpl
from speakerplug.testing import FakeDiarizer, plugins_with
from tests.standins.hub import TOKEN, StandInHub, connect

OTHER = "owner/pipeline"
OFFLINE = DiarizerSettings(offline=True)
CONFIG = {"pipeline": {"name": "x.SpeakerDiarization", "params": dict.fromkeys(("segmentation", "embedding"), "a/b")}}


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInHub]:
    """Serve a hub with community-1, gated, and another pipeline."""
    files = {name: name.encode() for name in COMMUNITY_FILES}
    other = {"config.yaml": yaml.safe_dump(CONFIG).encode()}
    repositories = {COMMUNITY: files, OTHER: other, "a/b": {"pytorch_model.bin": b"weights"}}
    with StandInHub(repositories, gated={COMMUNITY}).listening() as standin:
        connect(monkeypatch, standin.endpoint, tmp_path)
        yield standin


def rows(**settings: object) -> dict[str, Readiness]:
    return {row.name: row for row in readiness(plugins_with(), DiarizerSettings(**settings))}  # type: ignore[arg-type]


def test_readiness_of_a_diarizer_without_needs_is_ready(standin: StandInHub) -> None:
    """A registration for pipelines that must be named first is not listed."""
    found = rows(offline=True)
    assert found["fake"].ready
    assert found["fake"].needs == ()
    assert set(found) == {"fake", "community-1"}


@pytest.mark.parametrize(
    ("given", "ready", "why"),
    [
        ({"token": TOKEN}, True, "fetched when first used"),
        ({}, False, "no hub token is set (HF_TOKEN)"),
        ({"token": TOKEN, "offline": True}, False, "offline mode is on"),
        ({"token": "hf_known"}, False, "is gated; accept its terms at https://hf.co/pyannote"),
        ({"token": "hf_expired"}, False, "rejected the token"),
    ],
)
def test_readiness_of_community_1_says_what_is_missing(
    standin: StandInHub, given: dict[str, object], ready: bool, why: str
) -> None:
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


def test_readiness_with_a_silent_hub_says_so(standin: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request has a short timeout."""
    monkeypatch.setattr(hub, "TIMEOUT_S", 0.2)
    standin.stalls = "/"
    assert rows(token=TOKEN)["community-1"].why == "not on this machine, and the model hub does not answer"


def test_readiness_of_cached_pipelines_lists_missing_parts(standin: StandInHub, tmp_path: Path) -> None:
    """Complete ones are ready; others say what is missing and how to fetch it. Only the given cache counts."""
    hub.fetch(COMMUNITY, COMMUNITY_FILES, TOKEN)
    hub.fetch(OTHER, ("config.yaml",))
    standin.asked.clear()
    found = rows(offline=True)
    assert found["community-1"].why == "on this machine"
    assert not found[OTHER].ready
    assert found[OTHER].why.startswith(
        "its segmentation and embedding is not on this machine; fetch it with: speakerplug fetch"
    )
    assert not standin.asked
    hub.fetch("a/b", ("pytorch_model.bin",))
    found = rows(offline=True)
    assert found[OTHER] == Readiness(OTHER, (), True, "on this machine")
    assert "a/b" not in found
    assert set(rows(offline=True, cache_dir=str(tmp_path / "empty"))) == {"fake", "community-1"}


def offering(*registrations: DiarizerRegistration) -> Plugins:
    """Return plugins with one that registers these."""

    class Offering:
        @hookimpl
        def register_diarizers(self, register: Callable[[DiarizerRegistration], None]) -> None:
            for registration in registrations:
                register(registration)

    return plugins_with({"offering": Offering()})


def fail(settings: DiarizerSettings) -> Any:
    raise ZeroDivisionError("oh")


def test_readiness_of_a_plugins_diarizer_is_that_of_its_registration(standin: StandInHub) -> None:
    """The registration says whether it is cached, how it is fetched, and why it cannot run."""
    needs, make = ("network once",), FakeDiarizer
    plugins = offering(
        DiarizerRegistration("here", make, needs=needs, is_cached=lambda settings: True),
        DiarizerRegistration("there", make, needs=needs, fetch=lambda settings, progress, folder: None),
        DiarizerRegistration("nowhere", make, needs=needs, check=lambda settings: "the moon is down"),
        DiarizerRegistration("plain", make),
    )
    found = {row.name: row for row in readiness(plugins, DiarizerSettings(offline=True))}
    assert found["here"] == Readiness("here", needs, True, "on this machine")
    assert found["there"] == Readiness(
        "there", needs, True, "fetched when first used, or with: speakerplug fetch there"
    )
    assert found["nowhere"] == Readiness("nowhere", needs, False, "the moon is down")
    assert found["plain"] == Readiness("plain", (), True, "provided by offering")
    assert [name for name, _ in local_diarizers(plugins)] == ["fake", "plain", "here"]


def test_readiness_of_a_registration_that_finds_others_lists_these(standin: StandInHub) -> None:
    """A registration for many pipelines is not listed itself."""
    one = DiarizerRegistration("one", FakeDiarizer, description="found here")
    rows = readiness(offering(DiarizerRegistration("many", FakeDiarizer, found=lambda settings: [one])), OFFLINE)
    assert {"one", "many"} & {row.name for row in rows} == {"one"}


def test_readiness_with_failing_registrations_warns_and_lists_the_rest(
    standin: StandInHub, caplog: pytest.LogCaptureFixture
) -> None:
    """A plugin that fails to check its files loses at most its own row."""
    plugins = offering(
        DiarizerRegistration("cached", FakeDiarizer, needs=("token",), is_cached=fail),
        DiarizerRegistration("checked", FakeDiarizer, check=fail),
        DiarizerRegistration("finding", FakeDiarizer, found=fail),
    )
    found = {row.name: row for row in readiness(plugins, OFFLINE)}
    assert set(found) == {"fake", "community-1", "cached", "checked"}
    assert not found["checked"].ready
    assert "Diarizer checked failed (ZeroDivisionError: oh)" in found["checked"].why
    assert "the plugin offering" in found["checked"].why
    assert "Diarizer cached failed" in caplog.text
    assert "Diarizer finding failed" in caplog.text


@pytest.mark.parametrize("wrong", [5, None, "here", {}], ids=str)
def test_readiness_with_invalid_found_registrations_warns_and_lists_the_rest(
    standin: StandInHub, caplog: pytest.LogCaptureFixture, wrong: Any
) -> None:
    """Other registrations of the same diarizer are listed; one with an invalid field is as invalid."""
    one = DiarizerRegistration("one", FakeDiarizer)
    broken = DiarizerRegistration("broken", FakeDiarizer, rank="x")  # type: ignore[arg-type]
    plugins = offering(
        DiarizerRegistration("many", FakeDiarizer, found=lambda settings: [wrong, broken, one]),
        DiarizerRegistration("other", FakeDiarizer),
    )
    for _ in range(2):
        assert {row.name for row in readiness(plugins, OFFLINE)} == {"fake", "community-1", "other", "one"}
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 2
    assert all(line.startswith("Plugin offering: its diarizer ") for line in messages)
    assert "it is not a DiarizerRegistration" in messages[0]
    assert "'broken' is rejected because its rank is not a number" in messages[1]


@pytest.mark.parametrize("found", [5, None], ids=str)
def test_readiness_with_found_that_is_no_list_warns(
    standin: StandInHub, caplog: pytest.LogCaptureFixture, found: Any
) -> None:
    """The rest of the list stays."""
    plugins = offering(DiarizerRegistration("many", FakeDiarizer, found=lambda settings: found))
    assert {row.name for row in readiness(plugins, OFFLINE)} == {"fake", "community-1"}
    assert "update the plugin offering" in caplog.text


def test_readiness_with_found_that_fails_lists_those_before(
    standin: StandInHub, caplog: pytest.LogCaptureFixture
) -> None:
    """One damaged file does not hide the others."""

    def found(settings: DiarizerSettings) -> Iterator[DiarizerRegistration]:
        yield DiarizerRegistration("one", FakeDiarizer)
        raise ZeroDivisionError("oh")

    plugins = offering(DiarizerRegistration("many", FakeDiarizer, found=found))
    assert "one" in {row.name for row in readiness(plugins, OFFLINE)}
    assert "Diarizer many failed" in caplog.text


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (5, "its check gave an int, not a text"),
        ([], "its check gave a list"),
        ("the moon\nis down", "the moon is down"),
    ],
)
def test_readiness_with_a_check_that_returns_no_text_names_the_plugin(
    standin: StandInHub, answer: Any, expected: str
) -> None:
    """A reason is a phrase in one line."""
    plugins = offering(DiarizerRegistration("checked", FakeDiarizer, check=lambda settings: answer))
    row = {row.name: row for row in readiness(plugins, OFFLINE)}["checked"]
    assert not row.ready
    assert expected in row.why
    assert isinstance(answer, str) or "the plugin offering" in row.why


class NoBool:
    """An object without a truth value, like an array of numpy."""

    def __bool__(self) -> bool:
        raise ValueError("ambiguous")


def test_local_diarizers_with_is_cached_that_is_no_truth_value_warns(
    standin: StandInHub, caplog: pytest.LogCaptureFixture
) -> None:
    """The diarizer counts as not cached."""
    offer = DiarizerRegistration("cached", FakeDiarizer, needs="key", is_cached=lambda settings: NoBool())  # type: ignore[arg-type, return-value]
    assert [name for name, _ in local_diarizers(offering(offer))] == ["fake"]
    assert "update the plugin offering" in caplog.text
