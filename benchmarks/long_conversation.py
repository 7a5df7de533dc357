"""Builds conversations of any length from the utterances of the open ones, with their truth, by a fixed seed.

Four people talk. One of them is absent for half an hour of each hour, another one each time, and in the third hour a
fifth person joins. Utterances recur, as the open recordings have only 86 of these four, each time with another level
and over other noise. The fifth is the second one played slower, which changes pitch and formants.
"""

from __future__ import annotations

import wave
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

from speakerplug import Turn, Word, read_waveform
from speakerplug.formats import rttm
from speakerplug_evaluate.manifest import read_set
from speakerplug_evaluate.timing import within
from speakerplug_evaluate.truth import Item, Truth

RATE = 16_000
HOUR_S = 3600.0
PEOPLE = 4
"""How many talk from the beginning."""
JOINS_S = 2 * HOUR_S
ABSENT_S = (0.25 * HOUR_S, 0.75 * HOUR_S)
"""When, in each hour, one of them is absent."""
SLOWER = (10, 9)
"""How much longer the fifth person's utterances are than those of which they are made."""
EDGE_S = 0.1
"""How much is cut out before and after an utterance."""
OVERLAPPING = 0.1
"""Share of the utterances that begin before the previous one has ended."""
NOISE = 3e-4
"""Standard deviation of the noise: 70 dB below full scale."""

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Utterance:
    """Samples of one person at 16 kHz, with the turns (pauses of 0.3 s and more divide them) and words in it."""

    samples: Samples
    turns: tuple[Turn, ...]
    words: tuple[Word, ...]


@dataclass(frozen=True, eq=False)
class Placed:
    """An utterance that begins at `start` (seconds), played with some `gain`."""

    start: float
    gain: float
    utterance: Utterance

    @property
    def end(self) -> float:
        """Its end in seconds."""
        return self.start + len(self.utterance.samples) / RATE


def write_conversation(data: Path, path: Path, hours: float, seed: int) -> list[Turn]:
    """Write a conversation of that length as a 16-bit wave file, block by block, and return its true turns by start."""
    return list(write_with_words(data, path, hours, seed).turns)


def write_with_words(data: Path, path: Path, hours: float, seed: int) -> Truth:
    """Do the same, and return the true words, too.

    `data` is a folder with manifest.json and the open recordings. Raises UsageError if it has no manifest, MediaError
    if one of its files cannot be read.
    """
    placed = schedule(with_newcomer(utterances(read_set(data))), hours * HOUR_S, seed)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        for block in blocks(placed, hours * HOUR_S, seed):
            file.writeframes((np.clip(block, -1, 1) * 32767).astype("<i2").tobytes())
    return truth_of(placed, hours * HOUR_S)


def utterances(items: Sequence[Item]) -> dict[str, list[Utterance]]:
    """Return the utterances during which nobody else talks, by speaker, those who have most of them first."""
    found: dict[str, list[Utterance]] = {}
    for item in items:
        if not item.kind.startswith("stitched"):
            continue
        samples = read_waveform(item.audio).samples
        whole = rttm.parse(item.audio.with_suffix(".turns.rttm").read_text(encoding="utf-8"))
        for turn in whole:
            if not any(o is not turn and o.start < turn.end and turn.start < o.end for o in whole):
                found.setdefault(turn.speaker, []).append(_cut(samples, item.truth, turn))
    return dict(sorted(found.items(), key=lambda each: (-len(each[1]), each[0])))


def _cut(samples: Samples, truth: Truth, turn: Turn) -> Utterance:
    begin = max(0.0, turn.start - EDGE_S)
    first, last = round(begin * RATE), round((turn.end + EDGE_S) * RATE)
    middles = ((t, (t.start + t.end) / 2) for t in truth.turns if t.speaker == turn.speaker)
    turns = (t for t, middle in middles if turn.start <= middle < turn.end)
    words = (w for w in within(truth.words, (turn.start, turn.end)) if w.speaker == turn.speaker)
    return Utterance(
        samples[first:last],
        tuple(replace(t, start=t.start - begin, end=t.end - begin) for t in turns),
        tuple(_moved(word, -begin) for word in words),
    )


