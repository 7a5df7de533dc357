"""`--timings` on the command line, with fake stages."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

import speakerplug
from speakerplug.cli import timings
from speakerplug.cli.timings import show_timings
from speakerplug.transcript import Media, Provenance, Transcript
from tests.cli.conftest import FAKES, Run, write_wav

FAKE = ("--diarizer", "fake", "--device", "cpu")
DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Return two seconds of audio."""
    return write_wav(tmp_path / "talk.wav", seconds=2.0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the seconds of this process, which are set by hand, before any table."""
    now = [0.0]
    monkeypatch.setattr(timings, "process_seconds", lambda: now[0])
    monkeypatch.setattr(timings, "_state", timings._State())
    return now


def of(name: str, **seconds: float) -> Transcript:
    """Return a transcript with these timings; `loading__recognizer` is a step."""
    named = {key.replace("__", ": "): value for key, value in seconds.items()}
    return Transcript(media=Media(name, 60.0), provenance=Provenance(timings=named))


def test_show_timings_of_two_recordings_name_every_second(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    """Steps stand under their stage; what was before the first is its start, what nothing names is other."""
    clock[0] = 12.5
    first = of("talk.mp4", total=9.0, recognition=8.0, diarization=5.0, diarization__turns=4.0, other=1.0, parallel=5.0)
    show_timings(first, began=2.0, writing=1.0)
    clock[0] = 14.5
    show_timings(of("next.mp4", total=2.0, recognition=2.0, other=0.0, parallel=0.0), began=12.5, writing=0.0)
    clock[0] = 14.75
    timings.show_exit()
    assert capsys.readouterr().err.splitlines() == [
        "talk.mp4: 12.50 s in all",
        "               seconds  share",
        "  start           2.00    16%",
        "  recognition     8.00    64%",
        "  diarization     5.00    40%",
        "    turns         4.00    32%",
        "  writing         1.00     8%",
        "  other           1.50    12%",
        "  Stages ran in parallel for 5.00 s, which are counted in each of them.",
        "next.mp4: 2.00 s in all",
        "               seconds  share",
        "  start           0.00     0%",
        "  recognition     2.00   100%",
        "  writing         0.00     0%",
        "  other           0.00     0%",
        "  exit: 0.25 s; 14.75 s since the process started",
    ]


def test_show_timings_of_a_transcript_without_any_shows_nothing(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor is there a line at the exit."""
    show_timings(Transcript(), began=0.0, writing=1.0)
    timings.show_exit()
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
    saved = document["provenance"]["timings"]
    assert {key for key in saved if ":" not in key} == stages | {"total", "other", "parallel"}
    rows = [line.split()[0] for line in capsys.readouterr().err.splitlines() if line.startswith("  ") and line.strip()]
    assert {*stages, "segmentation", "start", "writing", "other"} <= set(rows)


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
