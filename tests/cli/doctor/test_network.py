"""What the doctor says of hub and token, with a hub on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from speakerplug import hub
from speakerplug.cli.doctor import network
from speakerplug.cli.doctor.network import look_at_access, look_at_hub, look_at_token
from speakerplug.diarizers.pyannote.pretrained import COMMUNITY, COMMUNITY_FILES
from speakerplug.plugin import DiarizerRegistration, hookimpl
from speakerplug.testing import FakeDiarizer, plugins_with
from tests.standins.hub import TOKEN, StandInHub, connect


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInHub]:
    """A hub that has community-1, behind its gate."""
    repositories = {COMMUNITY: dict.fromkeys(COMMUNITY_FILES, b"content")}
    with StandInHub(repositories, gated={COMMUNITY}).listening() as standin:
        connect(monkeypatch, standin.endpoint, tmp_path)
        monkeypatch.delenv("PYANNOTEAI_API_KEY", raising=False)
        yield standin


def said(*looks: object) -> list[tuple[str, str]]:
    """Status and text of all that is found."""
    return [(finding.status, finding.text) for look in looks for finding in look()]  # type: ignore[operator]


def test_a_hub_that_answers_and_a_token_that_opens(standin: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """All is well, and the token is said to be there, no more."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert said(look_at_hub, look_at_token, look_at_access) == [
        ("ok", "the model hub answers"),
        ("ok", "a hub token is set"),
        ("ok", "the hub accepts the token"),
        ("ok", "the token opens community-1"),
    ]


def test_looking_for_a_token_asks_nobody(standin: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Offline there is only this look."""
    assert said(look_at_token) == [("warning", "no hub token is set; community-1 needs one, once")]
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert said(look_at_token) == [("ok", "a hub token is set")]
    assert not standin.asked


def test_key_of_a_diarizer_is_named_and_not_told(standin: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line says whose it is; where there is none, there is no line."""
    why: list[str | None] = ["no key is set"]

    class Cloud:
        @hookimpl
        def register_diarizers(self, register: Any) -> None:
            register(DiarizerRegistration("cloud", FakeDiarizer, needs=["key"], check=lambda settings: why[0]))

    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setattr(network, "load_plugins", lambda: plugins_with({"cloud": Cloud()}))
    assert said(look_at_token) == [("ok", "a hub token is set")]
    why[0] = None
    text = "the key of cloud is set; it uploads only where it is named as the diarizer"
    assert said(look_at_token)[1:] == [("ok", text)]
    assert not standin.asked


def test_no_token_is_needed_where_community_is_cached(standin: StandInHub) -> None:
    """Then nothing of it is to be fetched."""
    hub.fetch(COMMUNITY, COMMUNITY_FILES, TOKEN)
    assert [status for status, _ in said(look_at_token, look_at_access)] == ["ok"]


@pytest.mark.parametrize(
    ("group", "told"),
    [
        (None, [("problem", "the hub refuses the token")]),
        ("known", [("ok", "the hub accepts the token"), ("warning", "is gated")]),
        ("narrow", [("ok", "the hub accepts the token"), ("warning", "has no permission to read")]),
    ],
)
def test_a_token_that_does_not_open(
    standin: StandInHub, monkeypatch: pytest.MonkeyPatch, group: str | None, told: list[tuple[str, str]]
) -> None:
    """Refused, terms not accepted, or without the right to gated repositories: each is told apart."""
    standin.granted = set()
    if group is not None:
        getattr(standin, group).add(TOKEN)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    found = list(look_at_access())
    assert [finding.status for finding in found] == [status for status, _ in told]
    assert all(part in finding.text for finding, (_, part) in zip(found, told, strict=True))
    assert all(finding.remedy for finding in found if finding.status != "ok")
    assert TOKEN not in repr(found)


def test_a_token_that_can_be_none_is_not_sent(standin: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor repeated."""
    monkeypatch.setenv("HF_TOKEN", "hf_two words")
    found = list(look_at_access())
    assert [finding.status for finding in found] == ["warning"]
    assert "words" not in repr(found)
    assert not any(asked.has_token for asked in standin.asked)


def test_a_hub_that_says_nothing(standin: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a warning, for models of this machine still run; the token is not asked about."""
    monkeypatch.setattr(hub, "TIMEOUT_S", 0.2)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    standin.stalls = "/"
    assert [status for status, _ in said(look_at_hub, look_at_access)] == ["warning"]


def test_a_hub_that_falls_silent_about_the_token(standin: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """It answered at its door, and then no more: a warning in a line."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert hub.answers()
    monkeypatch.setattr(hub, "TIMEOUT_S", 0.2)
    standin.stalls = "/api/"
    assert [status for status, _ in said(look_at_access)] == ["warning"]
