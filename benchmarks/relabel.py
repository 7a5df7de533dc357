"""Does `relabel` find what `transcribe --num-speakers` would have found? Words of the truth, speakers of both.

python benchmarks/relabel.py FOLDER... [--diarizer bundled] [--only ID...]: a table for docs/formats.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

import speakerplug
from speakerplug.errors import UsageError
from speakerplug.evaluation.manifest import read_set
from speakerplug.labelling import labelled
from speakerplug.relabelling import relabelled
from speakerplug.transcript import Diarization, Transcript, Word
from speakerplug.writers.json import write


def main() -> None:
    """For each recording: the number that is found, one less, one more and the true one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--diarizer", default="bundled")
    parser.add_argument("--only", nargs="*")
    options = parser.parse_args()
    print("| Recording | Found | Asked for | Same speaker | Right: relabel | Right: from the start | Bytes |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for item in (item for folder in options.sets for item in read_set(folder)):
        if not item.truth.words or (options.only and item.id not in options.only):
            continue
        waveform = speakerplug.read_waveform(item.audio)
        words = [word for word in item.truth.words if word.start is not None]

        def diarized(waveform: speakerplug.Waveform = waveform, **number: int) -> Diarization:
            return speakerplug.diarize(waveform, diarizer=options.diarizer, **number)

        free = attributed(words, diarized())
        found = len({turn.speaker for turn in free.exclusive})
        added = len(write(free)) - len(write(replace(free, voices=None)))
        for number in sorted({found - 1, found + 1, item.num_speakers} - {0, 1, found}):
            told = attributed(words, diarized(num_speakers=number))
            try:
                again = relabelled(free, number)
            except UsageError as error:
                print(f"| {item.id} | {found} | {number} | {error} ||||", flush=True)
                continue
            shares = [
                same(again.words, told.words),
                same(words, again.words),
                same(words, told.words),
            ]
            print(
                f"| {item.id} | {found} | {number} | "
                + " | ".join(f"{share:.1%}" for share in shares)
                + f" | {added} |",
                flush=True,
            )
    sys.stdout.flush()


def attributed(words: Sequence[Word], diarization: Diarization) -> Transcript:
    return labelled(Transcript(tuple(words)), diarization)


def same(some: Sequence[Word], others: Sequence[Word]) -> float:
    """The share of words with the same speaker, under the best mapping of names."""
    ids = [
        {name: index for index, name in enumerate(sorted({w.speaker or "" for w in side}))} for side in (some, others)
    ]
    counts = np.zeros((len(ids[0]), len(ids[1])))
    for one, other in zip(some, others, strict=True):
        counts[ids[0][one.speaker or ""], ids[1][other.speaker or ""]] += 1
    return float(counts[linear_sum_assignment(-counts)].sum() / max(len(some), 1))


if __name__ == "__main__":
    main()
