"""Words of other programs' files: where they are joined, and times for those that have none."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol, TypeVar

from ...attribution import timed_words
from ...attribution.text import divisible
from ...errors import MediaError
from ...plugin.formats import FormatRegistration
from ...plugin.validation import admitted_words
from ...transcript import Media, Speaker, Transcript, Turn, Word

log = logging.getLogger(__name__)

PAUSE_S = 1.0
"""A longer pause of a speaker divides their words into two turns."""

NEARBY = 40
"""Maximum number of characters in the text between two words; a word further on is not found."""

LETTERS_A_SECOND = 15
"""Rate of speech from which an unknown end is estimated."""

TEXT_KEYS = frozenset(
    ("text", "transcript", "word", "body", "content", "display", "full_transcript", "value", "utf8", "words")
)
"""Keys of the text that was spoken in the JSON of other programs."""

JITTER_S = 1.0
"""A word that starts earlier than the one before it by less keeps its place: recognizers are that inexact."""


class Spoken(Protocol):
    """A word, or several, from `start` to `end` (seconds), as far as these are known."""

    @property
    def start(self) -> float | None:
        """When it starts."""

    @property
    def end(self) -> float | None:
        """When it ends."""


AnySpoken = TypeVar("AnySpoken", bound=Spoken)


@dataclass(frozen=True, slots=True)
class ParsedWords:
    """The words of a recording, in the order of the file, and the code of the language where that is known."""

    words: tuple[Word, ...]
    language: str | None = None


def from_zero(start: float | None, end: float | None, text: str) -> float | None:
    """Return the start of a text (seconds), at least zero where the text ends after it."""
    if start is None or end is None or not start < 0.0 < end:
        return start
    log.warning("%r begins before zero, and now at zero; check the offset of the times.", text.strip()[:40])
    return 0.0


def words_from_zero(words: Iterable[Word]) -> list[Word]:
    """Return the words, where those that begin before zero and end after it begin at zero."""
    return [
        replace(word, start=from_zero(word.start, word.end, word.text)) if (word.start or 0.0) < 0.0 else word
        for word in words
    ]


def spaced(words: Iterable[Word], text: str = "", before: Word | None = None) -> list[Word]:
    """Return the words without surrounding white space, each `joined` where none is before it in `text`.

    Punctuation that only the text has goes to the word it touches. Without a text, words that begin with spaces are
    their own text; where none does, only scripts without spaces are joined. `before` is the word before all of these.
    """
    words = list(words)
    if any(word.text[:1].isspace() for word in words):
        text = "".join(word.text for word in words)
    placed: list[Word] = []
    position = 0
    for word in words:
        core = word.text.strip()
        if not core:
            continue
        found = text.find(core, position, position + len(core) + NEARBY)
        gap = text[position:found] if found >= 0 else ""
        last = placed[-1] if placed else None
        if last is None:
            joined = before is not None and _unspaced(before.text, core)
        elif found >= 0:
            joined = not any(map(str.isspace, gap))
        else:
            joined = not text and _unspaced(last.text, core)
        behind, ahead = _touching(gap if last is not None else " " + gap)
        if last is not None:
            placed[-1] = replace(last, text=last.text + behind)
        placed.append(replace(word, text=ahead + core, joined=joined))
        position = found + len(core) if found >= 0 else position
    if placed and text:
        placed[-1] = replace(placed[-1], text=placed[-1].text + _touching(text[position:] + " ")[0])
    return placed


def _touching(gap: str) -> tuple[str, str]:
    """Return the punctuation at the beginning and at the end of the text between two words, up to white space."""
    if gap.isspace() or not gap or any(map(str.isalnum, gap)):
        return "", ""
    behind = gap.split(maxsplit=1)[0] if not gap[0].isspace() else ""
    rest = gap[len(behind) :]
    return behind, rest.split()[-1] if rest.strip() and not rest[-1].isspace() else ""


def _unspaced(left: str, right: str) -> bool:
    """Return whether no space is written between two words, by their scripts alone; Korean, though wide, has spaces."""
    return divisible(left, right) and not any("가" <= char <= "힣" for char in (left[-1], right[0]))


def filled(words: Sequence[Word], start: float | None, end: float | None) -> list[Word]:
    """Return the words with times: those without share the time between their neighbors, within `start` and `end`.

    Words with times keep them, even invalid ones: validation comes later.
    """
    edges = [Word("", time, time) for time in (start, end) if time is not None]
    if not words or len(edges) < 2:
        return list(words)
    timed = timed_words([edges[0], *words, edges[1]])[1:-1]
    return [now if None in (was.start, was.end) else was for was, now in zip(words, timed, strict=True)]


def estimated_end(text: str, start: float, following: float | None) -> float:
    """Return when a text ends that starts at `start` (seconds), at most when the `following` one starts."""
    end = round(start + len(text.strip()) / LETTERS_A_SECOND, 3)
    return end if following is None or following < start else min(end, following)


def with_both_times(words: Sequence[Word], following: float | None = None) -> list[Word]:
    """Return the words, with an estimated end, or start, where they have only the other.

    `following` is the start of what follows, beyond which no estimated end is.
    """
    ended: list[Word] = []
    for word in reversed(words):
        if word.start is not None and word.end is None:
            word = replace(word, end=estimated_end(word.text, word.start, following), estimated=True)
        following = following if word.start is None else word.start
        ended.append(word)
    found: list[Word] = []
    preceding = 0.0
    for word in reversed(ended):
        if word.start is None and word.end is not None:
            start = round(word.end - estimated_end(word.text, 0.0, None), 3)
            word = replace(word, start=max(min(preceding, word.end), start), estimated=True)
        preceding = preceding if word.end is None else word.end
        found.append(word)
    return found


def in_order(spoken: Sequence[AnySpoken], jitter_s: float = JITTER_S) -> list[AnySpoken]:
    """Return words or utterances by start; those without a possible start stay after the one before them.

    A start that is earlier than the one before it by less than `jitter_s` is not out of order, nor is a joined word.
    """
    keys: list[float] = []
    for each in spoken:
        last = keys[-1] if keys else 0.0
        is_possible = each.start is not None and (each.end is None or 0.0 <= each.start <= each.end)
        is_unknown = not is_possible or getattr(each, "joined", False)
        is_inexact = not is_unknown and last - jitter_s < (each.start or 0.0) < last
        keys.append(last if is_unknown or is_inexact else each.start or 0.0)
    return [spoken[place] for place in sorted(range(len(keys)), key=keys.__getitem__)]


def has_text(value: Any, depth: int = 12) -> bool:
    """Return whether a document has any text that was spoken, under a key that programs use for it."""
    if depth == 0:
        return False
    if isinstance(value, Mapping):
        return any(
            bool(item.strip()) if isinstance(item, str) and key in TEXT_KEYS else has_text(item, depth - 1)
            for key, item in value.items()
        )
    return isinstance(value, list) and any(has_text(item, depth - 1) for item in value)


def transcript_from(read: Callable[[], ParsedWords], form: str, path: Path) -> Transcript:
    """Return the transcript of the words that `read` gives; its speakers' runs of words are the turns.

    Raises MediaError, which names the `form` and the file, for a damaged one.
    """
    try:
        parsed = read()
        given = with_both_times(words_from_zero(parsed.words))
        words = tuple(timed_words(admitted_words(given, str(path))))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise MediaError(f"{path} cannot be read as {form} ({error}); check the file, or save it again.") from error
    turns = _turns(words)
    speakers = tuple(Speaker(who, who) for who in dict.fromkeys(turn.speaker for turn in turns))
    duration = max((word.end or 0.0 for word in words), default=0.0)
    return Transcript(words, turns, (), speakers, parsed.language, Media(path.name, duration))


def json_format(
    name: str, title: str, matches: Callable[[Any], bool], read: Callable[[Any], ParsedWords]
) -> FormatRegistration:
    """Return the format that is read from JSON documents; `title` names it in messages and lists."""
    return FormatRegistration(
        name,
        title,
        for_programs=True,
        matches=lambda file: matches(file.json),
        read=lambda file: transcript_from(lambda: words_in(file.json, read), title, file.path),
    )


def words_in(document: Any, read: Callable[[Any], ParsedWords]) -> ParsedWords:
    """Return the words that a reader finds in a document; raises ValueError for one that has text but no words."""
    parsed = read(document)
    if not parsed.words and has_text(document):
        raise ValueError("it has text, but no segments or words with times")
    if parsed.words and all(word.start is None for word in parsed.words):
        raise ValueError("its words have no times")
    return parsed


def _turns(words: Iterable[Word]) -> tuple[Turn, ...]:
    turns: list[Turn] = []
    for who, run in groupby(words, key=lambda word: word.speaker):
        for word in run if who is not None else ():
            start, end = word.start or 0.0, word.end or 0.0
            if who is not None and turns and turns[-1].speaker == who and _goes_on(turns[-1].end, start):
                turns[-1] = Turn(turns[-1].start, max(turns[-1].end, end), who)
            elif who is not None:
                turns.append(Turn(start, end, who))
    return tuple(turns)


def _goes_on(end: float, start: float) -> bool:
    return end - PAUSE_S <= start <= end + PAUSE_S
