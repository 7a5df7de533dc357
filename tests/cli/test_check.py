from __future__ import annotations

import json
from pathlib import Path

import pytest

from speakerplug import Transcript, hookimpl
from speakerplug.plugin.formats import FormatRegistration
from speakerplug.plugin.manager import Plugins
from speakerplug.subtitles import CueRules
from tests.cli.conftest import FAKES, Run, write_wav

GOOD = "1\n00:00:01,000 --> 00:00:03,000\nThis is fine.\n"
BAD = "1\n00:00:01,000 --> 00:00:01,100\nToo short.\n"


def written(tmp_path: Path, name: str, content: str) -> Path:
    path = tmp_path / name
    path.write_text(content)
    return path


def test_check_of_a_broken_hard_rule_exits_with_1(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is 0 where every hard rule is kept; a broken one is printed with its time and a remedy."""
    good, bad = written(tmp_path, "good.srt", GOOD), written(tmp_path, "bad.srt", BAD)
    assert run("check", good) == 0
    assert "1 cue: all keep every hard rule." in capsys.readouterr().out
    assert run("check", good, bad) == 1
    assert "00:00:01.000  cue 1: shortest 0.1 instead of 0.833; show it longer" in capsys.readouterr().out


def test_check_quiet_prints_broken_rules_alone(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each, and nothing at all where there is none."""
    assert run("check", written(tmp_path, "good.srt", GOOD), "--quiet") == 0
    assert capsys.readouterr().out == ""
    assert run("check", written(tmp_path, "bad.srt", BAD), "--quiet") == 1
    assert all("cue 1: " in line for line in capsys.readouterr().out.splitlines())


def test_check_as_json_has_a_record_per_file(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the order of the command line."""
    bad = written(tmp_path, "bad.srt", BAD)
    assert run("check", bad, "--cue-profile", "bbc", "--json") == 1
    (report,) = json.loads(capsys.readouterr().out)
    assert (report["file"], report["cue_profile"], report["cues"], report["ok"]) == ("bad.srt", "bbc", 1, False)
    assert {found["rule"] for found in report["findings"]} == {"shortest", "reading speed"}


def test_check_of_fast_speech_exits_with_0(run: Run, tmp_path: Path) -> None:
    """Reading speed depends on the speaker, so it is no hard rule."""
    assert run("check", written(tmp_path, "fast.srt", "1\n00:00:01,000 --> 00:00:02,000\n" + "x" * 40 + "\n")) == 0


def test_check_of_another_file_is_one_sentence(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another format, or a missing file, is an error without a traceback; the other files are checked."""
    good = written(tmp_path, "good.srt", GOOD)
    assert run("check", tmp_path / "missing.srt", good) == 1
    captured = capsys.readouterr()
    assert len(captured.err.strip().splitlines()) == 1
    assert "1 cue" in captured.out
    assert run("check", good, "--cue-profile", "nobody") == 2


def test_transcribe_with_cue_options_cuts_by_them(run: Run, tmp_path: Path) -> None:
    """The numbers of the command line reach the cues."""
    talk = write_wav(tmp_path / "talk.wav", seconds=2.0)
    options = ("--cue-profile", "bbc", "--max-line-width", 10, "--labels", "always", "--gap", 0.05, "--style", "colors")
    assert run("transcribe", talk, *FAKES, "--srt", "--vtt", *options) == 0
    texts = [block.splitlines()[2:] for block in (tmp_path / "talk.srt").read_text().split("\n\n")]
    assert texts == [["SPEAKER_00:", "Hello"], ["SPEAKER_00:", "there."], ["SPEAKER_01:", "Hi!"]]
    assert "<v SPEAKER_00><c.white>" in (tmp_path / "talk.vtt").read_text()
    assert run("transcribe", talk, *FAKES, "--max-duration", 0.1) == 2
    assert run("transcribe", talk, *FAKES, "--max-lines", 0) == 2
    assert run("transcribe", talk, *FAKES, "--max-lines", 10**40) == 2
    assert run("transcribe", talk, *FAKES, "--max-line-width", 10**40) == 2
    assert run("transcribe", talk, *FAKES, "--min-duration", "inf") == 2
    assert run("transcribe", talk, *FAKES, "--gap", 1e308) == 2


def test_format_of_a_plugin_that_takes_rules_gets_them(run: Run, tmp_path: Path, plugins: Plugins) -> None:
    """Those of the options of the command line."""

    class Measuring:
        @hookimpl
        def register_formats(self, register):  # type: ignore[no-untyped-def]
            def write(transcript: Transcript, rules: CueRules) -> str:
                return str(rules.columns)

            register(FormatRegistration("width", suffix=".width", write=write, takes=("rules",)))

    plugins.add("measuring", Measuring())
    talk = write_wav(tmp_path / "talk.wav", seconds=2.0)
    assert run("transcribe", talk, *FAKES, "--format", "width", "--cue-profile", "dcmp") == 0
    assert talk.with_suffix(".width").read_text() == "32"


def test_check_with_overlap_stack_allows_cues_of_several_speakers_at_once(run: Run, tmp_path: Path) -> None:
    """Clipped cues must not overlap; stacked ones of two speakers may."""
    cues = "00:00:01.000 --> 00:00:03.000\n<v Ana>Hello there.\n\n00:00:02.000 --> 00:00:04.000\n<v Ben>Good day.\n"
    both = written(tmp_path, "both.vtt", f"WEBVTT\n\n{cues}")
    assert run("check", both) == 1
    assert run("check", both, "--overlap", "stack") == 0


def test_check_with_encoding_reads_the_letters(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without, the encoding is found and said once; what --encoding names is taken."""
    path = tmp_path / "talk.srt"
    path.write_bytes(GOOD.replace("This", "Příliš").encode("cp1250"))
    assert run("check", path) == 0
    assert capsys.readouterr().err.count("is read as cp1250; if letters are wrong, name its encoding with --enc") == 1
    assert run("check", path, "--encoding", "cp1250") == 0
    assert capsys.readouterr().err == ""
    assert run("check", path, "--encoding", "klingon") == 2
    assert "There is no encoding 'klingon'; name one" in capsys.readouterr().err
