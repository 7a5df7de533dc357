"""`speakerplug diarize`, with a fake diarizer: files, table and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from speakerplug.errors import ModelError
from speakerplug.plugin.roles import DiarizationRequest
from speakerplug.testing import FakeDiarizer, FakeRecognizer, turns
from tests.cli.conftest import Run, write_wav

FAKE = ("--diarizer", "fake", "--device", "cpu")
SCHEMA = Path(__file__).parents[2] / "docs" / "diarization.schema.json"
REGULAR = """SPEAKER my_talk 1 0.000 1.000 <NA> <NA> SPEAKER_00 <NA> <NA>
SPEAKER my_talk 1 0.500 1.000 <NA> <NA> SPEAKER_01 <NA> <NA>
"""


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Two seconds of sound."""
    return write_wav(tmp_path / "my talk.wav", seconds=2.0)


@pytest.fixture
def diarizer() -> FakeDiarizer:
    """Two who talk at once for half a second."""
    overlapping = turns((0.0, 1.0, "SPEAKER_00"), (0.5, 1.5, "SPEAKER_01"))
    return FakeDiarizer(overlapping, turns((0.0, 1.0, "SPEAKER_00"), (1.0, 1.5, "SPEAKER_01")))


def test_rttm_beside_the_input_and_a_table(run: Run, talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a format RTTM is written; a table on stderr says who talks how much, and stdout stays empty."""
    assert run("diarize", talk, *FAKE) == 0
    assert talk.with_suffix(".rttm").read_text() == REGULAR
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines()[-4:] == [
        "my talk.wav: 2 speakers",
        "              talk s  share  overlap s  turns",
        "  SPEAKER_00     1.0    50%        0.5      1",
        "  SPEAKER_01     1.0    50%        0.5      1",
    ]


def test_no_words_are_recognized(run: Run, talk: Path, recognizer: FakeRecognizer, diarizer: FakeDiarizer) -> None:
    """The recognizer is not asked; the diarizer is told the number of speakers."""
    assert run("diarize", talk, *FAKE, "--num-speakers", 2) == 0
    assert recognizer.requests == []
    assert diarizer.requests == [DiarizationRequest(2)]


def test_quiet_printing(run: Run, talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """-o - prints the result and nothing else, and with -q there is no table."""
    assert run("diarize", talk, *FAKE, "-o", "-", "-q") == 0
    assert capsys.readouterr() == (REGULAR, "")
    assert list(talk.parent.iterdir()) == [talk]


def test_every_format_with_exclusive_turns(run: Run, talk: Path, tmp_path: Path) -> None:
    """--exclusive goes into RTTM and TXT; JSON has both kinds of turns, and is what the schema says."""
    out = tmp_path / "out"
    assert run("diarize", talk, *FAKE, "--rttm", "--json", "--txt", "--exclusive", "-o", f"{out}/") == 0
    assert "SPEAKER my_talk 1 1.000 0.500 <NA> <NA> SPEAKER_01 <NA> <NA>\n" in (out / "my talk.rttm").read_text()
    assert (out / "my talk.turns.txt").read_text() == (
        "00:00:00.000  00:00:01.000  SPEAKER_00\n00:00:01.000  00:00:01.500  SPEAKER_01\n"
    )
    document = json.loads((out / "my talk.diarization.json").read_text())
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    assert [turn["start"] for turn in document["turns"]] == [0.0, 0.5]
    assert [turn["start"] for turn in document["exclusive"]] == [0.0, 1.0]
    assert document["speakers"][0] == {
        "id": "SPEAKER_00",
        "name": "SPEAKER_00",
        "talk_s": 1.0,
        "overlap_s": 0.5,
        "share": 0.5,
        "turns": 1,
    }
    assert (document["media"]["file"], document["provenance"]["diarizer"]) == ("my talk.wav", "fake")


@pytest.mark.parametrize(("name", "begins"), [("a.json", "{"), ("a.txt", "00:00"), ("a.RTTM", "SPEAKER")])
def test_the_file_name_chooses_the_format(run: Run, talk: Path, name: str, begins: str) -> None:
    """A file named with -o is in the format that its name ends in."""
    assert run("diarize", talk, *FAKE, "-o", talk.with_name(name)) == 0
    assert talk.with_name(name).read_text().startswith(begins)


def test_a_transcript_beside_it_stays(run: Run, talk: Path) -> None:
    """JSON and TXT do not lie where `transcribe` puts its own."""
    for name in ("my talk.json", "my talk.txt"):
        talk.with_name(name).write_text("words")
    assert run("diarize", talk, *FAKE, "--json", "--txt") == 0
    assert {talk.with_name(name).read_text() for name in ("my talk.json", "my talk.txt")} == {"words"}


def test_exclusive_turns_that_are_derived_are_said(
    run: Run, talk: Path, diarizer: FakeDiarizer, capsys: pytest.CaptureFixture[str]
) -> None:
    """A diarizer that gives none gets them made of the others, and a line says so."""
    diarizer.exclusive = ()
    assert run("diarize", talk, *FAKE, "--exclusive") == 0
    assert talk.with_suffix(".rttm").read_text().splitlines()[1].startswith("SPEAKER my_talk 1 1.000 0.500")
    assert capsys.readouterr().err.count("no exclusive turns") == 1


def test_nobody_talks(run: Run, talk: Path, diarizer: FakeDiarizer, capsys: pytest.CaptureFixture[str]) -> None:
    """Silence is an empty file and no speakers."""
    diarizer.turns = diarizer.exclusive = ()
    assert run("diarize", talk, *FAKE) == 0
    assert talk.with_suffix(".rttm").read_text() == ""
    assert "0 speakers" in capsys.readouterr().err


def test_what_fails_leaves_no_file(
    run: Run, talk: Path, diarizer: FakeDiarizer, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, exit code 1, and what was there before is there still."""
    diarizer.error = ModelError("No ears.")
    assert run("diarize", talk, *FAKE) == 1
    assert list(talk.parent.iterdir()) == [talk]
    assert [line for line in capsys.readouterr().err.splitlines() if line.startswith("Error")] == ["Error: No ears."]


def test_one_input_that_fails_does_not_stop_the_others(run: Run, talk: Path, tmp_path: Path) -> None:
    """The others are done, and the exit code says that something failed."""
    assert run("diarize", tmp_path / "missing.wav", talk, *FAKE) == 1
    assert talk.with_suffix(".rttm").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--rttm", "--json", "-o", "-"),
        ("--num-speakers", "0"),
        ("--diarizer", "nobody"),
        ("--vtt",),
        ("--name", "SPEAKER_00=Ana"),
    ],
)
def test_what_cannot_be_meant(
    run: Run, talk: Path, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, one line, no file."""
    assert run("diarize", talk, *FAKE, *arguments) == 2
    captured = capsys.readouterr()
    assert (captured.out, len(captured.err.splitlines())) == ("", 1)
    assert list(talk.parent.iterdir()) == [talk]
