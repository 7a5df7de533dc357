"""The options of formats for television, linguists and phoneticians, through a whole transcription and back."""

from __future__ import annotations

from pathlib import Path

import pytest

import speakerplug
from tests.cli.conftest import FAKES, Run, write_wav


@pytest.mark.parametrize(("option", "suffix"), [("--ttml", ".ttml"), ("--eaf", ".eaf"), ("--textgrid", ".TextGrid")])
def test_transcribe_writes_a_form_that_is_read_back(run: Run, tmp_path: Path, option: str, suffix: str) -> None:
    """The file has the form's usual suffix, and gives the same words and speakers."""
    silence = write_wav(tmp_path / "talk.wav", 2.0)
    assert run("transcribe", silence, *FAKES, option, "-o", f"{tmp_path}/out/", "-q") == 0
    (written,) = (tmp_path / "out").iterdir()
    assert written.suffix == suffix
    back = speakerplug.load(written)
    assert [(word.text, word.speaker) for word in back.words] == [
        ("Hello", "SPEAKER_00"),
        ("there.", "SPEAKER_00"),
        ("Hi!", "SPEAKER_01"),
    ]
    assert run("convert", written, "--txt", "-q") == 0
    assert written.with_suffix(".txt").read_text() == "SPEAKER_00: Hello there.\n\nSPEAKER_01: Hi!\n"
