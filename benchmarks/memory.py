"""Measures how memory grows with the length of a recording: `python benchmarks/memory.py --help`."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import wave
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

from speakerplug_evaluate.manifest import read_set

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
RATE = 16_000
SAMPLES_BYTES = 4 * RATE * 3600
"""The size of an hour of samples: float32 at 16 kHz."""


def write_looped(path: Path, recordings: Sequence[Path], hours: float) -> None:
    """Write the recordings one after the other, repeated, as a 16-bit wave file of that length."""
    from speakerplug import read_waveform

    left = round(hours * 3600 * RATE)
    audio = [(read_waveform(recording).samples * 32767).astype("<i2") for recording in recordings]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        for samples in cycle(audio):
            file.writeframes(samples[:left].tobytes())
            left -= len(samples)
            if left <= 0:
                return


def peak_bytes(command: Sequence[str]) -> int:
    """Return the peak memory of a command (Linux counts in KiB)."""
    watch = (
        "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(done.returncode)"
    )
    done = subprocess.run([sys.executable, "-c", watch, *command], stdout=subprocess.PIPE, text=True, check=True)
    return int(done.stdout) * (1 if sys.platform == "darwin" else 1024)


def measure(hours: float, options: Sequence[str], recordings: Sequence[Path]) -> int:
    """Return the peak of `speakerplug transcribe` on a recording of that length."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.wav"
        write_looped(path, recordings, hours)
        run = [sys.executable, "-c", "from speakerplug.cli import run; run()", "transcribe", str(path)]
        peak = peak_bytes([*run, "--json", "--vtt", "-o", f"{folder}/out/", "--quiet", *options])
        words = json.loads((Path(folder) / "out" / "long.json").read_text(encoding="utf-8"))["words"]
    print(f"{hours:g} h: peak {peak / 1e6:.0f} MB, {len(words)} words", flush=True)
    return peak


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Peak memory of transcribing long recordings, looped open ones.")
    parser.add_argument(
        "--data", type=Path, default=DATA, metavar="FOLDER", help="folder of manifest.json [%(default)s]"
    )
    parser.add_argument("--hours", type=float, nargs="+", default=[1.0, 4.0], help="lengths to try [1 4]")
    parser.add_argument("--model", default="tiny.en", help="recognition model [%(default)s]")
    parser.add_argument("--diarizer", default="bundled", help="name, hub id or folder [%(default)s]")
    options = parser.parse_args(arguments)
    recordings = [Path(item.audio) for item in read_set(options.data) if item.kind != "video"]
    given = ["--model", options.model, "--diarizer", options.diarizer, "--device", "cpu"]
    peaks = {hours: measure(hours, given, recordings) for hours in options.hours}
    short, long = min(peaks), max(peaks)
    if long > short:
        growth = (peaks[long] - peaks[short]) / (long - short)
        print(f"growth: {growth / 1e6:.0f} MB an hour, {(growth - SAMPLES_BYTES) / 1e6:.0f} MB beyond the samples")


if __name__ == "__main__":
    main()
