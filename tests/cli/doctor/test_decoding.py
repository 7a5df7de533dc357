"""What the doctor says of decoding."""

from __future__ import annotations

import numpy as np
import pytest

from speakerplug.cli.doctor import decoding
from speakerplug.errors import MediaError
from speakerplug.media import decode_pyav


def test_the_sample_is_decoded() -> None:
    """With PyAV's own FFmpeg, all thirty seconds of it; the passage for models is a part."""
    (finding,) = decoding.check_pyav()
    assert finding.status == "ok"
    assert "decodes the sample of 30.0 s" in finding.text
    assert decoding.spoken().duration == 12.0


def test_a_decoder_that_loses_sound_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the sample is not enough."""
    monkeypatch.setattr(decode_pyav, "decode", lambda *_: ([np.zeros(15 * 16_000, np.float32)], []))
    (finding,) = decoding.check_pyav()
    assert finding.status == "problem"
    assert "decodes 15.0 of the sample's 30.0 s" in finding.text
    assert finding.remedy


def test_without_ffmpeg_pyav_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    """No FFmpeg on the system is a warning; it says how to get it."""
    monkeypatch.setattr("speakerplug.media.decode_torchcodec.audio_decoder", lambda: None)
    (finding,) = decoding.check_torchcodec()
    assert (finding.status, finding.text.endswith("PyAV decodes instead")) == ("warning", True)
    assert "ffmpeg" in finding.remedy


def test_without_the_sample_it_is_said_where_it_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """It belongs to pyannote.audio's package."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MediaError, match=r"pip install .*pyannote\.audio"):
        decoding.sample()
