"""`batch` with the real stack: results are those of one `Transcriber`, and a second run does nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from speakerplug import Transcript, load, transcribe_many
from tests.recordings import TALK

pytestmark = pytest.mark.models


def test_batch_of_the_sample_gives_what_transcribe_gives(sample: Transcript, tmp_path: Path) -> None:
    """Word for word, of both copies; the second was decoded beside the first."""
    paths = [Path(shutil.copy(TALK, tmp_path / f"{name}{TALK.suffix}")) for name in ("one", "two")]
    options = {"model": "tiny.en", "diarizer": "bundled", "device": "cpu", "offline": True}
    results = [*transcribe_many(paths, output=tmp_path / "out", formats=("json", "vtt"), **options)]  # type: ignore[arg-type]
    assert sorted(result.path.stem for result in results) == ["one", "two"]
    subtitles, kept = sample.save(tmp_path / "sample.vtt").read_bytes(), load(sample.save(tmp_path / "sample.json"))
    for result in results:
        found = result.load()
        assert (found.words, found.turns, found.speakers) == (kept.words, kept.turns, kept.speakers)
        assert result.outputs["vtt"].read_bytes() == subtitles
    again = [*transcribe_many(paths, output=tmp_path / "out", formats=("json", "vtt"), **options)]  # type: ignore[arg-type]
    assert [result.is_earlier for result in again] == [True, True]
