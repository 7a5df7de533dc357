"""`speakerplug pipeline` writes a folder for tools that load pyannote's pipelines."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from speakerplug.cli import main


def test_pipeline_writes_a_configuration_and_says_how_to_use_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --exclusive the pipeline returns one speaker at a time; the message has WhisperX's command."""
    folder = tmp_path / "folder"
    assert main(["pipeline", str(folder), "--diarizer", "auto", "--exclusive"]) == 0
    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    assert config["pipeline"]["params"] == {"diarizer": "auto", "exclusive": True}
    assert f"--diarize_model {folder}" in "".join(capsys.readouterr().err.split("\n"))


def test_pipeline_with_an_unknown_diarizer_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence, and nothing is written."""
    assert main(["pipeline", str(tmp_path / "folder"), "--diarizer", "nobody"]) == 2
    assert "nobody" in capsys.readouterr().err
    assert not (tmp_path / "folder").exists()
