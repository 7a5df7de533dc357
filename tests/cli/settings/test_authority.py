"""What a file may set, by whose it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from speakerplug.cli import command_line
from speakerplug.cli.format_options import FLAGS
from speakerplug.cli.settings.authority import FORMATS, FOUND, NEVER, refusal
from speakerplug.cli.settings.layers import options_of
from tests.cli.conftest import Run

HARMFUL = {
    "trust-model": True,
    "hf-token": "hf_x",
    "offline": False,
    "cache-dir": "x",
    "revision": "x",
    "output": "x",
    "artifacts": "x",
    "embed-subs": True,
    "diarizer-param": "a=1",
    "recognizer": "cloud",
    "aligner": "cloud",
    "aligner-model": "x",
    "no-checkpoint": True,
    "keep": "x",
    "html": "x.html",
    "rttm": "x.rttm",
}


@pytest.mark.parametrize(("name", "value"), HARMFUL.items())
def test_found_file_sets_nothing_harmful(name: str, value: object) -> None:
    """Each is refused with what to do; the user's own file may set all of them but trust."""
    assert "type" in (refusal(name, value, is_own=False) or "")
    assert (refusal(name, value, is_own=True) is None) == (name != "trust-model")


@pytest.mark.parametrize("value", ["a/b", "./a", "~a", "c:a", "a\\b", "here", "."])
def test_found_file_with_a_folder_or_hub_id_as_model_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    """A plain name that is a folder here, too."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path)
    assert "plain name" in (refusal("model", value, is_own=False) or "")
    assert refusal("model", "tiny.en", is_own=False) is None


@pytest.mark.parametrize(
    ("value", "is_taken"),
    [("auto", True), ("fake", True), ("fake, auto", True), ("precision-2", False), ("fake,a/b", False), ("no", False)],
)
def test_found_file_takes_diarizers_that_upload_nothing(run: Run, value: str, is_taken: bool) -> None:
    """By their names only."""
    assert (refusal("diarizer", value, is_own=False) is None) == is_taken


def test_options_that_a_found_file_may_set_exist() -> None:
    """So that none stays in the list under an old name, and every format is in it."""
    names = {name for command in command_line().commands.values() for name in options_of(command)}
    assert names >= FOUND | NEVER
    assert FOUND & {*HARMFUL} == {"html", "rttm"}  # a format as a flag, and a file of evaluate or attribute
    assert {*FLAGS} == FORMATS
