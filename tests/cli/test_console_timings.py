"""`--timings` on the command line, with fake stages."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

import speakerplug
from speakerplug.cli.console import show_timings
from speakerplug.transcript import Media, Provenance, Transcript
from tests.cli.conftest import FAKES, Run, write_wav

FAKE = ("--diarizer", "fake", "--device", "cpu")
DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Return two seconds of audio."""
    return write_wav(tmp_path / "talk.wav", seconds=2.0)


def test_show_timings_of_concurrent_stages_explains_the_shares(capsys: pytest.CaptureFixture[str]) -> None:
    """Steps stand under their stage; shares are of wall-clock time, writing included."""
    timings = {"total": 9.0, "loading": 1.0, "recognition": 8.0, "diarization": 5.0, "diarization: embeddings": 4.0}
    show_timings(Transcript(media=Media("talk.mp4", 60.0), provenance=Provenance(timings=timings)), writing=1.0)
    assert capsys.readouterr().err.splitlines() == [
        "talk.mp4: 10.00 s in all",
        "                seconds  share",
        "  loading          1.00    10%",
        "  recognition      8.00    80%",
        "  diarization      5.00    50%",
        "    embeddings     4.00    40%",
        "  writing          1.00    10%",
        "  Stages ran concurrently, so the shares of wall-clock time add up to more than 100 %.",
    ]


def test_show_timings_of_successive_stages_has_no_note(capsys: pytest.CaptureFixture[str]) -> None:
    """Shares add up to the whole there; without timings there is no table."""
    show_timings(Transcript(provenance=Provenance(timings={"total": 2.0, "loading": 1.0})), writing=0.0)
    assert "more than 100" not in capsys.readouterr().err
    show_timings(Transcript(), writing=1.0)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("command", "stages"),
    [
        (("transcribe", *FAKES), {"decoding", "loading", "recognition", "diarization", "attribution"}),
        (("diarize", *FAKE), {"decoding", "loading", "diarization"}),
    ],
)
def test_timings_of_transcribe_and_diarize_are_shown_and_saved(
    run: Run, talk: Path, command: tuple[str, ...], stages: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Every stage is in the table and in the JSON, which is valid by its schema."""
    name, *options = command
    assert run(name, talk, *options, "--json", "--timings", "-o", talk.with_name("out.json")) == 0
    document = json.loads(talk.with_name("out.json").read_text())
    schema = {"transcribe": "transcript", "diarize": "diarization"}[name]
    jsonschema.validate(document, json.loads((DOCS / f"{schema}.schema.json").read_text()))
    timings = document["provenance"]["timings"]
    assert {key for key in timings if ":" not in key} == stages | {"total"}
    rows = [line.split()[0] for line in capsys.readouterr().err.splitlines() if line.startswith("  ") and line.strip()]
    assert {*stages, "segmentation", "writing"} <= set(rows)


def test_timings_are_left_out_by_default(run: Run, talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither the JSON nor stderr has timings without --timings."""
    assert run("transcribe", talk, *FAKES, "--json") == 0
    assert speakerplug.load(talk.with_suffix(".json")).provenance.timings is None
    assert "in all" not in capsys.readouterr().err


def test_timings_with_quiet_are_in_the_file_alone(run: Run, talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """-q prints errors only."""
    assert run("transcribe", talk, *FAKES, "--json", "--timings", "-q") == 0
    assert capsys.readouterr().err == ""
    assert speakerplug.load(talk.with_suffix(".json")).provenance.timings
