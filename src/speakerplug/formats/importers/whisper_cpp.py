"""whisper.cpp: `--output-json`, segments in milliseconds, and `--output-json-full`, which adds their tokens."""

from __future__ import annotations

import json
from typing import Any

from ...plugin.formats import FileContent, FormatRegistration
from ...transcript import Word
from ..languages import language_code
from .fields import Record, are_all, probability, record, records, seconds, speaker, text
from .utterances import Utterance, words_of_parts
from .words import ParsedWords, transcript_from, words_in

TITLE = "whisper.cpp's JSON"
MS_IN_ONE = 1000.0


def matches(document: Any) -> bool:
    """Return whether it has a list `transcription`, each item with `offsets` or `timestamps`, and a text."""
    return isinstance(document, dict) and are_all(
        lambda each: "text" in each and ("offsets" in each or "timestamps" in each), document.get("transcription")
    )


def read(document: Any) -> ParsedWords:
    """Return the words: of the tokens if all have times, else of the segments, which `--max-len 1` makes words."""
    segments = [_segment(each) for each in records(document["transcription"], "`transcription`")]
    language = record(document.get("result"), "`result`").get("language")
    return ParsedWords(tuple(words_of_parts(segments)), language_code(language))


def _segment(fields: Record) -> Utterance:
    """Return a segment; "?" is the speaker where both channels are as loud."""
    who = speaker(fields.get("speaker"))
    who = None if who in (None, "?") else f"SPEAKER_{int(who):02d}" if who.isdecimal() and len(who) < 3 else who
    said = text(fields, "text")
    tokens = [each for each in records(fields.get("tokens"), "`tokens`") if _is_spoken(text(each, "text"))]
    timed = bool(tokens) and all("offsets" in each for each in tokens)
    return Utterance(_whole(said), *_times(fields), who, _words(tokens, who) if timed else ())


def _is_spoken(token: str) -> bool:
    """Return whether a token is spoken: it has a text, and is none as `[_BEG_]` and `[_TT_150]`."""
    return token != "" and not (token.startswith("[_") and token.endswith("]"))


def _words(tokens: list[Record], who: str | None) -> list[Word]:
    """Return the words of tokens, each of which begins with a space, or where a character is complete."""
    groups: list[list[Record]] = []
    for token in tokens:
        if groups and not token["text"].startswith(" ") and not (_is_wide(token) and _ends(groups[-1])):
            groups[-1].append(token)
        else:
            groups.append([token])
    return [_word(group, who) for group in groups]


def _word(tokens: list[Record], who: str | None) -> Word:
    start, end = _times(tokens[0])[0], _times(tokens[-1])[1]
    sure = [share for token in tokens if (share := probability(token.get("p"))) is not None]
    confidence = round(sum(sure) / len(sure), 4) if sure else None
    return Word(_whole("".join(token["text"] for token in tokens)), start, end, who, confidence)


def _ends(tokens: list[Record]) -> bool:
    """Return whether the tokens end with a whole character."""
    return "\ufffd" not in _whole("".join(token["text"] for token in tokens))


def _is_wide(token: Record) -> bool:
    """Return whether a token is of a script without spaces, or the first part of a character, whose bytes are split."""
    from ...attribution.text import divisible

    first = token["text"][:1]
    return "\udc80" <= first <= "\udcff" or divisible(first, first)


def _whole(said: str) -> str:
    """Return a text in which the bytes of a character that two tokens share are one character again."""
    return said.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _times(fields: Record) -> tuple[float | None, float | None]:
    offsets = record(fields.get("offsets"), "`offsets`")
    if offsets:
        return seconds(offsets.get("from"), MS_IN_ONE), seconds(offsets.get("to"), MS_IN_ONE)
    stamps = record(fields.get("timestamps"), "`timestamps`")
    return clock(stamps.get("from")), clock(stamps.get("to"))


def clock(value: Any) -> float | None:
    """Return seconds from `00:00:02,400`; None for null. Raises ValueError for anything else."""
    if value is None:
        return None
    parts = str(value).replace(",", ".").split(":")
    found = [seconds(part) for part in parts]
    if not isinstance(value, str) or len(parts) > 3 or None in found:
        raise ValueError(f"{value!r:.80} is not a time of the form 00:00:02,400")
    total_s = 0.0
    for part in found:
        total_s = total_s * 60 + (part or 0.0)
    return round(total_s, 6)


def _document(file: FileContent) -> Any:
    """Return the JSON, whose texts of tokens may be parts of a character, so that the file is not UTF-8."""
    if file.json is None and '"transcription"' in file.head:
        try:
            return json.loads(file.data.decode("utf-8", "surrogateescape"))
        except (ValueError, RecursionError):
            return None
    return file.json


FORMAT = FormatRegistration(
    "whisper_cpp",
    TITLE,
    for_programs=True,
    matches=lambda file: matches(_document(file)),
    read=lambda file: transcript_from(lambda: words_in(_document(file), read), TITLE, file.path),
)
