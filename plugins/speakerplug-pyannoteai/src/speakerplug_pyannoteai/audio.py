"""The file that is uploaded: only the audio, as 16-bit WAV."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from speakerplug.plugin import SAMPLE_RATE, MediaError, ModelError, Waveform, temporary_folder

MOST_BYTES = 2**30
"""pyannoteAI's limit on the size of a recording; it is reached before the other one, of 24 hours."""
BLOCK = 60 * SAMPLE_RATE


@contextmanager
def audio_file(waveform: Waveform) -> Iterator[Path]:
    """Yield a private file with the waveform as 16-bit WAV; it is removed at the end of the block.

    Raises MediaError for a recording that is too long, ModelError if the file cannot be written.
    """
    if 2 * len(waveform.samples) > MOST_BYTES:
        hours = MOST_BYTES / 2 / SAMPLE_RATE / 3600
        raise MediaError(
            f"The recording is too long for pyannoteAI, which accepts {hours:.1f} hours of audio; "
            "split it, or choose a local diarizer."
        )
    with temporary_folder() as folder:
        path = folder / "audio.wav"
        try:
            _write(waveform, path)
        except OSError as error:
            raise ModelError(
                f"The audio to upload cannot be written to {folder} ({error.strerror}); free disk space, or set TMPDIR."
            ) from error
        yield path


def _write(waveform: Waveform, path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        for first in range(0, len(waveform.samples), BLOCK):
            block = np.clip(waveform.samples[first : first + BLOCK], -1.0, 1.0)
            file.writeframes((block * 32767).round().astype("<i2").tobytes())
