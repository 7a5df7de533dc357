"""Every command of docs/tutorial/first-transcript.md runs with the real models, and shows what the page says."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from speakerplug.cli import main
from tests.recordings import ROOT, TALK

pytestmark = pytest.mark.models

PAGE = (ROOT / "docs" / "tutorial" / "first-transcript.md").read_text(encoding="utf-8")


def test_tutorial_with_real_models_names_both_speakers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The two speakers of the sample are found and renamed, and the subtitles keep every hard rule."""
    shutil.copy(TALK, tmp_path / "talk.mp4")
    monkeypatch.chdir(tmp_path)
    for command in re.findall(r"^speakerplug (.+)$", PAGE, re.MULTILINE):
        assert main(command.split()) == 0, command
    assert "cues: all keep every hard rule." in capsys.readouterr().out
    assert Path("talk.vtt").read_text(encoding="utf-8").count("<v SPEAKER_0") > 10
    srt = Path("talk.srt").read_text(encoding="utf-8")
    assert "Ada: Hello" in srt
    assert "Ben: " in srt
    assert Path("talk.html").stat().st_size > 50_000
