from __future__ import annotations

import io
from collections.abc import Callable

import av
import pytest
from hypothesis import assume, given, settings

from speakerplug.cues import CueRules, cues_from
from speakerplug.transcript import Transcript
from speakerplug.writers import srt, vtt
from tests.strategies import transcripts


@pytest.mark.parametrize(("format", "write"), [("webvtt", vtt.write), ("srt", srt.write)])
@settings(max_examples=30)
@given(transcript=transcripts())
def test_ffmpeg_reads_every_cue(format: str, write: Callable[[Transcript], str], transcript: Transcript) -> None:
    """FFmpeg, which most players stand on, finds as many cues as were written, at the same times."""
    cues = cues_from(transcript, CueRules().for_srt if format == "srt" else CueRules())
    assume(cues)
    with av.open(io.BytesIO(write(transcript).encode()), format=format) as file:
        packets = [packet for packet in file.demux() if packet.pts is not None]
    assert [round(packet.pts * packet.time_base * 1000) for packet in packets] == [round(c.start * 1000) for c in cues]
