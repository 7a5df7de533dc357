"""Failures on the command line: streams that are closed, full or of another encoding; long names; memory."""

from __future__ import annotations

import errno
import io
import subprocess
import sys
from pathlib import Path

import pytest

from speakerplug import cli
from speakerplug.cli.each import save_partial
from speakerplug.testing import plugins_with
from speakerplug.transcript import Speaker, Transcript, Word
from tests.cli.conftest import Run

TALK = Transcript((Word("Hé", 0.0, 1.0, "A"),), speakers=(Speaker("A", "Zoë"),))


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Return a saved transcript with letters beyond ASCII."""
    return TALK.save(tmp_path / "talk.json")


def error_of(stderr: str) -> str:
    """Return the one line with the error."""
    (line,) = (line for line in stderr.splitlines() if line.startswith("Error: "))
    assert "Unexpected" not in line
    return line


def test_command_of_a_missing_package_names_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`evaluate` without its plugin names the package; an unknown command stays unknown."""
    monkeypatch.setattr("speakerplug.plugin.manager.load_plugins", lambda: plugins_with({}))
    assert cli.main(["evaluate", "meetings/"]) == 2
    assert error_of(capsys.readouterr().err) == (
        "Error: No such command 'evaluate': it comes with speakerplug-evaluate; "
        "pip install ./plugins/speakerplug-evaluate"
    )
    assert cli.main(["evaluates"]) == 2
    assert "No such command 'evaluates'; see speakerplug --help." in error_of(capsys.readouterr().err)


PRINTING = (("convert", "-o", "-"), ("rename", "A=Zoé", "-o", "-"), ("check",))


@pytest.mark.parametrize("command", PRINTING)
@pytest.mark.parametrize("place", ["/dev/full", None])
def test_stdout_full_or_closed_is_one_sentence(
    run: Run,
    talk: Path,
    command: tuple[str, ...],
    place: str | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Every command that prints reports it, and exits with 1."""
    name, *options = command
    monkeypatch.setattr(sys, "stdout", open(place, "w") if place else None)  # noqa: SIM115
    file = TALK.save(talk.with_suffix(".srt")) if name == "check" else talk
    assert run(name, file, *options) == 1
    assert "Standard output" in error_of(capsys.readouterr().err)


@pytest.mark.parametrize(("encoding", "written"), [("ascii", "utf-8"), ("utf-8", "utf-8"), ("latin-1", "latin-1")])
def test_stdout_of_any_encoding_has_the_text(
    run: Run, talk: Path, encoding: str, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its own encoding where that has the characters, in UTF-8 instead of ASCII, as files are."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    assert run("convert", talk, "-o", "-") == 0
    assert "<v Zoë>Hé</v>" in stream.buffer.getvalue().decode(written)  # type: ignore[attr-defined]


def test_stdout_of_an_encoding_that_lacks_a_character_is_refused(
    run: Run, talk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the encoding, the character and a hint, and nothing is printed."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="cp1251")
    monkeypatch.setattr(sys, "stdout", stream)
    assert run("convert", talk, "-o", "-") == 1
    assert error_of(capsys.readouterr().err).startswith("Error: Standard output is cp1251, which has no '\\xeb'; set")
    stream.flush()
    assert stream.buffer.getvalue() == b""  # type: ignore[attr-defined]


@pytest.mark.slow
@pytest.mark.parametrize("redirected", ["2>&-", "2>/dev/full", "2>&- >&- <&-"])
def test_closed_stderr_does_not_stop_the_work(talk: Path, redirected: str) -> None:
    """Files are written all the same, and contain nothing else."""
    code = "from speakerplug.cli import run; run()"
    shell = f'exec "$0" -c "{code}" convert "$1" -o "$2" {redirected}'
    target = talk.with_name("made.vtt")
    done = subprocess.run(["sh", "-c", shell, sys.executable, str(talk), str(target)], check=False, timeout=120)
    assert done.returncode == 0
    assert target.read_text(encoding="utf-8").endswith("<v Zoë>Hé</v>\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("convert", "a" * 300 + ".json"),
        ("convert", "{talk}", "-o", "a" * 300 + ".vtt"),
        ("convert", "{talk}", "--html", "--media", "a" * 300),
        ("attribute", "{talk}", "--rttm", "a" * 300),
        ("transcribe", "a" * 300 + ".wav", "--recognizer", "fake", "--diarizer", "fake"),
        ("diarize", "a" * 300 + ".wav", "--diarizer", "a" * 300),
        ("rename", "{talk}", "b" * 300 + "=Ana"),
        ("rename", "{talk}", "b" * 300),
        ("convert", "{talk}", "--format", "c" * 300),
        ("relabel", "{talk}", "--num-speakers", "9" * 300),
        ("evaluate", "a" * 300),
    ],
)
def test_name_of_300_bytes_is_one_short_sentence(
    run: Run, talk: Path, arguments: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No file can have such a name; a message quotes 80 characters of it."""
    given = [argument.format(talk=talk) if argument == "{talk}" else argument for argument in arguments]
    assert run(*given) in (1, 2)
    line = error_of(capsys.readouterr().err)
    assert max(line.count(letter * 81) for letter in "abc9") == 0
    assert sorted(tmp_path.iterdir()) == [talk]


def test_partial_json_of_a_long_name_is_saved_under_a_shorter_one(tmp_path: Path) -> None:
    """The name is cut where .partial.json would make it too long for a file."""
    source = tmp_path / ("é" * 120 + "aaaaaa.wav")
    assert "kept in" in save_partial(TALK, str(source), {"vtt": source.with_suffix(".vtt")})
    (file,) = tmp_path.iterdir()
    assert file.name == "é" * 113 + ".partial.json"


def test_memory_error_names_the_limit(
    run: Run, talk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Outside of imports and models, too: the limit, and the hint."""

    def starved(*given: object) -> Transcript:
        raise MemoryError

    monkeypatch.setattr("speakerplug.formats.load.load", starved)
    monkeypatch.setattr("speakerplug.cli.memory_limit", lambda: 1_000_000_000)
    assert run("convert", talk) == 1
    assert error_of(capsys.readouterr().err) == (
        "Error: Memory ran out: it is limited to 1.0 GB (ulimit -v); give more, or end other programs."
    )


def test_error_about_a_name_of_thousands_of_characters_is_short(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where the message is the operating system's."""

    def refuse() -> None:
        raise OSError(errno.ENAMETOOLONG, "File name too long", "[" * 5000)

    monkeypatch.setattr(cli, "command_line", refuse)
    assert cli.main([]) == 1
    assert len(capsys.readouterr().err) < 1100
