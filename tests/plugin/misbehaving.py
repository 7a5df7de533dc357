"""Plugins whose hooks misbehave, and what a transcription with one makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from speakerplug import Transcript, hookimpl
from speakerplug.pipeline.transcriber import Transcriber
from speakerplug.plugin import (
    AlignerRegistration,
)
from speakerplug.plugin.manager import Plugins
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, silence, turns, words

SPOKEN = words(("hello", 0.1, 0.5), ("hi", 1.2, 1.4))
TURNS = turns((0, 1, "A"), (1.1, 1.5, "B"))


class Still:
    """A plugin whose aligner leaves the words where they are."""

    name = "still"

    @hookimpl
    def register_aligners(self, register: Any) -> None:
        register(AlignerRegistration(self.name, lambda settings: self))

    def prepare(self, *_: Any) -> None:
        """Do nothing: no model is needed."""

    def align(self, waveform: Any, words: Any, *_: Any) -> Any:
        return words


def implementing(hook: str, function: Callable[..., Any], **how: bool) -> object:
    """Return a plugin with one hook."""
    return type("Misbehaving", (), {hook: staticmethod(hookimpl(**how)(function))})()


def transcript_with(plugin: object, name: str = "culprit") -> tuple[Transcript, Plugins]:
    """Transcribe two seconds with a plugin, all of whose hooks are called; return the transcript and the plugins."""
    stages = {"recognizer": FakeRecognizer(SPOKEN), "diarizer": FakeDiarizer(TURNS)}
    plugins = plugins_with({name: plugin, "still": Still()}, **stages)
    with Transcriber(plugins=plugins, recognizer="fake", diarizer="fake", aligner="still", device="cpu") as ready:
        return ready.transcribe(silence(2.0)), plugins


def called(plugin: object, hook: str) -> Plugins:
    """Return the plugins after `hook` was called, and the transcript was what it is without the plugin."""
    transcript, plugins = transcript_with(plugin)
    assert [(word.text, word.speaker) for word in transcript.words] == [("hello", "A"), ("hi", "B")]
    if hook == "register_commands":
        from speakerplug.cli import Commands

        group = Commands("speakerplug")
        plugins.hook.register_commands(cli=group)
        assert "transcribe" in group.commands
    return plugins
