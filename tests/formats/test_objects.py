"""Words from results of other tools in memory: as objects, as dictionaries, as generators."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest

import speakerplug
from speakerplug import UsageError, Word, words_of
from speakerplug.formats.importers.words import ParsedWords
from speakerplug.formats.objects import parsed_words
from speakerplug.plugin.formats import FileContent

FILES = Path(__file__).parent / "importers" / "files"
RECORDED = sorted(path.name for path in FILES.glob("*.json"))


def document(name: str) -> Any:
    """Return a tool's result, as it wrote it, or several results one after the other."""
    return FileContent.of(FILES / name).json


def text(name: str) -> str:
    return (FILES / name).read_text(encoding="utf-8")


def as_objects(value: Any) -> Any:
    """Return the same with objects in place of dictionaries, as tools with classes give it."""
    if isinstance(value, dict):
        return SimpleNamespace(**{key: as_objects(item) for key, item in value.items()})
    return [as_objects(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", RECORDED)
def test_parsed_words_of_dictionaries_are_those_of_the_file(name: str) -> None:
    """Each tool's result, in memory, has the words that `load` finds in its file."""
    found, loaded = parsed_words(document(name)), speakerplug.load(FILES / name)
    assert [word.text for word in found.words] == [word.text for word in loaded.words]
    assert [word.start for word in found.words if word.start is not None] == [
        after.start for word, after in zip(found.words, loaded.words, strict=True) if word.start is not None
    ]
    assert found.language == loaded.language


@pytest.mark.parametrize(
    "name",
    [
        "faster-whisper-segments.json",
        "faster-whisper.json",
        "openai-verbose.json",
        "openai-verbose-segments.json",
        "openai-whisper.json",
        "stable-ts.json",
        "transformers-word.json",
        "whisper-timestamped.json",
        "whisperx.json",
    ],
)
def test_parsed_words_of_objects_are_those_of_dictionaries(name: str) -> None:
    """Objects with the fields of the JSON, such as stable-ts's and the OpenAI client's, are read as the JSON is."""
    assert parsed_words(as_objects(document(name))) == parsed_words(document(name))


class OldWord(NamedTuple):
    """faster-whisper's Word before 1.1."""

    start: np.float64
    end: np.float64
    word: str
    probability: float


def segments() -> Iterator[Any]:
    """Yield segments as faster-whisper's generator; numbers are numpy's."""
    words = [
        OldWord(np.float64(0.1), np.float64(0.4), " Hello", 0.9),
        OldWord(np.float64(0.5), np.float64(0.9), ",", 1),
    ]
    yield SimpleNamespace(id=1, seek=0, start=0.1, end=0.9, text=" Hello,", words=words, tokens=[1, 2])
    yield SimpleNamespace(id=2, seek=0, start=1.0, end=2.0, text=" good day", words=None, tokens=[])


def test_words_of_generator_is_read_to_its_end() -> None:
    """Words with times keep them; those of a segment without share its time and are marked estimated."""
    found = words_of(segments())
    assert [(word.text, word.start, word.end, word.joined, word.estimated) for word in found] == [
        ("Hello", 0.1, 0.4, False, False),
        (",", 0.5, 0.9, True, False),
        ("good", 1.0, pytest.approx(1.57, abs=0.1), False, True),
        ("day", pytest.approx(1.57, abs=0.1), 2.0, False, True),
    ]
    assert all(type(word.start) is float for word in found)


def test_parsed_words_of_segments_and_info_has_language() -> None:
    """The return value of `WhisperModel.transcribe` is accepted as it is."""
    found = parsed_words((segments(), SimpleNamespace(language="de", duration=2.0)))
    assert ([word.text for word in found.words], found.language) == (["Hello", ",", "good", "day"], "de")


class Result:
    """A result like stable-ts's WhisperResult: segments as a property, and an iterator over them."""

    def __init__(self) -> None:
        self.language = "en"

    @property
    def segments(self) -> list[Any]:
        return list(segments())

    def __iter__(self) -> Iterator[Any]:
        return iter(self.segments)

    def to_dict(self) -> dict[str, Any]:
        raise AssertionError("it also clears what it is asked for")


def test_parsed_words_of_iterable_result_has_language() -> None:
    """The language of an iterable result is kept."""
    assert parsed_words(Result()).language == "en"
    assert words_of(Result()) == words_of(segments())


def test_words_of_our_own_words_are_unchanged() -> None:
    """Words keep their times and are not marked estimated; a transcript gives its words."""
    own = (Word("Hi", 0.1, 0.2), Word("there", None, None))
    assert words_of(own) is not None
    assert words_of(list(own)) == words_of(iter(own)) == words_of(own) == own
    assert parsed_words(speakerplug.Transcript(own, language="en")) == ParsedWords(own, "en")
    assert words_of(speakerplug.Transcript(own)) == own
    assert words_of(()) == words_of(segment for segment in ()) == ()


def test_words_of_failing_generator_raises_its_error() -> None:
    """A recognizer that fails while its segments are read raises its own error."""

    def failing() -> Iterator[Any]:
        yield from segments()
        raise ZeroDivisionError("out of memory")

    with pytest.raises(ZeroDivisionError):
        words_of(failing())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("Hello there", "plain text without times; .*load"),
        (5, "an int is not a recognizer's result"),
        ([1, 2], "a list of int is no"),
        (["Hello"], "a list of str is no"),
        ({"text": "words without times"}, "a dict is not a"),
        ([Word("Hi", 0.0, 1.0), 5], "a list of Word is no"),
        (None, "a NoneType is no"),
        ({"segments": [{"foo": 1}]}, "a dict is not a"),
        ({"segments": [{"start": "soon", "end": 1, "text": "Hi"}]}, r"cannot be read as Whisper's \('soon'"),
    ],
)
def test_words_of_anything_else_is_refused(given: Any, said: str) -> None:
    """One sentence says what was given, and what to give."""
    with pytest.raises(UsageError, match=said):
        words_of(given)


def test_attribute_accepts_what_words_of_accepts() -> None:
    """The pure function accepts a recognizer's dictionary, too."""
    turns = (speakerplug.Turn(0.0, 1.0, "A"), speakerplug.Turn(1.0, 2.0, "B"))
    given = {"segments": [{"start": 0.0, "end": 0.9, "text": "Hi"}, {"start": 1.1, "end": 1.9, "text": "Ho"}]}
    assert [word.speaker for word in speakerplug.attribute(given, speakerplug.Diarization(turns, turns))] == ["A", "B"]
