"""The memory that Whisper models need on a device."""

from __future__ import annotations

from pathlib import Path

import pytest

from speakerplug.recognizers.faster_whisper import WhisperModelHandle


@pytest.mark.parametrize(
    ("weights_mb", "compute_type", "batch_size", "peak_mb"),
    [
        (3090, "float16", 1, 4525),  # large-v2, faster-whisper's README
        (3090, "float16", 8, 6090),
        (3090, "float16", 1, 4521),  # large-v3, its issue 1030
        (1618, "float16", 1, 2537),  # large-v3-turbo
        (1512, "float16", 1, 2409),  # distil-large-v3
    ],
)
def test_need_on_a_gpu_is_near_published_measurements(
    weights_mb: int, compute_type: str, batch_size: int, peak_mb: int
) -> None:
    """It is within 5 % of the peaks that the authors of faster-whisper published."""
    handle = WhisperModelHandle(Path("model"), weights_mb * 1_000_000)
    estimate = handle.need("cuda", compute_type, batch_size).total_bytes
    assert estimate == pytest.approx(peak_mb * 1_000_000, rel=0.05)


def test_need_decreases_with_batch_size_and_precision() -> None:
    """So each OOM fallback needs less memory."""
    handle = WhisperModelHandle(Path("model"), 1_000_000_000)
    needs = [handle.need("cuda", "float16", size).total_bytes for size in handle.sizes_on("cuda")]
    assert needs == sorted(needs, reverse=True)
    assert handle.need("cuda", "int8_float16", 1).total_bytes < needs[-1]
