"""The real stack: whisper tiny.en and the bundled diarizer, loaded once for all tests here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from speakerplug import Transcriber, Transcript
from tests.recordings import TALK


@pytest.fixture(scope="session")
def transcriber() -> Iterator[Transcriber]:
    """Load tiny.en and the bundled pipeline on the CPU."""
    with Transcriber(model="tiny.en", diarizer="bundled", device="cpu") as ready:
        yield ready


@pytest.fixture(scope="session")
def sample(transcriber: Transcriber) -> Transcript:
    """Return the transcript of the sample talk."""
    return transcriber.transcribe(TALK)
