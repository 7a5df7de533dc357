"""Servers whose stages are fakes: in this process for the test client, or with a socket for real clients."""

from __future__ import annotations

import threading
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest
from starlette.testclient import TestClient

import speakerplug_server.plugin
from speakerplug import Transcriber
from speakerplug.plugin import Plugins
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, turns, words
from speakerplug_server.app import app_of, service_of
from speakerplug_server.http import Server, listen
from speakerplug_server.service import Service
from speakerplug_server.settings import Settings
from tests.cli.conftest import run

__all__ = ["run"]

WORDS = words(("Hello", 0.1, 0.4), ("there.", 0.5, 0.9), ("Hi", 1.2, 1.4), ("Ann!", 1.4, 1.6))
TURNS = turns((0.0, 1.0, "SPEAKER_00"), (1.1, 1.7, "SPEAKER_01"))
TEXT = "Hello there. Hi Ann!"


def wav(seconds: float = 2.0) -> bytes:
    """Return a wave file of silence."""
    data = BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(round(seconds * 16_000) * 2))
    return data.getvalue()


@dataclass
class SlowRecognizer(FakeRecognizer):
    """A recognizer that works until `go` is set, and reports progress meanwhile; it can be canceled."""

    go: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def recognize(self, waveform: Any, request: Any, devices: Any, progress: Any) -> Any:
        """Wait, then return the words."""
        self.begun.set()
        try:
            while not self.go.wait(0.01):
                progress("recognition", 0.5, 1.0)
            return super().recognize(waveform, request, devices, progress)
        finally:
            self.ended.set()


@pytest.fixture
def recognizer() -> FakeRecognizer:
    """Return the recognizer of the server."""
    return FakeRecognizer(WORDS)


@pytest.fixture
def slow() -> Iterator[SlowRecognizer]:
    """Return a recognizer that takes until its `go` is set, at the latest by the end of the test."""
    made = SlowRecognizer(WORDS)
    yield made
    made.go.set()


@pytest.fixture
def diarizer() -> FakeDiarizer:
    """Return the diarizer of the server."""
    return FakeDiarizer(TURNS)


@pytest.fixture
def further() -> dict[str, object]:
    """This plugin."""
    return {"server": speakerplug_server.plugin}


@pytest.fixture
def plugins(
    recognizer: FakeRecognizer, diarizer: FakeDiarizer, further: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> Plugins:
    """Return the plugins of the command line."""
    fakes = plugins_with(further, recognizer=recognizer, diarizer=diarizer)
    monkeypatch.setattr("speakerplug.plugin.manager.load_plugins", lambda: fakes)
    return fakes


Serve = Callable[..., Service]


@pytest.fixture
def serve(recognizer: FakeRecognizer, diarizer: FakeDiarizer) -> Iterator[Serve]:
    """Return a function that makes a service with settings, and with another recognizer if one is given."""
    made: list[Transcriber] = []

    def serve(recognizer: FakeRecognizer = recognizer, models: tuple[str, ...] = ("tiny",), **settings: Any) -> Service:
        """Make a service."""
        plugins = plugins_with(recognizer=recognizer, diarizer=diarizer)
        transcriber = Transcriber(plugins=plugins, recognizer="fake", diarizer="fake", model=models[0], device="cpu")
        made.append(transcriber)
        return service_of(transcriber, plugins, models, Settings(**settings))

    yield serve
    for transcriber in made:
        transcriber.close()


def client_of(service: Service) -> TestClient:
    """Return a client that talks to the application in this process."""
    return TestClient(app_of(service), base_url="http://localhost:9000")


@pytest.fixture
def client(serve: Serve) -> TestClient:
    """Return a client of a server with the usual settings."""
    return client_of(serve())


@contextmanager
def serving(service: Service) -> Iterator[tuple[str, Server]]:
    """Yield the address of a real server on this machine, and the server."""
    with listen("127.0.0.1", 0) as socket:
        server = Server(app_of(service), service)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{socket.getsockname()[1]}", server
        finally:
            server.should_exit = True
            thread.join(20)
        assert not thread.is_alive()
