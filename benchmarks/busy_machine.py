"""Diarization next to a program that keeps one core busy, with waiting OpenMP threads that sleep soon, or spin."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
RUN = "from speakerplug.cli import run; run()"
WAYS = {"ours": None, "OpenMP's own": "300000"}
"""GOMP_SPINCOUNT; None leaves it to SpeakerPlug."""


HOG = """
import torch
torch.set_num_threads(1)
layer, audio = torch.nn.Conv2d(32, 32, 3), torch.randn(4, 32, 80, 300)
while True: layer(audio)
"""


@contextmanager
def busy_core(niceness: int) -> Iterator[None]:
    """Run a process that computes all the time, as another diarization would; below 0 it has priority over us."""
    process = subprocess.Popen(["nice", "-n", str(niceness), sys.executable, "-c", HOG])
    time.sleep(5)  # until it computes
    try:
        yield
    finally:
        process.kill()
        process.wait()


def excerpt(source: Path, path: Path, seconds: float) -> None:
    """Write the first seconds of a recording as a 16-bit wave file."""
    from speakerplug import read_waveform

    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((read_waveform(source).samples[: round(seconds * 16_000)] * 32767).astype("<i2").tobytes())


def seconds_of(path: Path, spins: str | None, limit_s: float) -> float:
    """Return the wall time of `speakerplug diarize` with its start, in seconds; `limit_s` if it takes longer."""
    variables = {name: value for name, value in os.environ.items() if name not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}
    variables |= {"GOMP_SPINCOUNT": spins} if spins else {}
    command = [sys.executable, "-c", RUN, "diarize", str(path), "--diarizer", "bundled", "--rttm", "-o", "-", "-q"]
    began = time.perf_counter()
    try:
        subprocess.run([*command, "--device", "cpu"], env=variables, check=True, capture_output=True, timeout=limit_s)
    except subprocess.TimeoutExpired:
        return limit_s
    return time.perf_counter() - began


def main(arguments: Sequence[str] | None = None) -> None:
    """Run both ways in turn, on a free and on a busy machine, and print medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recording", type=Path, default=DATA / "open_conv2a.flac", metavar="FILE")
    parser.add_argument("--seconds", type=float, default=30.0, metavar="N", help="how much of it [%(default)s]")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="runs of each way [%(default)s]")
    parser.add_argument("--limit", type=float, default=300.0, metavar="S", help="wait so long at most [%(default)s]")
    parser.add_argument("--nice", type=int, default=0, metavar="N", help="of the other program; below 0 as root")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "excerpt.wav"
        excerpt(chosen.recording, path, chosen.seconds)
        for machine in ("free", "busy"):
            found: dict[str, list[float]] = {way: [] for way in WAYS}
            for _ in range(chosen.runs):
                for way, spins in WAYS.items():
                    if machine == "free":
                        found[way].append(seconds_of(path, spins, chosen.limit))
                        continue
                    with busy_core(chosen.nice):
                        found[way].append(seconds_of(path, spins, chosen.limit))
            medians = {way: statistics.median(times) for way, times in found.items()}
            times = ", ".join(f"{way} {seconds:.1f} s" for way, seconds in medians.items())
            ours, own = medians.values()
            print(f"{machine} machine: {times}, ratio {own / ours:.2f}", flush=True)


if __name__ == "__main__":
    main()
