"""Plugins, recognizers and diarizers that return random nonsense: `one_try` transcribes with them.

test_nonsense.py calls it with a random generator, again and again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from speakerplug import Diarization, SpeakerPlugError, Transcript, Turn, Word, hookimpl
from speakerplug.formats.load import load_own
from speakerplug.formats.save import written
from speakerplug.pipeline.transcriber import Transcriber
from speakerplug.plugin.formats import FileContent
from speakerplug.plugin.roles import Recognition
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, silence
from speakerplug.transcript import SpeakerTree

DURATION = 2.0
TIMES = (0.0, 0.3, 0.5, 1.0, 1.4, 1.9, 2.0)
ODD_TIMES: tuple[Any, ...] = (-0.0, -1.0, -0.05, math.nan, math.inf, -math.inf, 1e308, -1e308, 2.05, 3.9, 4.1, 50.0)
ODD_TIMES += ("1", None, True, [1], np.float32(1), np.int64(1), 10**400, b"1", object())
SPEAKERS: tuple[Any, ...] = ("A", "B", "", "a b", "\n", "<v x>", "-->", None, 5, ["A"], b"A", "x" * 300)
TEXTS: tuple[Any, ...] = ("hi", "there.", "", "  ", " \n", "a\nb", "-->", "日本", 5, None, b"x")
JUNK: tuple[Any, ...] = (None, [], (), "x", 5, Diarization, object(), (0.0, 1.0, "A"), {"start": 0.0})
ERRORS = (ZeroDivisionError("x"), SystemExit(0), ValueError(), StopIteration(), KeyError("k"), SpeakerPlugError("."))


class Nonsense:
    """Draws values, most of which are valid."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def seldom(self, share: float) -> bool:
        """Return whether a rare event happens."""
        return self._random.random() < share

    def junk(self) -> Any:
        """Return a value of another type."""
        return self._random.choice(JUNK)

    def error(self) -> BaseException:
        """Return what a plugin may raise."""
        return self._random.choice(ERRORS)

    def time(self) -> Any:
        """Return a time in seconds."""
        return self._random.choice(ODD_TIMES if self.seldom(0.1) else TIMES)

    def turn(self) -> Any:
        """Return a turn."""
        speaker = self._random.choice(SPEAKERS if self.seldom(0.1) else "AB")
        return self.junk() if self.seldom(0.02) else Turn(self.time(), self.time(), speaker)

    def word(self) -> Any:
        """Return a word."""
        text = self._random.choice(TEXTS if self.seldom(0.1) else ("hi", "there."))
        confidence = self._random.choice((0.5, math.nan, "x", 5, np.float32(0.5))) if self.seldom(0.05) else None
        joined = self._random.choice((True, "yes", None, 0)) if self.seldom(0.05) else False
        word = Word(text, self.time(), self.time(), confidence=confidence, joined=joined)
        return self.junk() if self.seldom(0.02) else word

    def several(self, one: Callable[[], Any]) -> Any:
        """Return a few of them."""
        values = [one() for _ in range(self._random.randrange(5))]
        return self._random.choice((tuple, list, iter))(values) if self.seldom(0.2) else tuple(values)

    def diarization(self) -> Any:
        """Return a diarization."""
        if self.seldom(0.03):
            return self.junk()
        tree = self._random.choice((None, SpeakerTree((0,), ()), "x")) if self.seldom(0.1) else None
        exclusive = () if self.seldom(0.3) else self.several(self.turn)
        return Diarization(self.several(self.turn), exclusive, speaker_tree=tree)

    def recognition(self) -> Any:
        """Return a recognition."""
        if self.seldom(0.03):
            return self.junk()
        return Recognition(self.several(self.word), 5 if self.seldom(0.02) else "en", "model")  # type: ignore[arg-type]

    def wrapped(self) -> Iterator[None]:
        """Return what a wrapper does around a hook."""
        if self.seldom(0.05):
            raise self.error()
        result = None if self.seldom(0.05) else (yield)
        if self.seldom(0.05):
            raise self.error()
        return self.junk() if self.seldom(0.05) else result


class Misbehaving:
    """A plugin whose running hooks all return nonsense now and then."""

    def __init__(self, nonsense: Nonsense) -> None:
        self._nonsense = nonsense

    def _answer(self, usual: Callable[[], Any], share: float) -> Any:
        if self._nonsense.seldom(0.05):
            raise self._nonsense.error()
        return usual() if self._nonsense.seldom(share) else None

    @hookimpl(wrapper=True)
    def report(self) -> Any:
        self._answer(self._nonsense.junk, 0.1)
        return (yield from self._nonsense.wrapped())  # type: ignore[func-returns-value]

    @hookimpl
    def diarize(self) -> Any:
        return self._answer(self._nonsense.diarization, 0.2)

    @hookimpl
    def modify_diarization(self) -> Any:
        return self._answer(self._nonsense.diarization, 0.4)

    @hookimpl
    def modify_words(self) -> Any:
        return self._answer(lambda: self._nonsense.several(self._nonsense.word), 0.4)


class _Recognizer(FakeRecognizer):
    give: Any = None

    def recognize(self, *_: Any) -> Any:
        if self.give.seldom(0.05):
            raise self.give.error()
        return self.give.recognition()


class _Diarizer(FakeDiarizer):
    give: Any = None

    def diarize(self, *_: Any) -> Any:
        if self.give.seldom(0.05):
            raise self.give.error()
        return self.give.diarization()


def one_try(random: Random) -> str:
    """Transcribe with everything that misbehaves; return how it ended, and assert what holds in any case."""
    nonsense = Nonsense(random)
    recognizer, diarizer = _Recognizer(), _Diarizer()
    recognizer.give = diarizer.give = nonsense
    plugins = plugins_with({"culprit": Misbehaving(nonsense)}, recognizer=recognizer, diarizer=diarizer)
    with Transcriber(plugins=plugins, recognizer="fake", diarizer="fake", device="cpu") as ready:
        try:
            transcript = ready.transcribe(silence(DURATION))
        except SpeakerPlugError as error:
            failed, transcript = str(error), error.partial
        else:
            failed = ""
    assert "Attribution failed" not in failed  # which is our own code
    if transcript is None:
        return "an error"
    _check(transcript)
    for offer in plugins.formats.values():
        if offer.write is not None:
            written(transcript, offer)
    data = written(transcript, plugins.formats["json"])
    json.loads(data)
    _check(load_own(FileContent(Path("fuzzed.json"), data.encode())))
    return "an error with what was done" if failed else "a transcript"


def _check(transcript: Transcript) -> None:
    """Assert that every word has times in order, and every turn is inside the recording."""
    for word in transcript.words:
        assert word.start is not None
        assert word.end is not None
        assert 0.0 <= word.start <= word.end, word
    for turn in (*transcript.turns, *transcript.exclusive):
        assert 0.0 <= turn.start < turn.end <= DURATION, turn
