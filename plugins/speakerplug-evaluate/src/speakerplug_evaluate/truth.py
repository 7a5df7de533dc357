"""The reference of a recording: its words, its turns, and what of them is scored."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from speakerplug.formats import rttm
from speakerplug.plugin import Turn, Word

from .reading import Utterance, read_stm, read_uem, read_words, span, words_of
from .timing import Region, middle, within


@dataclass(frozen=True, slots=True)
class Truth:
    """The reference of one recording.

    `words` come utterance by utterance, by the start of the utterance; diarization is scored against `turns`, inside
    `region`; only words whose middle is in `words_region` are scored (None: all). Either is empty if there is no
    reference for it.
    """

    words: tuple[Word, ...]
    turns: tuple[Turn, ...]
    region: Region
    words_region: Region | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A recording of the set: id, kind, audio file, length in seconds, number of speakers, reference and language."""

    id: str
    kind: str
    audio: Path
    duration: float
    num_speakers: int
    truth: Truth
    language: str = "en"


def read_truth(files: Mapping[str, Path], duration: float | None = None, words_region: Region | None = None) -> Truth:
    """Return the reference in files, any of `stm`, `rttm`, `uem` and `words` (which has the times of words).

    Without a `uem`, all `duration` seconds (or up to the last end) are scored.

    Raises OSError for a missing file, ValueError, LookupError or TypeError for an invalid one.
    """

    content = {name: path.read_text(encoding="utf-8") for name, path in files.items()}
    utterances = read_stm(content.get("stm", ""))
    said = read_words(content["words"]) if "words" in content else words_of(utterances)
    turns = tuple(Turn(*span(turn.start, turn.end), turn.speaker) for turn in rttm.parse(content.get("rttm", "")))
    last = max((*(word.end or 0.0 for word in said), *(turn.end for turn in turns)), default=0.0)
    return Truth(
        words=within(by_utterance(said, utterances), words_region),
        turns=turns,
        region=read_uem(content["uem"]) if "uem" in content else (0.0, duration or last),
        words_region=words_region,
    )


def by_utterance(words: Iterable[Word], utterances: Sequence[Utterance]) -> tuple[Word, ...]:
    """Return the words in the order of their utterances, so that overlapping speech is not interleaved.

    A word belongs to the last utterance of its speaker that has started by the middle of the word. Recognizers write
    overlapping speech in that order too, if at all.
    """
    starts: dict[str, list[float]] = {}
    for utterance in sorted(utterances, key=lambda utterance: utterance.start):
        starts.setdefault(utterance.speaker, []).append(utterance.start)

    def key(word: Word) -> tuple[float, str, float]:
        """Return the start of the word's utterance, its speaker and its start."""
        begun = starts.get(word.speaker or "", [])
        index = bisect_right(begun, middle(word)) - 1
        utterance_start = begun[index] if index >= 0 else word.start or 0.0
        return utterance_start, word.speaker or "", word.start or 0.0

    return tuple(sorted(words, key=key))
