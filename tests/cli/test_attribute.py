"""`speakerplug attribute`: speakers for the words of other programs, by turns or with a fake diarizer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from speakerplug import load
from speakerplug.testing import FakeDiarizer, FakeRecognizer
from tests.cli.conftest import Run, write_wav

FAKE = ("--diarizer", "fake", "--device", "cpu")
RTTM = "SPEAKER talk 1 0.0 1.0 <NA> <NA> Ana <NA> <NA>\nSPEAKER talk 1 1.1 0.4 <NA> <NA> Ben <NA> <NA>\n"
WORDS = [("Hello", 0.1, 0.4), ("there.", 0.5, 0.9), ("Hi!", 1.2, 1.4)]


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """Return a transcript as faster-whisper's objects are saved, with a wrong speaker."""
    fields: list[dict[str, Any]] = [
        {"word": f" {text}", "start": a, "end": b, "probability": 0.5} for text, a, b in WORDS
    ]
    segment = {"start": 0.0, "end": 1.4, "text": " Hello there. Hi!", "speaker": "Zoe", "words": fields}
    path = tmp_path / "talk.whisper.json"
    path.write_text(json.dumps({"segments": [segment], "language": "en"}))
    return path


@pytest.fixture
def rttm(tmp_path: Path) -> Path:
    """Return an RTTM file with two turns."""
    path = tmp_path / "turns.rttm"
    path.write_text(RTTM)
    return path


def test_attribute_with_rttm_gives_words_its_speakers(run: Run, words: Path, rttm: Path) -> None:
    """The words get the speakers of the RTTM file, under its names, and the transcript's own speaker is dropped."""
    assert run("attribute", words, "--rttm", rttm, "--json", "-o", words.parent / "out.json") == 0
    transcript = load(words.parent / "out.json")
    assert [(word.text, word.speaker, word.confidence) for word in transcript.words] == [
        ("Hello", "Ana", 0.5),
        ("there.", "Ana", 0.5),
        ("Hi!", "Ben", 0.5),
    ]
    assert (
        [turn.speaker for turn in transcript.turns] == [turn.speaker for turn in transcript.exclusive] == ["Ana", "Ben"]
    )
    assert (transcript.language, transcript.provenance.recognizer) == ("en", None)


def test_attribute_with_audio_runs_the_diarizer_alone(
    run: Run, words: Path, recognizer: FakeRecognizer, diarizer: FakeDiarizer, capsys: pytest.CaptureFixture[str]
) -> None:
    """The diarizer gets its options, no recognizer runs, and VTT is written next to the words."""
    audio = write_wav(words.parent / "talk.wav", 2.0)
    assert run("attribute", words, "--audio", audio, *FAKE, "--num-speakers", 2, "--name", "SPEAKER_00=Ana") == 0
    assert "<v Ana>Hello there.</v>" in words.with_suffix(".vtt").read_text()
    assert "<v SPEAKER_01>Hi!</v>" in words.with_suffix(".vtt").read_text()
    assert [request.num_speakers for request in diarizer.requests] == [2]
    assert recognizer.requests == []
    assert "same recording" not in capsys.readouterr().err


def test_attribute_with_shorter_audio_warns(run: Run, words: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Words that go on long after the end of the audio are named in a warning."""
    late = words.parent / "late.ctm"
    late.write_text("a 1 1 1 Hi\na 1 9 1 there\n")
    assert run("attribute", late, "--audio", write_wav(words.parent / "talk.wav", 2.0), *FAKE, "-o", "-") == 0
    assert "The words end at 10 s and talk.wav at 2 s; is it the same recording?" in " ".join(
        capsys.readouterr().err.split()
    )


def test_attribute_of_own_json_keeps_its_provenance(run: Run, words: Path, rttm: Path) -> None:
    """A transcript of ours keeps its recording, recognizer and language, with other speakers."""
    ours = words.parent / "ours.json"
    whole = {
        "schema": "speakerplug/transcript",
        "version": "1.0",
        "provenance": {"recognizer": "r", "model": "m", "diarizer": "d"},
        "media": {"file": "talk.mp4", "duration": 2.5},
        "words": [{"text": "Hi", "start": 1.2, "end": 1.4, "speaker": "X"}],
    }
    ours.write_text(json.dumps(whole))
    assert run("attribute", ours, "--rttm", rttm, "--json", "-o", words.parent / "out.json") == 0
    found = load(words.parent / "out.json")
    assert (found.media.file, found.media.duration, found.words[0].speaker) == ("talk.mp4", 2.5, "Ben")
    assert (found.provenance.recognizer, found.provenance.model, found.provenance.diarizer) == ("r", "m", None)


def test_attribute_with_rttm_of_several_recordings_takes_that_of_the_words(
    run: Run, words: Path, rttm: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The recording named like the words is taken; if there is none, the message lists them."""
    rttm.write_text(RTTM + "SPEAKER other 1 0 2 <NA> <NA> Eve <NA> <NA>\n")
    assert run("attribute", words, "--rttm", rttm) == 2
    message = " ".join(capsys.readouterr().err.split())
    assert "holds 2 recordings (talk, other) and none is called talk.whisper" in message
    renamed = words.rename(words.parent / "other.json")
    assert run("attribute", renamed, "--rttm", rttm, "-q") == 0
    assert "Eve" in renamed.with_suffix(".vtt").read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "either the recording with --audio or known turns with --rttm"),
        (("--audio", "a.wav", "--rttm", "turns.rttm"), "either the recording with --audio"),
        (("--rttm", "turns.rttm", "--num-speakers", 2), "--num-speakers is for --audio"),
        (("--rttm", "turns.rttm", "--channels", "speakers"), "--channels is for --audio"),
        (("--rttm", "none.rttm"), "There is no file none.rttm"),
        (("--rttm", "turns.rttm", "--aligner", "ctc"), "--aligner is for --audio"),
    ],
)
def test_attribute_with_invalid_options_is_refused(
    run: Run,
    words: Path,
    rttm: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: Any,
    message: str,
) -> None:
    """One sentence with the hint, an exit code, and nothing is written."""
    monkeypatch.chdir(words.parent)
    assert run("attribute", words, *options) in (1, 2)
    assert message in " ".join(capsys.readouterr().err.split())
    assert not list(words.parent.glob("*.vtt"))


