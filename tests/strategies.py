# ruff: noqa: RUF001 - hostile text of many scripts stands here on purpose.
"""Hypothesis strategies for the values that travel through SpeakerPlug, with names and texts that break files.

Times are whole milliseconds, in seconds, so that a file with three decimals gives them back exactly.
"""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import strategies as st

from speakerplug.attribution import exclusive_of
from speakerplug.transcript import Diarization, Media, Provenance, Removed, Speaker, SpeakerTree, Transcript, Turn, Word

HOSTILE_NAMES = (
    "Ben & Jerry <b>",
    "-->",
    "wait--",
    "00:00:01.000 --> 00:00:02.000",
    'Ana "the <v Bob>" O\'Neil',
    "Two\nlines",
    "Two  spaces\tand a tab ",
    "Ünal &amp; Søn",
    "👩‍🔬 Zoë",
    "مريم العربي",
    "山田 太郎",
    "WEBVTT",
    "NOTE x",
    "1",
    "x" * 60,
    "",
    " \r\n ",
)
HOSTILE_TEXTS = (
    "-->",
    "--",
    ">",
    "a<b",
    "</v>",
    "<c.red>",
    "&amp;",
    "&",
    "{\\an8}",
    '"quoted"',
    "line\nbreak",
    "blank\n\nline",
    "carriage\r\nreturn",
    "para\u2029graph",
    "nul\x00and\x1besc",
    "👩‍🔬",
    "e\u0301",
    "مرحبا",
    "日本語",
    "。",
    "NOTE",
    "STYLE",
    "42",
    "-",
    "...",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk",
)

_CHARACTERS = "aZé9 .,-_>&<'\"{}\\/\n\r\t\x00\x1f\x85\xa0\u0301\u200b\u200d\u200f\u2028\ufeffßمก็日本ー。한👍🏽"
"""A subset, as for all of Unicode hypothesis first builds tables, which takes seconds on a fresh machine."""

names = st.sampled_from(HOSTILE_NAMES) | st.text(_CHARACTERS, max_size=12)
optional_names = st.none() | names
texts = (
    st.sampled_from(("yes", "no,", "it", "is.", "really?", "a", "wonderful", "day!", "’s", "ing"))
    | st.sampled_from(HOSTILE_TEXTS)
    | st.text(_CHARACTERS, min_size=1, max_size=12).map(str.strip).filter(bool)
)
milliseconds = st.integers(0, 4 * 3_600_000)


def spoken_words(ids: tuple[str, ...] = ("A", "B"), max_runs: int = 6) -> st.SearchStrategy[tuple[Word, ...]]:
    """Draw words as a recognizer returns them: mostly in order, some of no length, some starting a few ms too early.

    The words are attributed to `ids`, and some of them to no speaker.
    """
    speaker = st.sampled_from((*ids, None))
    runs = st.tuples(speaker, st.lists(st.tuples(texts, _beside_text), min_size=1, max_size=8))
    return st.lists(runs, max_size=max_runs).map(_laid_out)


_GAPS_MS = (-20, 0, 0, 10, 40, 200, 600, 1000, 3000)
_LENGTHS_MS = (-5, 0, 1, 120, 300, 700, 9000)
_DETAILS: list[dict[str, Any]] = [
    {
        "confidence": confidence,
        "method": method,
        "speaker_confidence": margin,
        "joined": joined,
        "estimated": not joined,
    }
    for confidence, method, margin in ((0.9871, "overlap", 1.0), (0.0, "nearest", 0.1234), (None, None, None))
    for joined in (False, False, True)
] + [{"method": "smoothed", "speaker_confidence": 0.5, "others": ("A", "B")}]

# The other fields of a word, in one draw, as each takes time in every test.
_beside_text = st.sampled_from(list(itertools.product(_GAPS_MS, _LENGTHS_MS, _DETAILS)))

