"""The real stack: whisper tiny.en and the bundled diarizer, loaded once for all tests here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from speakerplug import Transcriber, Transcript

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def transcriber() -> Iterator[Transcriber]:
    """tiny.en and the bundled pipeline on the CPU."""
    with Transcriber(model="tiny.en", diarizer="bundled", device="cpu") as ready:
        yield ready


@pytest.fixture(scope="session")
def sample(transcriber: Transcriber) -> Transcript:
    """The transcript of the sample talk."""
    return transcriber.transcribe(ROOT / "samples" / "talk.mp4")


@pytest.fixture(scope="session")
def data() -> Path:
    """The open recordings, where they lie beside the repository."""
    if not DATA.is_dir():
        pytest.skip("the open recordings (../shared/data) are not on this machine")
    return DATA
