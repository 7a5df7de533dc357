"""A recording whose samples are on disk is transcribed as if they were in memory."""

from __future__ import annotations

import pytest

from speakerplug import Transcriber, read_waveform
from speakerplug.media.waveform import buffer
from tests.recordings import TALK

pytestmark = pytest.mark.models


def test_transcribe_a_recording_on_disk_gives_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words, their times and the speech segments are the same."""
    with Transcriber(model="tiny.en", diarizer=None, device="cpu", language="en") as transcriber:
        expected = transcriber.transcribe(TALK)
        monkeypatch.setattr(buffer, "MAX_IN_MEMORY_S", 1.0)
        waveform = read_waveform(TALK)
        assert waveform.file is not None
        assert transcriber.transcribe(waveform).words == expected.words
