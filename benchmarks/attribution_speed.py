"""Times `speakerplug.attribute` on long random conversations: `python benchmarks/attribution_speed.py`."""

from __future__ import annotations

import random
import statistics
import time

from speakerplug.attribution.attribute import attribute
from speakerplug.transcript import Diarization, Turn, Word

SIZES = ((100_000, 20_000), (1_000_000, 200_000))
RUNS = 3
TEXTS = (*("word",) * 9, "word.")
SPEAKERS = tuple(f"SPEAKER_{number:02}" for number in range(8))


def conversation(words: int, turns: int, seed: int = 0) -> tuple[list[Word], Diarization]:
    """Return a random conversation of eight people: every fifth turn overlaps the next, and words cross turn edges.

    The same seed gives the same conversation. Times in seconds; words come by start.
    """
    chance = random.Random(seed)
    regular, exclusive, spoken = [], [], []
    start = 0.0
    for number in range(turns):
        speaker = chance.choice(SPEAKERS)
        length = chance.uniform(0.5, 8.0)
        following = start + length + chance.uniform(0.0, 1.0)
        overlap = chance.uniform(0.1, 2.0) if chance.random() < 0.2 else 0.0
        exclusive.append(Turn(start, start + length, speaker))
        regular.append(Turn(start, start + length + overlap, speaker))
        count = words * (number + 1) // turns - words * number // turns
        for begin in sorted(chance.uniform(start, following) for _ in range(count)):
            spoken.append(Word(chance.choice(TEXTS), begin, begin + chance.uniform(0.05, 0.6)))
        start = following
    return spoken, Diarization(tuple(regular), tuple(exclusive))


def median_s(words: list[Word], diarization: Diarization, runs: int = RUNS) -> tuple[float, float]:
    """Return the median time of attributing `words`, in seconds: wall time and CPU time."""
    walls, processors = [], []
    for _ in range(runs):
        wall, processor = time.perf_counter(), time.process_time()
        attribute(words, diarization)
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return statistics.median(walls), statistics.median(processors)


def main() -> None:
    """Print the median time at each size; the last column is constant if the time is linear."""
    print(f"{'words':>10} {'turns':>10} {'wall s':>10} {'cpu s':>10} {'cpu us a word':>14}")
    for size, turns in SIZES:
        words, diarization = conversation(size, turns)
        wall, processor = median_s(words, diarization)
        a_word = 1e6 * processor / size
        print(f"{size:>10,} {turns:>10,} {wall:>10.3f} {processor:>10.3f} {a_word:>14.2f}")


if __name__ == "__main__":
    main()
