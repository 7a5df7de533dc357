"""Reads subtitles as a transcript: who speaks, from voices or labels, and words whose times are estimated."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from ..attribution.word_times import Said, interpolated
from ..errors import MediaError
from ..transcript import LONGEST_NAME, Media, Speaker, Transcript, Turn, Word, plain

if TYPE_CHECKING:
    from webvtt import Caption

READERS = (".vtt", ".srt")

# A hostile file is as long as it likes: no expression looks at a character more than a few times.
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?\s([^<>]*)>")
_TAG = re.compile(r"<[^>]*>")
_STYLE = re.compile(r"<(/?)(b|i|u|font)\b[^<>]*>")
_ENDLESS = re.compile(r"(?<!\d)\d{11,}:\d{1,2}:\d{1,2}[.,]\d{1,3}\s*-->|-->\s*\d{11,}:")
_LABEL = re.compile(r"(?=\S)(.{1,60}?):\s(?=.*\S)")


def read_subtitles(data: bytes, path: Path, format: str = "") -> Transcript:
    """The transcript in a WebVTT or SubRip file; speakers have their names as ids.

    The `format` is vtt or srt, by the suffix of `path` if it is not given.

    A label in SubRip (`Name: `) holds until the next one. The time of a cue is shared among its words by their length.
    Raises MediaError for a file that is not what its suffix says.
    """
    format = format or path.suffix.lower()[1:]
    captions = _captions(data, format, path)
    said = _voices(captions) if format == "vtt" else _labels(captions)
    cues = [interpolated(parts, *_times(caption)) for caption, parts in zip(captions, said, strict=True)]
    words = tuple(word for cue in cues for word in cue)
    names = dict.fromkeys(word.speaker for word in words if word.speaker)
    longest = max(map(len, names), default=0)
    if longest > LONGEST_NAME:
        raise MediaError(f"{path} has a speaker with a name of {longest} characters; check the file.")
    return Transcript(
        words=words,
        turns=tuple(turn for cue in cues for turn in _turns(cue)),
        speakers=tuple(Speaker(name, name) for name in names),
        media=Media(path.name, max((word.end or 0.0 for word in words), default=0.0)),
    )


def _captions(data: bytes, format: str, path: Path) -> list[Caption]:
    """The cues as webvtt-py reads them; it takes a file of no cues for a damaged one."""
    from webvtt import WebVTT
    from webvtt.errors import MalformedCaptionError, MalformedFileError

    try:
        text = data.decode("utf-8")
        if _ENDLESS.search(text):
            raise MediaError(f"{path} has a time of more than a million years; check the file.")
        return WebVTT.from_buffer(io.StringIO(text), format=format).captions if text.strip() else []
    except UnicodeDecodeError as error:
        raise MediaError(f"{path} is not UTF-8 ({error.reason}); save it as UTF-8.") from error
    except (MalformedFileError, MalformedCaptionError) as error:
        raise MediaError(f"{path} cannot be read as {format.upper()} ({error}); check the file.") from error


def _voices(captions: list[Caption]) -> Iterator[Said]:
    """By voice spans, of which a cue may have several; a label that repeats the voice is no text."""
    for caption in captions:
        head, *rest = _VOICE.split("\n".join(caption.lines))
        parts = [("", head), *zip(rest[::2], rest[1::2], strict=True)]
        clean = [(plain(html.unescape(name)), html.unescape(_untagged(text))) for name, text in parts]
        yield [(name or None, text.lstrip().removeprefix(f"{name}:")) for name, text in clean]


def _labels(captions: list[Caption]) -> Iterator[Said]:
    """By `Name: `, if the first cue has one; else a colon is only a colon."""
    speaker: str | None = None
    for index, caption in enumerate(captions):
        text = _unstyled("\n".join(caption.lines))
        label = _label(text) if index == 0 or speaker is not None else None
        if label is not None:
            speaker, text = plain(label[1]), text[label.end() :]
        yield [(speaker, text)]


def _untagged(text: str) -> str:
    """Without tags; what is behind the last end of one is not looked through for the end of each `<` in it."""
    head, end, rest = text.rpartition(">")
    return _TAG.sub("", head + end) + rest


def _unstyled(text: str) -> str:
    """Without tags of style that are opened and closed; others are text."""
    tags = list(_STYLE.finditer(text))
    opened: dict[str, list[int]] = {}
    paired: set[int] = set()
    for number, tag in enumerate(tags):
        waiting = opened.setdefault(tag[2], [])
        if not tag[1]:
            waiting.append(number)
        elif waiting:
            paired |= {waiting.pop(), number}
    edges = [0, *(edge for number in sorted(paired) for edge in tags[number].span()), len(text)]
    return "".join(text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True))


def _label(text: str) -> re.Match[str] | None:
    """What stands before the first colon, if it may be a name: short, not in lower case, and no sentence."""
    label = _LABEL.match(text)
    return label if label and not label[1][0].islower() and not set(label[1]) & set("?!…") else None


def _times(caption: Caption) -> tuple[float, float]:
    start, end = caption.start_time.in_milliseconds() / 1000, caption.end_time.in_milliseconds() / 1000
    return start, max(start, end)


def _turns(words: list[Word]) -> Iterator[Turn]:
    for speaker, group in groupby(words, key=lambda word: word.speaker):
        run = list(group)
        if speaker is not None:
            yield Turn(run[0].start or 0.0, run[-1].end or 0.0, speaker)
