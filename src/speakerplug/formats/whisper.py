"""JSON of the Whisper family: segments with a text each, and with words where word timestamps were asked for.

Read: openai-whisper, faster-whisper (its objects as JSON), WhisperX, stable-ts, whisper-timestamped; and the answers of
OpenAI's service without words (`verbose_json`, `diarized_json`). Written: WhisperX's form, segments with words, and all
words once more, for the tools around it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..subtitles import PROFILES, CueRules
from ..transcript import Transcript, Word
from .fields import speaker_names
from .importers.fields import Record, are_all, probability, records, speaker, text
from .importers.utterances import Utterance, span, words_of
from .importers.words import ParsedWords, json_format
from .importers.youtube_transcript import are_captions
from .json import document as written
from .languages import language_code
from .segments import segments_of, shown_words


def write(transcript: Transcript, rules: CueRules = PROFILES["netflix"]) -> str:
    """Return the transcript as WhisperX saves it: with `score` and `speaker` where they are known."""
    name_of = speaker_names(transcript)

    def record(word: Word) -> dict[str, Any]:
        """Return one word without what is not known of it."""
        known = {"score": word.confidence, "speaker": name_of(word.speaker) or None}
        fields = {"word": word.text, "start": word.start, "end": word.end}
        return fields | {key: value for key, value in known.items() if value is not None}

    segments = []
    for segment in segments_of(transcript, rules):
        fields: dict[str, Any] = {"start": segment.start, "end": segment.end, "text": segment.text}
        fields["words"] = [record(word) for word in segment.words]
        segments.append(fields | ({"speaker": segment.name} if segment.name else {}))
    words = [record(word) for word in shown_words(transcript)]
    return written({"language": transcript.language}, {"segments": segments, "word_segments": words})


def matches(document: Any) -> bool:
    """Return whether it is an object with `segments`, also an empty list as of silence, or a list of segments.

    The words next to OpenAI's segments make it `verbose_json`.
    """
    if isinstance(document, dict):
        has_words = are_all(lambda word: "word" in word, document.get("words")) and bool(document["words"])
        return not has_words and are_all(lambda each: _is_segment(each) or _has_words(each), document.get("segments"))
    return bool(document) and are_all(_is_segment, document) and not are_captions(document)


def read(document: Any) -> ParsedWords:
    """Return all words; those of a segment without words share its time. WhisperX leaves some words without times."""
    whole = document if isinstance(document, dict) else {}
    segments = records(whole.get("segments") if whole else document, "`segments`")
    return ParsedWords(words_of(map(_utterance, segments)), language_code(whole.get("language")))


def word_of(fields: Record, otherwise: str | None = None) -> Word:
    """Return a word as any of the family writes it; its text may still begin with a space."""
    confidence = next((fields[name] for name in ("probability", "score", "confidence") if name in fields), None)
    who = speaker(fields.get("speaker")) or otherwise
    return Word(text(fields, "word", "text"), *span(fields), who, probability(confidence))


def _is_segment(value: Record) -> bool:
    return "start" in value and ("text" in value or _has_words(value))


def _has_words(segment: Record) -> bool:
    return are_all(lambda word: "word" in word or "text" in word, segment.get("words"))


def _utterance(segment: Record) -> Utterance:
    """Return a segment; OpenAI's `diarized_json`, and ours, call an unassigned speaker "unknown"."""
    who = speaker(segment.get("speaker"))
    who = None if who == "unknown" and segment.get("type") == "transcript.text.segment" else who
    words = [word_of(word, who) for word in records(segment.get("words"), "`words`")]
    return Utterance(text(segment, "text"), *span(segment), who, words)


FORMAT = replace(
    json_format("whisperx", "Whisper's JSON", matches, read),
    description="JSON as WhisperX saves it; also reads JSON of the Whisper family",
    suffix=".whisperx.json",
    write=write,
    takes=("rules",),
)
