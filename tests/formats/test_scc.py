"""SCC: captions in each of its three styles, made here to the codes of CEA-608."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

import speakerplug
from speakerplug.errors import MediaError
from speakerplug.formats import scc
from speakerplug.plugin.formats import FileContent

CLEAR, SHOW, ROW_15 = "942c 942c", "942f 942f", "9470 9470"
POP_ON, ROLL_UP, PAINT_ON, RETURN = "94ae 94ae 9420 9420", "9425 9425", "9429 9429", "94ad 94ad"


def codes(text: str) -> str:
    """Return characters in pairs, with odd parity."""
    data = [ord(char) | (0x80 if ord(char).bit_count() % 2 == 0 else 0) for char in text]
    data += [0x80] * (len(data) % 2)
    return " ".join(f"{data[i]:02x}{data[i + 1]:02x}" for i in range(0, len(data), 2))


def script(*lines: tuple[str, str]) -> str:
    return "Scenarist_SCC V1.0\n\n" + "".join(f"{time}\t{each}\n\n" for time, each in lines)


POP = script(
    ("00:00:01;00", f"{POP_ON} {ROW_15} {codes('HELLO THERE,')} {CLEAR} {SHOW}"),
    ("00:00:03;00", f"{POP_ON} 9452 9452 {codes('>> FIRST')} {ROW_15} {codes('SECOND')} {CLEAR} {SHOW}"),
    ("00:00:06;00", CLEAR),
)
ROLL = script(
    ("00:00:01:00", f"{ROLL_UP} {RETURN} {ROW_15} {codes('>> I THINK SO')}"),
    ("00:00:03:00", f"{ROLL_UP} {RETURN} {ROW_15} {codes('I THINK SO')}"),
    ("00:00:05:00", f"{ROLL_UP} {RETURN} {ROW_15} {codes('>> YES.')}"),
    ("00:00:09:00", CLEAR),
)
PAINT = script(("00:00:01:00", f"{PAINT_ON} {ROW_15} {codes('PAINTED ON')}"), ("00:00:04:00", CLEAR))


def content(written: str) -> FileContent:
    return FileContent(Path("talk.scc"), written.encode())


def test_read_cues_of_pop_on_captions_has_their_lines_and_times() -> None:
    """A caption is shown when it is complete; the mark of a new speaker is no text."""
    first, second = scc.read_cues(content(POP))
    assert (first.lines, second.lines) == (("HELLO THERE,",), ("FIRST", "SECOND"))
    assert first.start_ms == pytest.approx(1500, abs=100)
    assert second.start_ms == pytest.approx(3500, abs=100)
    assert second.end_ms == pytest.approx(6000, abs=50)


def test_read_of_rolling_captions_has_each_line_once() -> None:
    """On the screen each line stays while the next rolls in; it is said once, even if two lines are equal."""
    assert [len(cue.lines) for cue in scc.read_cues(content(ROLL))] == [1, 2, 2]
    back = scc.read(content(ROLL))
    assert back.text == "I THINK SO I THINK SO YES."
    # Without drop frames, a second of time code lasts 1.001 s.
    assert [word.start for word in back.words if word.text in ("I", "YES.")] == pytest.approx(
        [1.07, 3.07, 5.07], abs=0.05
    )


def test_read_of_paint_on_captions_has_their_text() -> None:
    """Text that is painted bit by bit is one caption."""
    assert scc.read(content(PAINT)).text == "PAINTED ON"


def test_read_scc_with_damaged_codes_keeps_the_others(caplog: pytest.LogCaptureFixture) -> None:
    """A code that cannot be one is left out with a warning, and costs no caption; blanks may stand for the tab."""
    damaged = POP.replace(CLEAR, f"zz {CLEAR} 12", 1).replace("\t", " ")
    with caplog.at_level(logging.WARNING):
        back = scc.read(content(damaged))
    assert back.text == "HELLO THERE, FIRST SECOND"
    assert "2 codes are damaged" in caplog.text


def test_load_scc_without_captions_is_refused(tmp_path: Path) -> None:
    """Codes that show nothing are no transcript; a file without any is an empty one."""
    path = tmp_path / "talk.scc"
    path.write_text(script(("00:00:01:00", CLEAR)))
    with pytest.raises(MediaError, match="it has no captions"):
        speakerplug.load(path)
    path.write_text(script())
    assert speakerplug.load(path).words == ()
