"""Does `relabel` find what `transcribe --num-speakers` would have found? With the true words, and the speakers of both.

python benchmarks/relabel.py FOLDER... [--diarizer bundled] [--only ID...]: a table.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

import speakerplug
from speakerplug.attribution.assign import assign_speakers
from speakerplug.attribution.recluster import recluster, speaker_count
from speakerplug.errors import UsageError
from speakerplug.transcript import Diarization, Transcript, Word
from speakerplug_evaluate.manifest import read_set
from speakerplug_evaluate.truth import Item


def main() -> None:
    """Diarize with the number found, the true one and its neighbors; relabel from each to the true one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--diarizer", default="bundled")
    parser.add_argument("--only", nargs="*")
    options = parser.parse_args()
    print("| Recording | Made with | Relabeled to | Same | Right before | Right after | Right from the start |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for item in (item for folder in options.sets for item in read_set(folder)):
        if item.truth.words and (not options.only or item.id in options.only):
            for line in compared(item, options.diarizer):
                print(line, flush=True)


def compared(item: Item, diarizer: str) -> Iterator[str]:
    """Yield the lines of one recording."""
    waveform, words, wanted = speakerplug.read_waveform(item.audio), item.truth.words, item.num_speakers
    free = attributed(words, speakerplug.diarize(waveform, diarizer=diarizer))
    made = {speaker_count(free): free}
    for number in sorted({wanted, wanted - 1, wanted + 1} - made.keys() - {0, 1}):
        made[number] = attributed(words, speakerplug.diarize(waveform, diarizer=diarizer, num_speakers=number))
    for number, before in made.items():
        if number == wanted:
            continue
        found = f"{number} (found)" if before is free else str(number)
        try:
            after = recluster(before, wanted)
        except UsageError as error:
            yield f"| {item.id} | {found} | {wanted} | {error} ||||"
            continue
        start = made[wanted].words
        pairs = ((after.words, start), (words, before.words), (words, after.words), (words, start))
        yield " | ".join([f"| {item.id} | {found} | {wanted}", *(f"{same(*pair):.1%}" for pair in pairs)]) + " |"


def attributed(words: Sequence[Word], diarization: Diarization) -> Transcript:
    return assign_speakers(Transcript(tuple(words)), diarization)


def same(some: Sequence[Word], others: Sequence[Word]) -> float:
    """Return the share of words with the same speaker, under the best mapping of names."""
    ids = [
        {name: index for index, name in enumerate(sorted({w.speaker or "" for w in side}))} for side in (some, others)
    ]
    counts = np.zeros((len(ids[0]), len(ids[1])))
    for one, other in zip(some, others, strict=True):
        counts[ids[0][one.speaker or ""], ids[1][other.speaker or ""]] += 1
    return float(counts[linear_sum_assignment(-counts)].sum() / max(len(some), 1))


if __name__ == "__main__":
    main()