@pytest.mark.parametrize("content", ["", "SPEAKER talk 1 x 1 <NA> <NA> Ana <NA> <NA>\n", "SPEAKER talk\n", "WEBVTT\n"])
def test_attribute_with_damaged_rttm_names_the_file(
    run: Run, words: Path, rttm: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file without turns is as bad as a damaged one."""
    rttm.write_text(content)
    assert run("attribute", words, "--rttm", rttm) == 1
    assert "turns.rttm" in capsys.readouterr().err


def test_convert_of_another_programs_json_keeps_its_speakers(run: Run, words: Path) -> None:
    """Every command that reads transcripts reads the same forms."""
    assert run("convert", words, "--srt", "-o", words.parent / "out.srt") == 0
    assert "Zoe: Hello there. Hi!" in (words.parent / "out.srt").read_text()


def test_attribute_with_a_language_replaces_that_of_the_words(run: Run, words: Path, rttm: Path) -> None:
    """It is a code in the result, by whatever name it was given."""
    out = words.parent / "out.json"
    assert run("attribute", words, "--rttm", rttm, "--language", "german", "-o", out) == 0
    assert load(out).language == "de"


def test_attribute_with_encoding_reads_the_letters(run: Run, tmp_path: Path, rttm: Path) -> None:
    """Subtitles in any encoding can be given, by the name of it."""
    path = tmp_path / "talk.srt"
    path.write_bytes("1\n00:00:00,000 --> 00:00:01,000\nő\n".encode("cp1250"))
    assert run("attribute", path, "--encoding", "cp1250", "--rttm", rttm, "--json", "-o", tmp_path / "out.json") == 0
    assert [(word.text, word.speaker) for word in load(tmp_path / "out.json").words] == [("ő", "Ana")]


SRT = "5\n00:00:00,000 --> 00:00:01,000\n<i>Hello</i> there.\n\n6\n00:00:01,000 --> 00:00:01,500\n[MUSIC]\n"
BOTH = "1\n00:00:00,000 --> 00:00:01,500\nHello there. How\nare you? Hi!\n"


def test_attribute_of_subtitles_keeps_their_cues(run: Run, tmp_path: Path, rttm: Path) -> None:
    """Numbers, times and markup stay; a sound has no speaker, in JSON neither."""
    path = tmp_path / "talk.srt"
    path.write_text(SRT)
    assert run("attribute", path, "--rttm", rttm, "--srt", "--vtt", "--json", "-o", f"{tmp_path}/out/") == 0
    assert (tmp_path / "out" / "talk.srt").read_text() == SRT.replace("<i>", "Ana: <i>")
    assert "<v Ana><i>Hello</i> there.</v>" in (tmp_path / "out" / "talk.vtt").read_text()
    words = load(tmp_path / "out" / "talk.json").words
    assert [(word.text, word.speaker) for word in words] == [("Hello", "Ana"), ("there.", "Ana"), ("[MUSIC]", None)]


def test_attribute_names_the_cues_in_which_two_speak(
    run: Run, tmp_path: Path, rttm: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Such a cue keeps its text, with who says most in SRT, and its time is in the summary."""
    path = tmp_path / "talk.srt"
    path.write_text(BOTH)
    assert run("attribute", path, "--rttm", rttm, "--srt", "-o", tmp_path / "out.srt") == 0
    assert (tmp_path / "out.srt").read_text() == BOTH.replace("Hello", "Ana: Hello")
    message = " ".join(capsys.readouterr().err.split())
    assert "Kept 1 cue" in message
    assert "Two or more speak in 1 cue: 00:00:00.000" in message


def test_attribute_with_recut_makes_new_cues(run: Run, tmp_path: Path, rttm: Path) -> None:
    """Then each has one speaker, as for words of other programs, and no sound is joined to speech."""
    path, out = tmp_path / "talk.srt", tmp_path / "out.srt"
    path.write_text(BOTH + "\n" + SRT)
    assert run("attribute", path, "--rttm", rttm, "--recut", "--max-line-width", 30, "--srt", "-o", out) == 0
    assert "<i>" not in out.read_text()
    assert "\n[MUSIC]\n" in out.read_text()
    assert "Ben: " in out.read_text()


def test_attribute_of_subtitles_with_rules_of_new_cues_is_refused(
    run: Run, tmp_path: Path, rttm: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names --recut; formats without cues, and those that cut their own, are not concerned."""
    path = tmp_path / "talk.srt"
    path.write_text(SRT)
    assert run("attribute", path, "--rttm", rttm, "--max-lines", 1, "--vtt") == 2
    assert "--max-lines is for new cues" in " ".join(capsys.readouterr().err.split())
    assert run("attribute", path, "--rttm", rttm, "--max-lines", 1, "--format", "tsv") == 0
