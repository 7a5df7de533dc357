"""Who may call."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from speakerplug_server.access import host_name

from .conftest import Serve, client_of, wav

KEY = "correct-horse-battery"


@pytest.mark.parametrize("host", ["localhost:9000", "127.0.0.1", "[::1]:9000", "192.168.1.5:9000", "LOCALHOST"])
def test_own_names_and_addresses_are_allowed(client: TestClient, host: str) -> None:
    """No site can have an address lead elsewhere."""
    assert client.get("/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:9000", "localhost.evil.example", "", "[::1"])
def test_foreign_names_are_refused(client: TestClient, host: str) -> None:
    """A site may have its name lead to this machine."""
    answer = client.get("/v1/models", headers={"host": host})
    assert (answer.status_code, answer.json()["error"]["code"]) == (421, "host")


@pytest.mark.parametrize("hosts", [("speakerplug",), ("*",)])
def test_allowed_host_opens_another_name(serve: Serve, hosts: tuple[str, ...]) -> None:
    """As in compose."""
    assert client_of(serve(hosts=hosts)).get("/health", headers={"host": "speakerplug:9000"}).status_code == 200


def test_pages_of_other_sites_are_refused_and_there_is_no_cors(client: TestClient) -> None:
    """A form on a page can be sent to a server on this machine."""
    files = {"file": ("talk.wav", wav())}
    answer = client.post("/v1/audio/transcriptions", files=files, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    own = client.post("/v1/audio/transcriptions", files=files, headers={"origin": "http://localhost:9000"})
    assert own.status_code == 200
    assert not [name for name in own.headers if name.startswith("access-control")]


@pytest.mark.parametrize("origin", ["http://[", "null", "", "http://", "evil.example"])
def test_origin_that_names_no_site_of_ours_is_refused(client: TestClient, origin: str) -> None:
    """Whatever it is: 403, and never an error of the server."""
    assert client.post("/asr", headers={"origin": origin}).status_code == 403


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (f"Bearer {KEY}", 200),
        (f"bearer  {KEY}", 200),
        (f"Basic {KEY}", 401),
        ("Bearer wrong", 401),
        (None, 401),
        ("Ä", 401),
    ],
)
def test_key_is_asked_for_everywhere_but_for_health(serve: Serve, given: str | None, status: int) -> None:
    """In the form of each API."""
    client = client_of(serve(api_key=KEY))
    headers = {} if given is None else {"authorization": given.encode()}
    answers = [client.get(path, headers=headers) for path in ("/v1/models", "/status", "/metrics")]
    assert [answer.status_code for answer in answers] == [status] * 3
    assert client.get("/health").status_code == 200
    if status == 401:
        assert answers[0].json()["error"]["code"] == "invalid_api_key"


@pytest.mark.parametrize(
    ("host", "name"), [("a:1", "a"), ("[::1]:1", "::1"), ("A", "a"), ("[", ""), ("a@b", "b"), ("", "")]
)
def test_host_name_has_neither_port_nor_brackets(host: str, name: str) -> None:
    """In lower case; a header that makes no sense is no name."""
    assert host_name(host) == name
