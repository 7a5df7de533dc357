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
    """Return two seconds of audio."""
    return write_wav(tmp_path / "my talk.wav", seconds=2.0)


@pytest.fixture
def diarizer() -> FakeDiarizer:
    """Return a diarizer with two speakers who overlap for half a second."""
    overlapping = turns((0.0, 1.0, "SPEAKER_00"), (0.5, 1.5, "SPEAKER_01"))
    return FakeDiarizer(overlapping, turns((0.0, 1.0, "SPEAKER_00"), (1.0, 1.5, "SPEAKER_01")))


def test_diarize_without_a_format_writes_rttm_and_shows_a_table(
    run: Run, talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table on stderr has the speaking times; stdout stays empty."""
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


def test_diarize_runs_the_diarizer_alone(
    run: Run, talk: Path, recognizer: FakeRecognizer, diarizer: FakeDiarizer
) -> None:
    """It gets the number of speakers; no recognizer runs."""
    assert run("diarize", talk, *FAKE, "--num-speakers", 2) == 0
    assert recognizer.requests == []
    assert diarizer.requests == [DiarizationRequest(2)]


def test_diarize_quiet_to_stdout_prints_the_result_alone(
    run: Run, talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With -q there is no table."""
    assert run("diarize", talk, *FAKE, "-o", "-", "-q") == 0
    assert capsys.readouterr() == (REGULAR, "")
    assert list(talk.parent.iterdir()) == [talk]


def test_diarize_exclusive_writes_exclusive_turns_to_rttm_and_txt(run: Run, talk: Path, tmp_path: Path) -> None:
    """JSON has both kinds of turns, and is valid by its schema."""
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
def test_diarize_to_a_file_name_takes_the_format_of_its_suffix(run: Run, talk: Path, name: str, begins: str) -> None:
    """As every command does."""
    assert run("diarize", talk, *FAKE, "-o", talk.with_name(name)) == 0
    assert talk.with_name(name).read_text().startswith(begins)


def test_diarize_next_to_a_transcript_leaves_it(run: Run, talk: Path) -> None:
    """JSON and TXT have other names than those of `transcribe`."""
    for name in ("my talk.json", "my talk.txt"):
        talk.with_name(name).write_text("words")
    assert run("diarize", talk, *FAKE, "--json", "--txt") == 0
    assert {talk.with_name(name).read_text() for name in ("my talk.json", "my talk.txt")} == {"words"}


def test_diarize_with_derived_exclusive_turns_logs_it(
    run: Run, talk: Path, diarizer: FakeDiarizer, capsys: pytest.CaptureFixture[str]
) -> None:
    """A diarizer without them gets them derived from its turns."""
    diarizer.exclusive = ()
    assert run("diarize", talk, *FAKE, "--exclusive") == 0
    assert talk.with_suffix(".rttm").read_text().splitlines()[1].startswith("SPEAKER my_talk 1 1.000 0.500")
    assert capsys.readouterr().err.count("no exclusive turns") == 1


def test_diarize_of_silence_writes_an_empty_file(
    run: Run, talk: Path, diarizer: FakeDiarizer, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table says that there are no speakers."""
    diarizer.turns = diarizer.exclusive = ()
    assert run("diarize", talk, *FAKE) == 0
    assert talk.with_suffix(".rttm").read_text() == ""
    assert "0 speakers" in capsys.readouterr().err


def test_diarize_that_fails_leaves_existing_files(
    run: Run, talk: Path, diarizer: FakeDiarizer, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, exit code 1, and no new file."""
    diarizer.error = ModelError("No ears.")
    assert run("diarize", talk, *FAKE) == 1
    assert list(talk.parent.iterdir()) == [talk]
    assert [line for line in capsys.readouterr().err.splitlines() if line.startswith("Error")] == ["Error: No ears."]


def test_diarize_of_several_with_a_failing_one_writes_the_others(run: Run, talk: Path, tmp_path: Path) -> None:
    """The exit code is 1."""
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
def test_diarize_with_invalid_options_is_refused(
    run: Run, talk: Path, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, one line, no file."""
    assert run("diarize", talk, *FAKE, *arguments) == 2
    captured = capsys.readouterr()
    assert (captured.out, len(captured.err.splitlines())) == ("", 1)
    assert list(talk.parent.iterdir()) == [talk]
