"""SBV, after the form that YouTube's help publishes."""

from __future__ import annotations

from pathlib import Path

from speakerplug.formats.load import load, load_cues

TEXT = "0:00:00.599,0:00:04.160\n>> ANA: Hi, my name[br]is Ana.\n\n0:00:04.160,0:00:06.770\n>> BEN: And I'm\nBen.\n"


def test_load_of_sbv_has_its_cues(tmp_path: Path) -> None:
    """Times on one line with a comma, line breaks, and speakers after the marks of a change."""
    path = tmp_path / "captions.sbv"
    path.write_text(TEXT)
    said = [(word.speaker, word.text) for word in load(path).words]
    assert said == [
        *(("ANA", word) for word in ("Hi,", "my", "name", "is", "Ana.")),
        *(("BEN", word) for word in ("And", "I'm", "Ben.")),
    ]
    assert [(cue.start_ms, cue.end_ms, len(cue.lines)) for cue in load_cues(path)] == [(599, 4160, 2), (4160, 6770, 2)]


def test_load_of_sbv_by_its_content_reads_it(tmp_path: Path) -> None:
    """Whatever its name is; without times it is refused by its suffix."""
    path = tmp_path / "captions.data"
    path.write_text(TEXT.replace("\n", "\r\n"))
    assert len(load(path).words) == 8
