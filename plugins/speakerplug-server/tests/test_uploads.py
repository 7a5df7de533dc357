"""Uploads."""

from __future__ import annotations

import io
import os
import wave

from hypothesis import given
from hypothesis import strategies as some

from speakerplug_server.uploads import HEADER, RawAudio


@given(
    some.binary(max_size=300),
    some.lists(some.tuples(some.integers(0, 350), some.sampled_from([os.SEEK_SET, os.SEEK_END]), some.integers(0, 99))),
)
def test_raw_audio_reads_like_a_file_with_a_header(data: bytes, reads: list[tuple[int, int, int]]) -> None:
    """From any place, any number of bytes."""
    raw = io.BufferedReader(RawAudio(io.BytesIO(data)))
    whole = io.BytesIO(raw.read())
    assert whole.getvalue()[HEADER.size :] == data
    for offset, whence, size in reads:
        place = -offset if whence == os.SEEK_END else offset
        if whence == os.SEEK_SET or offset <= len(whole.getvalue()):
            assert raw.seek(place, whence) == whole.seek(place, whence)
            assert (raw.read(size), raw.tell()) == (whole.read(size), whole.tell())


def test_header_of_raw_audio_is_that_of_a_wave_file() -> None:
    """As Python's own reader has it."""
    with wave.open(io.BufferedReader(RawAudio(io.BytesIO(bytes(3200)))), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16_000)
        assert file.getnframes() == 1600
