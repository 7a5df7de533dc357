"""Both stages in turn and concurrently: wall time and peak memory on a conversation of five minutes.

Each run is a process of its own, so that its peak memory is its own; the two ways alternate, so that a noisy
machine is noisy for both. The time is that of the two stages, without loading and decoding.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from speakerplug import Waveform

SECONDS = 300
RATE = 16_000


def conversation(data: Path) -> Waveform:
    """Return five minutes of the open stitched conversations, one after the other."""
    import numpy as np

    from speakerplug import Waveform, read_waveform

    items = json.loads((data / "manifest.json").read_text(encoding="utf-8"))["items"]
    files = [data / item["audio"] for item in items if item["kind"] == "stitched-conversation"]
    audio = np.concatenate([read_waveform(file).samples for file in files])
    return Waveform.of(audio[: SECONDS * RATE], name="conversation.wav")


def one_run(data: Path, concurrency: str) -> dict[str, float]:
    """Return the seconds from the first stage's start to the last one's end, and the process's peak memory in MB."""
    from speakerplug import ProgressEvent, Transcriber

    times: list[float] = []

    def note(event: ProgressEvent) -> None:
        """Note the start and end of each stage."""
        if not event.step and event.stage in ("recognition", "diarization"):
            times.append(time.perf_counter())

    with Transcriber(model="tiny.en", diarizer="bundled", device="cpu", concurrency=concurrency) as transcriber:
        transcriber.transcribe(conversation(data), progress=note)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": max(times) - min(times), "peak_mb": peak_mb}


def main() -> None:
    """Run both ways in turn and print medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the folder that holds manifest.json")
    parser.add_argument("--runs", type=int, default=3, help="runs of each way (default: 3)")
    parser.add_argument("--one", choices=["on", "off"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(one_run(arguments.data, arguments.one)))
        return
    found: dict[str, list[dict[str, float]]] = {"off": [], "on": []}
    for _ in range(arguments.runs):
        for way, results in found.items():
            command = [sys.executable, __file__, "--data", str(arguments.data), "--one", way]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            results.append(json.loads(done.stdout))
    medians = {
        way: {key: statistics.median(result[key] for result in results) for key in ("seconds", "peak_mb")}
        for way, results in found.items()
    }
    for way, name in (("off", "in turn"), ("on", "concurrently")):
        every = ", ".join(f"{result['seconds']:.1f}" for result in found[way])
        print(f"{name:<20} {medians[way]['seconds']:6.1f} s  peak {medians[way]['peak_mb']:5.0f} MB   ({every})")
    print(f"ratio of wall times  {medians['on']['seconds'] / medians['off']['seconds']:6.2f}")


if __name__ == "__main__":
    main()
