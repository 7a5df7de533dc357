"""Words of other programs' files: where they are joined, and times for those that have none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from ...attribution import timed_words
from ...attribution.text import divisible
from ...errors import MediaError
from ...plugin.formats import FormatRegistration
from ...plugin.validation import admitted_words
from ...transcript import Media, Speaker, Transcript, Turn, Word

PAUSE_S = 1.0
"""A longer pause of a speaker divides their words into two turns."""

NEARBY = 40
"""Maximum number of characters in the text between two words; a word further on is not found."""


@dataclass(frozen=True, slots=True)
class ParsedWords:
    """The words of a recording, in the order of the file, and the code of the language where that is known."""

    words: tuple[Word, ...]
    language: str | None = None


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


def transcript_from(read: Callable[[], ParsedWords], form: str, path: Path) -> Transcript:
    """Return the transcript of the words that `read` gives; its speakers' runs of words are the turns.

    Raises MediaError, which names the `form` and the file, for a damaged one.
    """
    try:
        parsed = read()
        words = tuple(timed_words(admitted_words(parsed.words, str(path))))
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
        read=lambda file: transcript_from(lambda: read(file.json), title, file.path),
    )


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
