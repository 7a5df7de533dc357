"""The reference of a recording: its words, its turns, and what of them is scored."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from speakerplug.formats import rttm
from speakerplug.formats.load import load
from speakerplug.plugin import Turn, UsageError, Word

from .reading import Utterance, is_ignored, read_stm, read_uem, read_words, recordings_of, span, words_of
from .timing import Region, middle, within


@dataclass(frozen=True, slots=True)
class Truth:
    """The reference of one recording.

    `words` come utterance by utterance, by the start of the utterance; diarization is scored against `turns`, inside
    `region` without its `gaps`; only words whose middle is in `words_region` (None: anywhere) and in none of `ignored`
    are scored. Words or turns are empty if there is no reference for them.
    """

    words: tuple[Word, ...]
    turns: tuple[Turn, ...]
    region: Region
    words_region: Region | None = None
    gaps: tuple[Region, ...] = ()
    ignored: tuple[Region, ...] = ()


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


def read_truth(
    files: Mapping[str, Path],
    duration: float | None = None,
    words_region: Region | None = None,
    names: Sequence[str] = (),
) -> Truth:
    """Return the reference in files, any of `stm`, `rttm`, `uem` and `words`.

    `words` is a JSON list of words with their times, or any transcript or subtitles that `speakerplug.load` reads. Of a
    file with lines of several recordings, those of one of `names` are read. Without a `uem`, all `duration` seconds (or
    up to the last end) are scored.

    Raises OSError for a missing file, ValueError, LookupError or TypeError for an invalid one, UsageError where the
    recording is none of those in a file.
    """
    lists = {name: path for name, path in files.items() if name != "words"}
    content = {name: path.read_text(encoding="utf-8-sig") for name, path in lists.items()}
    ids = {name: recording_in(text, lists[name], names) for name, text in content.items()}
    utterances = read_stm(content.get("stm", ""), ids.get("stm"))
    said = _words_in(files["words"]) if "words" in files else words_of(utterances)
    ignored = tuple((each.start, each.end) for each in utterances if is_ignored(each))
    parsed = rttm.parse(content.get("rttm", ""), ids.get("rttm"))
    turns = tuple(Turn(*span(turn.start, turn.end), turn.speaker) for turn in parsed)
    last = max((*(word.end or 0.0 for word in said), *(turn.end for turn in turns)), default=0.0)
    scored = read_uem(content["uem"], ids["uem"]) if "uem" in content else ((0.0, duration or last),)
    return Truth(
        words=within(by_utterance(said, utterances), words_region, ignored),
        turns=turns,
        region=(scored[0][0], scored[-1][1]),
        words_region=words_region,
        gaps=tuple((before[1], after[0]) for before, after in pairwise(scored)),
        ignored=ignored,
    )


def recording_in(text: str, path: Path, names: Sequence[str]) -> str | None:
    """Return the id of a recording called one of `names` in an STM, RTTM or UEM file; None for a file of one recording.

    Raises UsageError if a file of several has none of them.
    """
    ids = recordings_of(text, path.suffix)
    if len(ids) <= 1 or not names:
        return None
    wanted = [form for name in names for form in (name, name.replace(" ", "_"))]
    if found := next((name for name in wanted if name in ids), None):
        return found
    raise UsageError(
        f"{path} has lines of {', '.join(ids[:5])}, but none of {' or '.join(dict.fromkeys(names))}; "
        "give recordings the same ids in all files."
    )


def _words_in(path: Path) -> tuple[Word, ...]:
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    if text.lstrip().startswith("["):
        return read_words(text)
    return load(path).words


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
