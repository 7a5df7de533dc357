"""`speakerplug relabel`: the JSON in place, messages and exit codes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from speakerplug import load
from speakerplug.transcript import Speaker, SpeakerTree, Transcript, Turn, Word
from tests.cli.conftest import Run

TALK = Transcript(
    (Word("Yes", 0.2, 1.0, "A"), Word("no", 3.2, 4.0, "B")),
    turns=(Turn(0.0, 2.5, "A"), Turn(3.0, 5.0, "B")),
    exclusive=(Turn(0.0, 2.5, "A"), Turn(3.0, 5.0, "B")),
    speakers=(Speaker("A", "Ana"), Speaker("B", "Ben")),
    speaker_tree=SpeakerTree((0, 1), ((0, 1),)),
)


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Return a saved transcript."""
    return TALK.save(tmp_path / "talk.json")


def test_relabel_to_fewer_speakers_merges_them_in_place(
    run: Run, talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who speaks most keeps the name; the log counts the words that changed."""
    assert run("relabel", talk, "--max-speakers", 1) == 0
    after = load(talk)
    assert [word.speaker for word in after.words] == ["A", "A"]
    assert after.speakers == (Speaker("A", "Ana"),)
    assert after.speaker_tree == TALK.speaker_tree
    assert "1 speakers instead of 2; 1 of 2 words have another speaker" in " ".join(capsys.readouterr().err.split())


def test_relabel_with_output_leaves_the_input(run: Run, talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """-o takes a file or standard output."""
    before = talk.read_bytes()
    assert run("relabel", talk, "--num-speakers", 1, "-o", talk.parent / "other.json", "-q") == 0
    capsys.readouterr()
    assert run("relabel", talk, "--num-speakers", 1, "-o", "-", "-q") == 0
    assert capsys.readouterr().out == (talk.parent / "other.json").read_text()
    assert talk.read_bytes() == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "Give the number of speakers, with"),
        (("--num-speakers", 0), "--num-speakers is 0; it must be at least 1."),
        (("--min-speakers", 3, "--max-speakers", 2), "--min-speakers 3 is more than --max-speakers 2"),
        (("--num-speakers", 3), "talk.json cannot have 3 speakers. It can distinguish at most 2 speakers; transcribe"),
    ],
)
def test_relabel_with_invalid_options_is_refused(
    run: Run, talk: Path, options: tuple[object, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence, exit code 2, and the file stays."""
    before = talk.read_bytes()
    assert run("relabel", talk, *options) == 2
    assert message in " ".join(capsys.readouterr().err.split())
    assert talk.read_bytes() == before


def test_relabel_of_a_transcript_without_turns_is_refused(
    run: Run, talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Words without speakers cannot be relabeled."""
    replace(TALK, turns=(), exclusive=(), speaker_tree=None).save(talk)
    assert run("relabel", talk, "--num-speakers", 2) == 1
    assert "no turns to relabel" in capsys.readouterr().err


def test_relabel_without_a_number_names_the_plausible_ones(
    run: Run, talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the diarizer was in doubt, the error offers what it took for plausible; a chosen number ends the doubt."""
    replace(TALK, speakers_range=(1, 3)).save(talk)
    assert run("relabel", talk) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "talk.json has 2, and it may be 1 to 3 (some only if the recording is transcribed again)." in said
    replace(TALK, speakers_range=(1, 2)).save(talk)
    assert run("relabel", talk) == 2
    assert "talk.json has 2, and it may be 1 or 2." in " ".join(capsys.readouterr().err.split())
    assert run("relabel", talk, "--num-speakers", 1, "-q") == 0
    assert load(talk).speakers_range is None
