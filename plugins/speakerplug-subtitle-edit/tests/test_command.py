"""From request.json to response.json."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from speakerplug_subtitle_edit.command import main
from speakerplug_subtitle_edit.install import install

from .conftest import Requested

SAMPLE = Path(__file__).parents[3] / "samples" / "talk.mp4"


def answered(request: Path) -> dict[str, Any]:
    """Return the response to a request, whose other files are gone."""
    assert main([str(request)]) == 0
    assert sorted(path.name for path in request.parent.iterdir()) == ["request.json", "response.json"]
    response: dict[str, Any] = json.loads(request.with_name("response.json").read_text(encoding="utf-8"))
    return response


def events(response: dict[str, Any]) -> list[str]:
    """Return the lines of a response."""
    assert response["status"] == "ok", response
    return [line for line in response["subtitle"]["native"].splitlines() if line.startswith(("Dialogue", "Comment"))]


@pytest.mark.usefixtures("known_turns")
def test_lines_of_subrip_keep_times_and_markup(requested: Requested) -> None:
    """As ASS with milliseconds, which the program reads; it would show the markup of ASS as text."""
    response = answered(requested("subrip"))
    assert response["subtitle"]["format"] == "Advanced Sub Station Alpha"
    assert events(response) == [
        "Dialogue: 0,0:00:00.403,0:00:02.000,Default,Ada,0,0,0,,<i>Hello</i> Ben, have you ever",
        "Dialogue: 0,0:00:02.100,0:00:04.300,Default,Ada,0,0,0,,watched a film with the sound turned off?",
        "Dialogue: 0,0:00:04.400,0:00:04.700,Default,,0,0,0,,[MUSIC]",
        r"Dialogue: 0,0:00:04.800,0:00:10.000,Default,Ben,0,0,0,,{\an8}Yes, on a train last week, without\N"
        "subtitles I would have been completely lost.",
        r"Dialogue: 0,0:00:10.600,0:00:14.500,Default,Ada / Ben,0,0,0,,- Did they tell you who was speaking?\N"
        "- No, and that was the trouble",
    ]
    assert response["message"] == (
        "Who speaks: Ada 2, Ada / Ben 1, Ben 1; 1 without a speaker. "
        "SubRip has no actors: save as Advanced Sub Station Alpha to keep them."
    )


@pytest.mark.usefixtures("known_turns")
def test_lines_of_ass_differ_only_in_the_actor(requested: Requested) -> None:
    """Styles, comments and markup stay; with selected lines, all the others do, with their actors."""
    request = requested("ass")
    before = json.loads(request.read_text())["subtitle"]["native"].splitlines()
    after = answered(request)["subtitle"]["native"].splitlines()
    assert [
        line.replace("Default,Ada,", "Default,,").replace("Default,Ben,", "Default,Somebody,") for line in after
    ] == before
    assert events(answered(requested("ass", selectedIndices=[0, 1]))) == [
        line.replace("Default,,", "Default,Ada,") for line in before[-3:]
    ]


@pytest.mark.usefixtures("known_turns")
def test_selected_lines_of_subrip_get_speakers(requested: Requested) -> None:
    """The others stay without one."""
    response = answered(requested("subrip", selectedIndices=[1, 3]))
    assert [line.split(",")[4] for line in events(response)] == ["", "Ada", "", "Ben", ""]


@pytest.mark.usefixtures("known_turns")
@pytest.mark.parametrize("video", ["", None])
def test_request_without_video_is_an_error_to_show(requested: Requested, video: str | None) -> None:
    """The program opens without one."""
    response = answered(requested("subrip", videoFileName=video))
    assert (response["status"], "subtitle" in response) == ("error", False)
    assert response["message"].startswith("No video is open")


@pytest.mark.usefixtures("known_turns")
def test_request_without_subtitle_is_answered(requested: Requested) -> None:
    """Nobody speaks there."""
    response = answered(requested("subrip", subtitle=None))
    assert (response["status"], events(response)) == ("ok", [])


def test_command_that_fails_is_an_error_to_show(requested: Requested, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its own sentence; a process that says nothing is one, too."""
    events = '{"event": "start"}\nnoise\n{"event": "error", "message": "There is no file gone.mp4; check the path."}\n'
    for said, message in ((events, "There is no file gone.mp4"), ("", "ended with exit code 1")):
        ended = subprocess.CompletedProcess((), 1, b"", said.encode())
        monkeypatch.setattr(subprocess, "run", lambda *_, ended=ended, **__: ended)
        response = answered(requested("subrip", videoFileName="gone.mp4"))
        assert response["status"] == "error"
        assert message in response["message"]


def test_what_is_no_request_ends_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The program then says that the plugin failed."""
    (tmp_path / "text.json").write_text("[]")
    for path in ("text.json", "none.json"):
        assert main([str(tmp_path / path)]) == 1
        assert "is no request of Subtitle Edit" in capsys.readouterr().err
    assert main(["--install", str(tmp_path / "none")]) == 2
    assert "There is no folder" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([])


@pytest.mark.models
@pytest.mark.skipif(os.name == "nt", reason="a program of Windows is made by pip")
def test_installed_program_says_who_speaks_in_the_sample(requested: Requested, tmp_path: Path) -> None:
    """Started as Subtitle Edit starts it, in the folder of the plugin, whose speakerplug.toml has the options."""
    plugins = tmp_path / "Plugins"
    plugins.mkdir()
    folder = install(plugins)
    (folder / "speakerplug.toml").write_text('[attribute]\ndiarizer = "bundled"\n')
    request = requested("subrip", videoFileName=str(SAMPLE))
    subprocess.run([folder / "SpeakerPlug", request], cwd=folder, check=True, timeout=600)
    response = json.loads(request.with_name("response.json").read_text(encoding="utf-8"))
    assert [line.split(",")[4] for line in events(response)] == [
        "SPEAKER_00",
        "SPEAKER_00",
        "",
        "SPEAKER_01",
        "SPEAKER_00 / SPEAKER_01",
    ]
    assert sys.executable in (folder / "SpeakerPlug").read_text()
