"""`speakerplug convert`: files, messages and exit codes; no model runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import speakerplug
from speakerplug.cli.format_options import FLAGS
from speakerplug.formats.save import writable
from speakerplug.subtitles import CueRules
from speakerplug.transcript import Media, Speaker, Transcript, Turn, Word
from tests.cli.conftest import Run

TALK = Transcript(
    (Word("Hello", 0.1, 0.4, "A"), Word("there.", 0.5, 0.9, "A"), Word("Hi!", 1.2, 1.4, "B")),
    turns=(Turn(0.0, 1.0, "A"), Turn(1.1, 1.5, "B")),
    speakers=(Speaker("A", "Ana"), Speaker("B", "Ben & Jerry")),
    language="en",
    media=Media("talk.mp4", 2.0),
)


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Return a saved transcript."""
    return TALK.save(tmp_path / "talk.json")


def test_convert_to_every_format_writes_what_save_writes(run: Run, talk: Path) -> None:
    """Each registered format, all next to the input."""
    writers = writable()
    own = [f"--{name}" for name in FLAGS if name != "json"]  # which is the input
    named = [part for name in writers if name not in FLAGS for part in ("--format", name)]
    assert run("convert", talk, *own, *named) == 0
    expected = {f"talk{offer.suffix}": offer.write(TALK) for offer in writers.values()}
    expected = {name: each if isinstance(each, bytes) else each.encode() for name, each in expected.items()}
    assert {path.name: path.read_bytes() for path in talk.parent.iterdir()} == expected


def test_convert_with_cue_options_cuts_every_format_by_them(run: Run, talk: Path) -> None:
    """Without such options, podcast has a profile of its own."""
    named = ("ass", "tsv", "stm", "podcast", "openai", "verbose_json", "whisperx", "vtt", "srt")
    flags = [part for name in named for part in ("--format", name)]
    assert run("convert", talk, *flags, "--max-line-width", "5", "--max-lines", 1) == 0
    rules, writers = CueRules(columns=5, lines=1), writable()
    for name in named:
        written = talk.with_name(f"talk{writers[name].suffix}").read_text(encoding="utf-8")
        assert written == writers[name].write(TALK, rules=rules) != writers[name].write(TALK)


