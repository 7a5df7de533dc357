"""A command line whose stages are fakes."""

from __future__ import annotations

import json
import wave
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest

import speakerplug.cli
import speakerplug.plugin.manager
from speakerplug.plugin.manager import Plugins
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, turns, words

WORDS = words(("Hello", 0.1, 0.4), ("there.", 0.5, 0.9), ("Hi!", 1.2, 1.4))
TURNS = turns((0.0, 1.0, "SPEAKER_00"), (1.1, 1.5, "SPEAKER_01"))

Run = Callable[..., int]


@pytest.fixture
def recognizer() -> FakeRecognizer:
    """Return the recognizer of the command line."""
    return FakeRecognizer(WORDS)


@pytest.fixture
def diarizer() -> FakeDiarizer:
    """Return the diarizer of the command line."""
    return FakeDiarizer(TURNS)


@pytest.fixture
def further() -> Mapping[str, object]:
    """Return further plugins of the command line; a plugin's own tests name it here."""
    return {}


@pytest.fixture
def plugins(
    further: Mapping[str, object],
    recognizer: FakeRecognizer,
    diarizer: FakeDiarizer,
    monkeypatch: pytest.MonkeyPatch,
) -> Plugins:
    """Return the plugins of the command line: the built-in ones, the fakes, and further ones."""
    fakes = plugins_with(further, recognizer=recognizer, diarizer=diarizer)
    monkeypatch.setattr(speakerplug.plugin.manager, "load_plugins", lambda: fakes)
    return fakes


@pytest.fixture
def run(plugins: Plugins) -> Run:
    """Return a function that runs `speakerplug` with its arguments and returns the exit code."""
    return lambda *arguments: speakerplug.cli.main([str(argument) for argument in arguments])


FAKES = ("--recognizer", "fake", "--diarizer", "fake", "--device", "cpu")


def write_wav(path: Path, seconds: float) -> Path:
    """Write a wave file of silence, and return its path."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(round(seconds * 16_000) * 2))
    return path


SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "progress.schema.json").read_text(encoding="utf-8"))


def events_in(printed: str) -> list[dict[str, Any]]:
    """Return the events that were printed, each of them valid by the schema; the first is the start."""
    events: list[dict[str, Any]] = [json.loads(line) for line in printed.splitlines()]
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for event in events:
        validator.validate(event)
    assert events[0]["event"] == "start"
    return events


def parsed(command: click.Command, *arguments: str) -> dict[str, Any]:
    """Return what click gives a command for these arguments and a file."""
    return command.make_context(command.name, ["talk.wav", *arguments]).params
