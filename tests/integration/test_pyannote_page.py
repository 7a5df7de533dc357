"""Every command of docs/reference/pyannote.md runs."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import speakerplug
from speakerplug.cli import main
from tests.diarizers.conftest import community as community
from tests.diarizers.pyannote.test_offline import published
from tests.media_files import record
from tests.recordings import ROOT, TALK
from tests.standins import cloud
from tests.standins.hub import TOKEN, StandInHub, connect

pytestmark = pytest.mark.models

PAGE = (ROOT / "docs" / "reference" / "pyannote.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"\| `speakerplug (diarize [^`]+|fetch [^`]+)` \|", PAGE)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, community: Path) -> Iterator[Path]:
    """Prepare a folder with talk.wav, and a hub and a cloud on loopback."""
    folder = tmp_path_factory.mktemp("page")
    talk = speakerplug.read_waveform(TALK).samples[: 6 * 16_000]
    record(folder / "talk.wav", talk[None], codec="pcm_s16le")
    repositories = published(community)
    with (
        StandInHub(repositories, gated=set(repositories)).listening() as hub,
        cloud.StandInCloud().listening() as service,
        pytest.MonkeyPatch.context() as patch,
    ):
        connect(patch, hub.endpoint, folder / "home")
        cloud.connect(patch, service)
        patch.setenv("HF_TOKEN", TOKEN)
        patch.chdir(folder)
        shutil.copytree(community, folder / "pipeline")
        yield folder


@pytest.mark.parametrize("command", COMMANDS)
def test_command_of_the_page_runs(command: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It succeeds and writes its result: the folder of a pipeline, or the turns of talk.wav."""
    if command.startswith("fetch"):
        shutil.rmtree(place / "pipeline")
    arguments = command.replace("$TOKEN", TOKEN).split()
    assert main([*arguments, "--diarizer-param", "poll_s=0.05"] if "precision-2" in command else arguments) == 0
    printed = capsys.readouterr().out
    if command.startswith("fetch"):
        assert (place / "pipeline" / "config.yaml").is_file()
    else:
        turns = printed if "-o -" in command else (place / "talk.rttm").read_text()
        assert turns.startswith("SPEAKER talk 1 ")
        (place / "talk.rttm").unlink(missing_ok=True)
    assert ("kept" in command) == (place / "kept").is_dir()
    shutil.rmtree(place / "kept", ignore_errors=True)


def test_commands_of_the_page_are_found() -> None:
    """The table was parsed completely."""
    assert len(COMMANDS) >= 20
