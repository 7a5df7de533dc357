"""`--start` and `--end`: only a part of a recording, at the times of the recording."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from tests.cli.conftest import FAKES, Run, write_wav

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Return three minutes of audio."""
    return write_wav(tmp_path / "film.wav", seconds=180.0)


@pytest.mark.parametrize(
    ("command", "suffix", "schema"),
    [("transcribe", ".json", "transcript"), ("diarize", ".diarization.json", "diarization")],
)
def test_part_is_written_at_the_times_of_the_recording(
    run: Run, film: Path, command: str, suffix: str, schema: str
) -> None:
    """Both commands take it; the JSON says which part it is, and is valid by its schema."""
    fakes = FAKES if command == "transcribe" else ("--diarizer", "fake", "--device", "cpu")
    assert run(command, film, *fakes, "--json", "--start", "2:30", "--end", "00:02:40.5") == 0
    document = json.loads(film.with_suffix(suffix).read_text())
    jsonschema.validate(document, json.loads((DOCS / f"{schema}.schema.json").read_text()))
    assert document["media"] == {"file": "film.wav", "duration": 180.0, "start": 150.0, "end": 160.5}
    assert document["turns"][0]["start"] == 150.0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("--start", "soon"), "--start is 'soon'; give a time in the recording, such as 150, 2:30 or 1:02:03.5."),
        (("--start", "2:00", "--end", "60"), "--end 0:01:00 is not after --start 0:02:00; give a later one."),
        (("--start", "5:00"), "ends at 0:03:00, before --start 0:05:00; give an earlier time."),
    ],
)
def test_part_that_cannot_be_is_refused_in_one_sentence(
    run: Run, film: Path, given: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """No file is written."""
    assert run("transcribe", film, *FAKES, *given) != 0
    assert message in " ".join(capsys.readouterr().err.split())
    assert list(film.parent.iterdir()) == [film]