_Run = tuple[str | None, list[tuple[str, tuple[int, int, dict[str, Any]]]]]


def _laid_out(runs: list[_Run]) -> tuple[Word, ...]:
    said = []
    now = 0
    for speaker, run in runs:
        for text, (gap, length, details) in run:
            start, end = max(0, now + gap), max(0, now + gap + length)
            said.append(Word(text, start / 1000, end / 1000, speaker, **details))
            now = max(start, end)
    return tuple(said)


def turns(ids: tuple[str, ...] = ("A", "B")) -> st.SearchStrategy[Turn]:
    """Draw a turn of at least a millisecond."""
    lengths = st.integers(1, 30_000)
    return st.builds(
        lambda start, length, speaker: Turn(start / 1000, (start + length) / 1000, speaker),
        milliseconds,
        lengths,
        st.sampled_from(ids),
    )


@st.composite
def transcripts(draw: st.DrawFn, max_runs: int = 6) -> Transcript:
    """Draw a complete transcript, whose speakers have hostile names, some of them equal."""
    ids = ("SPEAKER_00", "SPEAKER_01", "SPEAKER_02")[: draw(st.integers(1, 3))]
    return Transcript(
        words=draw(spoken_words(ids, max_runs)),
        turns=tuple(draw(st.lists(turns(ids), max_size=5))),
        exclusive=tuple(draw(st.lists(turns(ids), max_size=5))),
        speakers=tuple(Speaker(id, draw(names)) for id in ids),
        language=draw(st.sampled_from((None, "en", "ar", "ja"))),
        language_probability=draw(st.sampled_from((None, 0.0, 0.3725, 1.0))),
        speaker_tree=draw(st.sampled_from((None, SpeakerTree(), SpeakerTree((0, 1, 0), ((0, 1),))))),
        speakers_range=draw(st.sampled_from((None, (1, 2), (4, 4)))),
        removed=draw(st.sampled_from(((), (Removed(1.5, 2.25, "the text repeats itself"),)))),
        media=Media(draw(names), draw(milliseconds) / 1000),
        provenance=Provenance(
            "speakerplug",
            "0.1.0",
            draw(optional_names),
            draw(optional_names),
            None,
            "cpu",
            timings=draw(st.sampled_from((None, {"total": 1.25, "loading": 0.5, "loading: download": 0.125}))),
        ),
    )


SPOKEN = ("yes", "no,", "is.", "really?", "a", "wonderful", "。", "だ", "42")
GRID = 1024
"""Times of conversations are fractions of a second that are exact in floats, so that shifts do not round them."""

# Gap, length and text of a word, in one draw.
_said = st.sampled_from(
    list(itertools.product((-200, 0, 0, 0, 50, 300, 1000, 4000), (0, 50, 150, 300, 500, 3000), SPOKEN))
)


@st.composite
def conversations(draw: st.DrawFn, speakers: tuple[str, ...] = ("A", "B", "C")) -> tuple[tuple[Word, ...], Diarization]:
    """Draw words in spoken order and turns that may overlap, with exclusive ones as of a diarizer, or none.

    Most words are of usual length; some have none, some are far too long, and some start before the last one ends.
    """
    turns, now = [], 0
    for _ in range(draw(st.integers(1, 8))):
        now = max(0, now + draw(st.integers(-1500, 1500)))
        length = draw(st.integers(1, 4000))
        turns.append(Turn(now / GRID, (now + length) / GRID, draw(st.sampled_from(speakers))))
        now += length
    regular = tuple(sorted(turns, key=lambda turn: (turn.start, turn.end)))
    words, now = [], 0
    for _ in range(draw(st.integers(0, 12))):
        gap, length, text = draw(_said)
        now = max(0, now + gap)
        words.append(Word(text, now / GRID, (now + length) / GRID))
        now += length
    exclusive = draw(st.sampled_from((exclusive_of(regular), ())))
    return tuple(words), Diarization(regular, exclusive)
