"""Recognition by SpeakerPlug and by faster-whisper called directly: the same model, threads and five minutes.

The ways alternate in one process, so that a noisy machine is noisy for all; times are medians, without loading.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from concurrency import conversation

Way = Callable[[], int]
BATCH = 8


def direct(model: object, samples: np.ndarray, batched: bool) -> int:
    """Call faster-whisper as its README does, with words; return the number of words."""
    from faster_whisper import BatchedInferencePipeline

    options = {"word_timestamps": True, "vad_filter": True, "language": "en"}
    if batched:
        segments, _ = BatchedInferencePipeline(model).transcribe(samples, batch_size=BATCH, **options)
    else:
        segments, _ = model.transcribe(samples, **options)  # type: ignore[attr-defined]
    return sum(len(segment.words) for segment in segments)


def ways(data: Path) -> dict[str, Way]:
    """Return the compared ways, by name; each returns the number of words that it recognized."""
    from faster_whisper import WhisperModel

    from speakerplug import Transcriber
    from speakerplug.pipeline.build import make_recognizer
    from speakerplug.recognizers.faster_whisper import WhisperModelHandle

    waveform = conversation(data)
    ours = Transcriber(model="tiny.en", diarizer=None, device="cpu", batch_size=BATCH, language="en")
    ours.transcribe(waveform)  # loads the model
    handle = make_recognizer(ours.options, ours.plugins).prepare(ours.devices, lambda *_: None)
    assert isinstance(handle, WhisperModelHandle)
    place = ours.devices.plan([handle]).placements[0]
    model = WhisperModel(str(handle.folder), device="cpu", compute_type=place.compute_type, cpu_threads=place.threads)
    return {
        "faster-whisper": lambda: direct(model, waveform.samples, batched=False),
        "faster-whisper, batched": lambda: direct(model, waveform.samples, batched=True),
        "speakerplug": lambda: len(ours.transcribe(waveform).words),
    }


def measured(way: Way) -> tuple[float, int]:
    """Return the seconds and words of one run."""
    began = time.perf_counter()
    words = way()
    return time.perf_counter() - began, words


def main(arguments: Sequence[str] | None = None) -> None:
    """Run all ways in turn and print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the folder that holds manifest.json")
    parser.add_argument("--runs", type=int, default=3, help="runs of each way (default: 3)")
    chosen = parser.parse_args(arguments)
    compared = ways(chosen.data)
    runs = [{name: measured(way) for name, way in compared.items()} for _ in range(chosen.runs)]
    base = statistics.median(run["faster-whisper, batched"][0] for run in runs)
    for name in compared:
        seconds = statistics.median(run[name][0] for run in runs)
        every = ", ".join(f"{run[name][0]:.1f}" for run in runs)
        print(f"{name:<24} {seconds:6.1f} s  {seconds / base:5.2f}  {runs[0][name][1]:5} words   ({every})")


if __name__ == "__main__":
    main()
