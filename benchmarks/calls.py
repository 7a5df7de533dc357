"""Build calls with one speaker on each channel from conversations with a known reference, by a fixed seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from speakerplug.transcript import Turn, Word
from speakerplug_evaluate.reading import Utterance
from speakerplug_evaluate.timing import middle
from speakerplug_evaluate.truth import Truth

RATE = 16_000
EDGE_S = 0.02
"""Seconds over which an utterance that is cut out fades in and out."""

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Line:
    """How a call is made: `crosstalk` is the gain of the other channels, which arrive `lag_s` later.

    Utterances overlap the previous one by up to `overlap_s`; `room` adds its echoes; `noise_db` is below full scale.
    """

    crosstalk: float = 0.1
    lag_s: float = 0.003
    overlap_s: float = 1.0
    room: bool = False
    noise_db: float = -65.0


@dataclass(frozen=True, eq=False)
class Call:
    """Samples of shape (speakers, n), 16 kHz, and the reference; speakers are in the order of their channels."""

    samples: Samples
    truth: Truth
    speakers: tuple[str, ...]


def call_of(samples: Samples, utterances: Sequence[Utterance], words: Sequence[Word], line: Line, seed: int) -> Call:
    """Return a call of a conversation without overlap: each utterance on its speaker's channel, shifted to overlap."""
    random = np.random.default_rng(seed)
    speakers = tuple(dict.fromkeys(utterance.speaker for utterance in utterances))
    moves = _moves(utterances, line.overlap_s, random)
    length = round((utterances[-1].end + moves[-1] + 1.0) * RATE)
    clean = np.zeros((len(speakers), length), np.float32)
    said: list[Word] = []
    for utterance, move in zip(utterances, moves, strict=True):
        first, last = round(utterance.start * RATE), round(utterance.end * RATE)
        at = first + round(move * RATE)
        clean[speakers.index(utterance.speaker), at : at + last - first] += _faded(samples[first:last])
        said += [_moved(w, move) for w in words if _is_of(w, utterance)]
    turns = tuple(
        Turn(utterance.start + move, utterance.end + move, utterance.speaker)
        for utterance, move in zip(utterances, moves, strict=True)
    )
    truth = Truth(tuple(said), tuple(sorted(turns, key=lambda turn: turn.start)), (0.0, length / RATE))
    return Call(_with_crosstalk(clean, line, random), truth, speakers)


def _moves(utterances: Sequence[Utterance], overlap_s: float, random: np.random.Generator) -> list[float]:
    """Return the shift of each utterance in seconds: every other one begins before the previous one has ended."""
    moves, end = [], 0.0
    for number, utterance in enumerate(utterances):
        begins = end + (-random.uniform(0.2, 1.0) * overlap_s if number % 2 and overlap_s else random.uniform(0.1, 0.6))
        moves.append(max(0.0, begins) - utterance.start)
        end = max(end, utterance.end + moves[-1])
    return moves


def _with_crosstalk(clean: Samples, line: Line, random: np.random.Generator) -> Samples:
    """Return the recording of each channel: its speaker, crosstalk from the others, and noise."""
    lag = round(line.lag_s * RATE)
    path = np.zeros(lag + 1600, np.float32)
    path[lag] = 1.0
    if line.room:  # echoes that decay within a tenth of a second
        tail = random.standard_normal(1600 - 80) * np.exp(-np.arange(1600 - 80) / 400)
        path[lag + 80 :] += 0.08 * tail.astype(np.float32)
    size = clean.shape[1] + len(path)
    leaks = np.fft.irfft(np.fft.rfft(clean, size) * np.fft.rfft(path, size), size)[:, : clean.shape[1]]
    everyone = leaks.sum(axis=0)
    noise = random.standard_normal(clean.shape) * 10 ** (line.noise_db / 20)
    mixed: Samples = (clean + line.crosstalk * (everyone - leaks) + noise).astype(np.float32)
    return mixed


def _faded(samples: Samples) -> Samples:
    edge = min(len(samples) // 2, round(EDGE_S * RATE))
    faded: Samples = samples.copy()
    faded[:edge] *= np.linspace(0, 1, edge)
    faded[len(faded) - edge :] *= np.linspace(1, 0, edge)
    return faded


def _is_of(word: Word, utterance: Utterance) -> bool:
    return word.speaker == utterance.speaker and utterance.start - 0.05 <= middle(word) <= utterance.end + 0.05


def _moved(word: Word, move: float) -> Word:
    return replace(word, start=(word.start or 0.0) + move, end=(word.end or 0.0) + move)
