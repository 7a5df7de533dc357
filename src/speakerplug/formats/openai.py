"""The two JSON forms of OpenAI's transcription service, for the programs that read these.

Read are `verbose_json` with word times, and any plain list of words next to the text, not in segments.
"""

from __future__ import annotations

import math
import zlib
from bisect import bisect_right
from dataclasses import replace
from typing import Any

from ..plugin.formats import FormatRegistration
from ..subtitles import PROFILES, CueRules
from ..transcript import Transcript, Word, text_of
from .importers.fields import Record, are_all, records, seconds, speaker, text
from .importers.words import ParsedWords, in_order, json_format, spaced
from .json import document as written
from .json import rounded
from .languages import language_code
from .segments import Segment, segments_of, shown_words
from .whisper import word_of


def write_diarized(transcript: Transcript, rules: CueRules = PROFILES["netflix"]) -> str:
    """Return `diarized_json`: a segment per cue, with its speaker; an unassigned one is "unknown"."""
    segments = [
        {
            "type": "transcript.text.segment",
            "id": f"seg_{number:03}",
            "start": segment.start,
            "end": segment.end,
            "speaker": segment.name or "unknown",
            "text": segment.text,
        }
        for number, segment in enumerate(segments_of(transcript, rules), 1)
    ]
    return written({"task": "transcribe", **_about(transcript)}, {"segments": segments})


def write_verbose(transcript: Transcript, rules: CueRules = PROFILES["netflix"]) -> str:
    """Return `verbose_json`: segments and words, without speakers; unknown values of tokens are 0 or empty."""
    segments = [_verbose(number, segment) for number, segment in enumerate(segments_of(transcript, rules))]
    words = [{"word": word.text, "start": word.start, "end": word.end} for word in shown_words(transcript)]
    head = {"task": "transcribe", "language": transcript.language or "", **_about(transcript)}
    return written(head, {"segments": segments, "words": words})


def matches(document: Any) -> bool:
    """Return whether it is an object whose `words` have a `word` each, or a list of such words."""
    words = document.get("words") if isinstance(document, dict) else document
    return bool(words) and are_all(lambda word: "word" in word and "start_time" not in word, words)


def read(document: Any) -> ParsedWords:
    """Return all words; the service omits their punctuation, which is restored from the text."""
    whole = document if isinstance(document, dict) else {"words": document}
    words = spaced(map(word_of, records(whole["words"], "`words`")), text(whole, "text"))
    words = in_order(_labeled(words, records(whole.get("segments"), "`segments`")))
    return ParsedWords(tuple(words), language_code(whole.get("language")))


def _labeled(words: list[Word], segments: list[Record]) -> list[Word]:
    """Return the words with the speakers of the segments in which they start, as some tools label only these."""
    spans = ((seconds(segment.get("start")), speaker(segment.get("speaker"))) for segment in segments)
    turns = sorted((start, who) for start, who in spans if start is not None and who is not None)
    starts = [start for start, _ in turns]

    def speaker_at(start: float | None) -> str | None:
        place = 0 if start is None else bisect_right(starts, start)
        return turns[place - 1][1] if place else None

    return [word if word.speaker else replace(word, speaker=speaker_at(word.start)) for word in words]


def _about(transcript: Transcript) -> dict[str, Any]:
    return {"duration": rounded(transcript.media.duration), "text": text_of(shown_words(transcript))}


def _verbose(number: int, segment: Segment) -> dict[str, Any]:
    """Return a segment; its mean log probability is that of its words, where the recognizer gave confidences."""
    logs = [math.log(max(word.confidence, 1e-10)) for word in segment.words if word.confidence is not None]
    data = segment.text.encode()
    return {
        "id": number,
        "seek": 0,
        "start": segment.start,
        "end": segment.end,
        "text": segment.text,
        "tokens": [],
        "temperature": 0.0,
        "avg_logprob": round(sum(logs) / len(logs), 4) if logs else 0.0,
        "compression_ratio": round(len(data) / len(zlib.compress(data)), 4),
        "no_speech_prob": 0.0,
    }


DIARIZED = FormatRegistration(
    "openai", "JSON as OpenAI's diarized_json", ".diarized.json", write_diarized, takes=("rules",), for_programs=True
)
VERBOSE = replace(
    json_format("verbose_json", "OpenAI's verbose_json", matches, read),
    description="JSON as OpenAI's verbose_json",
    suffix=".verbose.json",
    write=write_verbose,
    takes=("rules",),
)
