"""Sounds, as recognizers write them: (laughs), *door closes* or [music]; SDH has all of them in brackets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ..transcript import Word

PAIRS = {"(": ")", "*": "*"}
"""What a sound begins and ends with, where it is not in brackets already."""
LONGEST = 5
"""Words of a sound, at most; more in parentheses are an aside."""
_MARKS = ".,!?;:"
_NOTES = "♪♫♬♩"
# A song goes on until its closing note, or to the end of the cue; a dash at the beginning of a line ends it, too.
# A hostile file may be of any length: this looks at each character only a few times.
_SOUND = re.compile(
    rf"\[[^\[\]]*\]|【[^【】]*】|[{_NOTES}]+(?:[^{_NOTES}\n]|\n(?![-\u2010\u2013\u2014]))*[{_NOTES}]*"
    r"|(?P<likely>\([^()]{1,60}\)|\*[^*\n]{1,60}\*|\uff08[^\uff08\uff09]{1,60}\uff09)"
)
_SONG = re.compile(r"\s*#\s[^#]*#?\s*")
"""Teletext has number signs for notes."""


def sound_spans(text: str) -> list[tuple[int, int]]:
    """Return the positions of sounds and songs in the text of a cue: `[MUSIC]`, `(laughs)`, `♪ la ♪`."""
    if _SONG.fullmatch(text):
        return [(0, len(text))]
    return [found.span() for found in _SOUND.finditer(text) if found["likely"] is None or _is_sound(found["likely"])]


def is_spoken(text: str) -> bool:
    """Return whether somebody speaks in a cue: there are letters or digits that are no sound."""
    begin = 0
    for first, last in [*sound_spans(text), (len(text), len(text))]:
        if any(map(str.isalnum, text[begin:first])):
            return True
        begin = last
    return False


def _is_sound(text: str) -> bool:
    return len(text.split()) <= LONGEST and any(map(str.isalpha, text))


def bracketed(words: Sequence[Word]) -> tuple[Word, ...]:
    """Return the words with sounds in brackets; the other words stay, and none is added.

    A sound is what stands between parentheses or asterisks, with letters in it.
    """
    made = list(words)
    at = 0
    while at < len(made):
        end = _end_of_sound(made, at)
        if end is not None:
            made[at] = replace(made[at], text="[" + made[at].text[1:])
            last = made[end].text
            bare = last.rstrip(_MARKS)
            made[end] = replace(made[end], text=bare[:-1] + "]" + last[len(bare) :])
            at = end
        at += 1
    return tuple(made)


def _end_of_sound(words: Sequence[Word], first: int) -> int | None:
    """Return the last word of the sound that begins with this word; None where none does."""
    close = PAIRS.get(words[first].text[:1])
    if close is None:
        return None
    for at in range(first, min(first + LONGEST, len(words))):
        text = words[at].text[1:] if at == first else words[at].text
        if words[at].speaker != words[first].speaker:
            return None
        if close in text:
            said = "".join(word.text for word in words[first : at + 1])
            is_last = text.rstrip(_MARKS).endswith(close) and text.count(close) == 1
            return at if is_last and any(map(str.isalpha, said)) else None
    return None
