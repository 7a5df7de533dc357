"""Hours of a meeting, from the open conversations: time, CPU time, peak memory and errors of both stages, or of one.

The conversation is that of long_conversation.py: speakers are absent for half an hour now and then, and the last one
joins in the third hour. Each way is a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from long_conversation import write_with_words
from speakerplug import Word
from speakerplug_evaluate.alignment import align
from speakerplug_evaluate.normalization import normalized
from speakerplug_evaluate.rates import Rate, pooled
from speakerplug_evaluate.scoring import wer
from speakerplug_evaluate.truth import Truth

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
AUDIO_ONLY = (
    "import sys; from speakerplug import read_waveform; from speakerplug.media.vad import speech_in;"
    "print(len(speech_in(read_waveform(sys.argv[1]))), 'speech segments')"
)
RUN = "from speakerplug.cli import run; run()"
PART_S = 1200.0
"""Words are aligned in parts of this length; a day of them would need a table of 40 GB."""


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


def errors(folder: Path, truth: Truth) -> str:
    """Return what the last run found and how much of it is wrong, and delete its output."""
    found = ""
    for file in (folder / "out").glob("*.json"):
        result = json.loads(file.read_text(encoding="utf-8"))
        speakers = {turn["speaker"] for turn in result.get("turns", ())}
        found = f"{len(result.get('words', ()))} words, {len(speakers)} speakers"
        if result.get("words") and truth.words:
            found += f", {word_errors(result['words'], truth.words)}"
        file.unlink()
    return found


def word_errors(records: Sequence[Mapping[str, Any]], true: Sequence[Word]) -> str:
    """Return the word error rate, and the share of recognized words with the wrong speaker, mapped one to one."""
    words = [Word(each["text"], each["start"], each["end"], speaker=each.get("speaker")) for each in records]
    rates, together = [], Counter[tuple[str | None, str | None]]()
    for reference, hypothesis in parts(true, words):
        pairs = align(reference, hypothesis)
        rates.append(pooled(wer(reference, hypothesis, pairs)))
        together.update(
            (reference[r].speaker, hypothesis[h].speaker) for r, h in pairs if r is not None and h is not None
        )
    rate = sum(rates, Rate(0, 0)).value
    names, ids = (sorted({str(pair[side]) for pair in together}) for side in (0, 1))
    counts = np.array([[together[name, id] for id in ids] for name in names])
    right = counts[linear_sum_assignment(counts, maximize=True)].sum()
    return f"WER {100 * (rate or 0.0):.1f} %, WDER {100 * (1 - right / counts.sum()):.1f} %"


def parts(true: Sequence[Word], words: Sequence[Word]) -> Iterator[tuple[Sequence[Word], Sequence[Word]]]:
    """Yield the normalized true and recognized words that start in each part."""
    for number in range(int(max(word.start or 0.0 for word in true) // PART_S) + 1):
        first, last = number * PART_S, (number + 1) * PART_S
        reference, found = ([word for word in each if first <= (word.start or 0.0) < last] for each in (true, words))
        yield normalized(reference), normalized(found)


def main(arguments: Sequence[str] | None = None) -> None:
    """Build the recording and run each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder that holds manifest.json")
    parser.add_argument("--hours", type=float, nargs="+", default=[1.0, 4.0], help="lengths (default: 1 4)")
    ways = ["audio", "recognition", "diarization", "both"]
    parser.add_argument("--stages", nargs="+", choices=ways, default=["both"], help="what to run (default: both)")
    parser.add_argument("--model", default="tiny.en", help="recognition model (default: tiny.en)")
    parser.add_argument("--diarizer", default="bundled", help="name, hub id or folder (default: bundled)")
    parser.add_argument("--seed", type=int, default=17, help="of the meeting (default: 17)")
    chosen = parser.parse_args(arguments)
    given = ["--model", chosen.model, "--diarizer", chosen.diarizer]
    for hours in chosen.hours:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            path = folder / "long.flac"
            truth = write_with_words(chosen.data, path, hours, chosen.seed)
            speakers = {turn.speaker for turn in truth.turns or ()}
            print(f"{hours:g} h of {len(speakers)} speakers, {path.stat().st_size / 1e6:.0f} MB", flush=True)
            for way in chosen.stages:
                print(f"  {way:<12}{measured(commands(path, folder, given)[way])} {errors(folder, truth)}", flush=True)


if __name__ == "__main__":
    main()
