"""The commands of the recipes run."""

from __future__ import annotations

import io
import shlex
from collections.abc import Iterator
from dataclasses import replace
from glob import glob
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

import speakerplug.plugin.manager
from speakerplug.cli import main
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, turns, words
from speakerplug.transcript import Diarization, SpeakerTree
from tests.cli.conftest import write_wav
from tests.test_docs import blocks

RECIPES = {
    "film": "film.mkv",
    "podcast": "episode.mp3",
    "meeting": "meeting.m4a",
    "part": "film.mkv",
    "languages": "talk.mp4",
    "sdh": "film.mkv",
    "social-clip": "clip.mp4",
    "folder": "recordings/monday.mp4",
    "youtube": "talk.opus",
    "scripts": "talk.mkv",
}
"""The short pages, each with the recording that its commands name."""


class WithTree(FakeDiarizer):
    """A diarizer whose four turns, of two speakers, can be divided among up to four."""

    def diarize(self, *asked: Any) -> Diarization:
        tree = SpeakerTree((0, 1, 2, 3), ((0, 2), (1, 3), (0, 1)))
        return replace(super().diarize(*asked), speaker_tree=tree)


def commands_on(page: str) -> Iterator[list[str]]:
    """Yield the arguments of each `speakerplug` on a page, up to a pipe; patterns are expanded in their turn."""
    for line in "".join(blocks(page, "sh")).splitlines():
        typed = shlex.split(line, comments=True)
        if "speakerplug" in typed:
            own = takewhile(lambda word: word not in ("|", "||", ">"), typed[typed.index("speakerplug") + 1 :])
            yield [name for word in own for name in (sorted(glob(word)) or [word])]


@pytest.mark.parametrize("recipe", RECIPES)
def test_commands_of_a_recipe_run_in_order(recipe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every speakerplug command of a short page succeeds after the one before it; yt-dlp and ffmpeg are fakes."""
    said = words(("Let", 0.2, 0.8), ("the", 1.2, 1.8), ("voice", 2.2, 2.8), ("it", 3.2, 3.8))
    found = turns(*((second, second + 1.0, f"SPEAKER_0{second % 2}") for second in range(4)))
    plugins = plugins_with(recognizer=FakeRecognizer(said), diarizer=WithTree(found))
    monkeypatch.setattr(speakerplug.plugin.manager, "load_plugins", lambda: plugins)
    for name, value in (("RECOGNIZER", "fake"), ("DIARIZER", "fake"), ("DEVICE", "cpu")):
        monkeypatch.setenv(f"SPEAKERPLUG_{name}", value)
    monkeypatch.chdir(tmp_path)
    recording = Path(RECIPES[recipe])
    recording.parent.mkdir(exist_ok=True)
    write_wav(recording, seconds=155.0 if recipe in ("film", "part") else 4.0)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(recording.read_bytes())))
    monkeypatch.setattr("speakerplug.cli.inputs.check_url", lambda *asked: None)
    monkeypatch.setattr("speakerplug.cli.inputs.download", lambda *asked: str(recording))
    monkeypatch.setattr("speakerplug.formats.burn.burn", lambda transcript, recording, path, *_: path)
    count = 0
    for command in commands_on(f"how-to/{recipe}.md"):
        assert main(command) == 0, command
        count += 1
    assert count >= 2
