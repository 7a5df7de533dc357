"""Reads subtitles as a transcript: who speaks, from voices or labels, and words whose times are estimated."""

from __future__ import annotations

import html
import io
import re
import unicodedata
from collections.abc import Iterator
from itertools import accumulate, groupby, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import MediaError
from .transcript import Media, Speaker, Transcript, Turn, Word
from .typography import display_width, divisible, plain

if TYPE_CHECKING:
    from webvtt import Caption

READERS = (".vtt", ".srt")

_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]*)>")
_TAG = re.compile(r"<[^>]*>")
_STYLED = re.compile(r"<(b|i|u|font)\b[^>]*>(.*?)</\1>", re.DOTALL)
_LABEL = re.compile(r"(?=\S)(.{1,60}?):\s(?=.*\S)")

Said = list[tuple[str | None, str]]
"""The parts of one cue: who speaks, and the text with its line breaks."""


def read_subtitles(data: bytes, path: Path) -> Transcript:
    """The transcript in a WebVTT or SubRip file, by the suffix of `path`; speakers have their names as ids.

    A label in SubRip (`Name: `) holds until the next one. The time of a cue is shared among its words by their length.
    Raises MediaError for a file that is not what its suffix says.
    """
    format = path.suffix.lower()[1:]
    captions = _captions(data, format, path)
    said = _voices(captions) if format == "vtt" else _labels(captions)
    cues = [_words(parts, caption) for caption, parts in zip(captions, said, strict=True)]
    words = tuple(word for cue in cues for word in cue)
    names = dict.fromkeys(word.speaker for word in words if word.speaker)
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
        clean = [(plain(html.unescape(name)), html.unescape(_TAG.sub("", text))) for name, text in parts]
        yield [(name or None, text.lstrip().removeprefix(f"{name}:")) for name, text in clean]


def _labels(captions: list[Caption]) -> Iterator[Said]:
    """By `Name: `, if the first cue has one; else a colon is only a colon."""
    speaker: str | None = None
    for index, caption in enumerate(captions):
        text = _STYLED.sub(r"\2", "\n".join(caption.lines))
        label = _label(text) if index == 0 or speaker is not None else None
        if label is not None:
            speaker, text = plain(label[1]), text[label.end() :]
        yield [(speaker, text)]


def _label(text: str) -> re.Match[str] | None:
    """What stands before the first colon, if it may be a name: short, not in lower case, and no sentence."""
    label = _LABEL.match(text)
    return label if label and not label[1][0].islower() and not set(label[1]) & set("?!…") else None


def _words(said: Said, caption: Caption) -> list[Word]:
    """The words of one cue, each as long as its text is, in characters."""
    pieces = [(speaker, *piece) for speaker, text in said for piece in _pieces(text)]
    start = caption.start_time.in_milliseconds()
    length = max(0, caption.end_time.in_milliseconds() - start)
    sums = list(accumulate((len(text) for _, text, _ in pieces), initial=0))
    edges = [round(start + length * part / sums[-1]) / 1000 for part in sums] if pieces else []
    return [
        Word(text, *times, speaker, joined=joined, estimated=True)
        for (speaker, text, joined), times in zip(pieces, pairwise(edges), strict=True)
    ]


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """The words of a text, and whether each is joined to the one before: a character, in East Asian scripts."""
    last = ""
    for line in text.splitlines():
        for number, token in enumerate(plain(line).split(" ")):
            begin = 0
            for cut in [i for i in range(1, len(token)) if _ideograph(token[i])] + [len(token)]:
                piece = token[begin:cut]
                if piece:
                    at_break = number == 0 and last != "" and divisible(last, piece)
                    yield piece, begin > 0 or at_break
                    last, begin = piece, cut


def _ideograph(char: str) -> bool:
    return unicodedata.category(char) == "Lo" and display_width(char) == 2


def _turns(words: list[Word]) -> Iterator[Turn]:
    for speaker, group in groupby(words, key=lambda word: word.speaker):
        run = list(group)
        if speaker is not None:
            yield Turn(run[0].start or 0.0, run[-1].end or 0.0, speaker)
