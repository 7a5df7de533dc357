"""What is known about the recordings of an evaluation set: its manifest and the STM, RTTM, UEM and words files."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speakerplug.transcript import Turn, Word
from timing import Region, middle, within


@dataclass(frozen=True, slots=True)
class Utterance:
    """A line of an STM file: what one speaker says from `start` to `end` (seconds)."""

    start: float
    end: float
    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Truth:
    """The truth about one recording.

    `words` come utterance by utterance, by the start of the utterance; `turns` are what the diarization is measured
    against inside `region`; only words whose middle lies in `words_region` are scored (None: all).
    """

    words: tuple[Word, ...]
    turns: tuple[Turn, ...]
    region: Region
    words_region: Region | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A recording of the set: its id, kind, sound file, length in seconds, number of speakers, and truth."""

    id: str
    kind: str
    audio: Path
    duration: float
    num_speakers: int
    truth: Truth


def read_manifest(folder: Path) -> tuple[Item, ...]:
    """The items of `folder`/manifest.json; paths in it are relative to the folder. Raises OSError, KeyError."""
    entries = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["items"]
    return tuple(
        Item(
            id=entry["id"],
            kind=entry["kind"],
            audio=folder / entry["audio"],
            duration=entry["duration_s"],
            num_speakers=entry["num_speakers"],
            truth=_truth(folder, entry),
        )
        for entry in entries
    )


def _truth(folder: Path, entry: dict[str, Any]) -> Truth:
    def content(field: str) -> str | None:
        return (folder / entry[field]).read_text(encoding="utf-8") if entry.get(field) else None

    utterances = read_stm(content("stm") or "")
    timed = content("words")
    words = read_words(timed) if timed else words_of(utterances)
    words_region = tuple(entry["words_uem"]) if entry.get("words_uem") else None
    uem = content("uem")
    return Truth(
        words=within(by_utterance(words, utterances), words_region),
        turns=read_rttm(content("rttm") or ""),
        region=read_uem(uem) if uem else (0.0, float(entry["duration_s"])),
        words_region=words_region,
    )


def read_stm(text: str) -> tuple[Utterance, ...]:
    """Utterances by start, from lines of `id channel speaker start end [<label>] text`; `;;` starts a comment."""
    utterances = []
    for line in _lines(text):
        _, _, speaker, start, end, *said = line.split()
        if said and said[0].startswith("<"):
            said = said[1:]
        utterances.append(Utterance(float(start), float(end), speaker, " ".join(said)))
    return tuple(sorted(utterances, key=lambda utterance: utterance.start))


def read_rttm(text: str) -> tuple[Turn, ...]:
    """Turns by start, from the SPEAKER lines of an RTTM file."""
    fields = [line.split() for line in _lines(text) if line.startswith("SPEAKER")]
    turns = [Turn(float(f[3]), float(f[3]) + float(f[4]), f[7]) for f in fields]
    return tuple(sorted(turns, key=lambda turn: turn.start))


def read_uem(text: str) -> Region:
    """The scored region of a UEM file with one line: `id channel start end`. Raises ValueError for several lines."""
    (line,) = _lines(text)
    _, _, start, end = line.split()
    return float(start), float(end)


def read_words(text: str) -> tuple[Word, ...]:
    """Words from a JSON list of `{word, start, end, speaker}`."""
    return tuple(Word(w["word"], float(w["start"]), float(w["end"]), w["speaker"]) for w in json.loads(text))


def words_of(utterances: Iterable[Utterance]) -> tuple[Word, ...]:
    """The words of utterances without word times, spread over each utterance by their number of letters."""
    words = []
    for utterance in utterances:
        texts = utterance.text.split()
        pace = (utterance.end - utterance.start) / max(sum(map(len, texts)), 1)
        start = utterance.start
        for text in texts:
            end = start + pace * len(text)
            words.append(Word(text, start, end, utterance.speaker, estimated=True))
            start = end
    return tuple(words)


def by_utterance(words: Iterable[Word], utterances: Sequence[Utterance]) -> tuple[Word, ...]:
    """The words in the order of their utterances, so that overlapping speech is one speaker after the other.

    A word belongs to the last utterance of its speaker that has started by the middle of the word. Recognizers write
    overlapping speech that way too, if they write it at all; in order of time the two would be interleaved.
    """
    starts: dict[str, list[float]] = {}
    for utterance in sorted(utterances, key=lambda utterance: utterance.start):
        starts.setdefault(utterance.speaker, []).append(utterance.start)

    def key(word: Word) -> tuple[float, str, float]:
        """Start of the utterance; at equal starts one speaker after the other."""
        begun = starts.get(word.speaker or "", [])
        index = bisect_right(begun, middle(word)) - 1
        utterance_start = begun[index] if index >= 0 else word.start or 0.0
        return utterance_start, word.speaker or "", word.start or 0.0

    return tuple(sorted(words, key=key))


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip() and not line.startswith(";;")]
