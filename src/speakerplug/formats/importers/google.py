"""Google Cloud Speech-to-Text, v1 and v2: results with words; times are strings (`"1.200s"`), and 0 is left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...transcript import Word
from ..languages import language_code
from .fields import Record, are_all, probability, records, seconds, speaker, text
from .utterances import Utterance, words_of
from .words import ParsedWords, in_order, json_format, spaced

STARTS = ("startTime", "startOffset", "start_time", "start_offset")
ENDS = ("endTime", "endOffset", "end_time", "end_offset")
RESULT_ENDS = ("resultEndTime", "resultEndOffset", "result_end_time", "result_end_offset")
OF_OTHERS = ("final", "type")
"""Keys of the results of IBM Watson and of Speechmatics."""


def matches(document: Any) -> bool:
    """Return whether it has `results`, each with `alternatives` of a transcript or words; a batch may have one file."""
    return bool(_results(document))


def read(document: Any) -> ParsedWords:
    """Return the words of the best alternatives.

    With diarization, v1 repeats all words with their speakers in the last result, which is then read alone.
    """
    results = _results(document)
    best = [(result, next(iter(records(result.get("alternatives"), "`alternatives`")), {})) for result in results]
    has_channels = len({_channel(result) for result in results}) > 1
    spoken = [_utterance(*each, has_channels) for each in best]
    words = tuple(in_order(words_of(spoken), 0.0)) if has_channels else words_of(spoken)
    if _repeats(spoken):
        words = tuple(in_order(spaced(spoken[-1].words, " ".join(each.text for each in spoken))))
    return ParsedWords(words, _language(results))


def _utterance(result: Record, alternative: Record, has_channels: bool) -> Utterance:
    who = _channel(result) if has_channels else None
    words = _words(alternative, who)
    end = None if words else _time(result, RESULT_ENDS)
    return Utterance(text(alternative, "transcript"), None, end, who, words)


def _results(document: Any) -> list[Record]:
    """Return the results of a response, of an operation's `response`, or of the one file of a batch; none if unlike."""
    while isinstance(document, dict) and "results" not in document:
        document = document.get("response", document.get("transcript", document.get("inlineResult")))
    results = document.get("results") if isinstance(document, dict) else None
    if isinstance(results, dict) and len(results) == 1:
        (only,) = results.values()
        return _results(only) if isinstance(only, dict) and only.keys() & {"transcript", "inlineResult"} else []
    if not isinstance(results, list) or not are_all(_is_result, results):
        return []
    return results if any("alternatives" in each for each in results) else []


def _is_result(result: Record) -> bool:
    known = result.keys() & {"alternatives", "languageCode", "language_code", "channelTag", *RESULT_ENDS}
    is_other = any(key in result for key in OF_OTHERS)
    return bool(known) and not is_other and are_all(_is_alternative, result.get("alternatives") or [])


def _is_alternative(alternative: Record) -> bool:
    return "timestamps" not in alternative and bool(alternative.keys() & {"transcript", "words", "confidence"})


def _words(alternative: Record, otherwise: str | None) -> list[Word]:
    return [_word(each, otherwise) for each in records(alternative.get("words"), "`words`")]


def _word(fields: Record, otherwise: str | None) -> Word:
    start, end = _time(fields, STARTS), _time(fields, ENDS)
    who = fields.get("speakerLabel") or fields.get("speakerTag") or fields.get("speaker_label")
    who = speaker(who or fields.get("speaker_tag") or None) or otherwise
    start = 0.0 if start is None and end is not None else start
    confidence = probability(fields.get("confidence"))
    return Word(text(fields, "word"), start, end, who, confidence or None)  # 0 where it is not asked for


def _time(fields: Record, names: tuple[str, ...]) -> float | None:
    value = next((fields[name] for name in names if fields.get(name) is not None), None)
    if isinstance(value, dict):
        return (seconds(value.get("seconds")) or 0.0) + (seconds(value.get("nanos"), 1e9) or 0.0)
    return seconds(value.removesuffix("s") if isinstance(value, str) else value)


def _repeats(spoken: Sequence[Utterance]) -> bool:
    """Return whether the last result has all words again, or begins with the first, with speakers that no other has."""
    *others, last = [each.words for each in spoken]
    before = [word for words in others for word in words]
    if not before or not last or any(word.speaker for word in before):
        return False
    if all(word.speaker is not None for word in last):
        return last[0].start == before[0].start
    return [(word.text, word.start) for word in last] == [(word.text, word.start) for word in before]


def _channel(result: Record) -> str | None:
    channel = result.get("channelTag", result.get("channel_tag"))
    return None if channel is None else f"channel_{channel}"


def _language(results: list[Record]) -> str | None:
    codes = (language_code(each.get("languageCode", each.get("language_code"))) for each in results)
    return next(filter(None, codes), None)


FORMAT = json_format("google", "Google Speech-to-Text's JSON", matches, read)
