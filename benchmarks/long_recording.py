"""Hours of a meeting, from the open conversations: time, CPU time and peak memory of both stages, or of one.

The turns of the conversations are put in a new order, with pauses and overlap (fixed seed). Every speaker but one is
absent for half an hour now and then, and the last one joins in the third hour. The recording is encoded as it is made,
and each way is a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from speakerplug import read_waveform
from speakerplug.media.waveform import SAMPLE_RATE, Samples
from speakerplug_evaluate.manifest import read_set

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
CODECS = {"flac": "flac", "opus": "libopus"}
AUDIO_ONLY = (
    "import sys; from speakerplug import read_waveform; from speakerplug.media.vad import speech_in;"
    "print(len(speech_in(read_waveform(sys.argv[1]))), 'speech segments')"
)
RUN = "from speakerplug.cli import run; run()"
ABSENCE_S = 1800.0
JOINS_S = 7200.0
"""When the last speaker joins: in the third hour."""


@dataclass(frozen=True)
class Spoken:
    """A turn in the recording: `start` in seconds."""

    start: float
    speaker: str
    samples: Samples


def utterances(data: Path) -> dict[str, list[Samples]]:
    """Return the turns of at least a second of each speaker of the stitched recordings."""
    found: dict[str, list[Samples]] = {}
    for item in read_set(data):
        if item.kind.startswith("stitched"):
            waveform = read_waveform(item.audio)
            for turn in item.truth.turns:
                if turn.duration >= 1.0:
                    found.setdefault(turn.speaker, []).append(waveform.span(turn.start, turn.end))
    return found


def absences(speaker: int, seconds: float, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Return when a speaker is away: half an hour in every two hours, but nobody in the first ten minutes."""
    starts = [period + rng.uniform(600, 5400) for period in np.arange(0, seconds, 7200)] if speaker else []
    return [(start, start + ABSENCE_S) for start in starts]


def meeting(voices: Mapping[str, Sequence[Samples]], seconds: float, seed: int) -> Iterator[Spoken]:
    """Yield the turns of a meeting in order of start; a sixth of them begin before the last one ends."""
    rng = np.random.default_rng(seed)
    names = sorted(voices)
    away = {name: absences(number, seconds, rng) for number, name in enumerate(names)}
    away[names[-1]].append((0.0, JOINS_S))
    now, previous = 0.5, ""
    while now < seconds:
        present = [name for name in names if not any(start <= now < end for start, end in away[name])]
        others = [name for name in present if name != previous] or present
        previous = others[int(rng.integers(len(others)))]
        samples = voices[previous][int(rng.integers(len(voices[previous])))]
        yield Spoken(now, previous, samples)
        pause = rng.uniform(-0.8, 0.0) if rng.random() < 1 / 6 else rng.exponential(0.8)
        now += max(0.5, len(samples) / SAMPLE_RATE + pause)


def mixed(turns: Iterator[Spoken]) -> Iterator[Samples]:
    """Yield the audio of turns in blocks: what no later turn can change, with a little noise."""
    rng, waiting, position = np.random.default_rng(0), np.zeros(0, np.float32), 0
    for turn in turns:
        start = round(turn.start * SAMPLE_RATE) - position
        grown = np.zeros(max(len(waiting), start + len(turn.samples)), np.float32)
        grown[: len(waiting)] = waiting
        grown[start : start + len(turn.samples)] += turn.samples
        done, waiting = grown[:start], grown[start:]
        position += len(done)
        yield done + rng.normal(0, 1e-4, len(done)).astype(np.float32)
    yield waiting


def write(path: Path, turns: Iterator[Spoken]) -> None:
    """Encode the audio of turns, block by block."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(CODECS[path.suffix[1:]], rate=SAMPLE_RATE, layout="mono")
        position = 0
        for block in mixed(turns):
            if not len(block):
                continue
            whole = (np.clip(block, -1, 1) * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(whole[None], format="s16", layout="mono")
            frame.sample_rate, frame.time_base, frame.pts = SAMPLE_RATE, Fraction(1, SAMPLE_RATE), position
            position += len(block)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def measured(command: Sequence[str]) -> str:
    """Run a command; return its wall time, CPU time and peak memory (Linux counts in KiB)."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", *command], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = process.stdout.read().strip()
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"it failed: {' '.join(command[1:])}")
    peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    wall, cpu = time.perf_counter() - began, used.ru_utime + used.ru_stime
    return f"{wall:8.1f} s  CPU {cpu:8.1f} s  peak {peak / 1e6:6.0f} MB  {said}"


def commands(path: Path, folder: Path, given: Sequence[str]) -> dict[str, list[str]]:
    """Return the command line of each way, after `python -c`."""
    output = ["--json", "-o", f"{folder}/out/", "--quiet", "--device", "cpu"]
    return {
        "audio": [AUDIO_ONLY, str(path)],
        "recognition": [RUN, "transcribe", str(path), *output, "--no-diarize", *given[:2]],
        "diarization": [RUN, "diarize", str(path), *output, *given[2:]],
        "both": [RUN, "transcribe", str(path), *output, *given],
    }


def counts(folder: Path) -> str:
    """Return what the last run found, and delete its output."""
    found = ""
    for file in (folder / "out").glob("*.json"):
        result = json.loads(file.read_text(encoding="utf-8"))
        speakers = {turn["speaker"] for turn in result.get("turns", ())}
        found = f"{len(result.get('words', ()))} words, {len(speakers)} speakers"
        file.unlink()
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Build the recording and run each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder that holds manifest.json")
    parser.add_argument("--hours", type=float, nargs="+", default=[1.0, 4.0], help="lengths (default: 1 4)")
    ways = ["audio", "recognition", "diarization", "both"]
    parser.add_argument("--stages", nargs="+", choices=ways, default=["both"], help="what to run (default: both)")
    parser.add_argument("--format", choices=CODECS, default="flac", help="of the recording (default: flac)")
    parser.add_argument("--model", default="tiny.en", help="recognition model (default: tiny.en)")
    parser.add_argument("--diarizer", default="bundled", help="name, hub id or folder (default: bundled)")
    parser.add_argument("--seed", type=int, default=17, help="of the meeting (default: 17)")
    chosen = parser.parse_args(arguments)
    voices = utterances(chosen.data)
    given = ["--model", chosen.model, "--diarizer", chosen.diarizer]
    for hours in chosen.hours:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            path = folder / f"long.{chosen.format}"
            write(path, meeting(voices, hours * 3600, chosen.seed))
            print(f"{hours:g} h of {len(voices)} speakers, {path.stat().st_size / 1e6:.0f} MB", flush=True)
            for way in chosen.stages:
                print(f"  {way:<12}{measured(commands(path, folder, given)[way])} {counts(folder)}", flush=True)


if __name__ == "__main__":
    main()
