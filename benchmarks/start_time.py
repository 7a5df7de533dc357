"""Cold processes: `speakerplug transcribe` against a script of ten lines with faster-whisper, in turn."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SAMPLE = Path(__file__).resolve().parents[1] / "samples" / "talk.mp4"

SCRIPT = """
import sys
from faster_whisper import BatchedInferencePipeline, WhisperModel

model = WhisperModel(sys.argv[1], device="cpu", compute_type="int8")
segments, _ = BatchedInferencePipeline(model).transcribe(
    sys.argv[2], batch_size=8, word_timestamps=True, vad_filter=True
)
for segment in segments:
    print(f"{segment.start:.2f} {segment.end:.2f} {segment.text}")
"""


@dataclass(frozen=True)
class Usage:
    """What one process took, from its start to its end: wall and CPU time in seconds, peak memory in bytes."""

    wall_s: float
    cpu_s: float
    peak_bytes: int


def commands(model: Path, recording: Path, folder: Path) -> dict[str, list[str]]:
    """Return the command of each contender, the script first."""
    ours = [sys.executable, "-m", "speakerplug", "transcribe", str(recording), "--vtt", "-q", "-o", str(folder)]
    ours += ["--model", "tiny.en", "--device", "cpu"]
    return {
        "script": [sys.executable, "-c", SCRIPT, str(model), str(recording)],
        "words": [*ours, "--no-diarize"],
        "whole": [*ours, "--diarizer", "bundled"],
    }


def usage_of(command: Sequence[str]) -> Usage:
    """Run a command and return what it took; raises RuntimeError if it fails."""
    began = time.perf_counter()
    # As an installed package, whose bytecode is kept: the first turn writes it.
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=variables)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[:4]} failed with exit code {process.returncode}.")
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss
    return Usage(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * unit)


def median_of(runs: Sequence[Usage]) -> Usage:
    """Return the median of each quantity."""
    walls, cpus, peaks = zip(*((run.wall_s, run.cpu_s, run.peak_bytes) for run in runs), strict=True)
    return Usage(statistics.median(walls), statistics.median(cpus), round(statistics.median(peaks)))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run each contender `--runs` times, in turn, after one run of each that only fills caches."""
    from speakerplug_bundled.whisper import locate_tiny_en

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recording", type=Path, default=SAMPLE, metavar="FILE")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="runs of each [%(default)s]")
    parser.add_argument("--only", action="append", choices=("words", "whole"), help="beside the script [both]")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        every = commands(locate_tiny_en(), chosen.recording, Path(folder))
        wanted = {name: every[name] for name in ("script", *(chosen.only or ("words", "whole")))}
        found: dict[str, list[Usage]] = {name: [] for name in wanted}
        for turn in range(chosen.runs + 1):
            for name, command in wanted.items():
                usage = usage_of(command)
                if turn:
                    found[name].append(usage)
    script = median_of(found["script"])
    print(f"{chosen.recording.name}, medians of {chosen.runs}; in brackets the ratio to the script")
    for name, runs in found.items():
        each = median_of(runs)
        print(
            f"{name:7} wall {each.wall_s:6.2f} s ({each.wall_s / script.wall_s:.2f})"
            f"   CPU {each.cpu_s:6.2f} s ({each.cpu_s / script.cpu_s:.2f})"
            f"   peak {each.peak_bytes / 1e6:6.0f} MB ({each.peak_bytes / script.peak_bytes:.2f})"
        )


if __name__ == "__main__":
    main()
