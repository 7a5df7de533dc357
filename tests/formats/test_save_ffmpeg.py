from __future__ import annotations

import io
from collections.abc import Callable

import av
import pytest
from hypothesis import assume, given, settings

from speakerplug.formats import ass, srt, vtt
from speakerplug.formats.save import written
from speakerplug.plugin.manager import load_plugins
from speakerplug.subtitles import CueRules, cues_from
from speakerplug.transcript import Transcript
from tests.strategies import transcripts


def packets(text: str, format: str) -> list[av.Packet]:
    """Return the packets that FFmpeg finds in the file."""
    with av.open(io.BytesIO(text.encode()), format=format) as file:
        return [packet for packet in file.demux() if packet.pts is not None]


def starts(found: list[av.Packet]) -> list[int]:
    return [round(packet.pts * packet.time_base * 1000) for packet in found]


@pytest.mark.parametrize(("format", "write"), [("webvtt", vtt.write), ("srt", srt.write)])
@settings(max_examples=30)
@given(transcript=transcripts())
def test_write_subtitles_are_read_by_ffmpeg(
    format: str, write: Callable[[Transcript], str], transcript: Transcript
) -> None:
    """FFmpeg, which most players use, finds as many cues as were written, at the same times."""
    cues = cues_from(transcript, CueRules().for_srt if format == "srt" else CueRules())
    assume(cues)
    assert starts(packets(write(transcript), format)) == [round(c.start * 1000) for c in cues]


@settings(max_examples=30)
@given(transcript=transcripts())
def test_write_ass_is_read_by_ffmpeg(transcript: Transcript) -> None:
    """FFmpeg finds every cue of ASS, in hundredths, with its style and name in their fields."""
    cues = cues_from(transcript, CueRules().for_ass)
    assume(cues)
    found = packets(ass.write(transcript), "ass")
    assert starts(found) == [round(cue.start * 1000) // 10 * 10 for cue in cues]
    fields = [bytes(packet).decode().split(",", 8) for packet in found]
    assert [field[2] == "Default" for field in fields] == [cue.speaker is None for cue in cues]
    assert [field[8].count(r"\N") + 1 for field in fields] == [len(cue.lines) for cue in cues]


@pytest.mark.parametrize(("format", "name"), [("webvtt", "vtt"), ("srt", "srt"), ("ass", "ass")])
@settings(max_examples=10)
@given(transcript=transcripts())
def test_save_crlf_and_bom_are_read_by_ffmpeg(format: str, name: str, transcript: Transcript) -> None:
    """CRLF line ends and a byte order mark, which old programs want, lose no cue."""
    cues = cues_from(transcript, {"ass": CueRules().for_ass, "srt": CueRules().for_srt}.get(name, CueRules()))
    assume(cues)
    text = written(transcript, load_plugins().formats[name], crlf=True, bom=True)
    assert len(packets(text, format)) == len(cues)
