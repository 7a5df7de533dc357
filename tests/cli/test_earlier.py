"""What an earlier run wrote: edits are not lost, names are kept, and what is done can be skipped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from speakerplug import load
from speakerplug.testing import FakeDiarizer, FakeRecognizer, turns
from tests.cli.conftest import FAKES, Run, write_wav

FAKE = FAKES[2:]
RTTM = "SPEAKER talk 1 0.0 1.0 <NA> <NA> Ana <NA> <NA>\n"


@pytest.fixture
def talk(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the JSON of a recording in the current folder, as it was transcribed."""
    monkeypatch.chdir(tmp_path)
    assert run("transcribe", write_wav(Path("talk.wav"), 2.0), *FAKES, "--json", "-q") == 0
    return Path("talk.json")


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the messages since the last call, in one line."""
    return " ".join(capsys.readouterr().err.split())


EDITS = (
    (("rename", "SPEAKER_00=Ana"), "names: Ana"),
    (("relabel", "--num-speakers", "1"), "words or speakers"),
    (("edit", "--replace", "Hello=Hallo"), "words or speakers"),
    (("edit", "--speaker", "0:01-0:02=Cleo"), "words or speakers; names: Cleo"),
)


@pytest.mark.parametrize(("edit", "what"), EDITS, ids=["rename", "relabel", "replace", "speaker"])
def test_transcribe_over_an_edited_transcript_is_refused_without_force(
    run: Run,
    talk: Path,
    recognizer: FakeRecognizer,
    capsys: pytest.CaptureFixture[str],
    edit: tuple[str, ...],
    what: str,
) -> None:
    """Before any model runs, in one sentence; each of our own commands makes an edit."""
    if edit[0] == "relabel":
        document = json.loads(talk.read_text())
        document["speaker_tree"] = {"groups": [0, 1], "joins": [[0, 1]]}
        talk.write_text(json.dumps(document))
    assert run(edit[0], talk, *edit[1:], "-q") == 0
    before, requests = talk.read_bytes(), len(recognizer.requests)
    assert run("transcribe", "talk.wav", *FAKES, "--json") == 2
    message = said(capsys)
    assert f"talk.json was edited ({what}), and talk.json would be made anew without that: add --force" in message
    assert (talk.read_bytes(), len(recognizer.requests)) == (before, requests)


def test_transcribe_over_files_beside_an_edited_transcript_is_refused(
    run: Run, talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was made of it would lose the edits, too; a file that is new has the names, and the JSON stays."""
    assert run("rename", talk, "SPEAKER_00=Ana") == 0
    before = talk.read_bytes()
    assert run("transcribe", "talk.wav", *FAKES, "--srt") == 0
    assert Path("talk.srt").read_text().splitlines()[2] == "Ana: Hello there."
    assert "Kept names of talk.json: SPEAKER_00=Ana" in said(capsys)
    assert run("transcribe", "talk.wav", *FAKES, "--srt", "--format", "podcast") == 2
    assert (
        "and talk.srt would be made anew without that: type `speakerplug convert talk.json --srt --format podcast`"
        in (said(capsys))
    )
    assert run("transcribe", "talk.wav", *FAKES, "--srt", "-o", "-") == 0
    assert talk.read_bytes() == before


