"""Checks of decoding."""

from __future__ import annotations

import numpy as np
import pytest

from speakerplug.cli.doctor import decoding
from speakerplug.errors import MediaError
from speakerplug.media import decode_pyav


def test_check_pyav_decodes_the_whole_sample() -> None:
    """Thirty seconds, with PyAV's own FFmpeg; the passage for models is a part."""
    (finding,) = decoding.check_pyav()
    assert finding.status == "ok"
    assert "decodes the sample of 30.0 s" in finding.text
    assert decoding.spoken().duration == 12.0


def test_check_pyav_of_half_the_sample_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """A decoder that loses audio is broken."""
    monkeypatch.setattr(decode_pyav, "decode", lambda *_: ([np.zeros(15 * 16_000, np.float32)], []))
    (finding,) = decoding.check_pyav()
    assert finding.status == "problem"
    assert "decodes 15.0 of the sample's 30.0 s" in finding.text
    assert finding.remedy


def test_sample_that_is_missing_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is part of pyannote.audio's package."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MediaError, match=r"pip install .*pyannote\.audio"):
        decoding.sample()