def with_newcomer(pool: Mapping[str, list[Utterance]]) -> dict[str, list[Utterance]]:
    """Return the utterances of the `PEOPLE` who have most, and of one who is made of the second."""
    chosen = list(pool)[:PEOPLE]
    people = {speaker: pool[speaker] for speaker in chosen}
    return {**people, f"{chosen[1]}-slower": [_slower(utterance) for utterance in pool[chosen[1]]]}


def _slower(utterance: Utterance) -> Utterance:
    factor = SLOWER[0] / SLOWER[1]
    turns = (
        replace(t, start=t.start * factor, end=t.end * factor, speaker=f"{t.speaker}-slower") for t in utterance.turns
    )
    words = (
        replace(w, start=w.start * factor, end=w.end * factor, speaker=f"{w.speaker}-slower")
        for w in utterance.words
        if w.start is not None and w.end is not None
    )
    samples = resample_poly(utterance.samples, *SLOWER).astype(np.float32)
    return Utterance(samples, tuple(turns), tuple(words))


def _moved(word: Word, seconds: float) -> Word:
    assert word.start is not None
    assert word.end is not None
    return replace(word, start=word.start + seconds, end=word.end + seconds)


def present(speakers: Sequence[str], time: float) -> list[str]:
    """Return who takes part at a time in seconds, of speakers who are sorted by how much they say."""
    here = list(speakers[: PEOPLE + (time >= JOINS_S)])
    hour, within_hour = divmod(time, HOUR_S)
    if ABSENT_S[0] <= within_hour < ABSENT_S[1]:
        del here[int(hour) % min(PEOPLE, len(here))]
    return here


def schedule(pool: Mapping[str, Sequence[Utterance]], seconds: float, seed: int) -> list[Placed]:
    """Return who says what when, by start, all before `seconds`: a person seldom goes on after an utterance."""
    random = np.random.default_rng(seed)
    placed: list[Placed] = []
    end, last = 0.0, ""
    while True:
        here = present(list(pool), end)
        others = [speaker for speaker in here if speaker != last] or here
        goes_on = last in here and random.random() < 0.2
        speaker = last if goes_on else others[int(random.integers(len(others)))]
        overlaps = not goes_on and random.random() < OVERLAPPING
        start = end + (-random.uniform(0.3, 1.2) if overlaps else random.uniform(0.1, 1.0))
        start = max(start, placed[-1].start if placed else 0.0)
        gain = float(10 ** (random.uniform(-2, 2) / 20))
        following = Placed(start, gain, pool[speaker][int(random.integers(len(pool[speaker])))])
        if following.end > seconds:
            return placed
        placed.append(following)
        end, last = max(end, following.end), speaker


def blocks(placed: Sequence[Placed], seconds: float, seed: int) -> Iterator[Samples]:
    """Yield the samples of a conversation, one block up to each utterance's start, and the rest up to `seconds`."""
    random = np.random.default_rng((seed, 1))
    done, ahead = 0, np.zeros(0, np.float32)
    for each in placed:
        first = round(each.start * RATE)
        yield _noisy(_padded(ahead, first - done)[: first - done], random)
        ahead, done = ahead[first - done :], first
        ahead = _padded(ahead, len(each.utterance.samples))
        ahead[: len(each.utterance.samples)] += np.float32(each.gain) * each.utterance.samples
    left = round(seconds * RATE) - done
    yield _noisy(_padded(ahead, left)[:left], random)


def _padded(samples: Samples, length: int) -> Samples:
    """Return a copy that has at least this length."""
    return np.append(samples, np.zeros(max(0, length - len(samples)), np.float32))


def _noisy(samples: Samples, random: np.random.Generator) -> Samples:
    noise = random.standard_normal(len(samples), dtype=np.float32)
    return np.asarray(samples + np.float32(NOISE) * noise, dtype=np.float32)


def truth_of(placed: Sequence[Placed], seconds: float) -> Truth:
    """Return the reference: turns by start, and words utterance by utterance."""
    turns = [
        Turn(turn.start + each.start, turn.end + each.start, turn.speaker)
        for each in placed
        for turn in each.utterance.turns
    ]
    words = tuple(_moved(word, each.start) for each in placed for word in each.utterance.words)
    return Truth(words, tuple(sorted(turns, key=lambda turn: turn.start)), (0.0, seconds))
