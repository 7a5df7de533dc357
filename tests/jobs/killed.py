"""Whether a transcription that is killed goes on: an hour of audio, SIGKILL at three moments, the same command again.

    python -m tests.jobs.killed --data ../shared/data
    python -m tests.jobs.killed --data ../shared/data --diarizer bundled

The hour is built from the open conversations, with a fixed seed. Prints a table of the runs, how much of the work was
done again, and whether the outputs equal those of an undisturbed run, byte for byte. Other options than those below are
passed on to `speakerplug transcribe`; without any, it recognizes words only.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
import wave
from pathlib import Path
from typing import Any

import numpy as np

from speakerplug import read_waveform
from speakerplug.media.waveform import SAMPLE_RATE

FORMATS = ("vtt", "srt", "json")
COMMON = ("--model", "tiny.en", "--device", "cpu", "--offline", *(f"--{name}" for name in FORMATS))
RUN = (sys.executable, "-c", "from speakerplug.cli import run; run()", "transcribe")
MOMENTS = (0.2, 0.5, 0.8)
"""When to kill: the parts of the batches that are saved by then."""
RECORD = b" record "
POLL_S = 0.05


def write_hour(data: Path, path: Path, seconds: float, seed: int) -> None:
    """Write a WAV of the open conversations in random order, with pauses between them."""
    names = [item["audio"] for item in json.loads((data / "manifest.json").read_text(encoding="utf-8"))["items"]]
    parts = [read_waveform(data / name).samples for name in sorted(names) if name.startswith("open_conv")]
    order = random.Random(seed)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        while (left := round(seconds * SAMPLE_RATE) - file.getnframes()) > 0:
            pause = np.zeros(round(order.uniform(0.5, 5.0) * SAMPLE_RATE), np.float32)
            samples = np.concatenate([order.choice(parts), pause])[:left]
            file.writeframes((samples.clip(-1, 1) * 32767).astype("<i2").tobytes())


def run(hour: Path, folder: Path, options: list[str], kill_at: int | None = None) -> tuple[dict[str, Any], str]:
    """Run the command, and kill it in the batch after `kill_at` records; return a description and what it printed."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    checkpoint = folder / f"{hour.stem}.speakerplug-checkpoint"
    command = (*RUN, str(hour), *COMMON, *options, "--output", f"{folder}/")
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    saved, changed, pace = _records(checkpoint), time.monotonic(), 0.0
    while kill_at is not None and process.poll() is None:
        time.sleep(POLL_S)
        if (now := _records(checkpoint)) > saved:
            saved, changed, pace = now, time.monotonic(), time.monotonic() - changed
        if saved >= kill_at and 0.0 < pace < 2 * (time.monotonic() - changed):
            process.send_signal(signal.SIGKILL)
            break
    _, printed = process.communicate()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    began_at = re.search(r"Recognition goes on at (\S+)\.", printed)
    found = {"went on at": began_at[1] if began_at else "0:00:00", "records": _records(checkpoint), "CPU s": spent}
    return {**found, "s": time.monotonic() - began, "exit code": process.returncode}, printed


def _records(checkpoint: Path) -> int:
    return checkpoint.read_bytes().count(RECORD) if checkpoint.exists() else 0


def main() -> int:
    """Run the command undisturbed and with kills, and compare; return how many outputs differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, required=True, metavar="FOLDER", help="the folder that holds manifest.json"
    )
    parser.add_argument("--minutes", type=float, default=60.0, help="length of the recording [%(default)s]")
    parser.add_argument("--seed", type=int, default=17, help="order of the conversations [%(default)s]")
    known, options = parser.parse_known_args()
    options = options or ["--no-diarize"]
    with tempfile.TemporaryDirectory() as name:
        whole, killed, hour = Path(name, "whole"), Path(name, "killed"), Path(name, "hour.wav")
        for folder in (whole, killed):
            folder.mkdir()
        write_hour(known.data, hour, 60 * known.minutes, known.seed)
        runs = [("undisturbed, without a checkpoint", run(hour, whole, [*options, "--no-checkpoint"])[0])]
        batches = round(known.minutes * 60 / 240)  # eight windows of thirty seconds, as many as the CPU's batches have
        for part in MOMENTS:
            runs.append((f"killed at about {part:.0%}", run(hour, killed, options, 1 + round(part * batches))[0]))
            print(*runs[-1], sorted(path.name for path in killed.iterdir()), flush=True)
        last, printed = run(hour, killed, options)
        runs.append(("to the end", last))
        print(printed)
        _show(runs)
        left = sorted({path.name for path in killed.iterdir()} ^ {path.name for path in whole.iterdir()})
        print("Files that only one of them has:", ", ".join(left) or "none")
        return sum(_differs(whole / f"hour.{each}", killed / f"hour.{each}") for each in FORMATS) + len(left)


def _show(runs: list[tuple[str, dict[str, Any]]]) -> None:
    print(f"| run | {' | '.join(runs[0][1])} |\n|---|{'---|' * len(runs[0][1])}")
    for name, values in runs:
        cells = (f"{value:.1f}" if isinstance(value, float) else str(value) for value in values.values())
        print(f"| {name} | {' | '.join(cells)} |")
    first, *others = (values["CPU s"] for _, values in runs)
    print(f"CPU: {sum(others):.1f} s in all runs with kills, {sum(others) / first - 1:.1%} more than undisturbed.")


def _differs(one: Path, other: Path) -> bool:
    same = one.read_bytes() == other.read_bytes()
    print(f"{one.name}: {'the same, byte for byte' if same else 'DIFFERENT'} ({one.stat().st_size} bytes)")
    return not same


if __name__ == "__main__":
    sys.exit(main())
