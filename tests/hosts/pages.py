"""What the pages on other tools let people type, run on the real host with a transcript that is given."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from speakerplug import Transcript, Word
from speakerplug.plugin import Media

ROOT = Path(__file__).parents[2]


class GivenTranscriber:
    """A transcriber that knows what is said in every recording."""

    def __init__(self, *_: Any, **__: Any) -> None:
        """Take what a transcriber takes."""

    def transcribe(self, *_: Any, **__: Any) -> Transcript:
        """Return two turns."""
        words = (Word("Hello", 0.5, 0.8, "A"), Word("Ben.", 0.8, 1.1, "A"), Word("Hi!", 1.5, 2.0, "B"))
        return Transcript(words, language="en", media=Media("talk.mp4", 2.0))

    def close(self) -> None:
        """Do nothing."""


def run_page(page: str, package: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the Python of a page that imports the package, in a folder with a talk.mp4 and a folder `talks`."""
    text = (ROOT / page).read_text(encoding="utf-8")
    (code,) = (block for block in re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S) if package in block)
    monkeypatch.setattr("speakerplug.hosts.passages.Transcriber", GivenTranscriber)
    monkeypatch.chdir(folder)
    for path in (folder / "talk.mp4", folder / "talks" / "talk.mp4"):
        path.parent.mkdir(exist_ok=True)
        path.touch()
    exec(compile(code, page, "exec"), {})
