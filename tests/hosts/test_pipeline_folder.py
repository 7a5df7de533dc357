"""The folder that other tools load as a pipeline of pyannote.audio: what is written, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from speakerplug.diarizers.pyannote.load import load_pipeline
from speakerplug.errors import ModelError, OutputError, UsageError
from speakerplug.hosts.pipeline_folder import PIPELINE, write_pipeline
from speakerplug.testing import plugins_with


def params(folder: Path) -> dict[str, object]:
    """Return the parameters in the configuration of a written folder."""
    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    assert config["pipeline"]["name"] == PIPELINE
    found: dict[str, object] = config["pipeline"]["params"]
    return found


def test_write_pipeline_names_the_class_and_the_diarizer(tmp_path: Path) -> None:
    """Options that are not set are left out; several diarizers are tried in order."""
    written = write_pipeline(tmp_path / "new" / "folder", "fake, auto", True, plugins_with(), exact=True, revision=None)
    assert params(written) == {"diarizer": "fake,auto", "exclusive": True, "exact": True}


def test_write_pipeline_with_a_folder_names_it_for_any_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tool is started elsewhere."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.yaml").write_text("pipeline: {name: pyannote.audio.pipelines.SpeakerDiarization}")
    monkeypatch.chdir(tmp_path)
    assert params(write_pipeline("out", "model", plugins=plugins_with()))["diarizer"] == str(tmp_path / "model")


@pytest.mark.parametrize("wrong", [{"diarizer": "fakee"}, {"diarizer": ""}, {"trust_model": True}])
def test_write_pipeline_with_an_invalid_option_writes_nothing(tmp_path: Path, wrong: dict[str, object]) -> None:
    """An unknown diarizer, an empty name, and an option with which a model would run its own code."""
    with pytest.raises(UsageError):
        write_pipeline(tmp_path / "out", plugins=plugins_with(), **wrong)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_write_pipeline_to_a_folder_that_is_taken_raises(tmp_path: Path) -> None:
    """Nothing is replaced."""
    (tmp_path / "mine").write_text("kept")
    with pytest.raises(OutputError, match="already exists"):
        write_pipeline(tmp_path, "fake", plugins=plugins_with())


def test_load_pipeline_of_our_own_folder_names_the_diarizer(tmp_path: Path) -> None:
    """It is for other tools: SpeakerPlug itself is told which diarizer to name, instead of loading itself."""
    folder = write_pipeline(tmp_path / "out", "fake", plugins=plugins_with())
    with pytest.raises(ModelError, match="--diarizer fake"):
        load_pipeline(folder, str(folder), None, offline=True)
