"""`speakerplug preview`: bars, talk time and uncertain words, as text and as a picture."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from speakerplug.formats import svg
from speakerplug.transcript import Media, Speaker, Transcript, Turn, Word
from tests.cli.conftest import Run

WORDS = tuple(
    Word(text, float(at), at + 1.0, "A", speaker_confidence=0.9) for at, text in enumerate(["one", "two", "three"])
)
TALK = Transcript(
    (WORDS[0], replace(WORDS[1], speaker_confidence=0.2), WORDS[2]),
    turns=(Turn(0.0, 30.0, "A"), Turn(30.0, 60.0, "B"), Turn(90.0, 120.0, "B")),
    speakers=(Speaker("A", "Ana"), Speaker("B", "名前" * 10)),
    media=Media("talk.wav", 120.0),
)


@pytest.fixture
def talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a saved transcript, before a terminal of a known width."""
    monkeypatch.setenv("COLUMNS", "60")
    return TALK.save(tmp_path / "talk.json")


def test_preview_shows_bars_talk_time_and_uncertain_words(
    run: Run, talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names are cut to a column each, wide characters count as two."""
    assert run("preview", talk) == 0
    name = "名前" * 4 + "…"
    assert capsys.readouterr().out.splitlines() == [
        "talk.wav: 2:00, 2 speakers",
        "Ana                " + "█" * 6 + "▄" + " " * 19 + "  33%     0:30",
        name + "  " + " " * 6 + "▄" + "█" * 6 + " " * 6 + "▄" + "█" * 6 + "  67%     1:00",
        "                   ^" + " " * 25 + "  uncertain",
        "                   0:00                      2:00",
        "",
        "    0:00  Ana: one [two] three",
    ]


def test_preview_in_a_plain_terminal_is_ascii(run: Run, talk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where standard output has no blocks."""
    replace(TALK, speakers=(Speaker("A", "Ana"), Speaker("B", "Ben"))).save(talk)
    printed = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(printed, encoding="ascii"))
    assert run("preview", talk) == 0
    assert "Ana  ####" in printed.getvalue().decode("ascii")


def test_preview_of_many_uncertain_words_shows_the_first(
    run: Run, talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says how many passages are left out."""
    words = tuple(replace(TALK.words[at % 9 == 0], start=float(at), end=at + 1.0) for at in range(117))
    replace(TALK, words=words).save(talk)
    assert run("preview", talk) == 0
    assert "and 3 more; the HTML page marks all of them" in capsys.readouterr().out


def test_preview_as_svg_is_written_next_to_the_transcript(
    run: Run, talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Or to the file that is named, or to standard output; convert writes the same."""
    assert run("preview", talk, "--format", "svg", "-q") == 0
    assert talk.with_suffix(".svg").read_text(encoding="utf-8") == svg.write(TALK)
    assert run("preview", talk, "--format", "svg", "-o", "-", "-q") == 0
    assert capsys.readouterr().out == svg.write(TALK)
    assert run("convert", talk, "--format", "svg", "-q") == 0
    assert talk.with_suffix(".svg").read_text(encoding="utf-8") == svg.write(TALK)


def test_preview_reads_subtitles_and_writes_text(run: Run, talk: Path) -> None:
    """Their encoding can be named; a file is UTF-8."""
    assert run("convert", talk, "--vtt", "-q") == 0
    named = talk.with_name("bars.txt")
    assert run("preview", talk.with_suffix(".vtt"), "--encoding", "utf-8", "-o", named, "-q") == 0
    assert "█" in named.read_text(encoding="utf-8")


def test_preview_over_its_input_is_refused(run: Run, talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As with every command but those that change the JSON."""
    assert run("preview", talk, "-o", talk) == 2
    assert "would be written over" in capsys.readouterr().err