def test_convert_without_a_format_writes_vtt(run: Run, talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With -o - it is printed and no file is written."""
    assert run("convert", talk, "-q") == 0
    assert capsys.readouterr() == ("", "")
    assert run("convert", talk, "-o", "-", "-q") == 0
    assert capsys.readouterr().out == talk.with_suffix(".vtt").read_text()


@pytest.mark.parametrize("name", ["podcast", "whisperx", "json"])
def test_convert_to_a_file_name_takes_the_format_of_its_suffix(run: Run, talk: Path, tmp_path: Path, name: str) -> None:
    """The longest suffix that the name ends with."""
    suffix = writable()[name].suffix
    assert run("convert", talk, "-o", tmp_path / f"other{suffix}") == 0
    assert (tmp_path / f"other{suffix}").read_text() == writable()[name].write(TALK)


def test_convert_with_crlf_and_bom_changes_subtitles_and_text(run: Run, talk: Path, tmp_path: Path) -> None:
    """Formats that only programs read stay as they are."""
    assert run("convert", talk, "--srt", "--md", "--stm", "--format", "podcast", "--crlf", "--bom") == 0
    for name in ("talk.srt", "talk.md"):
        data = (tmp_path / name).read_bytes()
        assert data.startswith(b"\xef\xbb\xbf")
        assert data.count(b"\n") == data.count(b"\r\n") > 0
    writers = writable()
    for name in ("stm", "podcast"):
        written = (tmp_path / f"talk{writers[name].suffix}").read_bytes()
        assert written == writers[name].write(TALK).encode()


def test_convert_over_its_input_is_refused(run: Run, talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JSON of JSON, next to it; in another folder it is a copy."""
    before = talk.read_bytes()
    assert run("convert", talk, "--json") == 2
    assert "would be written over" in capsys.readouterr().err
    assert run("convert", talk, "--json", "-o", f"{talk.parent}/copy/") == 0
    assert (talk.parent / "copy" / "talk.json").read_bytes() == talk.read_bytes() == before


def test_convert_of_subtitles_gives_the_other_formats(run: Run, talk: Path, tmp_path: Path) -> None:
    """VTT gives the SRT that the JSON gives, and SRT the VTT."""
    assert run("convert", talk, "--vtt", "--srt") == 0
    out = tmp_path / "out"
    assert run("convert", tmp_path / "talk.vtt", "--srt", "--rttm", "-o", f"{out}/") == 0
    assert (out / "talk.srt").read_text() == (tmp_path / "talk.srt").read_text()
    assert (out / "talk.rttm").read_text().splitlines()[0].split()[:4] == ["SPEAKER", "talk", "1", "0.100"]
    assert run("convert", tmp_path / "talk.srt", "--vtt", "-o", f"{out}/") == 0
    assert (out / "talk.vtt").read_text() == (tmp_path / "talk.vtt").read_text()


def test_convert_of_several_with_a_damaged_one_writes_the_others(
    run: Run, talk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The damaged one is named in one line, and the exit code is 1."""
    (tmp_path / "other.json").write_text("{}")
    assert run("convert", tmp_path / "other.json", tmp_path / "none.json", talk, "-q") == 1
    errors = capsys.readouterr().err.splitlines()
    assert [error.startswith("Error: ") for error in errors] == [True, True]
    assert talk.with_suffix(".vtt").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.json", "talk.json", "talk.vtt"]


def test_convert_imports_nothing_heavy(talk: Path) -> None:
    """No model library and no media library."""
    code = f"import sys, speakerplug.cli as c; c.main(['convert', {str(talk)!r}, '--srt', '--json', '-o', 'out/'])"
    check = f"{code}; print(*[m for m in ('torch', 'av', 'pyannote', 'faster_whisper') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True, cwd=talk.parent)
    assert done.stdout.strip() == ""
    assert speakerplug.load(talk.parent / "out" / "talk.json") == TALK


def test_convert_with_encoding_reads_the_letters(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Letters that several code pages have in the same places are read by the one that --encoding names."""
    path = tmp_path / "talk.srt"
    path.write_bytes("1\n00:00:01,000 --> 00:00:03,000\nõ\n".encode("cp1252"))
    assert run("convert", path, "--encoding", "cp1250", "-o", "-", "-q") == 0
    assert "\nő\n" in capsys.readouterr().out
    assert run("convert", path, "--encoding", "utf-8", "-o", "-") == 1
    assert "talk.srt is not in the encoding utf-8; name another one" in capsys.readouterr().err


def test_convert_of_subtitles_with_two_speakers_in_a_cue_has_both(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What --dual hyphen wrote comes back."""
    words = (Word("Really?", 0.0, 0.4, "A"), Word("Yes.", 0.4, 0.8, "B"))
    transcript = Transcript(words, speakers=(Speaker("A", "Ana"), Speaker("B", "Ben")))
    for suffix in (".srt", ".vtt", ".ass"):
        path = transcript.save(tmp_path / f"talk{suffix}", rules=CueRules(dual="hyphen"))
        assert run("convert", path, "--txt", "-o", "-", "-q") == 0
        assert capsys.readouterr().out == "Ana: Really?\n\nBen: Yes.\n"


def test_convert_for_sdh_writes_names_in_capitals(run: Run, talk: Path) -> None:
    """In VTT, too, which names speakers in no text otherwise."""
    assert run("convert", talk, "--sdh", "--vtt", "--srt", "-q") == 0
    assert "ANA: Hello there." in talk.with_suffix(".vtt").read_text()
    assert "BEN & JERRY: Hi!" in talk.with_suffix(".srt").read_text()
