"""The lengths of recordings, from their headers, in a process that some may end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import speakerplug.batch.durations
from speakerplug.batch.durations import durations_of, estimated
from tests.standins.stub_stages import write_clip

pytestmark = pytest.mark.slow


def test_durations_of_what_says_it_are_known(tmp_path: Path) -> None:
    """Of what cannot be read, they are not, and neither is anything an error."""
    good, odd = write_clip(tmp_path / "two\nlines.wav", 2.5), tmp_path / "odd.wav"
    odd.write_bytes(b"RIFF")
    os.mkfifo(tmp_path / "pipe.wav")
    paths = [str(each) for each in (odd, tmp_path / "none.wav", tmp_path / "pipe.wav", good)]
    assert durations_of(paths) == {str(good): 2.5}


def test_durations_go_on_after_one_that_ends_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged header may crash a library."""
    program = speakerplug.batch.durations.PROGRAM.replace(
        "main()", "import os, speakerplug.batch.durations as d; s = d._seconds; "
        "d._seconds = lambda path: os.abort() if 'ends' in path else s(path); main()"
    )  # fmt: skip
    monkeypatch.setattr(speakerplug.batch.durations, "PROGRAM", program)
    paths = [str(write_clip(tmp_path / f"{name}.wav", 1.0)) for name in ("a", "ends", "b")]
    assert durations_of(paths) == {paths[0]: 1.0, paths[2]: 1.0}


def test_estimated_is_by_the_size(tmp_path: Path) -> None:
    """And 0 for what is not there."""
    (tmp_path / "a.mp3").write_bytes(bytes(32_000))
    assert (estimated(str(tmp_path / "a.mp3")), estimated(str(tmp_path / "none"))) == (2.0, 0.0)
