"""Checks of hub and token, with a hub on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from speakerplug import hub
from speakerplug.cli.doctor import network
from speakerplug.cli.doctor.network import check_access, check_hub, check_token
from speakerplug.diarizers.pyannote.pretrained import COMMUNITY, COMMUNITY_FILES
from speakerplug.plugin import DiarizerRegistration, hookimpl
from speakerplug.testing import FakeDiarizer, plugins_with
from tests.standins.hub import TOKEN, StandInHub, connect


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInHub]:
    """Yield a hub that has community-1, behind its gate."""
    repositories = {COMMUNITY: dict.fromkeys(COMMUNITY_FILES, b"content")}
    with StandInHub(repositories, gated={COMMUNITY}).listening() as standin:
        connect(monkeypatch, standin.endpoint, tmp_path)
        monkeypatch.delenv("PYANNOTEAI_API_KEY", raising=False)
        yield standin


def findings_of(*looks: object) -> list[tuple[str, str]]:
    """Return status and text of all findings."""
    return [(finding.status, finding.text) for look in looks for finding in look()]  # type: ignore[operator]


def test_checks_of_a_hub_that_accepts_the_token_are_ok(standin: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token itself is not printed."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert findings_of(check_hub, check_token, check_access) == [
        ("ok", "the model hub answers"),
        ("ok", "a hub token is set"),
        ("ok", "the hub accepts the token"),
        ("ok", "the token opens community-1"),
    ]


def test_check_token_sends_no_request(standin: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the one check that runs offline, too."""
    assert findings_of(check_token) == [
        ("warning", "no hub token is set; community-1 needs one for the first download")
    ]
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert findings_of(check_token) == [("ok", "a hub token is set")]
    assert not standin.asked


def test_check_token_names_the_diarizer_of_a_key(standin: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the key itself; there is no finding where none is set."""
    why: list[str | None] = ["no key is set"]

    class Cloud:
        @hookimpl
        def register_diarizers(self, register: Any) -> None:
            register(DiarizerRegistration("cloud", FakeDiarizer, needs=["key"], check=lambda settings: why[0]))

    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setattr(network, "load_plugins", lambda: plugins_with({"cloud": Cloud()}))
    assert findings_of(check_token) == [("ok", "a hub token is set")]
    why[0] = None
    text = "the key of cloud is set; it uploads only where it is named as the diarizer"
    assert findings_of(check_token)[1:] == [("ok", text)]
    assert not standin.asked


def test_check_token_with_cached_community_needs_none(standin: StandInHub) -> None:
    """Then nothing of it has to be downloaded."""
    hub.fetch(COMMUNITY, COMMUNITY_FILES, TOKEN)
    assert [status for status, _ in findings_of(check_token, check_access)] == ["ok"]


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (None, [("problem", "the hub refuses the token")]),
        ("known", [("ok", "the hub accepts the token"), ("warning", "is gated")]),
        ("narrow", [("ok", "the hub accepts the token"), ("warning", "has no permission to read")]),
    ],
)
def test_check_access_of_a_token_without_access_says_why(
    standin: StandInHub, monkeypatch: pytest.MonkeyPatch, group: str | None, expected: list[tuple[str, str]]
) -> None:
    """It is refused, the terms are not accepted, or it may not read gated repositories."""
    standin.granted = set()
    if group is not None:
        getattr(standin, group).add(TOKEN)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    found = list(check_access())
    assert [finding.status for finding in found] == [status for status, _ in expected]
    assert all(part in finding.text for finding, (_, part) in zip(found, expected, strict=True))
    assert all(finding.remedy for finding in found if finding.status != "ok")
    assert TOKEN not in repr(found)


def test_check_access_of_a_malformed_token_does_not_send_it(
    standin: StandInHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor print it."""
    monkeypatch.setenv("HF_TOKEN", "hf_two words")
    found = list(check_access())
    assert [finding.status for finding in found] == ["warning"]
    assert "words" not in repr(found)
    assert not any(asked.has_token for asked in standin.asked)


def test_check_hub_without_an_answer_is_a_warning(standin: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Local models still run; the token is not checked."""
    monkeypatch.setattr(hub, "TIMEOUT_S", 0.2)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    standin.stalls = "/"
    assert [status for status, _ in findings_of(check_hub, check_access)] == ["warning"]


def test_check_access_without_an_answer_is_a_warning(standin: StandInHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub answered before, and then no more."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert hub.answers()
    monkeypatch.setattr(hub, "TIMEOUT_S", 0.2)
    standin.stalls = "/api/"
    assert [status for status, _ in findings_of(check_access)] == ["warning"]
