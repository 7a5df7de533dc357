"""Requests of Subtitle Edit, and the command with known turns instead of models."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from speakerplug.cli import main

TURNS = "".join(
    f"SPEAKER x 1 {start} {seconds} <NA> <NA> {name} <NA> <NA>\n"
    for start, seconds, name in ((0.4, 4, "Ada"), (4.8, 5.2, "Ben"), (10.6, 1.8, "Ada"), (12.5, 2.0, "Ben"))
)

Requested = Callable[..., Path]


@pytest.fixture
def requested(tmp_path: Path) -> Requested:
    """Return a function that writes a request of that name, with changes, as the program does."""

    def requested(name: str, **changes: Any) -> Path:
        """Write it, and return its path."""
        request = json.loads((Path(__file__).parent / "files" / f"request_{name}.json").read_text(encoding="utf-8"))
        paths = {"responseFilePath": str(tmp_path / "response.json"), "tempDirectory": str(tmp_path)}
        path = tmp_path / "request.json"
        path.write_text(json.dumps({**request, **paths, **changes}), encoding="utf-8")
        return path

    return requested


@pytest.fixture
def known_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the command in this process, with turns that are known."""

    def attribute(subtitles: Path, video: str, result: Path) -> None:
        """Do what the program does, without a recording."""
        turns = subtitles.with_name("turns.rttm")
        turns.write_text(TURNS)
        assert main(["attribute", str(subtitles), "--rttm", str(turns), "--ass", "-o", str(result), "--quiet"]) == 0

    monkeypatch.setattr("speakerplug_subtitle_edit.respond.attribute", attribute)