def test_transcribe_to_a_new_file_beside_corrected_words_says_that_it_lacks_them(
    run: Run, talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is lost, so it is not refused; names alone are taken over, and need no such line."""
    assert run("rename", talk, "SPEAKER_00=Ana") == 0
    assert run("transcribe", "talk.wav", *FAKES, "--srt") == 0
    assert "corrections" not in said(capsys)
    assert run("edit", talk, "--replace", "Hello=Hallo") == 0
    assert run("transcribe", "talk.wav", *FAKES, "--txt") == 0
    assert "Made without the corrections in talk.json; speakerplug convert" in said(capsys)


def test_transcribe_with_force_keeps_no_more_than_the_names(
    run: Run, talk: Path, diarizer: FakeDiarizer, capsys: pytest.CaptureFixture[str]
) -> None:
    """They go to those who have the speech now; --name wins, and the new file counts as not edited."""
    edit = ("edit", talk, "--replace", "Hello=Hallo")
    assert run(*edit) == run("rename", talk, "SPEAKER_00=Ana", "SPEAKER_01=Ben") == 0
    diarizer.turns = turns((0.0, 0.05, "X"), (0.05, 1.0, "Y"), (1.1, 1.5, "Z"))
    assert run("transcribe", "talk.wav", *FAKES, "--json", "--force") == 0
    assert [each.name for each in load(talk).speakers] == ["X", "Ana", "Ben"]
    assert load(talk).words[0].text == "Hello"
    assert "Replaced talk.json" in said(capsys)
    assert run("transcribe", "talk.wav", *FAKES, "--json", "--name", "Z=Cleo") == 0
    assert [each.name for each in load(talk).speakers] == ["X", "Ana", "Cleo"]


def test_diarize_and_attribute_over_edited_results_are_refused_without_force(
    run: Run, talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Likewise; the words that attribute reads do not stand in its way."""
    assert run("diarize", "talk.wav", *FAKE, "--json") == 0
    found = Path("talk.diarization.json")
    found.write_text(found.read_text().replace('"name": "SPEAKER_00"', '"name": "Ana"'))
    assert run("diarize", "talk.wav", *FAKE, "--json") == 2
    assert "talk.diarization.json was edited (names: Ana)" in said(capsys)
    assert run("diarize", "talk.wav", *FAKE, "--json", "--force") == 0
    assert '"name": "Ana"' in found.read_text()
    Path("talk.rttm").write_text(RTTM)
    attribute = ("attribute", talk, "--rttm", "talk.rttm", "--vtt", "--json")
    assert run(*attribute, "-o", "new/") == run("rename", "new/talk.json", "Ana=Ana Souza") == 0
    assert run(*attribute, "-o", "new/") == 2
    assert run(*attribute, "-o", "new/", "--force") == 0
    assert "<v Ana Souza>" in Path("new/talk.vtt").read_text()
    assert run("rename", talk, "SPEAKER_00=Ana") == run("convert", talk, "--vtt") == 0
    assert run("attribute", talk, "--rttm", "talk.rttm", "--vtt") == 0


def test_attribute_of_a_recording_is_refused_before_edits_beside_it(
    run: Run, talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """That it is no transcript comes first; the corrections beside it are safe all the same."""
    assert run("rename", talk, "SPEAKER_00=Ana") == 0
    Path("talk.vtt").write_text("WEBVTT\n")
    capsys.readouterr()
    assert run("attribute", "talk.wav", "--audio", "talk.wav", "--vtt") == 2
    error = said(capsys)
    assert "talk.wav is not in a readable format" in error
    assert "was edited" not in error


def test_transcribe_over_damaged_json_of_ours_is_refused_that_of_others_is_replaced(
    run: Run, talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A comma too many is an edit; what another program wrote says nothing, and is named when it is lost."""
    talk.write_text(talk.read_text().replace('"words": [', '"words": [,'))
    assert run("transcribe", "talk.wav", *FAKES, "--json") == 2
    assert "What was edited in talk.json would be lost. talk.json is not JSON or is damaged" in said(capsys)
    talk.write_text('{"segments": []}')
    assert run("transcribe", "talk.wav", *FAKES, "--json") == 0
    assert said(capsys).count("Replaced talk.json") == 1


def test_convert_says_what_it_replaces(run: Run, talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Once a file; one that is new is written."""
    assert run("convert", talk, "--vtt") == run("convert", talk, "--vtt", "--srt") == 0
    assert said(capsys) == "Wrote talk.vtt Replaced talk.vtt Wrote talk.srt"


def test_convert_over_an_edited_transcript_is_refused_without_force(
    run: Run, talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Corrected subtitles belong into it, not in its place; they may be written anew, as they are asked for."""
    assert run("rename", talk, "SPEAKER_00=Ana") == run("convert", talk, "--srt") == run("convert", talk, "--srt") == 0
    assert run("convert", "talk.srt", "--json") == 2
    assert "type `speakerplug edit talk.json --from talk.srt`" in said(capsys)
    assert run("convert", "talk.srt", "--json", "--force") == 0


@pytest.mark.parametrize("command", ["transcribe", "diarize"])
def test_skip_existing_leaves_out_what_is_done(
    run: Run, talk: Path, recognizer: FakeRecognizer, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """A line says so; edits do not matter there, and an input with a missing result is done."""
    fakes, suffix = (FAKES, "vtt") if command == "transcribe" else (FAKE, "rttm")
    assert run("rename", talk, "SPEAKER_00=Ana") == 0
    write_wav(Path("other.wav"), 2.0)
    Path(f"talk.{suffix}").write_text("mine")
    said(capsys)
    assert run(command, "talk.wav", *fakes, f"--{suffix}", "--skip-existing") == 0
    assert said(capsys) == f"Skipped talk.wav: talk.{suffix} is there already"
    assert run(command, "talk.wav", "other.wav", *fakes, f"--{suffix}", "--skip-existing") == 0
    assert "Skipped talk.wav" in (text := said(capsys))
    assert f"Wrote other.{suffix}" in text
    assert Path(f"talk.{suffix}").read_text() == "mine"
    assert run(command, "talk.wav", *fakes, f"--{suffix}", "--json", "--skip-existing") == 0
    assert run(command, "talk.wav", *fakes, f"--{suffix}", "--json", "--skip-existing") == 0
    assert " are there already" in said(capsys)


def test_skip_existing_of_a_copy_knows_it_by_any_container(run: Run, talk: Path) -> None:
    """Its suffix depends on the recording; standard output is never there already."""
    Path("talk.subtitled.mkv").touch()
    assert run("transcribe", "talk.wav", *FAKES, "--embed-subs", "--skip-existing") == 0
    assert not Path("talk.subtitled.mkv").stat().st_size
    assert run("transcribe", "talk.wav", *FAKES, "-o", "-", "--skip-existing") == 0
